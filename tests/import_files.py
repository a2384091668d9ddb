"""Files to upload, made in a line."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of members; a name that ends in a slash is a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method, 9)
    return buffer.getvalue()


def workbook(*sheets: Sequence[Sequence[Any]], names: Sequence[str] = ("Blad1", "Blad2", "Blad3")) -> bytes:
    """Return a workbook with a sheet for each list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in zip(names, sheets, strict=False):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """Return a workbook as its file."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(book: bytes, name: str, data: bytes) -> bytes:
    """Return a workbook of which one part is replaced."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    return zipped(parts | {name: data})


def sheet_xml(rows: str, root: str = "worksheet") -> bytes:
    """Return a sheet with the XML of its rows."""
    return (
        f'<?xml version="1.0"?><{root} xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></{root}>"
    ).encode()
