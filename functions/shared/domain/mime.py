"""MIME by hand, for the few shapes that a mail has: what the standard library's EmailMessage writes, at a twentieth of
its CPU (docs/performance.md).

Everything that is not plain ASCII of the simplest form still goes through that library's own header registry, so that
encoded words, quoted names and refusals are its own. test_mime.py holds both against each other.
"""

import binascii
import re
from collections.abc import Iterable
from email.headerregistry import Address
from email.policy import SMTP
from functools import lru_cache

_ONE_LINE = SMTP.clone(max_line_length=998)
"""Links in headers stay whole: a folded one is read wrongly by some programs."""
_MAX_PLAIN_LENGTH = 900

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_WORDS = re.compile(rf"(?:{_ATOM}(?: {_ATOM})*)?")
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_VISIBLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_BYTES_A_LINE = 57
"""Become 76 characters of base64."""


def address_header(name: str, display: str, address: str) -> bytes:
    """Return a header with one address, with its line end.

    Raises ValueError for a line break, HeaderParseError or IndexError for an address that no header can carry.
    """
    plain = _WORDS.fullmatch(display) and _ADDRESS.fullmatch(address) and "=?" not in display + address
    if not plain or len(display) + len(address) > _MAX_PLAIN_LENGTH:
        return _folded(name, Address(display, addr_spec=address))
    return (f"{name}: {display} <{address}>\r\n" if display else f"{name}: {address}\r\n").encode("ascii")


def text_header(name: str, text: str) -> bytes:
    """Return a header with free text, with its line end. Raises ValueError for a line break."""
    if not _VISIBLE.fullmatch(text) or "=?" in text or len(text) > _MAX_PLAIN_LENGTH:
        return _folded_text(name, text)
    return f"{name}: {text}\r\n".encode("ascii")


def text_part(subtype: str, content: str) -> bytes:
    """Return a part with text, in UTF-8 as quoted-printable; it ends with a line end."""
    lines = b"\n".join(content.encode().splitlines()) + b"\n"
    body = binascii.b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")
    return b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%b' % (
        subtype.encode("ascii"),
        body,
    )


@lru_cache(maxsize=64)
def image_part(cid: str, png: bytes) -> bytes:
    """Return a part with an image that stands in the text of its mail. `cid` is letters, digits and hyphens."""
    name = cid.encode("ascii")
    lines = (
        binascii.b2a_base64(png[start : start + _BYTES_A_LINE], newline=False)
        for start in range(0, len(png), _BYTES_A_LINE)
    )
    return (
        b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: inline; filename="%b.png"\r\nContent-ID: <%b>\r\n\r\n%b\r\n'
    ) % (name, name, b"\r\n".join(lines))


def attachment_part(filename: str, content: bytes) -> bytes:
    """Return a part with a file of any content. `filename` is letters, digits, hyphens and points."""
    lines = (
        binascii.b2a_base64(content[start : start + _BYTES_A_LINE], newline=False)
        for start in range(0, len(content), _BYTES_A_LINE)
    )
    return (
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="%b"\r\n\r\n%b\r\n'
    ) % (filename.encode("ascii"), b"\r\n".join(lines))


def multipart(subtype: str, boundary: bytes, parts: Iterable[bytes]) -> bytes:
    """Return a part made of parts. `boundary` stands at the start of no line of theirs.

    None does where it begins with `=_`: quoted-printable writes `=` as `=3D`, and base64 has it at its end only.
    """
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts)
    opening = b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n' % (subtype.encode("ascii"), boundary)
    return b"%b%b--%b--\r\n" % (opening, body, boundary)


@lru_cache(maxsize=256)
def _folded_text(name: str, text: str) -> bytes:
    return _folded(name, text)


def _folded(name: str, value: str | Address) -> bytes:
    stored, header = _ONE_LINE.header_store_parse(name, value)
    return str(_ONE_LINE.fold(stored, header)).encode("ascii")
