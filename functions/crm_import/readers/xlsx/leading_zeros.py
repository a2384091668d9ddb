"""Leading zeros that are in a cell's format and not in its number: 42 that is shown as 00000042.

calamine tells the number alone. So where a workbook has such formats (hardly one has), its sheet is passed over once
more, for which cells have them: whoever typed customer numbers into Excel sees, and means, the zeros.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from functions.crm_import.readers.xlsx.cells import filled
from functions.crm_import.readers.xlsx.index import Style
from functions.crm_import.readers.xlsx.xml_parts import PartReader, column_of

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
            if cell.__class__ is float:
                row[self._place] = filled(cell, self._digits) or cell


def shown_in(blocks: Iterable[bytes], styles: Sequence[Style]) -> Shown:
    """Return how the numbers of a sheet are shown. Raises FileRejected."""
    return _Numbers([style.digits for style in styles]).take(blocks).shown


class _Numbers(PartReader):
    """The numbers of a sheet, and how each is shown."""

    def __init__(self, digits: Sequence[int]) -> None:
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
