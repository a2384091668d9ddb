"""Excel: CPU for a row, from the bytes of a workbook to a canonical interaction. `python -m bench.workbooks`

Ours finds out what the file is, measures what it will take, reads it, finds the header, recognises the columns and
checks and normalises every row. The peer only reads: openpyxl in its read-only mode, values alone.
"""

import csv
import io
import json
import statistics
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl

from bench.imports import crm_file
from functions.crm_import.canonical import RowReader
from functions.crm_import.columns import understand
from functions.crm_import.formats import read_table
from functions.shared.adapters.client_files import read_folder

ROWS = 20_000
RUNS = 3
_BLOCK = 256 * 1024
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
    """Yield the measurement."""
    body = workbook(ROWS)
    spent = [(ours(body), bare(body)) for _ in range(RUNS)]
    mine, theirs = (statistics.median(one) / ROWS * 1000 for one in zip(*spent, strict=True))
    yield {
        "name": "workbook_cpu_per_row",
        "ours": round(mine, 4),
        "peer": round(theirs, 4),
        "ratio": round(mine / theirs, 4),
        "unit": "ms CPU a row of 13 cells, ours with every check, peer: bare openpyxl read-only",
    }


if __name__ == "__main__":
    for line in lines():
        print(json.dumps(line))
