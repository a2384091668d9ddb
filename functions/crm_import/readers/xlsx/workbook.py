"""Rows of an Excel workbook (.xlsx): the first sheet or the one that is named, the header found under title rows.

The door of the package. calamine reads workbooks of every kind, but lays a sheet out as one rectangle in memory, and
does not say which rows and columns are hidden or how a number is shown. So a sheet that is written as nearly all
programs write them is read as a stream, in the memory of a block, up to Excel's own number of rows; calamine takes the
others, in the memory that was found out before. What is hidden, formulas without a result, and leading zeros that are
in a format, are found in the XML.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from functions.crm_import.errors import FileRejected
from functions.crm_import.messages import MessageParameter
from functions.crm_import.readers.table import LOOKED_AT, Broken, Cells, Table, header_of, header_place, may_be_a_header
from functions.crm_import.readers.unpacking import Archive
from functions.crm_import.readers.xlsx.calamine_rows import other_rows
from functions.crm_import.readers.xlsx.formulas import marked_in, without_result
from functions.crm_import.readers.xlsx.hidden import hidden_columns, hidden_rows, numbered
from functions.crm_import.readers.xlsx.index import Index, Sheet, index_of
from functions.crm_import.readers.xlsx.streamed_rows import PlainSheet
from functions.crm_import.readers.xlsx.xml_parts import UnsupportedSheet, letters_of

MAX_PARTS = 2000
_COLUMNS_SHOWN = 20
_NAMES_ABOVE = 2
"""In the upper row of a header of two; a title is one."""


def read_workbook(archive: Archive, sheet: str | None, *, include_hidden: bool = False) -> Table:
    """Read the header of a sheet and return its rows as a stream. Raises FileRejected, also while the rows are read.

    What a cell holds becomes text: a date ISO 8601 on the wall clock, a whole number without `.0`, a formula its value.
    Rows and columns that a person does not see in Excel are left out, and told of, unless `include_hidden`.
    """
    if len(archive.members) > MAX_PARTS:
        raise FileRejected("too_many_members")
    index = index_of(archive)
    name = _sheet(index.sheets, sheet)
    seen = _Seen(archive, name, include_hidden=include_hidden)
    rows = seen.rows(index)
    start = list(islice(rows, LOOKED_AT))
    if not any(map(any, start)):
        raise FileRejected("empty")
    place = header_place(start)
    if place is None:
        raise FileRejected("no_table", sheet=name.name)
    if place and _two_rows(start, place - 1):
        place -= 1
    names, below = _two_rows(start, place) or (start[place], place + 1)
    before = next(column for column, cell in enumerate(names) if cell.strip())
    header = header_of(names[before:])
    remarks: list[MessageParameter] = []
    under = _under(chain(start[below:], rows), before, len(header))
    return Table(header, _with_remarks(under, seen, remarks), remarks=remarks)


class _Seen:
    """A sheet as a person sees it, or all of it."""

    def __init__(self, archive: Archive, sheet: Sheet, *, include_hidden: bool) -> None:
        self._archive = archive
        self._sheet = sheet
        self._all = include_hidden or sheet.part is None
        self._hidden = () if self._all else hidden_columns(self._xml())
        self.columns: set[int] = set()
        """Hidden columns with something in them, as far as they were looked at."""
        self.left_out = 0
        """Hidden rows with something in them."""

    def rows(self, index: Index) -> Iterator[Cells]:
        """Return the rows from column A, perhaps without the empty ones."""
        return self._shown(self._rows(index)) if self._hidden else self._rows(index)

    def _shown(self, rows: Iterator[Cells]) -> Iterator[Cells]:
        for number, row in enumerate(rows):
            for columns in self._hidden:
                if number < LOOKED_AT:
                    self.columns.update(columns.start + at for at, cell in enumerate(row[columns]) if cell.strip())
                del row[columns]
            yield row

    def _rows(self, index: Index) -> Iterator[Cells]:
        plain = PlainSheet(
            index.styles,
            since_1904=index.since_1904,
            include_hidden=self._all,
            recalculated=index.recalculated,
        )
        try:
            if self._sheet.part is None:
                raise UnsupportedSheet
            texts = self._archive.unpack(index.texts) if index.texts else None
            yield from plain.rows(self._xml(), texts)
        except UnsupportedSheet:
            pass
        else:
            self.left_out = plain.left_out
            return
        hidden = {} if self._all else hidden_rows(self._xml())
        columns = without_result(self._xml(), recalculated=index.recalculated)
        rows = marked_in(other_rows(self._archive, index, self._sheet), columns)
        yield from numbered(rows, plain.last, hidden)
        self.left_out = sum(hidden.values())

    def _xml(self) -> Iterator[bytes]:
        return self._archive.unpack(self._sheet.part) if self._sheet.part else iter(())


def _with_remarks(
    rows: Iterator[Cells | Broken], seen: _Seen, remarks: list[MessageParameter]
) -> Iterator[Cells | Broken]:
    """Yield the rows; then say what of the sheet was left out."""
    yield from rows
    if seen.left_out:
        remarks.append(MessageParameter("hidden_rows", rows=seen.left_out))
    if seen.columns:
        letters = ", ".join(letters_of(column) for column in sorted(seen.columns)[:_COLUMNS_SHOWN])
        remarks.append(MessageParameter("hidden_columns", columns=letters))


def _two_rows(start: list[Cells], place: int) -> tuple[Cells, int] | None:
    """Return the names in a header of two rows, and where the rows under them begin; None where it is of one.

    Under a header whose cells are merged across (`Name` over `First name` and `Last name`) stands a second row with the
    names of those columns, and with nothing under the others.
    """
    upper = start[place]
    if place + 1 >= len(start) or sum(1 for cell in upper if cell.strip()) < _NAMES_ABOVE:
        return None
    width = max(len(upper), len(start[place + 1]))
    above, under = (row + [""] * (width - len(row)) for row in (upper, start[place + 1]))
    grouped = [False] * width
    for column in range(1, width):
        if not above[column].strip() and under[column].strip():
            first = column - 1 if above[column - 1].strip() else column
            grouped[column] = True
            grouped[first] = grouped[first] or bool(above[first].strip())
    second = [bool(cell.strip()) for cell in under]
    if not any(grouped) or second != grouped or not all(map(may_be_a_header, under)):
        return None
    names, group = [], ""
    for name, sub in zip(above, under, strict=True):
        group = name.strip() or group
        twice = sum(one.strip().casefold() == sub.strip().casefold() for one in under) > 1
        names.append(f"{group} {sub}" if sub.strip() and twice else sub if sub.strip() else name)
    return names, place + 2


def _sheet(sheets: Sequence[Sheet], wanted: str | None) -> Sheet:
    if wanted is None:
        if not sheets:
            raise FileRejected("workbook_broken")
        return next((sheet for sheet in sheets if sheet.visible), sheets[0])
    for sheet in sheets:
        if sheet.name.strip().casefold() == wanted.strip().casefold():
            return sheet
    raise FileRejected("no_sheet", sheet=wanted, found=", ".join(sheet.name for sheet in sheets[:20]))


def _under(rows: Iterable[Cells], before: int, width: int) -> Iterator[Cells | Broken]:
    for row in rows:
        # What stands beside the table, under no header, is a note.
        cells = row[before : before + width] if before or len(row) > width else row
        if any(cells):
            yield cells if len(cells) == width else cells + [""] * (width - len(cells))
