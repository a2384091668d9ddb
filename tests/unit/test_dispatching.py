from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from functions.invite.dispatching import AHEAD_SECONDS, REMEMBERED, Dispatching, Due
from functions.invite.pacing import ASK_AGAIN_SECONDS, HEADROOM, SENDERS, Pace
from functions.shared.domain.handover import Allowance
from tests.mail_world import FixedAccount

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


@pytest.mark.parametrize("account", [FixedAccount(enabled=False), FixedAccount(left_today=0)])
def test_nothing_is_dispatched_while_the_account_may_not_send(account: FixedAccount) -> None:
    queue = Queue()
    assert Dispatching(DueIndex(5), queue, account).run(NOW) == 0
    assert queue.waiting == []


def test_no_more_is_dispatched_than_is_left_of_the_day() -> None:
    queue = Queue()
    assert Dispatching(DueIndex(50), queue, FixedAccount(left_today=7)).run(NOW) == 7


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


class Timer:
    """A clock in seconds that sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def test_a_sender_keeps_to_its_share_of_the_rate() -> None:
    timer = Timer()
    pace = Pace(FixedAccount(rate=10), timer, timer.sleep)
    start = timer()
    assert all(pace.may_send() for _ in range(96))
    assert timer() - start == pytest.approx(95 * SENDERS / (10 * HEADROOM))


def test_a_sender_that_was_idle_does_not_catch_up() -> None:
    timer = Timer()
    pace = Pace(FixedAccount(rate=10), timer, timer.sleep)
    pace.may_send()
    timer.seconds += 20
    pace.may_send()
    before = timer()
    pace.may_send()
    assert timer() - before == pytest.approx(SENDERS / (10 * HEADROOM))


def test_a_throttled_sender_waits_before_the_next_mail() -> None:
    timer = Timer()
    pace = Pace(FixedAccount(rate=100), timer, timer.sleep)
    pace.may_send()
    before = timer()
    pace.back_off()
    pace.may_send()
    assert timer() - before >= 1.0


def test_a_paused_account_sends_nothing_and_keeps_nobody_waiting() -> None:
    timer = Timer()
    assert Pace(FixedAccount(enabled=False), timer, timer.sleep).may_send() is False
    assert Pace(FixedAccount(rate=0), timer, timer.sleep).may_send() is False
    assert timer() == 100.0


def test_the_senders_together_stop_at_the_quota_of_the_day() -> None:
    timer = Timer()
    pace = Pace(FixedAccount(rate=1000, left_today=9), timer, timer.sleep)
    turns = sum(pace.may_send() for _ in range(20))
    assert turns * SENDERS <= 10


def test_a_change_of_the_account_is_seen_within_half_a_minute() -> None:
    timer, account = Timer(), FixedAccount(rate=1000)
    pace = Pace(account, timer, timer.sleep)
    assert pace.may_send()
    account.enabled = False
    timer.seconds += ASK_AGAIN_SECONDS
    assert pace.may_send() is False


def test_what_an_account_may_send_in_a_while_is_bounded_by_rate_and_day() -> None:
    assert Allowance(True, 14, None).most(60) == 840
    assert Allowance(True, 14, 100).most(60) == 100
    assert Allowance(True, 14, -5).most(60) == 0
    assert Allowance(False, 14, None).most(60) == 0
