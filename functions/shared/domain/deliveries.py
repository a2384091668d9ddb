"""What happens to the mails of an invitation: leases, acceptance, reminders, and what SES reports, in any order.

Pure transitions from one `DeliveryState` to the next. Each is safe to repeat, and the reports of SES commute: whatever
the order in which they arrive, and however often, the end is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.shared.domain.channels import CHANNELS, MAIL, Channel
from functions.shared.domain.client import Client, ClientBundle
from functions.shared.domain.feedback_block import block_keys
from functions.shared.domain.invitation import RANK, InvitationState
from functions.shared.domain.names import PersonName
from functions.shared.domain.opt_outs import Recipient
from functions.shared.domain.send_times import days_off, planned_send_time

LEASE = timedelta(minutes=5)
"""Longer than a sender can live: what it did not write down by then, it never will."""
GRACE = timedelta(hours=1)
"""So long after the lease the report of SES may still come to say that the mail left."""


class StopReason(StrEnum):
    """Why a mail that is due does not go out."""

    ANSWERED = "answered"
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    NO_CONTACT = "no_contact"
    UNKNOWN_CLIENT = "unknown_client"
    REFUSED = "refused"
    REJECTED = "rejected"


REFUSED_REASONS = frozenset((StopReason.REFUSED.value, StopReason.REJECTED.value))
"""Nothing was wrong with the person: the message could not be made, or nobody took it."""


@dataclass(frozen=True)
class RefusedInvitation:
    """An invitation that its receipt calls invited, and of which nothing left: where it stands in which file."""

    touchpoint: str
    imported_at: datetime
    row: int
    """0: not known."""


@dataclass(frozen=True)
class DeliveryState:
    """Where an invitation stands with its mails. Moments are zone-aware, in whole seconds."""

    invitation_id: str
    person: str
    address_key: str
    client: str
    touchpoint: str
    expires_at: datetime
    state: InvitationState
    due_at: datetime | None
    reminders_sent: int = 0
    lease_until: datetime | None = None
    sending: str | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    bounced_at: datetime | None = None
    complained_at: datetime | None = None
    reminded_at: datetime | None = None
    completed_at: datetime | None = None
    opted_out_at: datetime | None = None
    withheld_reason: str | None = None
    language: str | None = None
    product: str | None = None
    team: str | None = None
    channel: Channel = MAIL

    @property
    def recipient(self) -> Recipient:
        """Whom an opt-out by an answer to this invitation is for."""
        return Recipient(self.client, self.person, self.address_key)

    @property
    def next_mail(self) -> int:
        """The number of the mail that is due: 0 for the invitation, n for the nth reminder."""
        return 0 if self.accepted_at is None else self.reminders_sent + 1

    @property
    def reached(self) -> bool:
        """Whether somebody was asked, as far as is known: a mailbox took a mail, or its links were used."""
        return (
            self.delivered_at is not None
            or self.completed_at is not None
            or self.opted_out_at is not None
            or self.state.rank >= InvitationState.STARTED.rank
        )

    @property
    def is_over(self) -> bool:
        """Whether no mail of this invitation may follow any more."""
        return (
            self.withheld_reason is not None
            or self.bounced_at is not None
            or self.complained_at is not None
            or self.completed_at is not None
            or self.opted_out_at is not None
            or self.state
            in (
                InvitationState.BOUNCED,
                InvitationState.COMPLAINED,
                InvitationState.COMPLETED,
                InvitationState.OPTED_OUT,
                InvitationState.WITHHELD,
            )
        )


@dataclass(frozen=True)
class ContactDetails:
    """Where and how a person is written to, and until when that is kept."""

    address: str = field(repr=False)
    name: PersonName = field(repr=False)
    language: str | None
    expires_at: datetime


@dataclass(frozen=True)
class RecipientState:
    """What else is known at the moment of sending."""

    opted_out: bool
    suppressed: bool
    block_holders: Mapping[str, str]
    """By key, of the person or of the address: the invitation that holds the active block."""
    contact: ContactDetails | None


@dataclass(frozen=True)
class PrefetchedDelivery:
    """All that decides about an invitation's next mail, as it was read at `seen_at`."""

    delivery: DeliveryState
    recipient_state: RecipientState
    seen_at: datetime


