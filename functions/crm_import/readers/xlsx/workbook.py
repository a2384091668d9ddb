"""Rows of an Excel workbook (.xlsx): the first sheet or the one that is named, the header found under title rows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from functions.crm_import.errors import FileRejected
from functions.crm_import.header_names import recognise
from functions.crm_import.readers.table import Broken, Cells, Table, header_of, may_be_a_header
from functions.crm_import.readers.unpacking import Archive
from functions.crm_import.readers.xlsx.calamine_rows import other_rows
from functions.crm_import.readers.xlsx.index import Index, Sheet, index_of
from functions.crm_import.readers.xlsx.streamed_rows import PlainSheet
from functions.crm_import.readers.xlsx.xml_parts import UnsupportedSheet

MAX_PARTS = 2000
_LOOKED_AT = 40
"""Rows among which the header is looked for."""
_WIDE_ENOUGH = 0.6
"""A header has this share of the cells of the fullest of those rows; titles and notes have fewer."""


def read_workbook(archive: Archive, sheet: str | None) -> Table:
    """Read the header of a sheet and return its rows as a stream. Raises FileRejected, also while the rows are read.

    What a cell holds becomes text: a date ISO 8601 on the wall clock, a whole number without `.0`, a formula its value.
    """
    if len(archive.members) > MAX_PARTS:
        raise FileRejected("too_many_members")
    index = index_of(archive)
    name = _sheet(index.sheets, sheet)
    rows = _rows(archive, index, name)
    start = list(islice(rows, _LOOKED_AT))
    place = _header_row(start, name.name)
    before = next(column for column, cell in enumerate(start[place]) if cell.strip())
    header = header_of(start[place][before:])
    return Table(header, _under(chain(start[place + 1 :], rows), before, len(header)))


def _rows(archive: Archive, index: Index, sheet: Sheet) -> Iterator[Cells]:
    """Yield the rows of a sheet from column A, perhaps without the empty ones."""
    plain = PlainSheet(index.styles, since_1904=index.since_1904)
    try:
        if sheet.part is None:
            raise UnsupportedSheet
        texts = archive.unpack(index.texts) if index.texts else None
        yield from plain.rows(archive.unpack(sheet.part), texts)
    except UnsupportedSheet:
        pass
    else:
        return
    yield from islice(other_rows(archive, index, sheet), plain.last, None)


def _sheet(sheets: Sequence[Sheet], wanted: str | None) -> Sheet:
    if wanted is None:
        if not sheets:
            raise FileRejected("workbook_broken")
        return next((sheet for sheet in sheets if sheet.visible), sheets[0])
    for sheet in sheets:
        if sheet.name.strip().casefold() == wanted.strip().casefold():
            return sheet
    raise FileRejected("no_sheet", sheet=wanted, found=", ".join(sheet.name for sheet in sheets[:20]))


def _header_row(start: list[Cells], sheet: str) -> int:
    """Return which row is the header: among those that could be, the one with the most names that are known."""
    filled = [sum(1 for cell in row if cell.strip()) for row in start]
    if not any(filled):
        raise FileRejected("empty")
    widest = max(filled)
    might = [
        place
        for place, row in enumerate(start)
        if filled[place] >= widest * _WIDE_ENOUGH and filled[place] > 0 and all(map(may_be_a_header, row))
    ]
    if not might:
        raise FileRejected("no_table", sheet=sheet)
    return max(might, key=lambda place: (sum(1 for cell in start[place] if recognise(cell)), -place))


def _under(rows: Iterable[Cells], before: int, width: int) -> Iterator[Cells | Broken]:
    for row in rows:
        # What stands beside the table, under no header, is a note.
        cells = row[before : before + width] if before or len(row) > width else row
        if any(cells):
            yield cells if len(cells) == width else cells + [""] * (width - len(cells))
