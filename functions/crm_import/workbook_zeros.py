"""Leading zeros that are in a cell's format and not in its number: 42 that is shown as 00000042.

calamine tells the number alone. So where a workbook has such formats (hardly one has), its sheet is passed over once
more, for which cells have them: whoever typed customer numbers into Excel sees, and means, the zeros.
"""

import posixpath
import re
from array import array
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar
from zipfile import ZipInfo

from functions.crm_import.unpacking import Archive
from functions.crm_import.workbook_xml import PartReader, column_of

_WORKBOOK = "xl/workbook.xml"
_ZEROS = re.compile(r"(?:\[\$[^\]]*\])?(0{2,30})(?:_.|\\ )*(?:;.*)?", re.DOTALL)
"""A format of zeros alone, in its first section: perhaps with a locale before it and room after it."""
_MOST_STYLES = 65_536
"""Excel's own limit."""
_LARGEST_INDEX = 8_000_000
"""Bytes of the parts that tell of the others."""
_Reader = TypeVar("_Reader", bound=PartReader)

_PLACE = re.compile(r"([A-Za-z]{1,3})\d{1,7}")


class Shown:
    """To how many digits the numbers of a sheet are filled up: by column, from which row on (0: as they are)."""

    def __init__(self) -> None:
        self._rows: dict[int, array[int]] = {}
        self._digits: dict[int, bytearray] = {}

    def tell(self, row: int, column: int, digits: int) -> None:
        """Say it of a number, whose row is not before that of the number before it. Rows and columns count from 1."""
        known = self._digits.get(column)
        if known is None:
            known = self._digits[column] = bytearray(1)
            self._rows[column] = array("L", (0,))
        if known[-1] != digits:
            known.append(digits)
            self._rows[column].append(row)

    def filled(self, rows: Iterable[list[Any]], first_column: int) -> Iterator[list[Any]]:
        """Yield the rows of the sheet, which begin at row 1 and `first_column`, with such numbers as filled up text."""
        columns = [_Column(n - first_column, self._rows[n], self._digits[n]) for n in self._digits]
        for number, row in enumerate(rows, 1):
            for column in columns:
                column.fill(number, row)
            yield row


class _Column:
    """One column on its way down."""

    def __init__(self, place: int, rows: "array[int]", digits: bytearray) -> None:
        self._place = place
        self._changes = iter(zip(rows, digits, strict=True))
        self._digits = 0
        self._next: tuple[int, int] | None = next(self._changes)

    def fill(self, number: int, row: list[Any]) -> None:
        while self._next and self._next[0] <= number:
            self._digits = self._next[1]
            self._next = next(self._changes, None)
        if self._digits and 0 <= self._place < len(row):
            cell = row[self._place]
            if cell.__class__ is float and cell >= 0 and cell.is_integer():
                row[self._place] = f"{int(cell):0{self._digits}d}"


def shown_in(archive: Archive, sheet: str) -> Shown | None:
    """Return how the numbers of a sheet are shown, None where the workbook has no format of zeros. Raises Refused."""
    parts = {part.filename: part for part in archive.members}
    relations = _read(archive, parts.get("xl/_rels/workbook.xml.rels"), _Relations())
    styles = _read(archive, parts.get(relations.part_of("styles")), _Styles())
    if not any(styles.digits):
        return None
    names = _read(archive, parts.get(_WORKBOOK), _Names())
    part = parts.get(relations.targets.get(names.relations.get(sheet, ""), ""))
    return None if part is None else _Numbers(styles.digits).take(archive.unpack(part)).shown


def _read(archive: Archive, part: ZipInfo | None, reader: _Reader) -> _Reader:
    if part is not None and part.file_size <= _LARGEST_INDEX:
        reader.take(archive.unpack(part))
    return reader


class _Relations(PartReader):
    """Which part is which."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def started(self, name: str, attributes: dict[str, str]) -> None:
        """See PartReader."""
        if name == "Relationship":
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
            self.targets[attributes.get("Id", "")] = target
            self._kinds[attributes.get("Type", "").rpartition("/")[2]] = target

    def part_of(self, kind: str) -> str:
        """Return the part of a kind."""
        return self._kinds.get(kind, "")


class _Names(PartReader):
    """Which relation is the sheet of a name."""

    def __init__(self) -> None:
        super().__init__()
        self.relations: dict[str, str] = {}

    def started(self, name: str, attributes: dict[str, str]) -> None:
        """See PartReader."""
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.relations[attributes.get("name", "")] = relation


class _Styles(PartReader):
    """The digits that the formats of cells fill up to: `digits`, by the number that a cell names its format by."""

    def __init__(self) -> None:
        super().__init__()
        self.parser.EndElementHandler = self._end
        self.digits = bytearray()
        self._formats: dict[str, int] = {}
        self._inside = False

    def started(self, name: str, attributes: dict[str, str]) -> None:
        """See PartReader."""
        if name == "numFmt":
            zeros = _ZEROS.fullmatch(attributes.get("formatCode", ""))
            if zeros and len(self._formats) < _MOST_STYLES:
                self._formats[attributes.get("numFmtId", "")] = len(zeros[1])
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside and len(self.digits) < _MOST_STYLES:
            self.digits.append(self._formats.get(attributes.get("numFmtId", ""), 0))

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "cellXfs":
            self._inside = False


class _Numbers(PartReader):
    """The numbers of a sheet, and how each is shown."""

    def __init__(self, digits: bytearray) -> None:
        super().__init__()
        self.shown = Shown()
        self._digits = digits
        self._row = self._column = 0

    def started(self, name: str, attributes: dict[str, str]) -> None:
        """See PartReader."""
        if name == "row":
            self._row = _number(attributes.get("r"), self._row + 1)
            self._column = 0
        elif name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = column_of(place[1].upper().encode()) if place else self._column + 1
            if attributes.get("t", "n") == "n":
                style = _number(attributes.get("s"), 0)
                self.shown.tell(self._row, self._column, self._digits[style] if style < len(self._digits) else 0)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise
