from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.invite.service import STILL_TRUE
from functions.shared.domain.deliveries import GRACE, LEASE, DeliveryReport, ReportKind, StopReason, sent
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.send_results import SendAccepted, SendDeferred, SendRejected, SendUnknown
from tests.worlds.mail_world import INVITATION, MONDAY, Died, World, bundle, planned, renderer

NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
REMINDER = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # five days later is a Saturday


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mail")


@pytest.fixture
def world(templates: Path) -> World:
    return World(renderer(templates)).invite()


def sent_report(number: int = 0, kind: ReportKind = ReportKind.SENT, at: datetime = MONDAY) -> DeliveryReport:
    return DeliveryReport(kind, INVITATION, number, at, at)


def test_a_due_invitation_is_sent_once(world: World) -> None:
    due = int(MONDAY.timestamp())
    first = world.sending().send(INVITATION, due)
    again = world.sending().send(INVITATION, due)

    assert (first[0], again[0]) == ("sent", "outdated")
    assert len(world.sent) == 1
    assert world.sent[0].to_address == "anna@example.org"
    assert (world.delivery.state, world.delivery.accepted_at) == (InvitationState.ACCEPTED, MONDAY)
    assert (world.delivery.lease_until, world.delivery.sending) == (None, None)


def test_a_mail_costs_two_writes_of_its_invitation(world: World) -> None:
    world.send_due()
    assert world.writes == 2


def test_what_a_look_ahead_found_is_not_read_again(world: World) -> None:
    seen = world.sending().prefetch([INVITATION, "gone"])
    assert set(seen) == {INVITATION}
    world.reads = 0
    assert world.sending().send(INVITATION, int(MONDAY.timestamp()), seen[INVITATION])[0] == "sent"
    assert world.reads == 0


def test_an_opt_out_after_a_look_ahead_of_some_seconds_counts(world: World) -> None:
    seen = world.sending().prefetch([INVITATION])[INVITATION]
    world.opted_out["person-key"] = "page"
    world.now = MONDAY + STILL_TRUE
    assert world.sending().send(INVITATION, int(MONDAY.timestamp()), seen) == ("stopped", "opted_out")
    assert world.sent == []


def test_an_opt_out_while_a_mail_waits_for_its_slot_counts(world: World) -> None:
    def wait() -> int:
        world.opted_out["person-key"] = "page"
        world.now += STILL_TRUE
        return 1

    world.next_slot = wait  # type: ignore[method-assign]
    assert world.send_due() == ("stopped", "opted_out")
    assert world.sent == []


@pytest.mark.parametrize("why", ["its slot passed", "it was too fast"])
def test_an_opt_out_in_the_wait_for_another_slot_counts(world: World, why: str) -> None:
    def opt_out_meanwhile() -> None:
        world.opted_out["person-key"] = "page"
        world.now += timedelta(seconds=20)

    def wait_for(slot: int, waited: Callable[[], None]) -> bool:
        opt_out_meanwhile()
        waited()
        return True

    def next_slot() -> int:
        if world.backed_off:
            opt_out_meanwhile()
        return 1

    if why == "its slot passed":
        world.wait_for = wait_for  # type: ignore[method-assign]
    else:
        world.answers = [SendDeferred("TooManyRequestsException", throttled=True)]
        world.next_slot = next_slot  # type: ignore[method-assign]

    assert world.send_due() == ("stopped", "opted_out")
    assert world.sent == []
    assert world.blocks == {}
    assert (world.delivery.state, world.delivery.due_at) == (InvitationState.WITHHELD, None)


def test_an_answer_in_the_wait_of_a_reminder_for_another_slot_counts(world: World) -> None:
    world.send_due()
    world.now = REMINDER

    def wait_for(slot: int, waited: Callable[[], None]) -> bool:
        answered = replace(world.delivery, completed_at=world.now, state=InvitationState.COMPLETED, due_at=None)
        world.deliveries[INVITATION] = answered
        world.now += timedelta(seconds=20)
        waited()
        return True

    world.wait_for = wait_for  # type: ignore[method-assign]

    assert world.send_due() == ("stopped", "answered")
    assert len(world.sent) == 1
    assert world.delivery.state is InvitationState.COMPLETED
    assert world.blocks["person-key"][0] == INVITATION


def test_a_look_ahead_that_is_outdated_sends_nothing(world: World) -> None:
    seen = world.sending().prefetch([INVITATION])[INVITATION]
    world.send_due()
    assert world.sending().send(INVITATION, int(MONDAY.timestamp()), seen)[0] == "outdated"
    assert len(world.sent) == 1


