"""How much memory a workbook will take, found out before it is spent.

calamine lays a sheet out as one rectangle, from its first cell to its last: two cells in opposite corners, or a long
shared text that many cells point at, would take all memory and end the process. So every part of a workbook is passed
over first, as it is unpacked, with searches that cost a tenth of the reading. Rows out of order, or numbered 0, make
calamine count below zero, with the same end.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise

from functions.crm_import.sentences import Refused
from functions.crm_import.workbook_xml import PartReader, column_of

MOST_MEMORY = 600_000_000
"""Bytes of a sheet and its texts."""
_PER_PLACE = 32
"""calamine's cell in the rectangle, empty or not."""
_PER_CELL = 64
"""The same cell while the rectangle is made, and what a short text takes."""
_MARKUP = 30
"""Bytes of XML that a cell with something in it takes at least, beside its text."""
_SHEET = b"sheetData"
"""In no part that is not a sheet."""
_LAST_ROW = 1_048_576
"""In Excel."""
_OVERLAP = 512
"""Bytes that the tag of a cell is never longer than."""

_ANY_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"')
_LETTERS = bytes(range(ord("A"), ord("Z") + 1))
_DIGITS = b"0123456789"
_PLACE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_STRING = re.compile(rb"<(?:[\w.-]+:)?si[\s/>]")


class Strings:
    """The lengths of the texts that the sheets share, in bytes of their XML."""

    def __init__(self, parts: Sequence[Callable[[], Iterator[bytes]]] = ()) -> None:
        """Take in the parts of a workbook that hold the texts. Raises Refused where they alone are too many."""
        self._parts = parts
        self._starts: array[int] | None = None
        self._size = 0
        self.memory = 0
        """Bytes that the texts take."""
        self.longest = 0
        """Bytes of the longest text, or a little more."""
        for part in parts:
            self._measure(part())

    def _measure(self, blocks: Iterable[bytes]) -> None:
        reach = 0
        for block in blocks:
            # Whatever a text begins with, it is not longer than what stands between two of these.
            pieces = block.split(b"<si")
            self.longest = max(self.longest, reach + len(pieces[0]), max(map(len, pieces)))
            reach = len(pieces[-1]) + (reach if len(pieces) == 1 else 0)
            texts = len(pieces) if b":" not in block else len(pieces) + block.count(b":si")
            self.memory += len(block) + _PER_PLACE * texts
            if self.memory > MOST_MEMORY:
                raise too_big()

    def length(self, index: int) -> int:
        """Return the bytes of one text, none of a text that is not there."""
        if self._starts is None:
            self._starts = array("q")
            for part in self._parts:
                self._find(self._starts, part())
        if not 0 <= index < len(self._starts):
            return 0
        end = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
        return end - self._starts[index]

    def _find(self, starts: "array[int]", blocks: Iterable[bytes]) -> None:
        before = self._size
        for offset, text in _overlapping(blocks):
            last = starts[-1] if starts else -1
            found = (before + offset + one.start() for one in _STRING.finditer(text))
            starts.extend(at for at in found if at > last)
            self._size = before + offset + len(text)


