"""Rows of a delimited text: comma, semicolon, tab or pipe, found by trying; quoted cells may hold line ends."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice

from functions.crm_import.errors import FileRejected
from functions.crm_import.messages import MessageParameter
from functions.crm_import.readers.encoding import MAX_LINE_LENGTH, lines_of
from functions.crm_import.readers.table import (
    LOOKED_AT,
    MAX_MENDED,
    MAX_RECORD_LENGTH,
    Broken,
    Cells,
    RowCount,
    Table,
    fitted,
    header_of,
    header_place,
)

_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE_ROWS = 20
_NO_DELIMITER = "\x1f"
_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_BLANK_BEHIND = re.compile(r'"[ \t]+(?=[;,\t|\r\n]|\Z)')
_FEWEST_COLUMNS = 4
"""Of a table that has lines above or below it."""
_WITH_A_NUMBER = 2
_ROWS_OF_A_TABLE = 2
"""With the header."""
_MAX_CLOSING_LINES = 20


def read_delimited(blocks: Iterable[bytes], *, keep_all: bool = False) -> Table:
    """Read the header of a text and return its rows as a stream. Raises FileRejected, also while the rows are read.

    Empty lines, and rows without any content (the remains of a spreadsheet), are no rows; nor are title lines above the
    header. Lines below the table, such as a report has, are left out and told of, unless `keep_all`. A row that can
    only be guessed at is broken.
    """
    count = RowCount()
    remarks: list[MessageParameter] = []
    texts = lines_of(blocks, count, remarks)
    first, dialect = _dialect(next(texts).lstrip("\ufeff"))
    lines = _Lines(
        chain.from_iterable(io.StringIO(text, newline=_line_end(text)) for text in chain((first,), texts)), count
    )
    header = _header(lines, dialect, first)
    lines.start_row()
    rows = _rows(lines, dialect, len(header), count)
    whole = keep_all or len(header) < _FEWEST_COLUMNS
    return Table(header, rows if whole else _without_closing_lines(rows, remarks), remarks=remarks)


@dataclass(frozen=True)
class _Dialect:
    """How the cells of a line are told apart. `wrapped`: each line as a whole is one quoted cell."""

    delimiter: str
    wrapped: bool = False

    def reader(self, lines: Iterable[str], *, strict: bool) -> Iterator[Cells]:
        """Return the rows of lines; strict: raises csv.Error for what is no proper quoting."""
        made = csv.reader(lines, delimiter=self.delimiter, strict=strict, skipinitialspace=True)
        return _Unwrapped(made, self.delimiter, strict) if self.wrapped else made


class _Unwrapped:
    """The rows inside of lines that are one quoted cell each. Unlike a generator's, they go on after a csv.Error."""

    def __init__(self, lines: Iterator[Cells], delimiter: str, strict: bool) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._strict = strict

    def __iter__(self) -> Iterator[Cells]:
        return self

    def __next__(self) -> Cells:
        cells = next(self._lines)
        if len(cells) != 1:
            return cells
        inner = csv.reader((cells[0],), delimiter=self._delimiter, strict=self._strict, skipinitialspace=True)
        return next(inner, [])


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


def _header(lines: _Lines, dialect: _Dialect, sample: str) -> tuple[str, ...]:
    """Read on to the header, past what stands above it, and return its names."""
    try:
        above = list(islice(filter(_filled, dialect.reader(_physical(sample), strict=False)), LOOKED_AT))
    except csv.Error as error:
        raise FileRejected("no_header") from error
    if not above:
        raise FileRejected("empty")
    place = header_place(above)
    if place is None:
        raise FileRejected("no_header")
    try:
        cells = next(islice(filter(_filled, dialect.reader(lines, strict=False)), place, None))
    except (csv.Error, StopIteration) as error:
        raise FileRejected("no_header") from error
    return header_of(cells)


def _physical(text: str) -> Iterator[str]:
    return iter(io.StringIO(text, newline=_line_end(text)))


