"""Rows of a delimited text: comma, semicolon, tab or pipe, found by trying; quoted cells may hold line ends."""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from functions.crm_import.content import LONGEST_LINE, RowCount, text_blocks
from functions.crm_import.sentences import Refused

MOST_COLUMNS = 500
LONGEST_CELL = 10_000
"""Characters. A row with a longer cell is invalid; a cell that is too long for the reader itself fails the file."""

MOST_MENDED = 1000
"""Lines with wrong quotation marks; more of them is no CSV."""

_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE_ROWS = 20


@dataclass(frozen=True)
class Broken:
    """A row that could not be taken apart: the name of the reason and its values."""

    why: str
    values: dict[str, object]


Cells = list[str]


@dataclass(frozen=True)
class Table:
    """A header, and the rows under it in order, each with a cell for every column. Rows can be read once."""

    header: tuple[str, ...]
    rows: Iterator[Cells | Broken]


def read_table(blocks: Iterable[bytes]) -> Table:
    """Read the header of a file and return its rows as a stream. Raises Refused, also while the rows are read.

    Empty lines, and rows without any content (the remains of a spreadsheet), are no rows.
    """
    count = RowCount()
    texts = text_blocks(blocks, count)
    first, delimiter = _delimiter(next(texts))
    lines = _Lines(chain.from_iterable(io.StringIO(text, newline=_line_end(text)) for text in chain((first,), texts)))
    header = _header(csv.reader(lines, delimiter=delimiter))
    return Table(header, _rows(lines, delimiter, len(header), count))


class _Lines:
    """The lines of a file, of which those of one row can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.taken.append(line)
        return line

    def give_back_all_but_the_first(self) -> str:
        """Return the first line of the row at hand; the others are read again."""
        first, *others = self.taken
        self._again.extend(reversed(others))
        self.taken.clear()
        return first


def _header(reader: Iterator[Cells]) -> tuple[str, ...]:
    try:
        cells = next((cells for cells in reader if any(cell.strip() for cell in cells)), None)
    except csv.Error as error:
        raise Refused("no_header") from error
    if cells is None:
        raise Refused("empty")
    while not cells[-1].strip():
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise Refused("too_many_columns", count=len(cells), limit=MOST_COLUMNS)
    header = tuple(" ".join(cell.split()) for cell in cells)
    if not all(_may_be_a_header(cell) for cell in header):
        raise Refused("no_header")
    return header


def _may_be_a_header(cell: str) -> bool:
    """A cell with an address, a bare number, a date, or a text of paragraph length is data."""
    if len(cell) > 200 or ("@" in cell and "." in cell.rpartition("@")[2]):
        return False
    return not cell or not all(character.isdigit() or character in "-/:. +,TZ" for character in cell)


def _rows(lines: _Lines, delimiter: str, width: int, count: RowCount) -> Iterator[Cells | Broken]:
    # Strict, so that a quotation mark that is not closed shows where it stands and does not swallow the rows after it.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    taken, mended = lines.taken, 0
    while True:
        taken.clear()
        row: Cells | Broken | None
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            row = None
        if row is None or (len(taken) > 1 and len(row) != width):
            mended += 1
            if mended > MOST_MENDED:
                raise Refused("long_line", row=count.value + 1, limit=csv.field_size_limit())
            row = _mended(lines.give_back_all_but_the_first(), delimiter, width)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        elif not any(row):
            continue
        elif len(row) != width:
            row = _fitted(row, width)
        count.value += 1
        yield row


def _mended(line: str, delimiter: str, width: int) -> Cells | Broken:
    """Read one line whose quotation marks are wrong: as it stands if that gives a cell for every column."""
    try:
        cells = next(csv.reader((line,), delimiter=delimiter))
    except csv.Error:
        return Broken("broken_line", {})
    return cells if len(cells) == width else Broken("broken_line", {})


def _fitted(cells: Cells, width: int) -> Cells | Broken:
    """Fill up a row whose last cells are left out, as spreadsheets do with empty ones; too many cells are a mistake."""
    if len(cells) < width:
        return cells + [""] * (width - len(cells))
    if any(cell.strip() for cell in cells[width:]):
        return Broken("cells", {"count": len(cells), "expected": width})
    return cells[:width]


def _line_end(text: str) -> str:
    return "\r" if "\r" in text and "\n" not in text else "\n"


def _delimiter(text: str) -> tuple[str, str]:
    """Return the text and its delimiter: what its first line says (`sep=;`), or what gives the steadiest table."""
    line, _, rest = text.partition("\n")
    if line[:4].lower() == "sep=" and line[4:5]:
        return rest, line[4]
    sample = text[: LONGEST_LINE // 4]
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