def test_reports_of_a_batch_follow_each_other_on_one_read(world: World) -> None:
    world.send_due()
    seen = world.tracking().prefetch([INVITATION])
    world.reads = world.writes = 0
    for kind in (ReportKind.SENT, ReportKind.DELIVERED, ReportKind.COMPLAINED):
        assert world.tracking().track(sent_report(kind=kind), seen)
    assert (world.reads, world.writes) == (0, 3)
    assert seen == {INVITATION: world.delivery}
    assert world.delivery.state is InvitationState.COMPLAINED


def test_a_report_on_a_standing_that_is_old_reads_again(world: World) -> None:
    seen = world.tracking().prefetch([INVITATION])
    world.send_due()
    assert world.tracking().track(sent_report(kind=ReportKind.DELIVERED), seen)
    assert (world.delivery.state, seen[INVITATION]) == (InvitationState.DELIVERED, world.delivery)


def test_after_the_invitation_its_reminder_is_due_inside_the_window(world: World) -> None:
    world.send_due()
    assert world.delivery.due_at == REMINDER
    world.now = REMINDER
    assert world.send_due()[0] == "sent"
    assert (world.delivery.reminders_sent, world.delivery.reminded_at, world.delivery.due_at) == (1, REMINDER, None)
    assert [dict(mail.tags)["mail"] for mail in world.sent] == ["invitation", "reminder-1"]


def test_the_block_starts_again_when_ses_accepts_and_a_reminder_leaves_it_alone(world: World) -> None:
    world.send_due()
    invited = world.blocks["person-key"]
    assert invited == (INVITATION, datetime(2027, 2, 23, 9, 0, tzinfo=UTC))
    world.now = REMINDER
    world.send_due()
    assert world.blocks["person-key"] == invited


def test_the_address_is_kept_90_days_after_the_invitation(world: World) -> None:
    world.send_due()
    assert world.contacts["person-key"].expires_at == MONDAY + timedelta(days=90)


def test_a_reminder_does_not_go_to_who_answered(world: World) -> None:
    world.send_due()
    answered = replace(world.delivery, state=InvitationState.COMPLETED, completed_at=MONDAY)
    world.deliveries[INVITATION] = answered
    world.now = REMINDER
    assert world.send_due() == ("stopped", "answered")
    assert len(world.sent) == 1
    assert world.delivery == replace(answered, due_at=None)


def test_a_message_that_comes_before_its_time_sends_nothing(world: World) -> None:
    world.send_due()
    world.now = REMINDER - timedelta(seconds=1)
    assert world.send_due()[0] == "outdated"


@pytest.mark.parametrize("reason", [StopReason.OPTED_OUT, StopReason.SUPPRESSED, StopReason.NO_CONTACT])
def test_what_a_person_said_since_the_plan_counts(world: World, reason: StopReason) -> None:
    if reason is StopReason.OPTED_OUT:
        world.opted_out["person-key"] = "page"
    elif reason is StopReason.SUPPRESSED:
        world.suppressed["address-key"] = "bounce"
    else:
        world.contacts.clear()
    assert world.send_due() == ("stopped", reason.value)
    assert world.sent == []
    assert (world.delivery.state, world.delivery.withheld_reason) == (InvitationState.WITHHELD, reason.value)
    assert world.blocks == {}  # nobody was asked


def test_the_block_of_another_invitation_withholds_this_one_and_stays(world: World) -> None:
    world.blocks["person-key"] = ("another", MONDAY + timedelta(days=1))
    assert world.send_due() == ("stopped", "blocked")
    assert world.blocks["person-key"][0] == "another"


def test_a_block_that_ran_out_is_taken_again_before_the_mail_leaves(world: World) -> None:
    world.blocks["person-key"] = (INVITATION, MONDAY)
    world.answers = [SendUnknown("timeout")]
    world.send_due()
    assert world.blocks["person-key"] == (INVITATION, datetime(2027, 2, 23, 9, 0, tzinfo=UTC))


def test_an_expired_invitation_is_not_sent(world: World) -> None:
    world.now = MONDAY + timedelta(days=21)
    assert world.send_due() == ("stopped", "expired")


def test_a_client_that_is_gone_sends_nothing(world: World) -> None:
    world.deliveries[INVITATION] = planned(client="gone")
    assert world.send_due() == ("stopped", "unknown_client")


def test_a_late_mail_waits_for_the_morning(world: World) -> None:
    world.now = NIGHT
    assert world.send_due()[0] == "postponed"
    assert (world.delivery.due_at, world.delivery.state) == (MORNING, InvitationState.PLANNED)
    world.now = MORNING
    assert world.send_due()[0] == "sent"


