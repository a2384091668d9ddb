"""A mail that came in, taken apart: for whom, from whom, what it says itself, and whether a person wrote it.

Anybody can send anything here. Nothing of a mail is trusted but what SES wrote on top of it, and what cannot be taken
apart is left out rather than failed on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

from functions.invite.replies.own_words import own_words, text_of_html

MAX_READ = 2_000_000
"""Bytes. What comes after them is an attachment, and is not looked into."""
MAX_TEXT = 50_000
"""Characters of a text that are read: an answer is shorter."""
_MAX_PARTS = 50
FORWARDED = "X-Klankbord-Forwarded"
"""On what is forwarded from here, so that it never goes round."""

_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "X-Forwarded-To", "Resent-To", "Envelope-To")
_RECEIVED_FOR = re.compile(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)>?")
_BULK = frozenset(("bulk", "junk", "list", "auto_reply"))
_MACHINES = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply)@", re.IGNORECASE)
_AWAY = re.compile(
    r"\s*(automatic reply|auto(matic)?[- ]?response|auto-?reply|out of (the )?office|automatisch antwoord"
    r"|afwezig(heid)?\b|niet aanwezig|automatische antwort|abwesen|réponse automatique|absence\b|undeliver"
    r"|delivery status|onbestelbaar|unzustellbar|mail delivery|vacation (reply|response)|buiten kantoor"
    r"|i('| a)m (currently )?(out of|away from) (the )?office|ik ben (momenteel |tijdelijk )?afwezig"
    r"|ontvangstbevestiging"
    r"|bevestiging van ontvangst|(empfangs|eingangs|lese)bestätigung|urlaubs(notiz|meldung)|accusé de réception"
    r"|read receipt)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ReplyMail:
    """What matters of a mail that came in. `text` is all that it says, `words` what its writer added."""

    recipients: tuple[str, ...] = field(repr=False)
    sender: str = field(repr=False)
    """The address in its From; empty where there is none."""
    sender_name: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    words: str = field(repr=False)
    by_machine: bool
    """An automatic answer, a report, a list: nobody wrote it by hand."""
    by_button: bool
    """Sent by a mail program on its reader's behalf, as the mailto of List-Unsubscribe asks."""
    authentic: bool
    """SES found that the From is who sent it (DMARC)."""
    harmless: bool
    """SES found no virus."""


def read_reply(raw: bytes) -> ReplyMail:
    """Take a mail apart, as SES keeps it: with its own findings as the first headers."""
    message = _parsed(raw[:MAX_READ])
    name, sender = _first_address(message, "From")
    subject = _decoded(message.get("Subject"))
    text, words = _texts(message)
    by_button = subject.strip().lower() == "unsubscribe"
    return ReplyMail(
        recipients=tuple(dict.fromkeys(_recipients(message))),
        sender=sender,
        sender_name=name,
        subject=subject,
        text=text,
        words=words,
        by_machine=_by_machine(message, sender, subject, by_button=by_button),
        by_button=by_button,
        authentic=_is_authentic(message),
        harmless=_header(message, "X-SES-Virus-Verdict").upper() not in ("FAIL", "PROCESSING_FAILED"),
    )


def _parsed(raw: bytes) -> Message:
    """Parse a mail; of one that is nested deeper than any mail is, the headers."""
    try:
        return message_from_bytes(raw)
    except RecursionError:
        return BytesParser().parsebytes(raw, headersonly=True)


def _recipients(message: Message) -> Iterator[str]:
    for name in _TO:
        for value in message.get_all(name, ()):
            yield from (address for _, address in _addresses(_decoded(value)) if "@" in address)
    for value in message.get_all("Received", ()):
        yield from _RECEIVED_FOR.findall(str(value))


def _by_machine(message: Message, sender: str, subject: str, *, by_button: bool) -> bool:
    automatic = _header(message, "Auto-Submitted").partition(";")[0].strip().lower() or "no"
    if automatic != "no" and not (by_button and automatic == "auto-generated"):
        return True
    if any(message.get(name) is not None for name in (FORWARDED, "X-Autoreply", "X-Autorespond", "List-Id")):
        return True
    return (
        _header(message, "Precedence").lower() in _BULK
        or "".join(_header(message, "Return-Path").split()) == "<>"
        or message.get_content_type() == "multipart/report"
        or bool(_MACHINES.match(sender))
        or bool(_AWAY.match(subject))
    )


def _is_authentic(message: Message) -> bool:
    """Read what SES itself wrote; whoever sent the mail can have written such a header too, but further down."""
    results = _header(message, "Authentication-Results")
    return results.strip().lower().startswith("amazonses.com") and bool(re.search(r"\bdmarc\s*=\s*pass\b", results))


def _texts(message: Message) -> tuple[str, str]:
    """Return the whole text and the writer's own words: of the plain part, or where that is empty of the HTML."""
    html = ""
    for part in _parts(message):
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment":
            continue
        content = _content(part)[:MAX_TEXT]
        if kind == "text/plain" and content.strip():
            return content, own_words(content)
        html = html or (content if kind == "text/html" else "")
    text = text_of_html(html)
    return text, own_words(text)


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts of a mail, the first of them, without a recursion that a nested mail could exhaust."""
    waiting = [message]
    for _ in range(_MAX_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting = [one for one in part.get_payload() if isinstance(one, Message)] + waiting
        elif not part.is_multipart():  # a mail inside the mail is not what its writer says
            yield part


def _content(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    for charset in (part.get_content_charset(), "utf-8"):
        try:
            return data.decode(charset or "utf-8")
        except (LookupError, UnicodeError):
            continue
    return data.decode("cp1252", errors="replace")


def _first_address(message: Message, name: str) -> tuple[str, str]:
    addresses = _addresses(_header(message, name))
    display, address = addresses[0] if addresses else ("", "")
    return _decoded(display), address if "@" in address else ""


def _addresses(value: str) -> list[tuple[str, str]]:
    """Return the names and addresses of a header; none of one whose comments are nested deeper than any mail's."""
    try:
        return getaddresses([value])
    except RecursionError:
        return []


def _header(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _decoded(value: object) -> str:
    text = " ".join(str(value or "").split())
    try:
        return " ".join(str(make_header(decode_header(text))).split())
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return text.encode("utf-8", "replace").decode()
