from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.invite.reputation import RESUMED_AT_ONCE, PausedClients, ReputationMonitor
from functions.shared.domain.client import PauseAt
from functions.shared.domain.notices import SendingNotice
from functions.shared.domain.reputation import (
    MIN_FAULTS,
    DayOfMail,
    Fault,
    SendingState,
    counted_from,
    is_past,
    pause_notice,
    paused,
    resume_notice,
    resumed,
    verdict,
)
from tests.worlds.mail_world import MONDAY, bundle

mails = st.integers(1, 200_000)
limits = st.floats(0.01, 5)


def day(mails: int, bounces: int = 0, complaints: int = 0) -> DayOfMail:
    return DayOfMail(mails, bounces, complaints)


@pytest.mark.parametrize(
    ("of_the_day", "why"),
    [
        (day(10, bounces=1), None),
        (day(100, bounces=9), None),  # a handful of typing errors in a small file
        (day(12, bounces=12), Fault.BOUNCES),  # a column of addresses that is none
        (day(200, bounces=9), None),
        (day(200, bounces=10), Fault.BOUNCES),
        (day(1_000, bounces=20), None),
        (day(1_000, bounces=29), Fault.BOUNCES),
        (day(100_000, bounces=1_990), None),
        (day(100_000, bounces=2_100), Fault.BOUNCES),
        (day(200, complaints=1), None),
        (day(200, complaints=4), None),
        (day(2_000, complaints=5), Fault.COMPLAINTS),
        (day(10_000, complaints=5), None),
        (day(10_000, complaints=10), Fault.COMPLAINTS),
        (day(100_000, complaints=50), None),
        (day(100_000, complaints=70), Fault.COMPLAINTS),
        (day(100, bounces=50, complaints=50), Fault.COMPLAINTS),
    ],
)
def test_sending_pauses_past_the_thresholds_and_not_for_an_accident(of_the_day: DayOfMail, why: Fault | None) -> None:
    found = verdict(of_the_day, PauseAt())

    assert (found and found.why) == why