def test_a_paused_account_costs_no_write_and_no_mail(world: World) -> None:
    world.may = False
    assert world.send_due() == ("held", "allowance")
    assert world.writes == 0
    world.may = True
    assert world.send_due()[0] == "sent"


def test_a_throttled_mail_is_tried_again_at_once_and_then_stays_due(world: World) -> None:
    world.answers = [SendDeferred("TooManyRequestsException", throttled=True)] * 2
    assert world.send_due()[0] == "sent"
    assert world.backed_off == 2


def test_a_mail_that_stays_throttled_is_still_due(world: World) -> None:
    world.answers = [SendDeferred("TooManyRequestsException", throttled=True)] * 4
    assert world.send_due() == ("held", "TooManyRequestsException")
    assert world.delivery.due_at == MONDAY
    assert world.send_due()[0] == "sent"
    assert len(world.sent) == 1


def test_a_refusal_that_lasts_is_tried_again_an_hour_later_inside_the_window(world: World) -> None:
    world.answers = [SendDeferred("MailFromDomainNotVerifiedException")]
    assert world.send_due()[0] == "not_taken"
    assert world.delivery.due_at == MONDAY + timedelta(hours=1)
    world.now = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    world.answers = [SendDeferred("MailFromDomainNotVerifiedException")]
    world.send_due()
    assert world.delivery.due_at == MORNING


def test_a_mail_that_ses_refuses_for_good_is_withheld_and_blocks_nobody(world: World) -> None:
    world.answers = [SendRejected("MessageRejected")]
    assert world.send_due() == ("stopped", "refused")
    assert world.delivery.state is InvitationState.WITHHELD
    assert world.blocks == {}
    assert world.refused == [INVITATION]


def test_a_reminder_that_ses_refuses_is_no_invitation_that_nobody_got(world: World) -> None:
    world.send_due()
    world.now = REMINDER
    world.answers = [SendRejected("MessageRejected")]

    assert world.send_due() == ("stopped", "refused")
    assert world.refused == []


def test_a_lost_answer_waits_for_the_report_and_is_not_sent_again_before_that(world: World) -> None:
    world.answers = [SendUnknown("ReadTimeoutError")]
    assert world.send_due()[0] == "unknown"
    assert world.delivery.due_at == MONDAY + LEASE + GRACE
    world.now = MONDAY + LEASE + timedelta(minutes=30)
    assert world.send_due()[0] == "outdated"

    world.tracking().track(sent_report())
    assert (world.delivery.accepted_at, world.delivery.due_at) == (MONDAY, REMINDER)
    assert world.sent == []


def test_a_lost_answer_that_no_report_follows_is_sent_again(world: World) -> None:
    world.answers = [SendUnknown("ReadTimeoutError")]
    world.send_due()
    world.now = MONDAY + LEASE + GRACE
    assert world.send_due()[0] == "sent"
    assert len(world.sent) == 1


def test_a_sender_killed_before_the_call_costs_no_mail(world: World) -> None:
    world.answers = [Died()]
    with pytest.raises(Died):
        world.send_due()
    assert world.delivery.sending == "invitation"

    world.now = MONDAY + timedelta(minutes=5)
    assert world.send_due()[0] == "underway"
    world.now = MONDAY + LEASE + GRACE
    assert world.send_due()[0] == "sent"
    assert len(world.sent) == 1


def test_a_sender_killed_during_the_call_sends_no_second_mail(world: World) -> None:
    def take_and_die(mail: PackedMail) -> SendAccepted:
        world.sent.append(mail)
        raise Died

    world.send = take_and_die  # type: ignore[method-assign]
    with pytest.raises(Died):
        world.send_due()
    world.now = MONDAY + timedelta(minutes=30)
    assert world.send_due()[0] == "underway"

    world.tracking().track(sent_report())  # comes late, and still in time
    world.now = MONDAY + LEASE + GRACE
    assert world.sending().send(INVITATION, int(MONDAY.timestamp()))[0] == "outdated"
    assert len(world.sent) == 1
    assert (world.delivery.accepted_at, world.delivery.due_at) == (MONDAY, REMINDER)


def test_a_sender_killed_after_the_call_sends_no_second_mail(world: World) -> None:
    world.die_at_write = 2
    with pytest.raises(Died):
        world.send_due()
    assert len(world.sent) == 1
    assert world.delivery.accepted_at is None

    world.tracking().track(sent_report())
    world.now = MONDAY + LEASE + GRACE
    assert world.sending().send(INVITATION, int(MONDAY.timestamp()))[0] == "outdated"
    assert len(world.sent) == 1
    assert world.delivery.due_at == REMINDER
    assert world.blocks["person-key"][1] == datetime(2027, 2, 23, 9, 0, tzinfo=UTC)


