"""One worker's pace on a clock that sleeping moves; what many do together is in test_sending_simulation.py."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from functions.invite.rate_limiter import AHEAD, ASK_AGAIN, BACK_OFF, LATE, LEAD, RateLimiter
from functions.invite.store_clock import StoreClock
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.rate_limiter import SECOND, SETTLED, RateLimiterState, with_allowance
from functions.shared.domain.send_results import Allowance
from tests.worlds.mail_world import FixedAccount
from tests.worlds.rate_limiter_states import MemoryRateLimiterStates

START = 1_795_424_400


class Timer:
    """A clock in seconds that sleeping moves."""

    def __init__(self) -> None:
        self.seconds = float(START)

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Silent(FixedAccount):
    """An account that does not answer."""

    def allowance(self) -> Allowance:
        raise TryAgain("slower")


def pace(
    account: FixedAccount, states: MemoryRateLimiterStates | None = None, timer: Timer | None = None
) -> tuple[RateLimiter, Timer]:
    timer = timer or Timer()
    return RateLimiter(states or MemoryRateLimiterStates(), account, timer, timer.sleep), timer


def test_a_mail_is_made_ready_shortly_before_its_turn_and_leaves_at_it() -> None:
    ours, timer = pace(FixedAccount(rate=1))
    ours.next_slot()
    slot = ours.next_slot()
    assert slot
    assert timer() * SECOND == pytest.approx(slot - LEAD, abs=1)
    assert ours.wait_for(slot, lambda: None)
    assert timer() * SECOND == pytest.approx(slot, abs=1)


def test_turns_come_at_the_rate_less_one_per_cent() -> None:
    ours, _ = pace(FixedAccount(rate=10))
    slots = [ours.next_slot() or 0 for _ in range(100)]
    assert (slots[-1] - slots[0]) / SECOND == pytest.approx(99 / 9.9, abs=0.001)


def test_a_worker_that_was_idle_does_not_catch_up() -> None:
    ours, timer = pace(FixedAccount(rate=1))
    ours.next_slot()
    timer.seconds += 5
    first, second = ours.next_slot() or 0, ours.next_slot() or 0
    assert second - first == pytest.approx(SECOND / 0.99, abs=2)
    assert first >= (START + 5) * SECOND


def test_a_turn_that_has_passed_is_lost_and_another_taken() -> None:
    ours, timer = pace(FixedAccount(rate=10))
    slot = ours.next_slot()
    assert slot
    timer.seconds += (LEAD + LATE) / SECOND + 0.01
    waits: list[int] = []
    assert ours.wait_for(slot, lambda: waits.append(ours.missed))
    assert waits == [1]
    assert ours.missed == 1
    assert timer() * SECOND > slot + SECOND / 10


def test_a_worker_that_always_comes_late_may_go_in_the_end() -> None:
    timer = Timer()
    slow: Callable[[float], None] = lambda seconds: timer.sleep(seconds + 1.0)  # noqa: E731
    ours = RateLimiter(MemoryRateLimiterStates(), FixedAccount(rate=10), timer, slow)
    slot = ours.next_slot()
    assert slot
    assert ours.wait_for(slot, lambda: None)
    assert ours.missed == 3


def test_nobody_is_given_a_turn_for_a_moment_after_ses_said_no_and_the_account_is_asked_again() -> None:
    states, account = MemoryRateLimiterStates(), FixedAccount(rate=100)
    ours, timer = pace(account, states)
    other, _ = pace(account, states, timer)
    ours.next_slot()
    timer.seconds += 2
    at = timer() * SECOND
    asked = account.asked
    ours.back_off()
    assert (other.next_slot() or 0) >= at + BACK_OFF
    ours.next_slot()
    assert account.asked == asked + 1


@pytest.mark.parametrize(
    "account", [FixedAccount(enabled=False), FixedAccount(rate=0), FixedAccount(remaining_today=0)]
)
def test_an_account_that_may_not_send_keeps_nobody_waiting(account: FixedAccount) -> None:
    ours, timer = pace(account)
    assert ours.next_slot() is None
    assert timer() == START


def test_nobody_waits_longer_than_half_a_minute() -> None:
    ours, timer = pace(FixedAccount(rate=1))
    states = ours._states
    assert ours.next_slot()
    states.hold(round(timer() * SECOND) + AHEAD + SECOND)
    assert ours.next_slot() is None


def test_one_of_many_workers_asks_the_account_for_all() -> None:
    account, states, timer = FixedAccount(rate=10), MemoryRateLimiterStates(), Timer()
    workers = [pace(account, states, timer)[0] for _ in range(5)]
    for worker in workers * 3:
        worker.next_slot()
    assert account.asked == 1
    timer.seconds += ASK_AGAIN / SECOND
    for worker in workers:
        worker.next_slot()
    assert account.asked == 2


def test_a_change_of_the_account_is_seen_within_ten_seconds() -> None:
    account = FixedAccount(rate=1000)
    ours, timer = pace(account)
    assert ours.next_slot()
    account.enabled = False
    timer.seconds += ASK_AGAIN / SECOND
    assert ours.next_slot() is None


def test_an_account_that_does_not_answer_is_taken_as_it_was() -> None:
    states, timer = MemoryRateLimiterStates(), Timer()
    pace(FixedAccount(rate=10), states, timer)[0].next_slot()
    timer.seconds += ASK_AGAIN / SECOND
    assert pace(Silent(rate=10), states, timer)[0].next_slot()


def test_a_book_that_nobody_opened_yet_is_opened_by_whoever_comes_though_another_died_over_it() -> None:
    states, timer = MemoryRateLimiterStates(), Timer()
    states.claim(RateLimiterState(), round(timer() * SECOND))
    assert pace(FixedAccount(rate=10), states, timer)[0].next_slot()


def test_turns_of_the_last_minute_count_as_not_counted_by_ses_yet() -> None:
    asked = RateLimiterState(given=500, asked_at=START * SECOND, marks=((START * SECOND - SETTLED, 420),))
    after = with_allowance(asked, Allowance(True, 14.0, 1000))
    assert after.most == 420 + 1000
    assert after.remaining == 920
    later = with_allowance(replace(after, asked_at=asked.asked_at + SETTLED), Allowance(True, 14.0, 920))
    assert later.remaining == 920


def test_a_book_keeps_the_marks_of_a_minute_and_the_last_before_it() -> None:
    state = RateLimiterState()
    for second in range(0, 300, 10):
        state = with_allowance(
            replace(state, asked_at=(START + second) * SECOND, given=second), Allowance(True, 14.0, 10)
        )
    assert [given for _, given in state.marks] == list(range(230, 300, 10))


@pytest.mark.parametrize("off", [-3600.0, -1.0, -0.2, 0.0, 0.2, 1.0, 3600.0])
def test_a_clock_is_right_to_some_hundredths_after_a_hundred_answers(off: float) -> None:
    timer = Timer()
    ours = StoreClock(lambda: timer() + off)
    for _ in range(100):
        asked = ours.local()
        timer.seconds += 0.005
        ours.learn(asked, ours.local(), int(timer()))
        timer.seconds += 0.7183
    assert abs(ours.now() / SECOND - timer()) < 0.03


def test_a_clock_that_is_set_meanwhile_is_learned_anew() -> None:
    timer, off = Timer(), [10.0]
    ours = StoreClock(lambda: timer() + off[0])
    for again in (10.0, -10.0, 0.0):
        off[0] = again
        for _ in range(50):
            asked = ours.local()
            timer.seconds += 0.7183
            ours.learn(asked, ours.local(), int(timer()))
        assert abs(ours.now() / SECOND - timer()) < 1.0
