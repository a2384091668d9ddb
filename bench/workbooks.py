"""Excel: CPU for a row, from the bytes of a workbook to a canonical interaction. `python -m bench.workbooks`

Ours finds out what the file is, measures what it will take, reads it, finds the header, recognises the columns and
checks and normalises every row. The peer only reads: openpyxl in its read-only mode, values alone.

Measured twice: as openpyxl writes a workbook, each text in its cell, and as Excel does, the texts in a table that the
cells point at. The second is half the work for openpyxl, and hardly less for the rest of ours.
"""

import csv
import io
import json
import re
import statistics
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl

from bench.imports import crm_file
from functions.crm_import.columns.canonical import RowReader
from functions.crm_import.columns.recognition import understand
from functions.crm_import.readers.formats import read_table
from functions.shared.adapters.client_files import read_folder

ROWS = 20_000
RUNS = 3
_BLOCK = 256 * 1024
_AT_ONCE = 1000
_SHEET, _RELATIONS = "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"
_SHARED = "xl/sharedStrings.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
_TEXTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_CLIENT = read_folder(Path(__file__).resolve().parents[1] / "examples" / "clients" / "vaart")


def workbook(rows: int) -> bytes:
    """Return the bench's export as a workbook with real dates, under a title."""
    header, *cells = csv.reader(io.StringIO(crm_file(rows).decode("cp1252")), delimiter=";")
    at = header.index("Datum contact")
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["Export"])
    sheet.append(header)
    for row in cells:
        moment = datetime.strptime(row[at], "%d-%m-%Y %H:%M")  # noqa: DTZ007 a cell has no zone
        sheet.append([*row[:at], moment, *row[at + 1 :]])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_shared_texts(book: bytes) -> bytes:
    """Return a workbook with its texts in a table, each of them once."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    texts: dict[str, int] = {}

    def shared(cell: re.Match[str]) -> str:
        return f'<c r="{cell[1]}" t="s"><v>{texts.setdefault(cell[2], len(texts))}</v></c>'

    parts[_SHEET] = re.sub(r'<c r="(\w+)" t="inlineStr"><is><t>([^<]*)</t></is></c>', shared, parts[_SHEET])
    parts[_SHARED] = f'<sst xmlns="{_MAIN}">' + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>"
    part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TEXTS}"/>'
    relation = f'<Relationship Id="texts" Type="{_RELATION}" Target="sharedStrings.xml"/>'
    for name, end, more in (("[Content_Types].xml", "</Types>", part), (_RELATIONS, "</Relationships>", relation)):
        parts[name] = parts[name].replace(end, more + end)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def write_large(rows: int, path: Path) -> None:
    """Write a workbook of so many thousands of rows as Excel does, each with texts of its own in the table."""
    with zipfile.ZipFile(io.BytesIO(with_shared_texts(workbook(_AT_ONCE)))) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    begin, first, body = parts.pop(_SHEET).partition('<row r="3">')
    body, end, rest = (first + body).partition("</sheetData>")
    texts = parts.pop(_SHARED)
    count = texts.count("<si>")

    def block(number: int) -> str:
        def moved(found: re.Match[str]) -> str:
            if found[1]:
                return f"{found[1]}{int(found[2]) + number * _AT_ONCE}"
            return f's"><v>{int(found[3]) + number * count}'

        return re.sub(r'(r="[A-Z]*)([0-9]+)|s"><v>([0-9]+)', moved, body)

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        with archive.open(_SHEET, "w", force_zip64=True) as sheet:
            sheet.write(begin.encode())
            for number in range(rows // _AT_ONCE):
                sheet.write(block(number).encode())
            sheet.write((end + rest).encode())
        with archive.open(_SHARED, "w", force_zip64=True) as table:
            table.write(f'<sst xmlns="{_MAIN}">'.encode())
            items = texts[texts.index("<si>") : texts.rindex("</sst>")]
            for number in range(rows // _AT_ONCE):
                of_block = items.replace(">D0", f">D{number}-0").replace("@klant", f".{number}@klant")
                table.write(of_block.encode())
            table.write(b"</sst>")


def ours(body: bytes) -> float:
    """Return the CPU seconds of reading and checking every row."""
    begin = time.process_time()
    table = read_table(body[start : start + _BLOCK] for start in range(0, len(body), _BLOCK))
    plan = understand(table.header, _CLIENT, "klantenservice")
    reader = RowReader(plan, _CLIENT, "klantenservice", b"pepper")
    good = sum(reader.read(number, cells).interaction is not None for number, cells in enumerate(table.rows, 1))
    spent = time.process_time() - begin
    assert good == ROWS, good
    return spent


def bare(body: bytes) -> float:
    """Return the CPU seconds of reading alone with openpyxl."""
    begin = time.process_time()
    sheet: Any = openpyxl.load_workbook(io.BytesIO(body), read_only=True).active
    rows = sum(1 for _ in sheet.iter_rows(values_only=True))
    spent = time.process_time() - begin
    assert rows == ROWS + 2, rows
    return spent


def lines() -> Iterator[dict[str, Any]]:
    """Yield the measurements."""
    body = workbook(ROWS)
    yield _line("workbook_cpu_per_row", body, "texts in their cells")
    yield _line("workbook_of_shared_texts_cpu_per_row", with_shared_texts(body), "texts in a table")


def _line(name: str, body: bytes, what: str) -> dict[str, Any]:
    spent = [(ours(body), bare(body)) for _ in range(RUNS)]
    mine, theirs = (statistics.median(one) / ROWS * 1000 for one in zip(*spent, strict=True))
    return {
        "name": name,
        "ours": round(mine, 4),
        "peer": round(theirs, 4),
        "ratio": round(mine / theirs, 4),
        "unit": f"ms CPU a row of 13 cells, {what}, ours with every check, peer: bare openpyxl read-only",
    }


if __name__ == "__main__":
    for line in lines():
        print(json.dumps(line))
