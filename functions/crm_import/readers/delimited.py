"""Rows of a delimited text: comma, semicolon, tab or pipe, found by trying; quoted cells may hold line ends."""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.encoding import MAX_LINE_LENGTH, lines_of
from functions.crm_import.readers.table import (
    MAX_MENDED,
    MAX_RECORD_LENGTH,
    Broken,
    Cells,
    RowCount,
    Table,
    fitted,
    header_of,
)

_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE_ROWS = 20


def read_delimited(blocks: Iterable[bytes]) -> Table:
    """Read the header of a text and return its rows as a stream. Raises FileRejected, also while the rows are read.

    Empty lines, and rows without any content (the remains of a spreadsheet), are no rows.
    """
    count = RowCount()
    texts = lines_of(blocks, count)
    first, delimiter = _delimiter(next(texts))
    lines = _Lines(
        chain.from_iterable(io.StringIO(text, newline=_line_end(text)) for text in chain((first,), texts)), count
    )
    header = _header(csv.reader(lines, delimiter=delimiter))
    lines.start_row()
    return Table(header, _rows(lines, delimiter, len(header), count))


class _Lines:
    """The lines of a file, of which those of one row can be given back."""

    def __init__(self, lines: Iterator[str], count: RowCount) -> None:
        self._lines = lines
        self._count = count
        self._again: list[str] = []
        self._size = 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_RECORD_LENGTH and len(self.taken) > 1:
            raise FileRejected("long_line", row=self._count.value + 1, limit=MAX_RECORD_LENGTH)
        return line

    def start_row(self) -> None:
        """Forget the lines of the row before."""
        self.taken.clear()
        self._size = 0

    def give_back_all_but_the_first(self) -> str:
        """Return the first line of the row at hand; the others are read again."""
        first, *others = self.taken
        self._again.extend(reversed(others))
        self.start_row()
        return first


def _header(reader: Iterator[Cells]) -> tuple[str, ...]:
    try:
        cells = next((cells for cells in reader if any(cell.strip() for cell in cells)), None)
    except csv.Error as error:
        raise FileRejected("no_header") from error
    if cells is None:
        raise FileRejected("empty")
    return header_of(cells)


def _rows(lines: _Lines, delimiter: str, width: int, count: RowCount) -> Iterator[Cells | Broken]:
    # Strict, so that a quotation mark that is not closed shows where it stands and does not swallow the rows after it.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    taken, mended = lines.taken, 0
    while True:
        lines.start_row()
        row: Cells | Broken | None
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            row = None
        if row is None or (len(taken) > 1 and len(row) != width):
            mended += 1
            if mended > MAX_MENDED:
                raise FileRejected("long_line", row=count.value + 1, limit=csv.field_size_limit())
            row = _mended(lines.give_back_all_but_the_first(), delimiter, width)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        elif not any(row):
            continue
        elif len(row) != width:
            row = fitted(row, width)
        count.value += 1
        yield row


def _mended(line: str, delimiter: str, width: int) -> Cells | Broken:
    """Read one line whose quotation marks are wrong: as it stands if that gives a cell for every column."""
    try:
        cells = next(csv.reader((line,), delimiter=delimiter))
    except csv.Error:
        return Broken("broken_line", {})
    return cells if len(cells) == width else Broken("broken_line", {})


def _line_end(text: str) -> str:
    return "\r" if "\r" in text and "\n" not in text else "\n"


def _delimiter(text: str) -> tuple[str, str]:
    """Return the text and its delimiter: what its first line says (`sep=;`), or what gives the steadiest table."""
    line, _, rest = text.partition("\n")
    if line[:4].lower() == "sep=" and line[4:5]:
        return rest, line[4]
    sample = text[: MAX_LINE_LENGTH // 4]
    return text, max(_DELIMITERS, key=lambda delimiter: _steadiness(sample, delimiter))


def _steadiness(sample: str, delimiter: str) -> tuple[float, int]:
    """Return (share of the first rows that are as wide as the header, if that is wider than one; its width)."""
    reader = csv.reader(io.StringIO(sample, newline=_line_end(sample)), delimiter=delimiter)
    rows: list[Cells] = []
    with suppress(csv.Error):
        rows.extend(cells for cells, _ in zip(filter(any, reader), range(_SAMPLE_ROWS), strict=False))
    width = len(rows[0]) if rows else 0
    if width < 2:
        return (0.0, width)
    return (sum(len(cells) == width for cells in rows) / len(rows), width)
