"""What is done with an SMS that somebody sends to a client's number: whoever asks to be left alone is.

An SMS says of itself from which number it comes, and carriers see to that. So an opt-out counts for the number; and for
the person and the invitation behind it, where a question went there in the last 90 days.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from functions.invite.replies.opt_out_words import read_request
from functions.invite.roles import InvitationReader
from functions.shared.domain.channels import CHANNELS, SMS
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.identity import person_key
from functions.shared.domain.opt_outs import Recipient
from functions.shared.services.clients import ListedClients
from functions.shared.services.opt_outs import OptOuts

_KEYWORDS = frozenset(
    (
        *("STOP", "STOPALL", "STOPP", "STOPPEN", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REMOVE", "OPTOUT", "REVOKE"),
        *("AFMELDEN", "UITSCHRIJVEN", "EINDE", "ABMELDEN", "ENDE", "ARRET", "DESINSCRIRE", "TD"),
    )
)
"""Alone in an SMS each is an opt-out: those that carriers and AWS know, and what people here write."""


class SmsReplyOutcome(StrEnum):
    """What became of an SMS that came in."""

    OPTED_OUT = "opted_out"
    UNREAD = "unread"  # it says something else; nobody reads it here
    UNKNOWN = "unknown"  # came to a number of no client


@dataclass(frozen=True)
class InboundSms:
    """An SMS that came in: from a number, to a client's number, both in E.164."""

    sender: str = field(repr=False)
    number: str
    body: str = field(repr=False)


class Numbers(Protocol):
    """The invitation that last went to a number, by the number's key; None where none did."""

    def invitation_of(self, address_key: str) -> str | None: ...


@dataclass(frozen=True)
class SmsReplyResult:
    """What became of an SMS: for the log and the metrics."""

    outcome: SmsReplyOutcome
    clients: tuple[str, ...] = ()
    invitations: tuple[str, ...] = ()


@dataclass(frozen=True)
class SmsReplying:
    """The use case, with what it works on."""

    invitations: InvitationReader
    numbers: Numbers
    opt_outs: OptOuts
    clients: ListedClients
    pepper: bytes = field(repr=False)

    def take(self, sms: InboundSms, now: datetime) -> SmsReplyResult:
        """Take in an SMS. Safe to repeat. Clients that share a number share an opt-out: nobody can tell whose it is.

        STOP is understood whatever else a client's words say.
        """
        owners = [bundle for bundle in self._bundles() if bundle.client.sms_number == sms.number]
        slugs = tuple(bundle.client.client for bundle in owners)
        if not owners:
            return SmsReplyResult(SmsReplyOutcome.UNKNOWN)
        if not asks_to_stop(sms.body, [bundle.client.name for bundle in owners]):
            return SmsReplyResult(SmsReplyOutcome.UNREAD, slugs)
        invitations = [self._opt_out(sms.sender, slug, now) for slug in slugs]
        return SmsReplyResult(SmsReplyOutcome.OPTED_OUT, slugs, tuple(filter(None, invitations)))

    def _bundles(self) -> list[ClientBundle]:
        return [self.clients.load(slug) for slug in self.clients.slugs()]

    def _opt_out(self, sender: str, client: str, now: datetime) -> str | None:
        """Opt a number out, and who was asked there; return the invitation that was sent to it."""
        address_key = person_key(self.pepper, client, sender)
        how = CHANNELS[SMS].opt_out_reply
        invitation = self.numbers.invitation_of(address_key)
        delivery = self.invitations.find([invitation]).get(invitation) if invitation else None
        if delivery is None or delivery.address_key != address_key:
            self.opt_outs.opt_out(Recipient(client, address_key), how, now)
            return None
        self.opt_outs.opt_out(delivery.recipient, how, now, invitation_id=delivery.invitation_id)
        return delivery.invitation_id


def asks_to_stop(body: str, names: Iterable[str] = ()) -> bool:
    """Say whether an SMS asks to be left alone: by a keyword alone, or in words as a mail would.

    Nobody reads what is no request, so a keyword counts with any mark behind it.
    """
    bare = re.sub(r"[^A-Z0-9]+", "", unicodedata.normalize("NFKD", body.upper()))
    return bare in _KEYWORDS or read_request("", body, (), names).asked
