"""A mail as SendEmail hands it over, taken apart for the outbox."""

import base64
import binascii
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses
from functools import cached_property
from typing import Any

_PARSER = BytesParser(policy=email.policy.compat32)
"""Of the cheaper policy: the other one takes every header apart each time that it is looked at."""
_PLAIN = re.compile(r"[\x20-\x7e]*")
_TAG = re.compile(r"^[A-Za-z0-9_-]{1,256}$")
_ADDRESS = re.compile(r"^[\x21-\x3f\x41-\x7e]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$")
_MAX_RECIPIENTS = 50
_MAX_BYTES = 40 * 1024 * 1024


class BadRequest(Exception):
    """The request cannot be used; the message is what SES would say."""


@dataclass(frozen=True)
class AcceptedMail:
    """A mail that is in order."""

    raw: bytes
    recipients: tuple[str, ...]
    sender: str
    """The From header with its display name."""
    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    tags: dict[str, str]
    configuration_set: str | None
    tenant: str | None

    def holds(self, text: str) -> bool:
        """Say whether a text stands in what the mail says, or in what is attached to it."""
        if text in (self.text or "") or text in (self.html or ""):
            return True
        if b"attachment" not in self.raw:
            return False
        attached = (part.get_payload(decode=True) for part in _PARSER.parsebytes(self.raw).walk() if _is_attached(part))
        return any(isinstance(content, bytes) and text.encode() in content for content in attached)

    @cached_property
    def sender_address(self) -> str:
        """The bare address of the sender."""
        return getaddresses([self.sender])[0][1]


def read_mail(call: dict[str, Any]) -> AcceptedMail:
    """Take a SendEmail call apart (Content.Raw or Content.Simple). Raises BadRequest as SES would."""
    content = call.get("Content") or {}
    if "Raw" in content:
        raw = _decode(content["Raw"].get("Data", ""))
    elif "Simple" in content:
        raw = _compose(call, content["Simple"])
    else:
        raise BadRequest("Content must hold Raw or Simple.")
    if len(raw) > _MAX_BYTES:
        raise BadRequest(f"Message length is more than {_MAX_BYTES} bytes long.")
    message = _PARSER.parsebytes(raw)
    headers = tuple((name, _decoded(name, str(value))) for name, value in message.items())
    first = {name.lower(): value for name, value in reversed(headers)}
    sender = first.get("from") or call.get("FromEmailAddress") or ""
    if not getaddresses([sender])[0][1]:
        raise BadRequest("Missing required header 'From'.")
    bodies = {part.get_content_type(): part for part in reversed([*message.walk()]) if not _is_attached(part)}
    return AcceptedMail(
        raw=raw,
        recipients=_recipients(call, headers),
        sender=sender,
        subject=first.get("subject", ""),
        headers=headers,
        text=_text(bodies.get("text/plain")),
        html=_text(bodies.get("text/html")),
        tags=_tags(call),
        configuration_set=call.get("ConfigurationSetName"),
        tenant=call.get("TenantName"),
    )


def attached_images(raw: bytes) -> dict[str, str]:
    """Return the images that a mail brings along, by Content-ID, as data addresses."""
    images = {}
    for part in _PARSER.parsebytes(raw).walk():
        name = str(part.get("Content-ID", "")).strip().strip("<>")
        if name and part.get_content_maintype() == "image":
            content = base64.b64encode(part.get_payload(decode=True) or b"").decode()  # type: ignore[arg-type]
            images[name] = f"data:{part.get_content_type()};base64,{content}"
    return images


def _decode(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise BadRequest("Content.Raw.Data is not base64.") from error


def _compose(call: dict[str, Any], simple: dict[str, Any]) -> bytes:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = call.get("FromEmailAddress", "")
    message["To"] = ", ".join((call.get("Destination") or {}).get("ToAddresses", ()))
    message["Subject"] = simple.get("Subject", {}).get("Data", "")
    for header in simple.get("Headers", ()):
        message[header["Name"]] = header["Value"]
    if reply_to := call.get("ReplyToAddresses"):
        message["Reply-To"] = ", ".join(reply_to)
    body = simple.get("Body", {})
    message.set_content(body.get("Text", {}).get("Data", ""))
    if "Html" in body:
        message.add_alternative(body["Html"]["Data"], subtype="html")
    return message.as_bytes()


def _decoded(name: str, folded: str) -> str:
    """Return what a header says: unfolded, encoded words read."""
    text = "".join(folded.splitlines())
    if _PLAIN.fullmatch(text) and "=?" not in text:
        return text.strip()
    return str(email.policy.default.header_factory(name, text)).strip()


def _recipients(call: dict[str, Any], headers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    destination = call.get("Destination") or {}
    fields = [address for kind in ("To", "Cc", "Bcc") for address in destination.get(f"{kind}Addresses", ())]
    fields = fields or [value for name, value in headers if name.lower() in ("to", "cc", "bcc")]
    addresses = tuple(address for _, address in getaddresses(fields))
    if not addresses:
        raise BadRequest("Destination is missing: the mail has no recipient.")
    if len(addresses) > _MAX_RECIPIENTS:
        raise BadRequest(f"Recipient count exceeds {_MAX_RECIPIENTS}.")
    for address in addresses:
        if not _ADDRESS.match(address):
            raise BadRequest("Missing final '@domain'")
    return addresses


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _text(part: Message | None) -> str | None:
    if part is None:
        return None
    content: Any = part.get_payload(decode=True)
    return str(content, part.get_content_charset("ascii"), errors="replace")


def _tags(call: dict[str, Any]) -> dict[str, str]:
    tags = {tag["Name"]: tag["Value"] for tag in call.get("EmailTags", ())}
    for text in (*tags, *tags.values()):
        if not _TAG.match(text):
            raise BadRequest(
                f"Invalid tag <{text}>: only alphanumeric ASCII characters, '_', and '-' are allowed, up to 256."
            )
    return tags
