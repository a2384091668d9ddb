"""How much memory calamine will take for a workbook, found out before it is spent.

calamine lays a sheet out as one rectangle, from its first cell to its last: two cells in opposite corners, or a long
shared text that many cells point at, would take all memory and end the process. So every part of a workbook is passed
over first, as it is unpacked. Rows out of order, or numbered 0, make calamine count below zero, with the same end.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from zipfile import ZipInfo

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.unpacking import Archive
from functions.crm_import.readers.xlsx.xml_parts import LAST_ROW, PartReader, column_of

MAX_MEMORY = 600_000_000
"""Bytes of a sheet and its texts."""
_PER_PLACE = 32
"""calamine's cell in the rectangle, empty or not."""
_PER_CELL = 64
"""The same cell while the rectangle is made, and what a short text takes."""
_MARKUP = 30
"""Bytes of XML that a cell with something in it takes at least, beside its text."""
_OVERLAP = 512
"""Bytes that the tag of a text is never longer than."""

_SHEET = b"sheetData"
"""In no part that is not a sheet."""
_PLACE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_STRING = re.compile(rb"<(?:[\w.-]+:)?si[\s/>]")


def check_memory(archive: Archive) -> None:
    """Raise FileRejected where calamine would take too much, or where the workbook is none that Excel would open.

    Which parts are sheets, all of them say themselves, and are not taken at their word.
    """
    texts = [part for part in archive.members if part.filename.lower().endswith("sharedstrings.xml")]
    strings = _Strings(archive, texts)
    for part in archive.members:
        if part not in texts and _may_be_a_sheet(archive.unpack(part)):
            _measure(archive.unpack(part), strings)


def too_big() -> FileRejected:
    """Return the refusal of a workbook that is too large."""
    return FileRejected("workbook_big")


class _Strings:
    """The texts that the sheets share: the bytes that they take in all, and of each its length in XML."""

    def __init__(self, archive: Archive, parts: Sequence[ZipInfo]) -> None:
        self._starts = array("q")
        self._size = self.memory = 0
        for part in parts:
            self._find(archive.unpack(part))

    def _find(self, blocks: Iterable[bytes]) -> None:
        before = self._size
        for offset, text in _overlapping(blocks):
            last = self._starts[-1] if self._starts else -1
            starts = (before + offset + one.start() for one in _STRING.finditer(text))
            self._starts.extend(at for at in starts if at > last)
            self._size = before + offset + len(text)
            self.memory = self._size + _PER_PLACE * len(self._starts)
            if self.memory > MAX_MEMORY:
                raise too_big()

    def length(self, index: int) -> int:
        """Return the bytes of one text, none of a text that is not there."""
        if not 0 <= index < len(self._starts):
            return 0
        end = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
        return end - self._starts[index]


def _may_be_a_sheet(blocks: Iterable[bytes]) -> bool:
    """Shared texts in any other part than theirs would not be counted: no program puts them there."""
    return any(_SHEET in text or _STRING.search(text) for _, text in _overlapping(blocks))


def _measure(blocks: Iterable[bytes], strings: _Strings) -> None:
    size = texts = 0
    reader = _Cells()
    for block in blocks:
        size += len(block)
        reader.feed(block)
        texts += sum(map(strings.length, reader.texts))
        reader.texts.clear()
        own_texts = max(0, size - reader.cells * _MARKUP)
        memory = reader.row * reader.columns * _PER_PLACE + reader.cells * _PER_CELL + own_texts + texts
        if memory + strings.memory > MAX_MEMORY:
            raise too_big()


class _Cells(PartReader):
    """The cells of a sheet, by the tags alone: well-formed, and in order, as calamine takes them to be."""

    def __init__(self) -> None:
        super().__init__()
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.row = self.columns = self.cells = 0
        self.texts: list[int] = []
        self._column = 0
        self._shared = False
        self._value: list[str] | None = None

    def started(self, name: str, attributes: dict[str, str]) -> None:
        """See PartReader."""
        place = attributes.get("r")
        if name == "row":
            self._go_to(self.row + 1 if place is None else _number(place), above=self.row)
            self._column = 0
        elif name == "c":
            self._column += 1
            if place is not None:
                match = _PLACE.fullmatch(place)
                if not match:
                    self.refuse()
                    return
                self._column = column_of(match[1].upper().encode())
                self._go_to(int(match[2]), above=self.row - 1)
            self.columns = max(self.columns, self._column)
            self.cells += 1
            self._shared = attributes.get("t") == "s"
        elif name == "v" and self._shared:
            self._value = []
        elif name == "si":
            self.refuse()

    def _go_to(self, row: int, *, above: int) -> None:
        if not max(above, 0) < row <= LAST_ROW:
            self.refuse()
        self.row = row

    def _text(self, text: str) -> None:
        if self._value is not None and len(self._value) < 20:
            self._value.append(text)

    def _end(self, name: str) -> None:
        if self._value is not None:
            self.texts.append(_number("".join(self._value).strip()))
            self._value = None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0


def _overlapping(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, text) such that no tag is cut in two: the ends overlap."""
    offset, rest = 0, b""
    for block in blocks:
        text = rest + block
        yield offset, text
        rest = text[-_OVERLAP:]
        offset += len(text) - len(rest)
