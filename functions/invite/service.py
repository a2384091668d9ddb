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
from functions.invite.roles import Addressed, Carrier, Clients, Invitations, MailsLeft, Pauses, People, Turns, Writer
from functions.shared.domain.channels import CHANNELS
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import (
    ContactDetails,
    Objection,
    Situation,
    Standing,
    is_leased,
    leased,
    left,
    mail_name,
    next_due,
    objection,
    released,
    stopped,
    undecided_until,
)
from functions.shared.domain.errors import BadConfiguration, NotFound, TryAgain
from functions.shared.domain.handover import Accepted, Handover, NotNow, OptedOut, Refused
from functions.shared.domain.identity import Keys, sign_token
from functions.shared.domain.replies import reply_address
from functions.shared.domain.send_times import days_off, planned_send_time
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


class Outcome(StrEnum):
    """What came of a message that said that a mail is due."""

    SENT = "sent"
    GONE = "gone"  # no such invitation
    OUTDATED = "outdated"  # another message was faster, or nothing is due any more
    UNDERWAY = "underway"  # leased: SES will say whether it left
    POSTPONED = "postponed"  # outside the window: due at its next opening
    STOPPED = "stopped"  # a rule said no
    HELD = "held"  # SES does not take mail now, or the client is paused: still due
    UNKNOWN = "unknown"  # the lease stays until SES says whether it left


M = TypeVar("M")
"""What goes out on a channel: a mail, an SMS."""