class ReportKind(StrEnum):
    """What SES says about a mail, as far as it matters here."""

    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"  # for good: a transient or undetermined bounce only shows that the mail left
    COMPLAINED = "complained"
    REJECTED = "rejected"
    UNDERWAY = "underway"  # delayed, or bounced for now


@dataclass(frozen=True)
class DeliveryReport:
    """One report about one mail: `number` as in `next_mail`, `accepted_at` when SES took it, `at` when it happened."""

    kind: ReportKind
    invitation_id: str
    number: int
    accepted_at: datetime
    at: datetime
    costs: bool = True
    """Whether a bounce or a complaint costs the client reputation. It does not where SES kept the mail back, because
    the address is on the account's suppression list."""

    @property
    def mail(self) -> str:
        """What tells this mail from every other."""
        return f"{self.invitation_id}/{self.number}"


def mail_name(number: int) -> str:
    """Return how tags, leases and logs call a mail: invitation, reminder-1, ..."""
    return f"reminder-{number}" if number else "invitation"


def mail_number(name: str) -> int:
    """Return the number of a mail by its name. Raises ValueError for any other text."""
    if name == "invitation":
        return 0
    kind, _, number = name.partition("-")
    if kind != "reminder" or not number.isdigit() or int(number) == 0:
        raise ValueError(f"{name} is not the name of a mail")
    return int(number)


def is_unblocked(delivery: DeliveryState, recipient_state: RecipientState, client: Client) -> bool:
    """Say whether a block that the invitation needs is not active: it ran out before the mail was sent."""
    keys = block_keys(delivery.person, delivery.address_key, client)
    return not recipient_state.block_holders.keys() >= {*keys}


def stop_reason(
    delivery: DeliveryState, recipient_state: RecipientState, now: datetime, client: Client
) -> StopReason | None:
    """Return why the due mail may not go out, or None: the rules, asked once more right before sending."""
    own = delivery.invitation_id
    if delivery.completed_at is not None or delivery.state is InvitationState.COMPLETED:
        return StopReason.ANSWERED
    if recipient_state.opted_out or delivery.opted_out_at is not None or delivery.state is InvitationState.OPTED_OUT:
        return StopReason.OPTED_OUT
    if recipient_state.suppressed or delivery.is_over:
        return StopReason.SUPPRESSED
    if now >= delivery.expires_at:
        return StopReason.EXPIRED
    if recipient_state.contact is None or not CHANNELS[delivery.channel].reaches(recipient_state.contact.address):
        return StopReason.NO_CONTACT  # or asked on another channel since
    keys = block_keys(delivery.person, delivery.address_key, client)
    if any(recipient_state.block_holders.get(key, own) != own for key in keys):
        return StopReason.BLOCKED
    return None


def is_leased(delivery: DeliveryState, now: datetime) -> bool:
    """Say whether a mail may be on its way: a sender holds it, or held it and SES may still report that it left."""
    until = undecided_until(delivery)
    return until is not None and now < until


def undecided_until(delivery: DeliveryState) -> datetime | None:
    """Return until when a report of SES may still say that the leased mail left, or None where none is leased."""
    return delivery.lease_until and delivery.lease_until + GRACE


def leased(delivery: DeliveryState, now: datetime) -> DeliveryState:
    """Return the state of an invitation whose due mail is about to be handed to SES."""
    sending = replace(delivery, sending=mail_name(delivery.next_mail), lease_until=now + LEASE)
    return _with_higher(sending, InvitationState.SENDING) if delivery.next_mail == 0 else sending


def released(delivery: DeliveryState, due_at: datetime | None) -> DeliveryState:
    """Return the state after SES said that it did not take the mail: due again."""
    return replace(delivery, sending=None, lease_until=None, due_at=due_at)


