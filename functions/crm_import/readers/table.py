"""What every reader gives, whatever the format: a header, and the rows under it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from functions.crm_import.errors import FileRejected
from functions.crm_import.header_names import recognise
from functions.crm_import.messages import MessageParameter

MAX_COLUMNS = 1000
MAX_CELL_LENGTH = 10_000
"""Characters. A row with a longer cell is invalid; a cell that is too long for the reader itself fails the file."""
MAX_KEPT_LENGTH = 30_000
"""Characters of all that is kept of a row, names of facts included. A character takes at most 12 bytes in an item, and
DynamoDB takes items of 400 kB."""
MAX_NAME_LENGTH = 200
"""Characters of a column's name."""
MAX_RECORD_LENGTH = 1024 * 1024
"""Characters of a row; a longer one fails the file."""
_SAMPLE_ROWS = 1000
LOOKED_AT = 40
"""Rows among which the header is looked for."""
_WIDE_ENOUGH = 0.6
"""A header has this share of the cells of the fullest of those rows; titles and notes have fewer."""
MAX_MENDED = 1000
"""Rows that could not be taken apart; more of them, and the file is not what it seems."""


NO_VALUE = "\ufdd1"
"""What stands in a cell with a formula whose result is not in the file: a character that is none (Unicode)."""


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
    sample: Sequence[Cells | Broken] = ()
    """The first of the rows, where somebody looked ahead."""
    remarks: list[MessageParameter] = field(default_factory=list)
    """What is to be told of the file as a whole: complete when the rows are read."""


@dataclass(frozen=True)
class Place:
    """Where in a file the rows are, for formats that need to be told: a sheet by name, a record's element."""

    sheet: str | None = None
    record: str | None = None
    include_hidden: bool = False
    """Take the rows and columns of a workbook that are hidden, too, and lines below a table."""


def sampled(table: Table) -> Table:
    """Return the same table with a sample of its first rows. A file that breaks off among them does so after them."""
    sample: list[Cells | Broken] = []
    refused: FileRejected | None = None
    try:
        for row in islice(table.rows, _SAMPLE_ROWS):
            sample.append(row)
    except FileRejected as error:
        refused = error

    def breaks_off() -> Iterator[Cells | Broken]:
        if refused:
            raise refused
        yield from ()

    return replace(table, rows=chain(sample, breaks_off(), table.rows), sample=sample)


class RowCount:
    """How many rows were read so far: for the sentence that says where in the file something is wrong."""

    value = 0


def header_place(start: Sequence[Cells]) -> int | None:
    """Return which of the first rows is the header: among those that could be, the one with the most known names.

    None where none could be.
    """
    filled = [sum(1 for cell in row if cell.strip()) for row in start]
    widest = max(filled, default=0)
    might = [
        place
        for place, row in enumerate(start)
        if filled[place] >= widest * _WIDE_ENOUGH and filled[place] > 0 and all(map(may_be_a_header, row))
    ]
    return max(might, key=lambda place: (sum(1 for cell in start[place] if recognise(cell)), -place), default=None)


def header_of(cells: Iterable[str]) -> tuple[str, ...]:
    """Return the names in a header row, without the empty ones behind the last. Raises FileRejected."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise FileRejected("empty")
    if len(names) > MAX_COLUMNS:
        raise FileRejected("too_many_columns", count=len(names), limit=MAX_COLUMNS)
    if not all(map(may_be_a_header, names)):
        raise FileRejected("no_header")
    return tuple(names)


def may_be_a_header(cell: str) -> bool:
    """A cell with an address, a bare number, a date, or a text of paragraph length is data."""
    if len(cell) > MAX_NAME_LENGTH or ("@" in cell and "." in cell.rpartition("@")[2]):
        return False
    return not cell or not all(character.isdigit() or character in "-/:. +,TZ" for character in cell)


def fitted(cells: Cells, width: int) -> Cells | Broken:
    """Fill up a row whose last cells are left out, as spreadsheets do with empty ones; too many cells are a mistake."""
    if len(cells) < width:
        return cells + [""] * (width - len(cells))
    if any(cell.strip() for cell in cells[width:]):
        return Broken("cells", {"count": len(cells), "expected": width})
    return cells[:width]
