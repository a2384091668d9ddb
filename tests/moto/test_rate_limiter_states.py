"""The state of slots: what is asked of every store of it, in memory and in DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from moto import mock_aws

from functions.invite.rate_limiter import RateLimiterStates
from functions.shared.adapters.rate_limiter_states import DynamoRateLimiterStates
from functions.shared.adapters.tables import TurnBook
from functions.shared.domain.rate_limiter import SECOND, RateLimiterState, slot_moments, with_allowance
from functions.shared.domain.send_results import Allowance
from tests.worlds.rate_limiter_states import MemoryRateLimiterStates

NOW = 1_795_000_000 * SECOND
FOURTEEN = Allowance(True, 14.0, 1000)


@pytest.fixture(params=["memory", "dynamodb"])
def states(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[RateLimiterStates]:
    if request.param == "memory":
        yield MemoryRateLimiterStates()
        return
    with mock_aws():
        monkeypatch.setattr(TurnBook.Meta, "table_name", "TurnBook")
        monkeypatch.setattr(TurnBook.Meta, "region", "eu-west-1", raising=False)
        monkeypatch.setattr(TurnBook, "_connection", None)
        TurnBook.create_table(billing_mode="PAY_PER_REQUEST")
        yield DynamoRateLimiterStates("mail")
        TurnBook._connection = None


def opened(states: RateLimiterStates, allowance: Allowance = FOURTEEN, at: int = NOW) -> RateLimiterState:
    """Let the account be asked, as the first sender does."""
    claimed = states.claim(states.find()[0], at)
    assert claimed
    states.note(with_allowance(claimed, allowance))
    return states.find()[0]


def test_a_book_that_nobody_wrote_in_is_closed(states: RateLimiterStates) -> None:
    assert states.find()[0] == RateLimiterState()
    assert not RateLimiterState().is_open
    assert states.restart(RateLimiterState(version=1, rate=14.0, enabled=True), 1, NOW) is None


def test_one_of_those_that_saw_the_same_book_asks_the_account(states: RateLimiterStates) -> None:
    seen = states.find()[0]
    assert states.claim(seen, NOW) == replace(RateLimiterState(), asked_at=NOW)
    assert states.claim(seen, NOW + 1) is None
    again = states.find()[0]
    assert states.claim(again, NOW + 2)
    assert states.claim(again, NOW + 3) is None


def test_the_answer_of_the_account_stands_in_the_book_for_all(states: RateLimiterStates) -> None:
    state = opened(states)
    assert state == RateLimiterState(0, 0, 1, True, 14.0, 1000, NOW, ((NOW, 0),))
    unlimited = opened(states, Allowance(False, 0.5, None), NOW + SECOND)
    assert (unlimited.version, unlimited.enabled, unlimited.rate, unlimited.most) == (2, False, 0.5, None)
    assert unlimited.marks == ((NOW, 0), (NOW + SECOND, 0))


def test_an_answer_that_comes_after_another_is_let_go(states: RateLimiterStates) -> None:
    seen = opened(states)
    states.note(with_allowance(seen, Allowance(True, 50.0, None)))
    states.note(with_allowance(seen, Allowance(True, 1.0, None)))
    assert states.find()[0].rate == 50.0


def test_no_moment_is_given_twice(states: RateLimiterStates) -> None:
    seen = opened(states)
    given = []
    first = states.restart(seen, 3, NOW)
    assert first
    given += slot_moments(first[0], 3)
    assert states.restart(seen, 3, NOW) is None
    for slots in (1, 4):
        more = states.follow(seen, slots, NOW, NOW + SECOND)
        assert more
        given += slot_moments(more[0], slots)
    interval = seen.span(1)
    assert given[0] == NOW
    assert all(abs(later - sooner - interval) <= 1 for sooner, later in pairwise(given))
    assert states.find()[0].given == 8


def test_turns_follow_only_between_two_moments(states: RateLimiterStates) -> None:
    seen = opened(states)
    states.restart(seen, 14, NOW)
    assert states.follow(seen, 1, NOW + 2 * SECOND, NOW + 9 * SECOND) is None
    assert states.follow(seen, 1, NOW, NOW + SECOND) is None
    assert states.restart(seen, 1, NOW + 2 * SECOND)


def test_nothing_is_given_on_an_answer_that_is_outdated(states: RateLimiterStates) -> None:
    seen = opened(states)
    states.restart(seen, 1, NOW)
    states.note(with_allowance(seen, Allowance(True, 1.0, None)))
    assert states.follow(seen, 1, NOW, NOW + SECOND) is None
    assert states.restart(seen, 1, NOW + SECOND) is None


def test_no_more_is_given_than_is_left_of_the_day(states: RateLimiterStates) -> None:
    seen = opened(states, Allowance(True, 14.0, 5))
    assert states.restart(seen, 6, NOW) is None
    assert states.restart(seen, 4, NOW)
    assert states.follow(seen, 2, NOW, NOW + SECOND) is None
    last = states.follow(seen, 1, NOW, NOW + SECOND)
    assert last
    assert (last[0].remaining, last[0].is_open) == (0, False)


def test_a_hold_moves_on_what_is_free_and_never_back(states: RateLimiterStates) -> None:
    seen = opened(states)
    states.restart(seen, 1, NOW)
    states.hold(NOW + 5 * SECOND)
    states.hold(NOW + 2 * SECOND)
    assert states.find()[0].free_at == NOW + 5 * SECOND


def test_dynamodb_tells_the_time(states: RateLimiterStates) -> None:
    if isinstance(states, DynamoRateLimiterStates):
        assert states.find()[1]
        seen = opened(states)
        given = states.restart(seen, 1, NOW)
        assert given
        assert given[1]