class Extent:
    """The rectangle that the cells of a sheet span, and the memory for what they hold."""

    def __init__(self, strings: Strings) -> None:
        self._strings = strings
        self._rows = self._columns = self._cells = self._size = self._texts = 0

    def check(self) -> None:
        """Raise Refused when it is too much."""
        own_texts = max(0, self._size - self._cells * _MARKUP)
        memory = self._rows * self._columns * _PER_PLACE + self._cells * _PER_CELL + own_texts + self._texts
        if memory + self._strings.memory > MOST_MEMORY:
            raise too_big()

    def take_plain(self, blocks: Iterable[bytes]) -> bool:
        """Take in a sheet as nearly all programs write it; say whether it was. Raises Refused.

        Takes every cell to be as long as the longest shared text; says no where that is too coarse, too. Shared texts
        in any other part than theirs would not be counted: no program puts them there.
        """
        sheet, plain = False, True
        rows: dict[bytes, None] = {}
        columns: set[bytes] = set()
        for _, text in _overlapping(blocks, whole=True):
            # Plain searches first: the patterns that miss nothing cost several times as much.
            prefixed = b":" in text
            if (b"<si" in text or (prefixed and b":si" in text)) and _STRING.search(text):
                raise Refused("workbook_broken")
            sheet = sheet or _SHEET in text
            places = _PLAIN_CELL.findall(text)
            all_seen = text.count(b"<c") == len(places) and not (prefixed and b":c" in text)
            if not all_seen and len(_ANY_CELL.findall(text)) != len(places):
                plain = False
            self._cells += len(places)
            self._size += len(text)
            if places:
                together = b" ".join(places)
                # Most rows fill the same columns, which makes them the same text between their first cells.
                columns.update(*map(bytes.split, set(together.translate(None, _DIGITS).split(b" A "))))
                before = len(rows)
                rows.update(dict.fromkeys(together.translate(None, _LETTERS).split()))
                plain = plain and self._rows_in_order(list(islice(rows, before, None)))
                self._columns = max(map(column_of, columns))
            if sheet and plain:
                self.check()
        self._texts = self._cells * self._strings.longest
        return not sheet or (plain and self._strings.memory + self._texts < MOST_MEMORY // 4)

    def _rows_in_order(self, new: list[bytes]) -> bool:
        numbers = [self._rows, *map(int, new)]
        self._rows = numbers[-1]
        return all(before < after <= _LAST_ROW for before, after in pairwise(numbers))

    def take_any(self, blocks: Iterable[bytes]) -> None:
        """Take in any sheet, element by element. Raises Refused, also where it is none that Excel would open."""
        self._rows = self._columns = self._cells = self._size = self._texts = 0
        reader = _Cells()
        for block in blocks:
            self._size += len(block)
            reader.feed(block)
            self._rows, self._columns, self._cells = reader.row, reader.columns, reader.cells
            self._texts += sum(map(self._strings.length, reader.texts))
            reader.texts.clear()
            self.check()


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
                found = _PLACE.fullmatch(place)
                if not found:
                    self.refuse()
                    return
                self._column = column_of(found[1].upper().encode())
                self._go_to(int(found[2]), above=self.row - 1)
            self.columns = max(self.columns, self._column)
            self.cells += 1
            self._shared = attributes.get("t") == "s"
        elif name == "v" and self._shared:
            self._value = []
        elif name == "si":
            self.refuse()

    def _go_to(self, row: int, *, above: int) -> None:
        if not max(above, 0) < row <= _LAST_ROW:
            self.refuse()
        self.row = row

    def _text(self, text: str) -> None:
        if self._value is not None and len(self._value) < 20:
            self._value.append(text)

    def _end(self, name: str) -> None:
        if self._value is not None:
            self.texts.append(_number("".join(self._value).strip()))
            self._value = None


def too_big() -> Refused:
    """Return the refusal of a workbook that is too large."""
    rows = MOST_MEMORY // (12 * (_PER_PLACE + _PER_CELL + _MARKUP))
    return Refused("workbook_big", rows=rows // 100_000 * 100_000)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0


def _overlapping(blocks: Iterable[bytes], *, whole: bool = False) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, text) such that no tag is cut in two: the ends overlap, or (`whole`) do not and end with a tag."""
    offset, rest = 0, b""
    for block in blocks:
        text = rest + block
        if whole:
            cut = text.rfind(b"<")
            if cut <= 0 or len(text) - cut > _OVERLAP * 100:
                cut = len(text)
            yield offset, text[:cut]
            offset, rest = offset + cut, text[cut:]
        else:
            yield offset, text
            rest = text[-_OVERLAP:]
            offset += len(text) - len(rest)
    if whole and rest:
        yield offset, rest
