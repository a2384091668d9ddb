"""Files to upload, made in a line."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import openpyxl

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


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


def sheet_xml(rows: str, prefix: str = "") -> bytes:
    """Return a sheet with the XML of its rows."""
    return _element("worksheet", prefix, f"<{prefix}sheetData>{rows}</{prefix}sheetData>")


def texts_xml(texts: Sequence[str], item: str = "<si><t>{}</t></si>", prefix: str = "") -> bytes:
    """Return the texts that cells share, each as `item` with its XML."""
    return _element("sst", prefix, "".join(item.format(escape(text, quote=False)) for text in texts))


def workbook_of(sheet: bytes, texts: bytes = b"", styles: str = "") -> bytes:
    """Return a workbook of one sheet with the XML of that, of shared texts, and of what is in its styles."""
    parts = {"xl/worksheets/sheet1.xml": sheet, "xl/styles.xml": _element("styleSheet", "", styles)}
    parts |= {"xl/sharedStrings.xml": texts} if texts else {}
    data = workbook([("a",)])
    for name, part in parts.items():
        data = with_part(data, name, part)
    return data


def since_1904(book: bytes) -> bytes:
    """Return a workbook of one sheet that counts its days from 1904."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{relations}" xmlns:x14="x"><workbookPr date1904="1"/><x14:workbookPr/>'
        '<sheets><sheet name="Blad1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    return with_part(book, "xl/workbook.xml", main.encode())


def _element(name: str, prefix: str, content: str) -> bytes:
    namespace = f'xmlns{":" * bool(prefix)}{prefix.removesuffix(":")}="{MAIN}"'
    return f'<?xml version="1.0"?><{prefix}{name} {namespace}>{content}</{prefix}{name}>'.encode()
