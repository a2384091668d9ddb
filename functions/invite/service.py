"""Send one mail that is due: ask the rules once more, lease, hand over to SES, write down what came of it.

Two writes of the invitation a mail (the lease, the acceptance) and one of the block; the reads are shared by the
mails of a batch. What is not sent now stays in the due index as it is, and costs no write.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from functions.invite.rendering import MailToRender
from functions.invite.roles import (
    Invitations,
    MessageRenderer,
    MessageSender,
    Pauses,
    People,
    RecipientLog,
    Refusals,
    SendSlots,
    SentCounts,
)
from functions.shared.domain.channels import CHANNELS
from functions.shared.domain.client import Client, ClientBundle
from functions.shared.domain.deliveries import (
    ContactDetails,
    DeliveryState,
    PrefetchedDelivery,
    StopReason,
    is_leased,
    is_unblocked,
    leased,
    mail_name,
    next_due,
    released,
    sent,
    stop_reason,
    stopped,
    undecided_until,
)
from functions.shared.domain.errors import BadConfiguration, NotFound, TryAgain
from functions.shared.domain.identity import LinkKeys, sign_token
from functions.shared.domain.names import known_name
from functions.shared.domain.replies import reply_address
from functions.shared.domain.send_results import RecipientOptedOut, SendAccepted, SendDeferred, SendRejected, SendResult
from functions.shared.domain.send_times import days_off, planned_send_time
from functions.shared.services.clients import Clients
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts

ADDRESS_KEPT = timedelta(days=90)
"""After the last invitation."""
_NEAR_ENOUGH = timedelta(days=1)
"""An expiry that is this near is not written again: expired items go days late anyhow."""
STILL_TRUE = timedelta(seconds=1)
"""So long after a look the rules may be asked of what it found. The writes hold against what changed meanwhile."""
TRY_LATER = timedelta(hours=1)
"""When SES takes no mail for a reason that does not pass by itself: an unverified domain, a missing setting."""
_TRIES_WHEN_THROTTLED = 4
_TRIES_TO_WRITE = 5


class SendOutcome(StrEnum):
    """What came of a message that said that a mail is due."""

    SENT = "sent"
    GONE = "gone"  # no such invitation
    OUTDATED = "outdated"  # another message was faster, or nothing is due any more
    UNDERWAY = "underway"  # leased: SES will say whether it left
    POSTPONED = "postponed"  # outside the window: due at its next opening
    STOPPED = "stopped"  # a rule said no
    HELD = "held"  # the account takes no more now, or the client is paused: still due
    NOT_TAKEN = "not_taken"  # nothing of the rate or the mail: a right, a setting, an identity is missing. Still due
    UNKNOWN = "unknown"  # the lease stays until SES says whether it left


M = TypeVar("M")
"""What goes out on a channel: a mail, an SMS."""


@dataclass(frozen=True)
class _Sendable:
    """A mail to which no rule objects."""

    situation: PrefetchedDelivery
    contact: ContactDetails
    bundle: ClientBundle


class _NoLongerWanted(Exception):
    """A rule said no while a message waited for its slot."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Sending(Generic[M]):
    """The use case for one channel, with what it works on. `survey_url` has no slash at its end.

    `replies` is the domain at which replies are read; without it they go to the client's own mailbox.
    """

    invitations: Invitations
    people: People
    opt_outs: OptOuts
    blocks: FeedbackBlocks
    clients: Clients
    renderer: MessageRenderer[M]
    sender: MessageSender[M]
    rate_limiter: SendSlots
    keys: LinkKeys
    survey_url: str
    clock: Callable[[], datetime]
    pauses: Pauses
    counts: SentCounts
    refusals: Refusals
    replies: str | None = None
    recipient_log: RecipientLog | None = None

    def prefetch(self, invitation_ids: Iterable[str]) -> dict[str, PrefetchedDelivery]:
        """Return all that decides about the mails of invitations that exist: two reads, however many they are."""
        deliveries = self.invitations.find(invitation_ids)
        now = self.clock()
        recipient_states = self.people.recipient_states(deliveries.values(), now) if deliveries else {}
        return {one: PrefetchedDelivery(delivery, recipient_states[one], now) for one, delivery in deliveries.items()}

    def send(
        self, invitation_id: str, due_at: int, prefetched: PrefetchedDelivery | None = None
    ) -> tuple[SendOutcome, str]:
        """Send the mail that was due at `due_at` (epoch seconds); return what came of it, and why.

        `prefetched` is what `prefetch` returned; it is read again where it is older than a second. Safe to repeat at
        any point: a message that is outdated does nothing. Raises TryAgain where others keep changing the invitation.
        """
        sendable = self._check(invitation_id, due_at, prefetched)
        if not isinstance(sendable, _Sendable):
            return sendable
        slot = self.rate_limiter.next_slot()
        if slot is None:
            return SendOutcome.HELD, "allowance"
        sendable = self._check(invitation_id, due_at, sendable.situation)  # the slot may have been long in coming
        return self._hand_over(sendable, slot) if isinstance(sendable, _Sendable) else sendable

    def _check(
        self, invitation_id: str, due_at: int, prefetched: PrefetchedDelivery | None
    ) -> _Sendable | tuple[SendOutcome, str]:
        """Ask every rule. What says no for good, or until the window opens, is written down."""
        now = self.clock()
        if prefetched is None or not prefetched.seen_at <= now < prefetched.seen_at + STILL_TRUE:
            prefetched = self.prefetch([invitation_id]).get(invitation_id)
        if prefetched is None:
            return SendOutcome.GONE, ""
        delivery, contact = prefetched.delivery, prefetched.recipient_state.contact
        if delivery.due_at is None or delivery.due_at > now or int(delivery.due_at.timestamp()) != due_at:
            return SendOutcome.OUTDATED, ""
        if is_leased(delivery, now):
            return SendOutcome.UNDERWAY, ""
        if self.pauses.is_paused(delivery.client):
            held = self.invitations.pause(delivery)
            return (SendOutcome.HELD, "paused") if held else (SendOutcome.OUTDATED, "lost the race")
        try:
            bundle = self.clients.load(delivery.client)
        except NotFound:
            return self._stop(delivery, StopReason.UNKNOWN_CLIENT)
        reason = stop_reason(delivery, prefetched.recipient_state, now, bundle.client)
        if reason is None and delivery.touchpoint not in bundle.touchpoints:
            reason = StopReason.UNKNOWN_CLIENT
        if contact is None or reason is not None:
            return self._stop(delivery, reason or StopReason.NO_CONTACT)
        opening = _opening(bundle, now)
        return _Sendable(prefetched, contact, bundle) if opening <= now else self._postpone(delivery, opening)

    def _hand_over(self, sendable: _Sendable, slot: int) -> tuple[SendOutcome, str]:
        delivery, bundle, now = sendable.situation.delivery, sendable.bundle, self.clock()
        try:
            message = self.renderer.render(bundle, self._wanted(delivery, sendable.contact, bundle))
        except (BadConfiguration, ValueError):
            return self._stop(delivery, StopReason.REFUSED)
        # A block that ran out while the message waited is taken again before it leaves, or nobody is asked.
        unblocked = is_unblocked(delivery, sendable.situation.recipient_state, bundle.client)
        if delivery.next_mail == 0 and unblocked and not self.blocks.start(delivery, bundle.client, now):
            return self._stop(delivery, StopReason.BLOCKED)
        if self.recipient_log:
            self.recipient_log.record(delivery, sendable.contact.address, now + ADDRESS_KEPT)
        held = leased(delivery, now)
        if not self.invitations.save(delivery, held):
            return SendOutcome.OUTDATED, "lost the race"
        try:
            result = self._send_when_due(message, slot, held, bundle.client, now)
        except _NoLongerWanted as stop:
            return self._stop_held(held, stop.reason)
        if isinstance(result, SendAccepted):
            self._accepted(bundle, held, sendable.contact, self.clock().replace(microsecond=0))
            return SendOutcome.SENT, result.message_id
        if isinstance(result, SendDeferred):
            again = held.due_at if result.throttled else _opening(bundle, now + TRY_LATER).replace(microsecond=0)
            self.invitations.save(held, released(held, again))
            return SendOutcome.HELD if result.of_the_account else SendOutcome.NOT_TAKEN, result.reason
        if isinstance(result, SendRejected):
            return self._stop(held, StopReason.REFUSED)
        if isinstance(result, RecipientOptedOut):
            self.opt_outs.opt_out(held.recipient, CHANNELS[held.channel].opt_out_reply, now)
            return self._stop(held, StopReason.OPTED_OUT)
        # Out of the way of the others until SES may no longer report that it left.
        self.invitations.save(held, replace(held, due_at=undecided_until(held)))
        return SendOutcome.UNKNOWN, result.reason

    def _send_when_due(
        self, message: M, slot: int | None, held: DeliveryState, client: Client, checked_at: datetime
    ) -> SendResult:
        """Hand the message over in its slot, at another one again where that was too fast.

        Where the wait for another slot was longer than a look stays true the rules are asked again: nobody is mailed
        who opted out, or answered, while the message waited. Raises _NoLongerWanted.
        """

        def check_again() -> None:
            nonlocal checked_at
            now = self.clock()
            if not checked_at <= now < checked_at + STILL_TRUE:
                checked_at = now
                self._check_held(held, client, now)

        result: SendResult = SendDeferred("allowance", throttled=True)
        for _ in range(_TRIES_WHEN_THROTTLED):
            if slot is None or not self.rate_limiter.wait_for(slot, check_again):
                return result
            result = self.sender.send(message)
            if not isinstance(result, SendDeferred) or not result.of_the_account:
                return result
            self.rate_limiter.back_off()
            if not result.throttled:
                return result
            slot = self.rate_limiter.next_slot()
            check_again()
        return result

    def _check_held(self, held: DeliveryState, client: Client, now: datetime) -> None:
        """Ask the rules about an invitation whose message is about to leave. Raises _NoLongerWanted."""
        situation = self.prefetch([held.invitation_id]).get(held.invitation_id)
        if situation is None:
            raise _NoLongerWanted(StopReason.NO_CONTACT)
        reason = stop_reason(situation.delivery, situation.recipient_state, now, client)
        if reason is not None:
            raise _NoLongerWanted(reason)

    def _stop_held(self, held: DeliveryState, reason: StopReason) -> tuple[SendOutcome, str]:
        """Stop an invitation whose message did not leave, as it is now: what stopped it may have changed it."""
        for _ in range(_TRIES_TO_WRITE):
            delivery = self.invitations.find([held.invitation_id]).get(held.invitation_id)
            if delivery is None:
                return SendOutcome.GONE, ""
            if self.invitations.save(delivery, stopped(delivery, reason)):
                if delivery.accepted_at is None and not delivery.reached:
                    self.blocks.release(delivery)
                return SendOutcome.STOPPED, reason.value
        raise TryAgain(f"The invitation {held.invitation_id} changed while it was being stopped.")

    def _accepted(self, bundle: ClientBundle, held: DeliveryState, contact: ContactDetails, at: datetime) -> None:
        """Write down that a mail left. Whatever a crash leaves out here, the report of SES writes."""
        number = held.next_mail
        if number == 0:
            self.blocks.restart(held, bundle.client, at)
            if contact.expires_at < at + ADDRESS_KEPT - _NEAR_ENOUGH:
                self.people.keep_contact(held.person, at + ADDRESS_KEPT)
        delivery: DeliveryState | None = held
        for _ in range(_TRIES_TO_WRITE):
            if delivery is None:
                return
            after = sent(delivery, number, at, next_due(delivery, number, at, bundle))
            if self.invitations.save(delivery, after):
                if after != delivery:  # else its report came first, and counted it
                    self.counts.count_sent(delivery.client, at)
                return
            delivery = self.invitations.find([held.invitation_id]).get(held.invitation_id)
        raise TryAgain(f"The invitation {held.invitation_id} keeps changing; its mail left and will be reported.")

    def _stop(self, delivery: DeliveryState, reason: StopReason) -> tuple[SendOutcome, str]:
        if reason is StopReason.REFUSED and delivery.accepted_at is None:
            self.refusals.note(delivery, self.clock())
        if not self.invitations.save(delivery, stopped(delivery, reason)):
            raise TryAgain(f"The invitation {delivery.invitation_id} changed while it was being stopped.")
        if delivery.accepted_at is None:
            self.blocks.release(delivery)
        return SendOutcome.STOPPED, reason.value

    def _postpone(self, delivery: DeliveryState, until: datetime) -> tuple[SendOutcome, str]:
        waiting = replace(delivery, due_at=until.replace(microsecond=0))
        if not self.invitations.save(delivery, waiting):
            return SendOutcome.OUTDATED, "lost the race"
        return SendOutcome.POSTPONED, until.isoformat()

    def _wanted(self, delivery: DeliveryState, contact: ContactDetails, bundle: ClientBundle) -> MailToRender:
        number = delivery.next_mail
        return MailToRender(
            invitation_id=delivery.invitation_id,
            number=number,
            name=mail_name(number),
            touchpoint=delivery.touchpoint,
            address=contact.address,
            person=known_name(contact.name, contact.address, bundle.client.name),
            language=contact.language or delivery.language,
            product=delivery.product,
            team=delivery.team,
            link=f"{self.survey_url}/s/{sign_token(self.keys, 'answer', delivery.invitation_id)}",
            opt_out_link=f"{self.survey_url}/u/{sign_token(self.keys, 'opt-out', delivery.invitation_id)}",
            reply_to=reply_address(self.keys, delivery.invitation_id, self.replies) if self.replies else None,
        )


def _opening(bundle: ClientBundle, now: datetime) -> datetime:
    client = bundle.client
    return planned_send_time(now, client.send_window, client.zone, days_off(client.country, client.holidays))