@dataclass(frozen=True)
class _Ready:
    """A mail to which no rule objects."""

    seen: Situation
    contact: ContactDetails
    bundle: ClientBundle


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
    renderer: Writer[M]
    mailer: Carrier[M]
    pace: Turns
    keys: Keys
    survey_url: str
    clock: Callable[[], datetime]
    pauses: Pauses
    counts: MailsLeft
    replies: str | None = None
    addressed: Addressed | None = None

    def look(self, invitation_ids: Iterable[str]) -> dict[str, Situation]:
        """Return all that decides about the mails of invitations that exist: two reads, however many they are."""
        standings = self.invitations.find(invitation_ids)
        now = self.clock()
        around = self.people.recipient_states(standings.values(), now) if standings else {}
        return {one: Situation(standing, around[one], now) for one, standing in standings.items()}

    def send(self, invitation_id: str, due_at: int, seen: Situation | None = None) -> tuple[Outcome, str]:
        """Send the mail that was due at `due_at` (epoch seconds); return what came of it, and why.

        `seen` is what a look ahead found; it is looked up again where it is older than a few seconds. Safe to repeat
        at any point: a message that is outdated does nothing. Raises TryAgain where others keep changing the
        invitation.
        """
        ready = self._ready(invitation_id, due_at, seen)
        if not isinstance(ready, _Ready):
            return ready
        turn = self.pace.turn()
        if turn is None:
            return Outcome.HELD, "allowance"
        ready = self._ready(invitation_id, due_at, ready.seen)  # the turn may have been long in coming
        return self._hand_over(ready, turn) if isinstance(ready, _Ready) else ready

    def _ready(self, invitation_id: str, due_at: int, seen: Situation | None) -> _Ready | tuple[Outcome, str]:
        """Ask every rule. What says no for good, or until the window opens, is written down."""
        now = self.clock()
        if seen is None or not seen.seen_at <= now < seen.seen_at + STILL_TRUE:
            seen = self.look([invitation_id]).get(invitation_id)
        if seen is None:
            return Outcome.GONE, ""
        standing, contact = seen.standing, seen.around.contact
        if standing.due_at is None or standing.due_at > now or int(standing.due_at.timestamp()) != due_at:
            return Outcome.OUTDATED, ""
        if is_leased(standing, now):
            return Outcome.UNDERWAY, ""
        if self.pauses.is_paused(standing.client):
            return (Outcome.HELD, "paused") if self.invitations.pause(standing) else (Outcome.OUTDATED, "lost the race")
        try:
            bundle = self.clients.load(standing.client)
        except NotFound:
            return self._stop(standing, Objection.UNKNOWN_CLIENT)
        reason = objection(standing, seen.around, now)
        if reason is None and standing.touchpoint not in bundle.touchpoints:
            reason = Objection.UNKNOWN_CLIENT
        if contact is None or reason is not None:
            return self._stop(standing, reason or Objection.NO_CONTACT)
        opening = _opening(bundle, now)
        return _Ready(seen, contact, bundle) if opening <= now else self._postpone(standing, opening)

    def _hand_over(self, ready: _Ready, turn: int) -> tuple[Outcome, str]:
        standing, bundle, now = ready.seen.standing, ready.bundle, self.clock()
        try:
            message = self.renderer.ready(bundle, self._wanted(standing, ready.contact))
        except (BadConfiguration, ValueError):
            return self._stop(standing, Objection.REFUSED)
        # A block that ran out while the message waited is taken again before it leaves, or nobody is asked.
        unblocked = standing.next_mail == 0 and ready.seen.around.block_holder is None
        if unblocked and not self.blocks.start(standing, bundle.client, now):
            return self._stop(standing, Objection.BLOCKED)
        if self.addressed:
            self.addressed.point(standing, ready.contact.address, now + ADDRESS_KEPT)
        held = leased(standing, now)
        if not self.invitations.save(standing, held):
            return Outcome.OUTDATED, "lost the race"
        answer = self._answer(message, turn)
        if isinstance(answer, Accepted):
            self._accepted(bundle, held, ready.contact, self.clock().replace(microsecond=0))
            return Outcome.SENT, answer.message_id
        if isinstance(answer, NotNow):
            again = held.due_at if answer.throttled else _opening(bundle, now + TRY_LATER).replace(microsecond=0)
            self.invitations.save(held, released(held, again))
            return Outcome.HELD, answer.reason
        if isinstance(answer, Refused):
            return self._stop(held, Objection.REFUSED)
        if isinstance(answer, OptedOut):
            self.opt_outs.opt_out(held.recipient, CHANNELS[held.channel].opt_out_reply, now)
            return self._stop(held, Objection.OPTED_OUT)
        # Out of the way of the others until SES may no longer report that it left.
        self.invitations.save(held, replace(held, due_at=undecided_until(held)))
        return Outcome.UNKNOWN, answer.reason

    def _answer(self, message: M, turn: int | None) -> Handover:
        """Hand the message over when its turn comes, at another one again where that was too fast."""
        answer: Handover = NotNow("allowance", throttled=True)
        for _ in range(_TRIES_WHEN_THROTTLED):
            if turn is None or not self.pace.begin(turn):
                return answer
            answer = self.mailer.send(message)
            if not isinstance(answer, NotNow) or not answer.of_the_account:
                return answer
            self.pace.back_off()
            if not answer.throttled:
                return answer
            turn = self.pace.turn()
        return answer

    def _accepted(self, bundle: ClientBundle, held: Standing, contact: ContactDetails, at: datetime) -> None:
        """Write down that a mail left. Whatever a crash leaves out here, the report of SES writes."""
        number = held.next_mail
        if number == 0:
            self.blocks.restart(held, bundle.client, at)
            if contact.expires_at < at + ADDRESS_KEPT - _NEAR_ENOUGH:
                self.people.keep_contact(held.person, at + ADDRESS_KEPT)
        standing: Standing | None = held
        for _ in range(_TRIES_TO_WRITE):
            if standing is None:
                return
            after = left(standing, number, at, next_due(standing, number, at, bundle))
            if self.invitations.save(standing, after):
                if after != standing:  # else its report came first, and counted it
                    self.counts.count_sent(standing.client, at)
                return
            standing = self.invitations.find([held.invitation_id]).get(held.invitation_id)
        raise TryAgain(f"The invitation {held.invitation_id} keeps changing; its mail left and will be reported.")

    def _stop(self, standing: Standing, reason: Objection) -> tuple[Outcome, str]:
        if not self.invitations.save(standing, stopped(standing, reason)):
            raise TryAgain(f"The invitation {standing.invitation_id} changed while it was being stopped.")
        if standing.accepted_at is None:
            self.blocks.release(standing)
        return Outcome.STOPPED, reason.value

    def _postpone(self, standing: Standing, until: datetime) -> tuple[Outcome, str]:
        waiting = replace(standing, due_at=until.replace(microsecond=0))
        if not self.invitations.save(standing, waiting):
            return Outcome.OUTDATED, "lost the race"
        return Outcome.POSTPONED, until.isoformat()

    def _wanted(self, standing: Standing, contact: ContactDetails) -> MailToRender:
        number = standing.next_mail
        return MailToRender(
            invitation_id=standing.invitation_id,
            number=number,
            name=mail_name(number),
            touchpoint=standing.touchpoint,
            address=contact.address,
            person=contact.name,
            language=contact.language or standing.language,
            product=standing.product,
            team=standing.team,
            link=f"{self.survey_url}/s/{sign_token(self.keys, 'answer', standing.invitation_id)}",
            opt_out_link=f"{self.survey_url}/u/{sign_token(self.keys, 'opt-out', standing.invitation_id)}",
            reply_to=reply_address(self.keys, standing.invitation_id, self.replies) if self.replies else None,
        )


def _opening(bundle: ClientBundle, now: datetime) -> datetime:
    client = bundle.client
    return planned_send_time(now, client.send_window, client.zone, days_off(client.country, client.holidays))
