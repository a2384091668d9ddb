"""The rows of a sheet that is written as nearly all programs write them: as a stream, in the memory of a block.

The cells of a column are all written alike, but for their row's number and their value, or in a few ways: with and
without a style, as a text or as a number, left out where they are empty. So how they are written is learned from the
first rows. A row then is one match of one pattern, which tells its values, and that there is nothing else in it; a row
that does not match is learned from in turn. What is written in no usual way raises UnsupportedSheet, and is left to a
reader that takes anything.
"""

from collections.abc import Iterable, Iterator, Sequence

from functions.crm_import.readers.table import Cells
from functions.crm_import.readers.unpacking import MAX_UNPACKED
from functions.crm_import.readers.xlsx.cells import escapes_in, texts_unescaped
from functions.crm_import.readers.xlsx.formulas import marked
from functions.crm_import.readers.xlsx.hidden import MAY_BE_HIDDEN, without_hidden_rows
from functions.crm_import.readers.xlsx.index import Style
from functions.crm_import.readers.xlsx.items import items
from functions.crm_import.readers.xlsx.memory import too_big
from functions.crm_import.readers.xlsx.row_pattern import RowPattern, after_empty_rows, squeezed
from functions.crm_import.readers.xlsx.shared_strings import shared_texts
from functions.crm_import.readers.xlsx.xml_parts import LAST_ROW, UnsupportedSheet

_MAX_LEARNED = 50
"""Times."""
_LONG = 1000
"""Characters of a text from which on it is counted how many are given: one of the table may stand in every cell."""


class PlainSheet:
    """A sheet, by how its workbook shows numbers."""

    def __init__(
        self, styles: Sequence[Style], *, since_1904: bool, include_hidden: bool = True, recalculated: bool = False
    ) -> None:
        self._pattern = RowPattern(styles, since_1904=since_1904)
        self._reading = self._pattern.reading()
        self._learned = 0
        self._spaced = False
        self._counts = False
        self._given = 0
        self._all = include_hidden
        self._recalculated = recalculated
        self.left_out = 0
        """Hidden rows with cells that were not given."""
        self.last = 0
        """The number of the row that was given last."""

    def rows(self, blocks: Iterable[bytes], texts: Iterable[bytes] | None = None) -> Iterator[Cells]:
        """Yield each row that has cells, from column A on, by the sheet's XML and that of the texts that cells share.

        Raises UnsupportedSheet, FileRejected.
        """
        table = [] if texts is None else shared_texts(texts)
        self._counts = max(map(len, table), default=0) > _LONG
        try:
            for block in items(blocks, "sheetData", "row"):
                seen = block if self._all or MAY_BE_HIDDEN not in block else self._seen(block)
                seen = marked(seen, recalculated=self._recalculated)
                yield from self._rows(squeezed(seen) if self._spaced else seen, table)
        except (ValueError, LookupError) as error:
            raise UnsupportedSheet from error

    def _seen(self, block: str) -> str:
        seen, hidden = without_hidden_rows(block)
        self.left_out += hidden
        return seen

    def _rows(self, block: str, texts: Sequence[str]) -> Iterator[Cells]:
        text_of = texts.__getitem__
        escapes = escapes_in(block)
        reading, at, last = self._reading, 0, self.last
        while True:
            match = reading.match(block, at)
            if not match:
                at = after_empty_rows(block, at)
                if at == len(block):
                    return
                block, at = self._learn(block, at)
                reading = self._reading
                match = reading.match(block, at)
                if not match:
                    raise UnsupportedSheet
            at = match.end()
            number, *cells = match.groups("")
            row = int(number)
            if not last < row <= LAST_ROW:
                raise UnsupportedSheet
            if escapes:
                cells = texts_unescaped(cells)
            for part in reading.shared:
                numbers = cells[part]
                if "" in numbers:
                    cells[part] = [text_of(int(number)) if number else "" for number in numbers]
                else:
                    cells[part] = map(text_of, map(int, numbers))
            for place, convert in reading.converted:
                cells[place] = convert(cells[place])
            for place in reading.doubles:
                cells[place - 1 : place + 1] = [cells[place - 1] or cells[place]]
            for place, blank in reading.gaps:
                cells[place:place] = blank
            if self._counts:
                self._count(cells)
            self.last = last = row
            yield cells

    def _learn(self, block: str, at: int) -> tuple[str, int]:
        """Return the rows with those to learn from, and where these begin. Raises UnsupportedSheet."""
        self._learned += 1
        if self._learned > _MAX_LEARNED:
            raise UnsupportedSheet
        try:
            self._pattern.learn(block, at)
        except UnsupportedSheet:
            if self._spaced:
                raise
            self._spaced, block, at = True, squeezed(block[at:]), 0
            self._pattern.learn(block, at)
        self._reading = self._pattern.reading()
        return block, at

    def _count(self, cells: Cells) -> None:
        self._given += sum(map(len, cells))
        if self._given > MAX_UNPACKED:
            raise too_big()
