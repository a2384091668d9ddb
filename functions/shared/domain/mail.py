"""A mail as it goes out: its content, its headers, and the exact bytes."""

from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

_FOLDED = SMTP
_ONE_LINE = SMTP.clone(max_line_length=998)
"""Links in headers stay whole: a folded one is read wrongly by some programs."""


@dataclass(frozen=True)
class InlineImage:
    """A PNG that the HTML shows by `cid:<cid>`, `width` x `height` CSS pixels."""

    cid: str
    png: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True)
class Mail:
    """One mail to one person. Addresses are plain (`name@domain`), names any text without line breaks."""

    sender_name: str
    sender_address: str
    reply_to: str
    to_name: str = field(repr=False)
    to_address: str = field(repr=False)
    language: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    images: tuple[InlineImage, ...]
    opt_out_link: str = field(repr=False)
    tags: tuple[tuple[str, str], ...]
    """SES email tags: ids only, `[A-Za-z0-9_-]`."""


@dataclass(frozen=True)
class PackedMail:
    """A mail, ready to be handed over: its envelope, its bytes and its tags."""

    sender_address: str
    to_address: str = field(repr=False)
    raw: bytes = field(repr=False)
    tags: tuple[tuple[str, str], ...]


def packed(mail: Mail) -> PackedMail:
    """Return a mail as it is handed over. Raises ValueError for an address that no header can carry."""
    try:
        return PackedMail(mail.sender_address, mail.to_address, as_bytes(mail), mail.tags)
    except (HeaderParseError, IndexError) as error:
        raise ValueError("an address of this mail cannot stand in a header") from error


def as_bytes(mail: Mail) -> bytes:
    """Return the mail as MIME: the same bytes for the same mail, so that a test can compare them.

    SES adds Message-ID and Date. The two List-Unsubscribe headers are those of RFC 8058, in its order.
    """
    message = EmailMessage(policy=_ONE_LINE)
    message["From"] = Address(mail.sender_name, addr_spec=mail.sender_address)
    message["To"] = Address(mail.to_name, addr_spec=mail.to_address)
    message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message["Subject"] = mail.subject
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{mail.opt_out_link}>, <mailto:{mail.reply_to}?subject=unsubscribe>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["MIME-Version"] = "1.0"
    message.make_alternative(boundary="=_alternative")
    message["Content-Language"] = mail.language
    message.attach(_text("plain", mail.text))
    html = _text("html", mail.html)
    if mail.images:
        html.make_related(boundary="=_related")
        for image in mail.images:
            html.attach(_image(image))
    message.attach(html)
    return message.as_bytes()


def _text(subtype: str, content: str) -> EmailMessage:
    part = EmailMessage(policy=_FOLDED)
    part.set_content(content, subtype=subtype, charset="utf-8", cte="quoted-printable")
    del part["MIME-Version"]
    return part


def _image(image: InlineImage) -> EmailMessage:
    part = EmailMessage(policy=_FOLDED)
    name = f"{image.cid}.png"
    part.set_content(image.png, "image", "png", disposition="inline", filename=name, cid=f"<{image.cid}>")
    del part["MIME-Version"]
    return part