def test_a_killed_reminder_is_recorded_by_its_report(world: World) -> None:
    world.send_due()
    world.now = REMINDER
    world.die_at_write = world.writes + 2
    with pytest.raises(Died):
        world.send_due()
    world.tracking().track(sent_report(1, at=REMINDER))
    assert (world.delivery.reminders_sent, world.delivery.due_at, world.delivery.sending) == (1, None, None)


def test_a_report_that_is_faster_than_the_sender_is_the_same(world: World) -> None:
    slow = world.delivery

    def report_first(mail: object) -> SendAccepted:
        world.tracking().track(sent_report(kind=ReportKind.DELIVERED))
        return SendAccepted("message")

    world.send = report_first  # type: ignore[method-assign]
    assert world.send_due()[0] == "sent"
    assert (world.delivery.state, world.delivery.delivered_at) == (InvitationState.DELIVERED, MONDAY)
    assert world.delivery.due_at == REMINDER
    assert slow.accepted_at is None


def test_a_bounce_that_is_faster_than_the_sender_stays_a_bounce(world: World) -> None:
    def bounce_first(mail: object) -> SendAccepted:
        world.tracking().track(sent_report(kind=ReportKind.BOUNCED))
        return SendAccepted("message")

    world.send = bounce_first  # type: ignore[method-assign]
    world.send_due()
    assert (world.delivery.state, world.delivery.due_at) == (InvitationState.BOUNCED, None)
    assert world.blocks == {}


def test_a_hard_bounce_suppresses_the_address_and_releases_the_block(world: World) -> None:
    world.send_due()
    for _ in range(2):
        world.tracking().track(sent_report(kind=ReportKind.BOUNCED))
    assert world.suppressed == {"address-key": "bounce"}
    assert world.blocks == {}
    assert world.opted_out == {}
    assert (world.delivery.state, world.delivery.bounced_at, world.delivery.due_at) == (
        InvitationState.BOUNCED,
        MONDAY,
        None,
    )


@pytest.mark.parametrize(
    "reached",
    [
        {"delivered_at": MONDAY},
        {"completed_at": MONDAY, "state": InvitationState.COMPLETED},
        {"state": InvitationState.STARTED},
        {"opted_out_at": MONDAY, "state": InvitationState.OPTED_OUT},
    ],
)
def test_a_hard_bounce_that_comes_late_keeps_the_block_of_who_was_asked(world: World, reached: dict[str, Any]) -> None:
    world.send_due()
    world.deliveries[INVITATION] = replace(world.delivery, **reached)

    world.tracking().track(sent_report(kind=ReportKind.BOUNCED))

    assert world.suppressed == {"address-key": "bounce"}
    assert world.blocks["person-key"][0] == INVITATION


def test_a_hard_bounce_of_a_reminder_keeps_the_block_of_who_was_asked(world: World) -> None:
    world.send_due()
    world.now = REMINDER
    world.send_due()
    world.tracking().track(sent_report(1, ReportKind.BOUNCED, REMINDER))
    assert world.suppressed == {"address-key": "bounce"}
    assert world.blocks["person-key"][0] == INVITATION


def test_a_complaint_is_an_opt_out_of_the_person_and_of_the_address(world: World) -> None:
    world.send_due()
    world.tracking().track(sent_report(kind=ReportKind.COMPLAINED))
    assert world.suppressed == {"address-key": "complaint"}
    assert world.opted_out == {"person-key": "complaint", "address-key": "complaint"}
    assert world.delivery.due_at is None
    assert world.blocks["person-key"][0] == INVITATION


def test_a_bounce_for_now_changes_nothing_but_that_the_mail_left(world: World) -> None:
    world.send_due()
    before = world.delivery
    world.tracking().track(sent_report(kind=ReportKind.UNDERWAY))
    assert world.delivery == before
    assert world.suppressed == {}


def test_a_report_about_an_invitation_that_is_gone_is_let_go(world: World) -> None:
    world.deliveries.clear()
    assert world.tracking().track(sent_report()) is None


def test_a_client_without_reminders_sends_one_mail(templates: Path) -> None:
    world = World(renderer(templates), client=bundle(reminders=())).invite()
    world.send_due()
    assert world.delivery.due_at is None
    assert sent(world.delivery, 0, MONDAY, REMINDER) == world.delivery
