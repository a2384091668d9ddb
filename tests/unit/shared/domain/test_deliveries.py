from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain import deliveries
from functions.shared.domain.channels import CHANNELS, MAIL
from functions.shared.domain.deliveries import (
    GRACE,
    LEASE,
    ContactDetails,
    DeliveryReport,
    DeliveryState,
    RecipientState,
    ReportKind,
    StopReason,
    is_leased,
    is_unblocked,
    leased,
    mail_name,
    mail_number,
    next_due,
    released,
    reported,
    sent,
    stop_reason,
    stopped,
)
from functions.shared.domain.invitation import RANK, InvitationState
from functions.shared.domain.names import PersonName
from tests.worlds.mail_world import INVITATION, MONDAY, bundle, planned

ANNA = ContactDetails("anna@example.org", PersonName(), None, MONDAY)
NOTHING = RecipientState(opted_out=False, suppressed=False, block_holders={"person-key": INVITATION}, contact=ANNA)
CLIENT = bundle().client
REMINDER = MONDAY + timedelta(days=5)
LEASED = leased(planned(), MONDAY)
ASKED = sent(LEASED, 0, MONDAY, REMINDER)


def report(kind: ReportKind, number: int = 0, minutes: float = 0) -> DeliveryReport:
    accepted = MONDAY if number == 0 else REMINDER
    return DeliveryReport(kind, INVITATION, number, accepted, accepted + timedelta(minutes=minutes))


def after(delivery: DeliveryState, reports: list[DeliveryReport]) -> DeliveryState:
    for one in reports:
        delivery = reported(delivery, one, REMINDER if one.number == 0 else None)
    return delivery


def test_a_mail_is_named_by_its_number_and_back() -> None:
    assert [mail_name(n) for n in range(3)] == ["invitation", "reminder-1", "reminder-2"]
    assert [mail_number(mail_name(n)) for n in range(3)] == [0, 1, 2]
    for text in ("reminder", "reminder-0", "reminder-x", "receipt", ""):
        with pytest.raises(ValueError, match="name of a mail"):
            mail_number(text)


@pytest.mark.parametrize(
    ("delivery", "recipient_state", "reason"),
    [
        (planned(), NOTHING, None),
        (planned(), replace(NOTHING, block_holders={}), None),
        (planned(completed_at=MONDAY), NOTHING, StopReason.ANSWERED),
        (planned(), replace(NOTHING, opted_out=True), StopReason.OPTED_OUT),
        (planned(opted_out_at=MONDAY), NOTHING, StopReason.OPTED_OUT),
        (planned(), replace(NOTHING, suppressed=True), StopReason.SUPPRESSED),
        (planned(bounced_at=MONDAY), NOTHING, StopReason.SUPPRESSED),
        (planned(expires_at=MONDAY), NOTHING, StopReason.EXPIRED),
        (planned(), replace(NOTHING, contact=None), StopReason.NO_CONTACT),
        (planned(), replace(NOTHING, block_holders={"person-key": "another"}), StopReason.BLOCKED),
        (planned(), replace(NOTHING, block_holders={"address-key": "another"}), StopReason.BLOCKED),
        (ASKED, NOTHING, None),
        (replace(ASKED, state=InvitationState.STARTED), NOTHING, None),
    ],
)
def test_the_rules_are_asked_again_before_a_mail_leaves(
    delivery: DeliveryState, recipient_state: RecipientState, reason: StopReason | None
) -> None:
    assert stop_reason(delivery, recipient_state, MONDAY, CLIENT) is reason


def test_a_household_is_asked_at_its_one_address_where_the_client_says_that_it_may() -> None:
    asked_another = replace(NOTHING, block_holders={"person-key": INVITATION, "address-key": "another"})
    households = bundle(shared_addresses=True).client

    assert stop_reason(planned(), asked_another, MONDAY, households) is None
    assert stop_reason(planned(), asked_another, MONDAY, CLIENT) is StopReason.BLOCKED
    assert not is_unblocked(planned(), NOTHING, households)
    assert is_unblocked(planned(), NOTHING, CLIENT)


def test_a_lease_holds_until_a_report_can_no_longer_be_expected() -> None:
    assert LEASED.state is InvitationState.SENDING
    assert LEASED.sending == "invitation"
    assert LEASED.due_at == MONDAY  # the due index is not written
    assert is_leased(LEASED, MONDAY + LEASE + GRACE - timedelta(seconds=1))
    assert not is_leased(LEASED, MONDAY + LEASE + GRACE)
    assert not is_leased(released(LEASED, LEASED.due_at), MONDAY)


def test_a_reminder_leaves_the_state_alone_while_it_is_sent() -> None:
    reminding = leased(replace(ASKED, state=InvitationState.DELIVERED), REMINDER)
    assert reminding.state is InvitationState.DELIVERED
    assert reminding.sending == "reminder-1"
    after = sent(reminding, 1, REMINDER, None)
    assert (after.reminders_sent, after.reminded_at, after.due_at, after.sending) == (1, REMINDER, None, None)
    assert after.accepted_at == MONDAY


