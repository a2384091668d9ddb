"""Cells with a formula whose result is not in the workbook: Excel would show one, whoever only reads the file cannot.

Programs that write workbooks without calculating leave the result out, or write 0 and ask Excel to calculate when the
workbook is opened (`fullCalcOnLoad`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from functions.crm_import.readers.table import NO_VALUE, Cells
from functions.crm_import.readers.xlsx.xml_parts import PartReader, column_of

_CELL = re.compile(
    r'<c((?:\s+[\w:]+="[^"<>]*")+)\s*>(<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>))\s*(?:<v\s*/>|<v[^<>]*>\s*(0?)\s*</v>)?\s*</c>'
)
_KIND = re.compile(r'\st="([a-zA-Z]*)"')
_FORMULA = re.compile("<f[ />]")
_MAX_KEPT = 200_000
"""Such cells of a sheet that is not written as most are."""


def marked(block: str, *, recalculated: bool) -> str:
    """Return rows of a sheet in which NO_VALUE stands where a formula has no result.

    `recalculated`: the workbook asks for it, so that an empty text or a 0 is no result either.
    """
    if not _FORMULA.search(block):
        return block

    def mark(cell: "re.Match[str]") -> str:
        attributes, formula, zero = cell.groups()
        kind = _KIND.search(attributes)
        if not recalculated and (zero or (kind and kind[1] == "str")):
            return cell[0]
        return f'<c{_KIND.sub("", attributes)} t="str">{formula}<v>{NO_VALUE}</v></c>'

    return _CELL.sub(mark, block)


def without_result(blocks: Iterable[bytes], *, recalculated: bool) -> Mapping[int, list[int]]:
    """Return the columns, from 0, of such cells by row, from 1, however the sheet is written. Raises FileRejected."""
    return _Cells(recalculated=recalculated).take(blocks).columns


def marked_in(rows: Iterable[Cells], columns: Mapping[int, list[int]]) -> Iterator[Cells]:
    """Yield the rows of a sheet, from row 1 on, with NO_VALUE in such cells."""
    for number, row in enumerate(rows, 1):
        for column in columns.get(number, ()):
            if column < len(row):
                row[column] = NO_VALUE
        yield row


class _Cells(PartReader):
    """The formulas of a sheet that have no result."""

    def __init__(self, *, recalculated: bool) -> None:
        super().__init__()
        self.columns: dict[int, list[int]] = {}
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._recalculated = recalculated
        self._row = self._column = self._kept = 0
        self._kind, self._formula, self._inside, self._value = "", False, False, ""

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """See PartReader."""
        if name == "row":
            place = attributes.get("r", "")
            self._row = int(place) if place.isascii() and place.isdigit() and len(place) < 8 else self._row + 1
            self._column = 0
        elif name == "c":
            letters = attributes.get("r", "").rstrip("0123456789")
            known = letters.isascii() and letters.isupper() and len(letters) < 4
            self._column = column_of(letters.encode()) if known else self._column + 1
            self._kind, self._formula, self._value = attributes.get("t", ""), False, ""
        elif name == "f":
            self._formula = True
        self._inside = name == "v"

    def _text(self, text: str) -> None:
        if self._inside and len(self._value) < 2:
            self._value += text.strip()

    def _end(self, name: str) -> None:
        self._inside = False
        if name.rpartition(":")[2] != "c" or not self._formula or self._value not in ("", "0"):
            return
        if (self._recalculated or not (self._value or self._kind == "str")) and self._kept < _MAX_KEPT:
            self._kept += 1
            self.columns.setdefault(self._row, []).append(self._column - 1)
