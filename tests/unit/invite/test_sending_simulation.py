"""Sending in virtual time: the account's rate is used, never exceeded, and each mail leaves once, whatever happens."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from functions.invite import rate_limiter, service
from functions.shared.domain import deliveries
from functions.shared.domain import rate_limiter as limits
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.send_results import SendDeferred, SendRejected, SendResult, SendUnknown
from tests.worlds.fake_ses import DAY, Trouble, Way
from tests.worlds.fixed_halves import FixedHalf
from tests.worlds.mail_world import bundle
from tests.worlds.sending_simulation import START, Plan, Simulation

ALL_SORTS = Trouble(
    refused_connection=0.001,
    error_before=0.001,
    error_after=0.001,
    lost_before=0.0002,
    lost_after=0.0002,
    account_silent=0.1,
)
CHAOS = Plan(
    mails=6000,
    senders=3,
    trouble=ALL_SORTS,
    dies_every=240,
    replaced_every=300,
    twice=0.01,
    objecting=0.03,
    bouncing=0.02,
    reports_within=1800.0,
)
QUOTA_LOWERED = Plan(mails=2000, senders=3, rate=50, changes=((2, {"quota": 1000}),))
RESOLVED = 9000.0
"""Seconds after which leases have ended and late reports have come."""


@cache
def one_client() -> ClientBundle:
    return bundle(reminders=())


def run(plan: Plan, seconds: float) -> Simulation:
    return Simulation(plan, one_client()).run(seconds)


def assert_each_mail_left_once(world: Simulation) -> None:
    """Nobody got two, and nobody who may be asked got none."""
    assert set(world.ses.mails.values()) <= {1}
    assert world.settled()["open"] == 0
    assert world.settled()["sent"] == len(world.ses.accepted)
    assert world.dead_letters == []
    objected = {one for one, delivery in world.deliveries.items() if delivery.person in world.opted_out}
    unsent = {one for one in world.deliveries if not world.ses.mails[one, "invitation"]}
    assert unsent <= objected


@pytest.mark.parametrize(
    ("rate", "senders", "mails"), [(1, 2, 300), (14, 2, 2000), (14, 3, 2000), (50, 3, 3000), (500, 24, 5000)]
)
def test_however_many_senders_share_the_rate_they_use_it_and_no_second_holds_more(
    rate: float, senders: int, mails: int
) -> None:
    """In the strictest reading: no second, wherever it begins, holds more mails than the rate."""
    world = run(Plan(mails=mails, senders=senders, rate=rate), 70 + mails / rate)
    end = mails / rate * 0.9
    assert world.share(min(30, end / 3), end) >= 0.98
    assert world.ses.too_fast == []
    assert world.ses.most_in_a_second() <= rate
    assert_each_mail_left_once(world)
    if rate > 1:
        assert world.books.writes <= 0.25 * mails


def test_one_sender_alone_has_the_whole_rate_but_for_the_pause_between_its_batches() -> None:
    world = run(Plan(mails=1000, senders=1, rate=5), 300)
    assert world.share(60, 190) >= 0.88
    assert world.ses.too_fast == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_workers_come_and_go_calls_fail_and_reports_are_late_and_yet_each_mail_leaves_once(seed: int) -> None:
    world = run(replace(CHAOS, seed=seed), RESOLVED)
    assert world.deaths >= 1
    assert world.share(60, 410) >= 0.98
    assert world.ses.too_fast == []
    assert_each_mail_left_once(world)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_comes_together_no_mail_is_lost_or_doubled(seed: int) -> None:
    """A scenario by chance: rates up and down, pauses, throttling, clocks, stalls, deaths, a quota."""
    chance = random.Random(seed)  # noqa: S311 - the same chances in each run
    changes = tuple(
        (600.0 * n, {"rate": chance.choice([1.0, 3.0, 9.0, 14.0, 30.0]), "enabled": chance.random() < 0.7})
        for n in range(1, 6)
    )
    plan = replace(
        CHAOS,
        seed=seed,
        mails=1500,
        senders=chance.randint(2, 5),
        rate=chance.choice([5.0, 14.0, 25.0]),
        burst=chance.choice([None, 1.0]),
        trouble=replace(ALL_SORTS, throttled=0.01, lost_after=0.005, error_after=0.01),
        clocks=chance.choice([0.001, 0.5]),
        stalls=0.01,
        forgets=0.1,
        changes=(*changes, (3600.0, {"rate": 14.0, "enabled": True})),
    )
    world = run(plan, 14_400)
    assert_each_mail_left_once(world)


def test_a_lower_rate_is_kept_as_soon_as_ses_has_said_no_and_a_higher_one_within_ten_seconds() -> None:
    """What was given at the old rate is still tried: some two seconds of it, and none of it is taken."""
    world = run(Plan(mails=4300, senders=3, changes=((150, {"rate": 7.0}), (250, {"rate": 14.0}))), 500)
    assert all(150 <= at - START <= 153 for at in world.ses.too_fast)
    assert len(world.ses.too_fast) <= 3 * 10
    assert world.share(60, 150) >= 0.98
    assert world.share(160, 250) >= 0.98
    assert world.share(262, 310) >= 0.98
    assert_each_mail_left_once(world)


def test_a_change_of_the_rate_that_ses_does_not_enforce_is_seen_within_ten_seconds() -> None:
    world = run(Plan(mails=3500, burst=60.0, changes=((100, {"rate": 7.0}),)), 200)
    assert world.ses.sent(START + 112, START + 200) / 88 <= 7.0


def test_the_senders_together_stop_at_the_quota_and_go_on_when_the_day_has_passed() -> None:
    world = run(Plan(mails=2500, senders=3, quota=1000), 3 * DAY)
    assert world.ses.too_many == []
    assert world.ses.most_in_a_day == 1000
    assert [world.ses.sent(START + n * DAY, START + (n + 1) * DAY) for n in range(3)] == [1000, 1000, 500]
    assert_each_mail_left_once(world)


def test_a_quota_that_is_lowered_below_what_waits_in_the_queue_holds() -> None:
    world = run(QUOTA_LOWERED, 900)
    assert world.ses.too_many == []
    assert world.ses.most_in_a_day == 1000


def test_the_quota_holds_while_workers_die_and_answers_are_lost() -> None:
    world = run(replace(CHAOS, mails=2500, quota=1000, objecting=0.0), 3 * DAY)
    assert world.ses.too_many == []
    assert world.ses.most_in_a_day == 1000
    assert_each_mail_left_once(world)


def test_a_sandbox_sends_one_a_second_and_two_hundred_a_day() -> None:
    world = run(Plan(mails=300, rate=1.0, quota=200), DAY + 3600)
    assert world.share(10, 130) >= 0.98  # then a minute's slots may not have been counted yet
    assert world.ses.too_fast == world.ses.too_many == []
    assert world.ses.most_in_a_day == 200
    assert_each_mail_left_once(world)


def test_whom_the_sandbox_refuses_is_mailed_when_the_account_has_left_it() -> None:
    plan = Plan(mails=60, rate=1.0, quota=200, changes=((0, {"sandbox": True}), (5400, {"sandbox": False})))
    world = run(plan, 14_400)
    assert world.ses.sent(START, START + 5400) == 0
    assert_each_mail_left_once(world)


def test_a_paused_account_takes_nothing_and_everything_when_it_goes_on() -> None:
    world = run(Plan(mails=4000, changes=((100, {"enabled": False}), (400, {"enabled": True}))), 4800)
    assert world.ses.sent(START + 100, START + 400) == 0
    assert world.share(470, 560) >= 0.98
    assert_each_mail_left_once(world)


@pytest.mark.parametrize("off", [1.0, -1.0, 60.0])
def test_a_clock_that_is_off_is_put_right_by_what_the_store_says(off: float) -> None:
    """SES's own tolerance, a second's burst, is never used up; where SES counts most strictly, it says no now and then
    until the clock is right."""
    plan = Plan(mails=2500, off=(0.0, off))
    tolerant = run(replace(plan, burst=1.0), 600)
    assert tolerant.ses.too_fast == []
    assert tolerant.share(60, 170) >= 0.97
    assert_each_mail_left_once(tolerant)
    strict = run(plan, 600)
    assert len(strict.ses.too_fast) <= 0.03 * len(strict.ses.accepted)
    assert_each_mail_left_once(strict)


def test_on_a_slow_network_and_machine_slots_are_lost_but_ses_is_never_asked_too_much() -> None:
    rough = Way((0.01, 0.02), (0.04, 0.1), slow=0.02)
    world = run(Plan(mails=3000, senders=3, burst=1.0, way=rough, stalls=0.005, clocks=0.02), 600)
    assert world.ses.too_fast == []
    assert world.share(60, 200) >= 0.95
    assert_each_mail_left_once(world)


def test_fixed_halves_of_the_rate_leave_half_of_it_to_a_sender_that_is_not_there() -> None:
    """What was before: the measure sees the difference."""
    halves = Plan(mails=2000, senders=1, pace=lambda world, clock: FixedHalf(world, clock, 2, 0.95))
    assert run(halves, 300).share(60, 250) < 0.5


@pytest.fixture(
    params=[
        "faster_than_the_rate",
        "a_batch_at_once",
        "nothing_shared",
        "late_slots_used",
        "slots_not_settled",
        "no_second_look",
    ]
)
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """A pace that is broken on purpose; what it returns says whether the simulation sees it."""
    how = request.param
    if how == "faster_than_the_rate":
        monkeypatch.setattr(limits, "SHARE", 1.01)
    elif how == "a_batch_at_once":
        monkeypatch.setattr(
            rate_limiter, "slot_moments", lambda state, given: [state.free_at - state.span(given)] * given
        )
    elif how == "late_slots_used":
        monkeypatch.setattr(rate_limiter, "LATE", 10 * rate_limiter.SECOND)
    elif how == "slots_not_settled":
        monkeypatch.setattr(limits, "SETTLED", 0)
    elif how == "no_second_look":
        monkeypatch.setattr(rate_limiter, "ASK_AGAIN", 3600 * rate_limiter.SECOND)

    def is_seen() -> bool:
        if how in ("slots_not_settled", "no_second_look"):
            return run(QUOTA_LOWERED, 200).ses.too_many != []
        stalls = 0.02 if how == "late_slots_used" else 0.0
        world = run(Plan(mails=2000, senders=3, stalls=stalls, own_books=how == "nothing_shared"), 200)
        return world.ses.too_fast != []

    return is_seen


def test_the_simulation_sees_a_pace_that_is_broken(broken: Callable[[], bool]) -> None:
    assert broken()


@pytest.mark.parametrize("how", ["no_grace", "sent_again_at_once", "refused_for_good", "no_lease", "never_due_again"])
def test_the_simulation_sees_mails_that_are_lost_or_doubled(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = service.Sending._send_when_due

    def answer(sending: service.Sending, mail: PackedMail, turn: int | None) -> SendResult:
        said = answered(sending, mail, turn)
        if how == "sent_again_at_once" and isinstance(said, SendUnknown):
            return SendDeferred(said.reason, throttled=True)
        return SendRejected(said.reason) if how == "refused_for_good" and isinstance(said, SendDeferred) else said

    monkeypatch.setattr(service.Sending, "_send_when_due", answer)
    if how == "no_grace":
        monkeypatch.setattr(deliveries, "GRACE", timedelta(0))
    elif how == "no_lease":
        monkeypatch.setattr(service, "leased", lambda delivery, now: delivery)
    elif how == "never_due_again":
        monkeypatch.setattr(service, "released", lambda delivery, due_at: deliveries.released(delivery, None))
    trouble = Trouble(refused_connection=0.01, error_after=0.02, lost_after=0.005, throttled=0.02)
    world = run(replace(CHAOS, mails=800, trouble=trouble, dies_every=20), RESOLVED)
    with pytest.raises(AssertionError):
        assert_each_mail_left_once(world)
