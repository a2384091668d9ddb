"""A mail as it goes out: its content, its headers, and the exact bytes."""

from dataclasses import dataclass, field
from email.errors import HeaderParseError
from functools import lru_cache

from functions.shared.domain.mime import address_header, image_part, multipart, text_header, text_part


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
    opt_out_link: str | None = field(repr=False)
    """None: the mail is to the client itself, and nobody is asked anything."""
    tags: tuple[tuple[str, str], ...]
    """SES email tags: ids only, `[A-Za-z0-9_-]`."""


@dataclass(frozen=True)
class PackedMail:
    """A mail, ready to be handed over: its envelope, its bytes and its tags."""

    sender_address: str
    to_address: str = field(repr=False)
    raw: bytes = field(repr=False)
    tags: tuple[tuple[str, str], ...]

    @property
    def client(self) -> str:
        """The client that the mail is sent for, as its tag says; empty where none does."""
        return next((value for name, value in self.tags if name == "client"), "")


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
    message = [
        _sender_headers(mail.sender_name, mail.sender_address),
        address_header("To", mail.to_name, mail.to_address),
        text_header("Subject", mail.subject),
        _answer_headers(mail.reply_to, mail.language),
    ]
    if mail.opt_out_link is not None:
        ways = f"<{mail.opt_out_link}>, <mailto:{mail.reply_to}?subject=unsubscribe>"
        message += [text_header("List-Unsubscribe", ways), b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"]
    message.append(b"MIME-Version: 1.0\r\n")
    html = text_part("html", mail.html)
    if mail.images:
        html = multipart("related", b"=_related", [html, *(image_part(image.cid, image.png) for image in mail.images)])
    message.append(multipart("alternative", b"=_alternative", [text_part("plain", mail.text), html]))
    return b"".join(message)


@lru_cache(maxsize=64)
def _sender_headers(name: str, address: str) -> bytes:
    return address_header("From", name, address)


@lru_cache(maxsize=64)
def _answer_headers(reply_to: str, language: str) -> bytes:
    return (
        address_header("Reply-To", "", reply_to)
        + b"Auto-Submitted: auto-generated\r\n"
        + text_header("Content-Language", language)
    )
