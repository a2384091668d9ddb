"""A part of a workbook that is a long list, the rows of a sheet or the shared texts: block by block, in whole items."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from functions.crm_import.readers.xlsx.xml_parts import PartReader, UnsupportedSheet

_MAX_HEAD_LENGTH = 1024 * 1024
"""Bytes before the list."""
_MAX_ITEM_LENGTH = 16 * 1024 * 1024
"""Bytes."""
_EMPTY = 1024 * 1024
"""From so many bytes without an end of an item on, they are looked at for empty ones."""


def items(blocks: Iterable[bytes], of: str, item: str) -> Iterator[str]:
    """Yield the XML in the element `of`, cut behind an `item` each time, the last one where `of` ends.

    Prefixes of names are left out, and so are runs of many empty elements. Raises UnsupportedSheet, also where the
    part ends too soon, and FileRejected where what comes before the list is no XML.
    """
    blocks = iter(blocks)
    prefix, rest, empty = _begin(blocks, of)
    blocks = chain((rest,), blocks)
    if not empty:
        yield from _decoded(_cut(_without(prefix, blocks) if prefix else blocks, of.encode(), item.encode()))
    # To its end, where its checksum is compared.
    for _ in blocks:
        pass


def _begin(blocks: Iterator[bytes], of: str) -> tuple[bytes, bytes, bool]:
    """Return the prefix of names, what stands behind the tag of `of`, and whether that is its end, too."""
    tag = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?%b(?:\s[^<>]*?)?(/?)>" % of.encode())
    head = b""
    for block in blocks:
        head += block
        match = tag.search(head)
        if match:
            reader = _Head()
            reader.feed(head[: match.end()])
            if reader.last != of or reader.encoding not in ("utf-8", "us-ascii"):
                raise UnsupportedSheet
            return match[1] or b"", head[match.end() :], bool(match[2])
        if len(head) > _MAX_HEAD_LENGTH:
            break
    raise UnsupportedSheet


class _Head(PartReader):
    """What comes before the list."""

    def __init__(self) -> None:
        super().__init__()
        self.parser.XmlDeclHandler = self._declared
        self.encoding = "utf-8"
        self.last = ""

    def started(self, name: str, attributes: object) -> None:
        """See PartReader."""
        self.last = name

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        self.encoding = (encoding or "utf-8").lower()


def _without(prefix: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Leave the prefix out, also where a block ends in it."""
    rest, reach = b"", len(prefix) + 2
    for block in blocks:
        text = rest + block
        cut = text.rfind(b"<", max(0, len(text) - reach))
        cut = len(text) if cut < 0 else cut
        yield _bare(text[:cut], prefix)
        rest = text[cut:]
    yield _bare(rest, prefix)


def _bare(text: bytes, prefix: bytes) -> bytes:
    return text.replace(b"<%b:" % prefix, b"<").replace(b"</%b:" % prefix, b"</")


def _cut(blocks: Iterable[bytes], of: bytes, item: bytes) -> Iterator[bytes]:
    end_of_all, end = b"</%b>" % of, b"</%b>" % item
    empty = re.compile(rb"(?:\s*<%b(?:\s[^<>]*)?/>)+" % item)
    rest = b""
    for block in blocks:
        new = max(0, len(rest) - max(len(end), len(end_of_all)))  # what stands before was looked at
        rest += block
        last_end = rest.rfind(end, new)
        cut = last_end + len(end) if last_end >= 0 else 0
        last = rest.find(end_of_all, max(cut, new))
        if last >= 0:
            yield rest[:last]
            return
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > _EMPTY:
            nothing = empty.match(rest) if rest.find(b"/>", new) >= 0 else None
            rest = rest[nothing.end() :] if nothing else rest
            if len(rest) > _MAX_ITEM_LENGTH:
                raise UnsupportedSheet
    raise UnsupportedSheet


def _decoded(pieces: Iterable[bytes]) -> Iterator[str]:
    for piece in pieces:
        try:
            yield (piece.replace(b"\r\n", b"\n") if b"\r" in piece else piece).decode()
        except UnicodeDecodeError as error:
            raise UnsupportedSheet from error
