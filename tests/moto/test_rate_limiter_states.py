"""The book of turns: what is asked of every store of it, in memory and in DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from moto import mock_aws

from functions.invite.pacing import Books
from functions.shared.adapters.rate_limiter_states import DynamoRateLimiterStates
from functions.shared.adapters.tables import TurnBook
from functions.shared.domain.handover import Allowance
from functions.shared.domain.turns import SECOND, Book, moments, noted
from tests.worlds.turn_books import MemoryTurnBooks

NOW = 1_795_000_000 * SECOND
FOURTEEN = Allowance(True, 14.0, 1000)


@pytest.fixture(params=["memory", "dynamodb"])
def books(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    if request.param == "memory":
        yield MemoryTurnBooks()
        return
    with mock_aws():
        monkeypatch.setattr(TurnBook.Meta, "table_name", "TurnBook")
        monkeypatch.setattr(TurnBook.Meta, "region", "eu-west-1", raising=False)
        monkeypatch.setattr(TurnBook, "_connection", None)
        TurnBook.create_table(billing_mode="PAY_PER_REQUEST")
        yield DynamoRateLimiterStates("mail")
        TurnBook._connection = None


def opened(books: Books, allowance: Allowance = FOURTEEN, at: int = NOW) -> Book:
    """Let the account be asked, as the first sender does."""
    claimed = books.claim(books.find()[0], at)
    assert claimed
    books.note(noted(claimed, allowance))
    return books.find()[0]


def test_a_book_that_nobody_wrote_in_is_closed(books: Books) -> None:
    assert books.find()[0] == Book()
    assert not Book().is_open
    assert books.restart(Book(version=1, rate=14.0, enabled=True), 1, NOW) is None


def test_one_of_those_that_saw_the_same_book_asks_the_account(books: Books) -> None:
    seen = books.find()[0]
    assert books.claim(seen, NOW) == replace(Book(), asked_at=NOW)
    assert books.claim(seen, NOW + 1) is None
    again = books.find()[0]
    assert books.claim(again, NOW + 2)
    assert books.claim(again, NOW + 3) is None


def test_the_answer_of_the_account_stands_in_the_book_for_all(books: Books) -> None:
    book = opened(books)
    assert book == Book(0, 0, 1, True, 14.0, 1000, NOW, ((NOW, 0),))
    unlimited = opened(books, Allowance(False, 0.5, None), NOW + SECOND)
    assert (unlimited.version, unlimited.enabled, unlimited.rate, unlimited.most) == (2, False, 0.5, None)
    assert unlimited.marks == ((NOW, 0), (NOW + SECOND, 0))


def test_an_answer_that_comes_after_another_is_let_go(books: Books) -> None:
    seen = opened(books)
    books.note(noted(seen, Allowance(True, 50.0, None)))
    books.note(noted(seen, Allowance(True, 1.0, None)))
    assert books.find()[0].rate == 50.0


def test_no_moment_is_given_twice(books: Books) -> None:
    seen = opened(books)
    given = []
    first = books.restart(seen, 3, NOW)
    assert first
    given += moments(first[0], 3)
    assert books.restart(seen, 3, NOW) is None
    for turns in (1, 4):
        more = books.follow(seen, turns, NOW, NOW + SECOND)
        assert more
        given += moments(more[0], turns)
    interval = seen.span(1)
    assert given[0] == NOW
    assert all(abs(later - sooner - interval) <= 1 for sooner, later in pairwise(given))
    assert books.find()[0].given == 8


def test_turns_follow_only_between_two_moments(books: Books) -> None:
    seen = opened(books)
    books.restart(seen, 14, NOW)
    assert books.follow(seen, 1, NOW + 2 * SECOND, NOW + 9 * SECOND) is None
    assert books.follow(seen, 1, NOW, NOW + SECOND) is None
    assert books.restart(seen, 1, NOW + 2 * SECOND)


def test_nothing_is_given_on_an_answer_that_is_outdated(books: Books) -> None:
    seen = opened(books)
    books.restart(seen, 1, NOW)
    books.note(noted(seen, Allowance(True, 1.0, None)))
    assert books.follow(seen, 1, NOW, NOW + SECOND) is None
    assert books.restart(seen, 1, NOW + SECOND) is None


def test_no_more_is_given_than_is_left_of_the_day(books: Books) -> None:
    seen = opened(books, Allowance(True, 14.0, 5))
    assert books.restart(seen, 6, NOW) is None
    assert books.restart(seen, 4, NOW)
    assert books.follow(seen, 2, NOW, NOW + SECOND) is None
    last = books.follow(seen, 1, NOW, NOW + SECOND)
    assert last
    assert (last[0].left, last[0].is_open) == (0, False)


def test_a_hold_moves_on_what_is_free_and_never_back(books: Books) -> None:
    seen = opened(books)
    books.restart(seen, 1, NOW)
    books.hold(NOW + 5 * SECOND)
    books.hold(NOW + 2 * SECOND)
    assert books.find()[0].free_at == NOW + 5 * SECOND


def test_dynamodb_tells_the_time(books: Books) -> None:
    if isinstance(books, DynamoRateLimiterStates):
        assert books.find()[1]
        seen = opened(books)
        given = books.restart(seen, 1, NOW)
        assert given
        assert given[1]