def _filled(cells: Cells) -> bool:
    return any(cell.strip() for cell in cells)


def _rows(lines: _Lines, dialect: _Dialect, width: int, count: RowCount) -> Iterator[Cells | Broken]:
    # Strict, so that a quotation mark that is not closed shows where it stands and does not swallow the rows after it.
    reader = dialect.reader(lines, strict=True)
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
            row = _mended(lines.give_back_all_but_the_first(), dialect, width)
            reader = dialect.reader(lines, strict=True)
        elif not any(row):
            continue
        elif len(row) != width:
            row = fitted(row, width)
        count.value += 1
        yield row


def _mended(line: str, dialect: _Dialect, width: int) -> Cells | Broken:
    """Read one line that is not properly quoted, in the ways in which it can only mean one thing.

    Quotation marks may be escaped with a backslash, or have blanks behind them. What is neither is not guessed at.
    """
    for proper in (line.replace('\\"', '""'), _BLANK_BEHIND.sub('"', line)):
        try:
            rows = list(dialect.reader((proper,), strict=True))
        except csv.Error:
            continue
        if len(rows) == 1 and len(rows[0]) == width and rows[0] != [line.strip()]:
            return rows[0]
    return Broken("broken_line", {})


def _without_closing_lines(rows: Iterable[Cells | Broken], remarks: list[MessageParameter]) -> Iterator[Cells | Broken]:
    """Leave out what stands below the table: lines with little in them, and no row after them."""
    held: list[Cells | Broken] = []
    for row in rows:
        if len(held) < _MAX_CLOSING_LINES and not isinstance(row, Broken) and _may_close(row):
            held.append(row)
            continue
        yield from held
        held.clear()
        yield row
    if held:
        remarks.append(MessageParameter("closing_lines", rows=len(held)))


def _may_close(row: Cells) -> bool:
    """Say whether a row is a text in one cell, or that and a bare number: `Totaal;;;12`. No contact is told so."""
    filled = [cell for cell in row if cell and not cell.isspace()]
    if not filled or "@" in filled[0] or not any(map(str.isalpha, filled[0])):
        return False
    return len(filled) == 1 or (len(filled) == _WITH_A_NUMBER and filled[1].strip().isdigit())


def _line_end(text: str) -> str:
    return "\r" if "\r" in text and "\n" not in text else "\n"


def _dialect(text: str) -> tuple[str, _Dialect]:
    """Return the text and its dialect: what its first line says (`sep=;`), or what gives the steadiest table."""
    line, _, rest = text.partition("\n")
    said = _SEPARATOR.fullmatch(line.strip())
    if said:
        return rest, _Dialect(said[1])
    sample = text[: MAX_LINE_LENGTH // 4]
    dialects = [_Dialect(delimiter) for delimiter in _DELIMITERS]
    if sample.lstrip().startswith('"'):
        dialects += [_Dialect(delimiter, wrapped=True) for delimiter in _DELIMITERS]
    share, best = max(((_steadiness(sample, dialect), dialect) for dialect in dialects), key=lambda one: one[0])
    return text, best if share[0] else _Dialect(_NO_DELIMITER)


def _steadiness(sample: str, dialect: _Dialect) -> tuple[float, int, bool]:
    """Return (share of the first rows that are as wide as most, beside those of one cell; their width; not wrapped)."""
    rows: list[Cells] = []
    with suppress(csv.Error):
        reader = filter(any, dialect.reader(_physical(sample), strict=False))
        rows.extend(cells for cells, _ in zip(reader, range(_SAMPLE_ROWS), strict=False))
    widths = Counter(map(len, rows))
    alone = widths.pop(1, 0)
    width, times = max(widths.items(), key=lambda one: (one[1], one[0]), default=(1, 0))
    if not times or (times < alone and (width < _FEWEST_COLUMNS or times < _ROWS_OF_A_TABLE)):
        # One column, of which some cells have such a character in them; or none at all.
        return (0.0, 1, not dialect.wrapped)
    return (times / len(rows), width, not dialect.wrapped)
