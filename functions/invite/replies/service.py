"""What is done with a reply to a mail: whoever asks to be left alone is, and what a person wrote reaches people.

The address that a reply goes to carries the invitation, signed. So an opt-out rests on the mail that somebody got, as
the link in it does, and not on the From that anybody can write. Mail to the address of a client, which answers no mail
of ours, opts out the address in its From, where SES found that to be true.
"""

from dataclasses import dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from enum import StrEnum
from hashlib import sha256

from functions.invite.replies.opt_out_words import read_request
from functions.invite.replies.reply_mail import FORWARDED, ReplyMail, read_reply
from functions.invite.roles import InvitationReader, Mailer
from functions.shared.domain.channels import CHANNELS, MAIL
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.identity import LinkKeys, normalise_address, person_key
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.mime import address_header, attachment_part, multipart, text_header, text_part
from functions.shared.domain.opt_outs import Recipient
from functions.shared.domain.replies import addressed_client, answered_invitation
from functions.shared.domain.send_results import SendAccepted
from functions.shared.services.clients import Clients
from functions.shared.services.opt_outs import OptOuts

MAX_ATTACHED = 10_000_000
"""Bytes of a reply that go along with what is forwarded; of a longer one the text does."""
_MAX_SUBJECT = 200
_SHORT = 200
"""Characters that a mail program puts under an opt-out of its own making."""

_NOTES = {
    "nl": (
        "Een klant van {client} schreef dit als antwoord op een mail met een vragenlijst. Uw antwoord gaat naar de"
        " klant.",
        "De klant is afgemeld voor vragenlijsten.",
        "Het antwoord zoals het binnenkwam, is te groot om mee te sturen.",
    ),
    "en": (
        "A customer of {client} wrote this in answer to a mail with a survey. Your answer goes to the customer.",
        "The customer has been opted out of surveys.",
        "The reply as it came in is too large to go along.",
    ),
}


class ReplyOutcome(StrEnum):
    """What became of a mail that came in."""

    OPTED_OUT = "opted_out"
    OPTED_OUT_AND_FORWARDED = "opted_out_and_forwarded"  # it said something else too
    FORWARDED = "forwarded"
    AUTOMATIC = "automatic"  # nobody wrote it: kept for a while, and that is all
    UNSAFE = "unsafe"  # holds a virus
    UNKNOWN = "unknown"  # answers no mail of ours and is addressed to no client


@dataclass(frozen=True)
class ReplyResult:
    """What became of a mail: for the log and the metrics."""

    outcome: ReplyOutcome
    client: str = ""
    invitation: str = ""


