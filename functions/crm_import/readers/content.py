"""What an upload is, by its content and never by its name."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from itertools import chain

from functions.crm_import.errors import FileRejected

HEAD = 64 * 1024
"""So many bytes decide what a file is."""
BOM = b"\xef\xbb\xbf"


class Kind(Enum):
    """The kinds of content that are read."""

    TEXT = auto()
    JSON = auto()
    XML = auto()
    GZIP = auto()
    ZIP = auto()
    """Also what is a zip inside: Excel."""


_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NOT_READ: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3", "SQLite"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_JSON = re.compile(rb"\[\s*[\[{\]\"]|\[\s*\Z|\{\s*[\"}]")


def peeked(blocks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first HEAD bytes of a stream, or all if it is shorter, and the whole stream."""
    blocks, taken, size = iter(blocks), list[bytes](), 0
    for block in blocks:
        taken.append(block)
        size += len(block)
        if size >= HEAD:
            break
    start = b"".join(taken)
    return start[:HEAD], chain((start,), blocks)


def kind_of(head: bytes) -> Kind:
    """Return what a stream is that begins with `head`, and is not in UTF-16. Raises FileRejected."""
    if not head.removeprefix(BOM).strip(b" \t\r\n\x00;,"):
        raise FileRejected("empty")
    if head.startswith(_GZIP):
        return Kind.GZIP
    if head.startswith(_ZIP):
        return Kind.ZIP
    for signature, name in _NOT_READ:
        if head.startswith(signature):
            raise FileRejected("not_read", kind=name)
    if len(_CONTROL.findall(head)) > max(8, len(head) // 50):
        raise FileRejected("binary")
    text = head.removeprefix(BOM).lstrip()
    if text.startswith(b"<"):
        _refuse_other_markup(text[:2000].lower())
        return Kind.XML
    return Kind.JSON if _JSON.match(text) else Kind.TEXT


def refuse_old_office(head: bytes, blocks: Iterable[bytes]) -> None:
    """Reject a file of Office 97-2003, or a new one with a password: on the outside they are the same."""
    if not head.startswith(_OLD_OFFICE):
        return
    end = b""
    for block in blocks:
        if _ENCRYPTED in end + block:
            raise FileRejected("password")
        end = block[-len(_ENCRYPTED) :]
    raise FileRejected("not_read", kind="Excel 97-2003 (.xls)")


def utf_16_of(head: bytes) -> str | None:
    """Return the codec of a text in UTF-16, by its BOM or by where its zeros are; None for anything else."""
    if head.startswith(b"\xff\xfe"):
        return "utf-16-le"
    if head.startswith(b"\xfe\xff"):
        return "utf-16-be"
    if head.startswith((_GZIP, *_ZIP, *(signature for signature, _ in _NOT_READ))):
        return None
    sample = head[:2000]
    even, odd, half = sample[::2].count(0), sample[1::2].count(0), len(sample) // 2
    few, many = sorted((even, odd))
    if half > 2 and many > half * 0.7 and few < half * 0.1:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _refuse_other_markup(start: bytes) -> None:
    if b"<html" in start or b"<!doctype html" in start or start.startswith(b"<table"):
        raise FileRejected("not_read", kind="HTML")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise FileRejected("not_read", kind="Excel 2003 XML")
