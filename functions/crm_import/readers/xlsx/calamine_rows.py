"""The rows of a sheet that is written in any other way than most: by calamine, which holds all of it at once."""

from collections.abc import Iterator
from typing import Any

import python_calamine as calamine

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.table import Cells
from functions.crm_import.readers.unpacking import Archive
from functions.crm_import.readers.xlsx.cells import text_of
from functions.crm_import.readers.xlsx.index import Index, Sheet
from functions.crm_import.readers.xlsx.leading_zeros import shown_in
from functions.crm_import.readers.xlsx.memory import check_memory


def other_rows(archive: Archive, index: Index, sheet: Sheet) -> Iterator[Cells]:
    """Yield every row from row 1 on, from column A. Raises FileRejected."""
    check_memory(archive)
    for row in _sturdy(_rows(archive, index, sheet)):
        yield [text_of(cell) for cell in row]


def _rows(archive: Archive, index: Index, sheet: Sheet) -> Iterator[list[Any]]:
    archive.file.seek(0)
    content = calamine.CalamineWorkbook.from_filelike(archive.file).get_sheet_by_name(sheet.name)
    before = content.start[1] if content.start else 0
    rows = iter(content.iter_rows())
    if sheet.part is not None and any(style.digits for style in index.styles):
        rows = shown_in(archive.unpack(sheet.part), index.styles).filled(rows, before + 1)
    for row in rows:
        yield [""] * before + row


def _sturdy(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    try:
        yield from rows
    except calamine.PasswordError as error:
        raise FileRejected("password") from error
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise FileRejected("workbook_broken") from error
    except BaseException as error:
        # A panic in calamine is no Exception: it is as good as any other way to say that it cannot read a file.
        if type(error).__name__ != "PanicException":
            raise
        raise FileRejected("workbook_broken") from error