@dataclass(frozen=True)
class Replying:
    """The use case, with what it works on. `domain` is where replies go to."""

    invitations: InvitationReader
    opt_outs: OptOuts
    clients: Clients
    mailer: Mailer
    keys: LinkKeys
    pepper: bytes = field(repr=False)
    domain: str

    def take(self, raw: bytes, now: datetime, *, whole: bool = True) -> ReplyResult:
        """Take in a mail. Safe to repeat: an opt-out is kept once, and what is forwarded is at worst forwarded twice.

        `whole` says that `raw` is all of it. Raises TryAgain where it could not be forwarded.
        """
        mail = read_reply(raw)
        invitation, recipient, bundle = self._addressee(mail)
        if bundle is None:
            return ReplyResult(ReplyOutcome.UNKNOWN)
        client = bundle.client
        automatic = ReplyResult(ReplyOutcome.AUTOMATIC, client.client, invitation)
        if mail.by_machine:
            return automatic
        words = [texts.opt_out.replace("{client}", client.name) for texts in bundle.texts.values()]
        request = read_request(mail.subject, mail.words, words, [client.name])
        asked = request.asked and recipient is not None
        if request.asked and recipient is not None:
            self.opt_outs.opt_out(recipient, CHANNELS[MAIL].opt_out_reply, now, invitation_id=invitation or None)
        if asked and (not request.more or (mail.by_button and len(mail.words) <= _SHORT)):
            return ReplyResult(ReplyOutcome.OPTED_OUT, client.client, invitation)
        if not mail.harmless:
            return ReplyResult(ReplyOutcome.UNSAFE, client.client, invitation)
        self._forward(mail, raw if whole and len(raw) <= MAX_ATTACHED else None, bundle, asked)
        outcome = ReplyOutcome.OPTED_OUT_AND_FORWARDED if asked else ReplyOutcome.FORWARDED
        return ReplyResult(outcome, client.client, invitation)

    def _addressee(self, mail: ReplyMail) -> tuple[str, Recipient | None, ClientBundle | None]:
        """Return the invitation that is answered (or ""), who may be opted out, and the client."""
        for address in mail.recipients:
            invitation = answered_invitation(self.keys, address, self.domain)
            delivery = self.invitations.find([invitation]).get(invitation) if invitation else None
            bundle = self._client(delivery.client) if delivery else None
            if delivery and bundle:
                return delivery.invitation_id, delivery.recipient, bundle
        for address in mail.recipients:
            bundle = self._client(addressed_client(address, self.domain) or "")
            if bundle:
                return "", self._sender(mail, bundle.client.client), bundle
        return "", None, None

    def _client(self, slug: str) -> ClientBundle | None:
        try:
            return self.clients.load(slug) if slug else None
        except NotFound:
            return None

    def _sender(self, mail: ReplyMail, client: str) -> Recipient | None:
        if not mail.authentic:
            return None
        try:
            return Recipient(client, person_key(self.pepper, client, normalise_address(mail.sender)))
        except ValueError:
            return None

    def _forward(self, mail: ReplyMail, raw: bytes | None, bundle: ClientBundle, opted_out: bool) -> None:
        sender = bundle.client.sender
        if addressed_client(sender.reply_to, self.domain):
            raise TryAgain(f"The reply_to of {bundle.client.client} is where replies come in: name a mailbox.")
        answer = self.mailer.send(
            PackedMail(
                sender_address=sender.address,
                to_address=sender.reply_to,
                raw=forwarded(mail, raw, bundle, opted_out),
                tags=(("client", bundle.client.client),),
            )
        )
        if not isinstance(answer, SendAccepted):
            raise TryAgain(f"The reply could not be forwarded: {answer.reason}.")


def forwarded(mail: ReplyMail, raw: bytes | None, bundle: ClientBundle, opted_out: bool) -> bytes:
    """Return a reply as the client's mailbox gets it: its text, the reply itself, and the customer to answer to."""
    client = bundle.client
    about, out, too_large = _NOTES["nl" if client.languages[0].startswith("nl") else "en"]
    notes = [about.format(client=client.name), *([out] if opted_out else []), *([] if raw else [too_large])]
    name = "".join(letter for letter in mail.sender_name or mail.sender if letter.isprintable())[:80]
    text = text_part("plain", "\n".join(notes) + "\n\n" + "-" * 60 + "\n\n" + mail.text)
    parts = [text, *([attachment_part("reply.eml", raw)] if raw else [])]
    boundary = b"=_" + sha256(raw or mail.text.encode()).hexdigest()[:32].encode()
    headers = [
        address_header("From", f"{name} via {client.sender.name}", client.sender.address),
        address_header("To", "", client.sender.reply_to),
        text_header("Subject", _one_line(mail.subject) or "-"),
        *_reply_to(mail),
        f"Auto-Submitted: auto-generated\r\n{FORWARDED}: yes\r\nMIME-Version: 1.0\r\n".encode("ascii"),
    ]
    return b"".join([*headers, multipart("mixed", boundary, parts)])


def _reply_to(mail: ReplyMail) -> list[bytes]:
    """An address that no header can carry is in the reply itself."""
    try:
        return [address_header("Reply-To", "", mail.sender)] if mail.sender else []
    except (ValueError, IndexError, HeaderParseError):
        return []


def _one_line(subject: str) -> str:
    return "".join(letter for letter in subject if letter.isprintable())[:_MAX_SUBJECT].strip()