def test_every_volume_worth_speaking_of_pauses_before_ses_reviews_the_account() -> None:
    for volume in (200, 500, 1_000, 5_000, 10_000, 100_000, 1_000_000):
        assert verdict(day(volume, bounces=volume * 5 // 100 + 1), PauseAt())
        if volume >= 5_000:
            assert verdict(day(volume, complaints=max(MIN_FAULTS["complaints"], volume // 1000 + 1)), PauseAt())


@given(st.data(), mails, limits)
def test_what_is_not_over_the_limit_never_is_past_it(data: st.DataObject, n: int, limit: float) -> None:
    faults = data.draw(st.integers(0, int(n * limit / 100)))

    assert not is_past(faults, n, limit)


@given(st.data(), mails, limits)
def test_one_fault_more_never_makes_it_better_and_one_mail_more_never_worse(
    data: st.DataObject, n: int, limit: float
) -> None:
    faults = data.draw(st.integers(0, n))

    if is_past(faults, n, limit):
        assert is_past(min(n, faults + 1), n, limit)
        assert is_past(faults, max(faults, n - 1), limit)
        assert is_past(faults, n, limit * 0.9)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_fewer_than_the_least_never_pause_and_a_verdict_tells_its_share(n: int, bounces: int, complaints: int) -> None:
    found = verdict(day(n, bounces, complaints), PauseAt())

    if found is None:
        assert bounces <= n or bounces < MIN_FAULTS["bounces"]
        return
    faults = {Fault.BOUNCES: bounces, Fault.COMPLAINTS: complaints}[found.why]
    assert faults >= MIN_FAULTS[found.why]
    assert found.share == round(100 * faults / found.mails, 3) <= 100


def test_the_chance_is_the_binomial_one() -> None:
    # 2 % of 100: six or more come by chance in 1.55 % of the days, five or more in 5.08 %.
    assert is_past(6, 100, 2)
    assert not is_past(5, 100, 2)


def test_a_client_may_be_stricter_and_never_laxer() -> None:
    strict = PauseAt(bounces=1, complaints=0.02)

    assert verdict(day(2_000, bounces=32), strict)
    assert not verdict(day(2_000, bounces=32), PauseAt())
    for wrong in ({"bounces": 2.1}, {"complaints": 0.06}, {"bounces": 0}, {"complaints": 0}):
        with pytest.raises(ValidationError):
            PauseAt(**wrong)


def test_after_a_resume_only_what_left_since_counts() -> None:
    at = MONDAY - timedelta(hours=3)

    assert counted_from(SendingState(), MONDAY) == MONDAY - timedelta(days=1)
    assert counted_from(resumed(at), MONDAY) == at
    assert counted_from(resumed(MONDAY - timedelta(days=3)), MONDAY) == MONDAY - timedelta(days=1)


class Clients:
    """The states, the counts and the queue of notices, in memory, with a place to break each of them."""

    def __init__(self, of_the_day: DayOfMail) -> None:
        self.states: dict[str, SendingState] = {}
        self.of_the_day = of_the_day
        self.asked: list[tuple[datetime, datetime | None]] = []
        self.told: list[SendingNotice] = []
        self.waiting = {"vaart": 3000, "pebble": 5}
        self.broken = ""

    def read(self, client: str) -> SendingState:
        return self.states.get(client, SendingState())

    def all(self) -> dict[str, SendingState]:
        return self.states

    def replace(self, client: str, before: SendingState, after: SendingState) -> bool:
        self._break("replace")
        if self.read(client) != before:
            return False
        self.states[client] = after
        return True

    def mark_notified(self, client: str, state: SendingState) -> None:
        self._break("mark_notified")
        self.states[client] = replace(self.states[client], notified=True)

    def day(self, client: str, since: datetime, resumed_at: datetime | None) -> DayOfMail:
        self.asked.append((since, resumed_at))
        return self.of_the_day

    def load(self, slug: str) -> object:
        return bundle()

    def put(self, notice: SendingNotice) -> None:
        self._break("put")
        self.told.append(notice)

    def resume(self, client: str, most: int) -> int:
        back = min(most, self.waiting[client])
        self.waiting[client] -= back
        return back

    def watch(self) -> ReputationMonitor:
        return ReputationMonitor(self, self, self, self)  # type: ignore[arg-type]

    def _break(self, name: str) -> None:
        if self.broken == name:
            self.broken = ""
            raise ConnectionError(name)


BAD = day(500, bounces=40)
TOLD = SendingNotice("paused", "vaart", int(MONDAY.timestamp()), "bounces", 8.0, 500)


def test_a_client_past_a_threshold_is_paused_and_told_once() -> None:
    clients = Clients(BAD)

    first = clients.watch().check("vaart", MONDAY)
    later = clients.watch().check("vaart", MONDAY + timedelta(minutes=1))

    assert first == paused(SendingState(), verdict(BAD, PauseAt()), MONDAY)
    assert later is None
    assert clients.states["vaart"] == SendingState(MONDAY, "bounces", 8.0, 500, notified=True)
    assert clients.told == [TOLD]


def test_a_client_below_is_left_alone() -> None:
    clients = Clients(day(500, bounces=9))

    assert clients.watch().check("vaart", MONDAY) is None
    assert (clients.states, clients.told) == ({}, [])


@pytest.mark.parametrize(("broken", "said"), [("replace", 1), ("put", 1), ("mark_notified", 2)])
def test_a_judging_that_was_broken_off_is_finished_by_the_next(broken: str, said: int) -> None:
    clients = Clients(BAD)
    clients.broken = broken

    with pytest.raises(ConnectionError):
        clients.watch().check("vaart", MONDAY)
    clients.watch().check("vaart", MONDAY)
    clients.watch().check("vaart", MONDAY + timedelta(hours=1))

    assert clients.states["vaart"].is_paused
    assert clients.told == [TOLD] * said  # the same notice: its name makes it one mail
    assert len({notice.name for notice in clients.told}) == 1


def test_of_two_who_judge_at_once_one_pauses() -> None:
    clients = Clients(BAD)
    other = clients.watch()

    def meanwhile(client: str, since: datetime, resumed_at: datetime | None) -> DayOfMail:
        clients.day = lambda *_: BAD  # type: ignore[method-assign]
        assert other.check(client, MONDAY)
        return BAD

    clients.day = meanwhile  # type: ignore[method-assign]

    assert clients.watch().check("vaart", MONDAY + timedelta(seconds=1)) is None
    assert clients.told == [TOLD]


def test_after_a_resume_the_counting_starts_anew() -> None:
    clients = Clients(BAD)
    clients.watch().check("vaart", MONDAY)
    at = MONDAY + timedelta(hours=1)
    clients.states["vaart"] = resumed(at)
    clients.of_the_day = day(3)

    assert clients.watch().check("vaart", at + timedelta(minutes=5)) is None
    assert clients.asked[-1] == (at, at)


def test_a_person_who_pauses_tells_it_himself() -> None:
    by_hand = paused(SendingState(), None, MONDAY)
    by_itself = paused(SendingState(), verdict(BAD, PauseAt()), MONDAY)

    assert by_hand.is_paused
    assert (pause_notice("vaart", by_hand), resume_notice("vaart", by_hand, MONDAY)) == (None, None)
    assert pause_notice("vaart", by_itself) == TOLD
    assert resume_notice("vaart", by_itself, MONDAY) == replace(TOLD, notice="resumed")


def test_a_sweep_lets_the_mails_of_resumed_clients_go_and_no_others() -> None:
    clients = Clients(BAD)
    clients.states = {"vaart": resumed(MONDAY), "pebble": paused(SendingState(), None, MONDAY)}
    sweep = PausedClients(clients, clients)

    assert sweep.run() == (["pebble"], RESUMED_AT_ONCE)
    assert sweep.run() == (["pebble"], 1000)
    assert clients.waiting == {"vaart": 0, "pebble": 5}


def test_clients_that_are_resumed_together_share_what_a_sweep_can_do() -> None:
    clients = Clients(BAD)
    clients.states = {"vaart": resumed(MONDAY), "pebble": resumed(MONDAY)}
    sweep = PausedClients(clients, clients)

    assert sweep.run() == ([], RESUMED_AT_ONCE)
    assert clients.waiting == {"vaart": 3005 - RESUMED_AT_ONCE, "pebble": 0}