def test_an_invitation_that_never_went_out_is_withheld_and_a_reminder_is_only_left_out() -> None:
    withheld = stopped(planned(), StopReason.OPTED_OUT)
    assert (withheld.state, withheld.withheld_reason, withheld.due_at) == (InvitationState.WITHHELD, "opted_out", None)
    reminded = stopped(ASKED, StopReason.OPTED_OUT)
    assert (reminded.state, reminded.withheld_reason, reminded.due_at) == (InvitationState.ACCEPTED, None, None)


def test_a_reminder_waits_its_days_of_24_hours_and_then_for_the_window() -> None:
    client = bundle(reminders=({"after_days": 5}, {"after_days": 7}))
    thursday = datetime(2026, 11, 26, 15, 30, tzinfo=UTC)
    assert next_due(planned(), 0, MONDAY, client) == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # Saturday to Monday
    assert next_due(planned(), 1, thursday, client) == thursday + timedelta(days=7)
    assert next_due(planned(), 2, thursday, client) is None


def test_no_reminder_is_planned_at_or_after_the_expiry() -> None:
    opening = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    assert next_due(planned(expires_at=opening), 0, MONDAY, bundle()) is None
    assert next_due(planned(expires_at=opening + timedelta(seconds=1)), 0, MONDAY, bundle()) == opening


def test_a_touchpoint_that_the_client_dropped_gets_no_reminder() -> None:
    assert next_due(planned(touchpoint="gone"), 0, MONDAY, bundle()) is None


def test_any_report_shows_that_a_leased_mail_left() -> None:
    for kind in ReportKind:
        delivery = after(LEASED, [report(kind)])
        assert delivery.accepted_at == MONDAY
        assert delivery.lease_until is None
        assert delivery.sending is None


def test_a_bounce_for_now_stops_no_reminder_and_one_for_good_does() -> None:
    assert after(LEASED, [report(ReportKind.UNDERWAY)]).due_at == REMINDER
    bounced = after(LEASED, [report(ReportKind.BOUNCED, minutes=1)])
    assert (bounced.state, bounced.due_at) == (InvitationState.BOUNCED, None)


def test_news_of_a_lower_rank_leaves_its_moment_and_not_its_state() -> None:
    answered = replace(ASKED, state=InvitationState.COMPLETED, completed_at=MONDAY, due_at=None)
    delivered = after(answered, [report(ReportKind.DELIVERED, minutes=2)])
    assert delivered.state is InvitationState.COMPLETED
    assert delivered.delivered_at == MONDAY + timedelta(minutes=2)
    assert delivered.due_at is None


FIRST = [report(kind, 0, minutes) for minutes, kind in enumerate(ReportKind)]
SECOND = [report(kind, 1, minutes) for minutes, kind in enumerate(ReportKind)]
REMINDING = leased(ASKED, REMINDER)


@st.composite
def tellings(draw: st.DrawFn, reports: list[DeliveryReport]) -> tuple[list[DeliveryReport], list[DeliveryReport]]:
    """Return the same reports twice: each at least once, in any order, any of them again."""
    chosen = draw(st.lists(st.sampled_from(reports), min_size=1, unique=True))
    again = draw(st.lists(st.sampled_from(chosen), max_size=4))
    return chosen, draw(st.permutations(chosen + again))


@given(tellings(FIRST))
def test_reports_of_an_invitation_end_the_same_in_any_order_and_however_often(
    told: tuple[list[DeliveryReport], list[DeliveryReport]],
) -> None:
    once, retold = told
    assert after(LEASED, retold) == after(LEASED, once)


@given(tellings(FIRST + SECOND))
def test_reports_of_a_reminder_end_the_same_in_any_order_among_late_ones_of_the_invitation(
    told: tuple[list[DeliveryReport], list[DeliveryReport]],
) -> None:
    once, retold = told
    assert after(REMINDING, retold) == after(REMINDING, once)


@given(tellings(FIRST + SECOND))
def test_no_report_ever_lowers_the_state(told: tuple[list[DeliveryReport], list[DeliveryReport]]) -> None:
    delivery = REMINDING
    for reports in told[1]:
        risen = after(delivery, [reports])
        assert RANK[risen.state] >= RANK[delivery.state]
        delivery = risen


def test_a_channel_that_does_not_remind_plans_no_reminder(monkeypatch: pytest.MonkeyPatch) -> None:
    client = bundle(reminders=({"after_days": 3},))
    assert next_due(planned(), 0, MONDAY, client) is not None

    monkeypatch.setattr(deliveries, "CHANNELS", {MAIL: replace(CHANNELS[MAIL], reminds=False)})

    assert next_due(planned(), 0, MONDAY, client) is None
