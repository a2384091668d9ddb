from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from functions.invite.dispatching import AHEAD_SECONDS, REMEMBERED, Dispatching, Due
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.send_results import Allowance
from tests.worlds.mail_world import FixedAccount

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class DueIndex:
    """Mails that are due until they are leased."""

    def __init__(self, mails: int) -> None:
        self.mails: list[Due] = [(f"invitation-{n:05}", n) for n in range(mails)]

    def due(self, now: datetime, most: int) -> list[Due]:
        return self.mails[:most]

    def lease(self, mails: Sequence[Due]) -> None:
        self.mails = [mail for mail in self.mails if mail not in set(mails)]


class Queue:
    """A queue that may lose or refuse messages."""

    def __init__(self) -> None:
        self.waiting: list[Due] = []
        self.put_in_all: list[Due] = []
        self.refuses: set[Due] = set()

    def depth(self) -> int:
        return len(self.waiting)

    def put(self, mails: Sequence[Due]) -> list[Due]:
        taken = [mail for mail in mails if mail not in self.refuses]
        self.waiting += taken
        self.put_in_all += taken
        return taken

    def take(self, most: int) -> list[Due]:
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken


def test_what_is_due_is_put_on_the_queue_once_though_it_stays_due_for_a_while() -> None:
    index, queue = DueIndex(30), Queue()
    dispatching = Dispatching(index, queue, FixedAccount())
    assert [dispatching.run(NOW + n * MINUTE) for n in range(3)] == [30, 0, 0]
    assert queue.waiting == index.mails


def test_a_lost_message_is_put_there_again_after_a_few_minutes() -> None:
    index, queue = DueIndex(1), Queue()
    dispatching = Dispatching(index, queue, FixedAccount())
    dispatching.run(NOW)
    queue.take(1)
    assert dispatching.run(NOW + REMEMBERED - MINUTE) == 0
    assert dispatching.run(NOW + REMEMBERED) == 1


def test_a_message_that_the_queue_refused_is_put_there_at_the_next_run() -> None:
    index, queue = DueIndex(3), Queue()
    queue.refuses = {index.mails[1]}
    dispatching = Dispatching(index, queue, FixedAccount())
    assert dispatching.run(NOW) == 2
    queue.refuses.clear()
    assert dispatching.run(NOW + MINUTE) == 1


def test_the_queue_never_holds_more_than_may_leave_soon() -> None:
    queue = Queue()
    dispatching = Dispatching(DueIndex(10_000), queue, FixedAccount(rate=14))
    for n in range(4):
        dispatching.run(NOW + n * MINUTE)
        assert queue.depth() <= 14 * AHEAD_SECONDS


def test_a_worker_that_forgot_puts_there_no_more_than_fits() -> None:
    index, queue = DueIndex(10_000), Queue()
    for n in range(10):
        Dispatching(index, queue, FixedAccount(rate=14)).run(NOW + n * MINUTE)
    assert queue.depth() == 14 * AHEAD_SECONDS


@pytest.mark.parametrize("account", [FixedAccount(enabled=False), FixedAccount(remaining_today=0)])
def test_nothing_is_dispatched_while_the_account_may_not_send(account: FixedAccount) -> None:
    queue = Queue()
    assert Dispatching(DueIndex(5), queue, account).run(NOW) == 0
    assert queue.waiting == []


@pytest.mark.parametrize("account", [FixedAccount(), FixedAccount(enabled=False), FixedAccount(remaining_today=0)])
def test_how_long_the_longest_has_waited_is_told_also_where_nothing_may_leave(account: FixedAccount) -> None:
    index = DueIndex(5)
    dispatching = Dispatching(index, Queue(), account)

    dispatching.run(NOW)

    assert dispatching.oldest_due_at == min(due for _, due in index.mails)
    index.mails.clear()
    dispatching.run(NOW + MINUTE)
    assert dispatching.oldest_due_at is None
    assert dispatching.allowance == account.allowance()


def test_no_more_is_dispatched_than_is_left_of_the_day() -> None:
    queue = Queue()
    assert Dispatching(DueIndex(50), queue, FixedAccount(remaining_today=7)).run(NOW) == 7


def test_a_backlog_goes_out_at_the_rate_of_the_account_and_each_mail_once() -> None:
    index, queue = DueIndex(10_000), Queue()
    dispatching = Dispatching(index, queue, FixedAccount(rate=14))
    sent: list[Due] = []
    minutes = 0
    while index.mails:
        dispatching.run(NOW + minutes * MINUTE)
        mails = queue.take(14 * 60)
        index.lease(mails)
        sent += mails
        minutes += 1
    assert len(sent) == len(set(sent)) == 10_000
    assert minutes == 12  # 10,000 / 840


class Silent(FixedAccount):
    """An account that answers once."""

    def allowance(self) -> Allowance:
        if self.asked:
            raise TryAgain("slower")
        return super().allowance()


def test_an_account_that_does_not_answer_is_taken_as_it_was_a_minute_ago() -> None:
    dispatching = Dispatching(DueIndex(3000), Queue(), Silent(rate=14))
    assert [dispatching.run(NOW), dispatching.run(NOW + REMEMBERED)] == [1680, 0]
    with pytest.raises(TryAgain):
        Dispatching(DueIndex(1), Queue(), Silent(asked=1)).run(NOW)


def test_what_an_account_may_send_in_a_while_is_bounded_by_rate_and_day() -> None:
    assert Allowance(True, 14, None).most(60) == 840
    assert Allowance(True, 14, 100).most(60) == 100
    assert Allowance(True, 14, -5).most(60) == 0
    assert Allowance(False, 14, None).most(60) == 0