def stopped(delivery: DeliveryState, reason: StopReason) -> DeliveryState:
    """Return the state of an invitation that gets no mail any more; one that never got any is withheld."""
    over = replace(delivery, sending=None, lease_until=None, due_at=None)
    if delivery.accepted_at is not None or delivery.is_over:
        return over
    return _with_higher(replace(over, withheld_reason=reason.value), InvitationState.WITHHELD)


def sent(delivery: DeliveryState, number: int, at: datetime, next_due: datetime | None) -> DeliveryState:
    """Return the state after SES took a mail, at `at`. Nothing changes where that was known."""
    if is_recorded(delivery, number):
        return delivery
    gone = delivery
    if number == 0:
        gone = _with_higher(replace(gone, accepted_at=at), InvitationState.ACCEPTED)
    else:
        gone = replace(gone, reminders_sent=number, reminded_at=_earliest(gone.reminded_at, at))
    if gone.sending == mail_name(number):
        gone = replace(gone, sending=None, lease_until=None)
    return replace(gone, due_at=None if gone.is_over else next_due)


def is_recorded(delivery: DeliveryState, number: int) -> bool:
    """Say whether it is known that a mail was sent."""
    return delivery.reminders_sent >= number if number else delivery.accepted_at is not None


def reported(delivery: DeliveryState, report: DeliveryReport, next_due: datetime | None) -> DeliveryState:
    """Return the state after a report. `next_due` is when the mail after the reported one is due."""
    after = sent(delivery, report.number, report.accepted_at, next_due)
    if report.kind is ReportKind.DELIVERED:
        after = _with_higher(
            replace(after, delivered_at=_earliest(after.delivered_at, report.at)), InvitationState.DELIVERED
        )
    elif report.kind is ReportKind.BOUNCED:
        bounced = replace(after, bounced_at=_earliest(after.bounced_at, report.at), due_at=None)
        after = _with_higher(bounced, InvitationState.BOUNCED)
    elif report.kind is ReportKind.COMPLAINED:
        complained = replace(after, complained_at=_earliest(after.complained_at, report.at), due_at=None)
        after = _with_higher(complained, InvitationState.COMPLAINED)
    elif report.kind is ReportKind.REJECTED:
        after = replace(after, withheld_reason=after.withheld_reason or StopReason.REJECTED.value, due_at=None)
    return after


def is_first(delivery: DeliveryState, report: DeliveryReport) -> bool:
    """Say whether a report tells what was not known: of a delivery, a bounce or a complaint, which come repeatedly."""
    if report.kind is ReportKind.DELIVERED:
        return report.number > 0 or delivery.delivered_at is None
    if report.kind is ReportKind.BOUNCED:
        return delivery.bounced_at is None
    return report.kind is ReportKind.COMPLAINED and delivery.complained_at is None


def next_due(delivery: DeliveryState, number: int, at: datetime, bundle: ClientBundle) -> datetime | None:
    """Return when the mail after number `number`, that was sent at `at`, is due, or None where none follows.

    So many days of 24 hours later, then inside the client's window; never at or after the expiry of the invitation.
    """
    if delivery.touchpoint not in bundle.touchpoints or not CHANNELS[delivery.channel].reminds:
        return None
    reminders = bundle.rules(delivery.touchpoint).reminders or ()
    if number >= len(reminders):
        return None
    client = bundle.client
    due = planned_send_time(
        at + timedelta(days=reminders[number].after_days),
        client.send_window,
        client.zone,
        days_off(client.country, client.holidays),
    ).replace(microsecond=0)
    return due if due < delivery.expires_at else None


def _with_higher(delivery: DeliveryState, state: InvitationState) -> DeliveryState:
    return replace(delivery, state=state) if RANK[state] > RANK[delivery.state] else delivery


def _earliest(known: datetime | None, other: datetime) -> datetime:
    return other if known is None or other < known else known
