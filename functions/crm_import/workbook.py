"""Rows of an Excel workbook (.xlsx): the first sheet or the one that is named, the header found under title rows."""

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any

import python_calamine as calamine

from functions.crm_import.sentences import Refused
from functions.crm_import.synonyms import recognise
from functions.crm_import.table import Broken, Cells, Table, header_of, may_be_a_header
from functions.crm_import.unpacking import Archive
from functions.crm_import.workbook_size import Extent, Strings
from functions.crm_import.workbook_zeros import shown_in

MOST_PARTS = 2000
_LOOKED_AT = 40
"""Rows among which the header is looked for."""
_WIDE_ENOUGH = 0.6
"""A header has this share of the cells of the fullest of those rows; titles and notes have fewer."""


def read_workbook(archive: Archive, sheet: str | None) -> Table:
    """Read the header of a sheet and return its rows as a stream. Raises Refused.

    What a cell holds becomes text: a date ISO 8601 on the wall clock, a whole number without `.0`, a formula its value.
    """
    _check_size(archive)
    archive.file.seek(0)
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(archive.file)
        name = _sheet(workbook, sheet)
        content = workbook.get_sheet_by_name(name)
        rows = iter(content.iter_rows())
    except calamine.PasswordError as error:
        raise Refused("password") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise Refused("workbook_broken") from error
    except BaseException as error:
        # A panic in calamine is no Exception: it is as good as any other way to say that it cannot read a file.
        if type(error).__name__ != "PanicException":
            raise
        raise Refused("workbook_broken") from error
    shown = shown_in(archive, name)
    if shown and content.start:
        rows = shown.filled(rows, content.start[1] + 1)
    texts: Iterator[Cells] = ([cell if cell.__class__ is str else _text(cell) for cell in row] for row in rows)
    start = list(islice(texts, _LOOKED_AT))
    place = _header_row(start, name)
    header = header_of(start[place])
    return Table(header, _rows(chain(start[place + 1 :], texts), len(header)))


def _check_size(archive: Archive) -> None:
    """Pass over all parts: which of them is the sheet, the parts say themselves, and are not taken at their word."""
    if len(archive.members) > MOST_PARTS:
        raise Refused("too_many_members")
    texts = [part for part in archive.members if part.filename.lower().endswith("sharedstrings.xml")]
    strings = Strings([partial(archive.unpack, part) for part in texts])
    for part in archive.members:
        if part not in texts and not Extent(strings).take_plain(archive.unpack(part)):
            Extent(strings).take_any(archive.unpack(part))


def _sheet(workbook: calamine.CalamineWorkbook, wanted: str | None) -> str:
    sheets = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    if wanted is None:
        shown = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.name in sheets and sheet.visible == calamine.SheetVisibleEnum.Visible
        ]
        if not (shown or sheets):
            raise Refused("empty")
        return (shown or sheets)[0]
    for name in sheets:
        if name.strip().casefold() == wanted.strip().casefold():
            return name
    raise Refused("no_sheet", sheet=wanted, found=", ".join(sheets[:20]))


def _header_row(start: list[Cells], sheet: str) -> int:
    """Return which row is the header: among those that could be, the one with the most names that are known."""
    filled = [sum(1 for cell in row if cell.strip()) for row in start]
    if not any(filled):
        raise Refused("empty")
    widest = max(filled)
    might = [
        place
        for place, row in enumerate(start)
        if filled[place] >= widest * _WIDE_ENOUGH and filled[place] > 0 and all(map(may_be_a_header, row))
    ]
    if not might:
        raise Refused("no_table", sheet=sheet)
    return max(might, key=lambda place: (sum(1 for cell in start[place] if recognise(cell)), -place))


def _rows(rows: Iterable[Cells], width: int) -> Iterator[Cells | Broken]:
    for cells in rows:
        # What stands beside the table, under no header, is a note.
        if len(cells) > width:
            del cells[width:]
        if any(cells):
            yield cells if len(cells) == width else cells + [""] * (width - len(cells))


@lru_cache(maxsize=10_000)
def _moment_text(moment: dt.datetime) -> str:
    # Excel counts days as a fraction: seconds come out a little off.
    return (moment + dt.timedelta(microseconds=500_000)).replace(microsecond=0).isoformat()


def _text(cell: Any) -> str:
    if cell.__class__ is float:
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.datetime):
        return _moment_text(cell)
    if isinstance(cell, dt.time):
        return cell.isoformat("seconds")
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return str(cell)
