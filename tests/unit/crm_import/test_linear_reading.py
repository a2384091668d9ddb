"""What has no end takes a time that grows with its length, and no more: whatever the format that it stands in."""

import time
from collections.abc import Callable

import pytest

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.table import Broken, Place
from tests.unit.crm_import.test_unsafe_files import BOOK, SHEET, with_part
from tests.worlds.import_files import sheet_xml

BLOCK = 64 * 1024
MEGABYTES = 2
HEADER = b"E-mail;Datum contact\n"
RECORDS = b"<r><a><E-mail>jan@klant.example</E-mail></a><a>"

ENDLESS: dict[str, Callable[[int], bytes]] = {
    "xml tag": lambda size: RECORDS + b"<" + b"x" * size,
    "xml attribute": lambda size: RECORDS + b'<b c="' + b"x" * size,
    "xml attributes": lambda size: RECORDS + b"<b " + b'c="1" ' * (size // 6),
    "xml comment": lambda size: RECORDS + b"<!--" + b"- " * (size // 2),
    "xml cdata": lambda size: RECORDS + b"<![CDATA[" + b"]]" * (size // 2),
    "xml instruction": lambda size: RECORDS + b"<?x " + b"?" * size,
    "xml doctype": lambda size: b"<!DOCTYPE r [" + b"x" * size,
    "xml text": lambda size: RECORDS + b"x" * size,
    "json text": lambda size: b'[{"E-mail": "' + b"x" * size,
    "json escapes": lambda size: b'[{"E-mail": "' + b"\\\\" * (size // 2),
    "json number": lambda size: b'[{"E-mail": ' + b"1" * size,
    "json lists": lambda size: b"[" * size,
    "json objects": lambda size: b'{"a":' * (size // 5),
    "json white space": lambda size: b"[" + b" " * size,
    "csv quote": lambda size: HEADER + b'"' + b"x" * size,
    "csv quotes": lambda size: HEADER + b'"' + b'""' * (size // 2),
    "csv line": lambda size: HEADER + b"x" * size,
    "csv delimiters": lambda size: HEADER + b";" * size,
    "csv quoted lines": lambda size: HEADER + b'"' + (b"x" * 99 + b"\n") * (size // 100),
    "workbook tag": lambda size: _book('<row r="1"><c r="A1"/></row><row r="' + "2" * size),
    "workbook cell": lambda size: _book('<row r="1"><c r="' + "A" * size),
    "workbook white space": lambda size: _book('<row r="1"><c r="A1"/></row>' + " " * size),
    "workbook comment": lambda size: _book('<row r="1"><c r="A1"/></row><!--' + "- " * (size // 2)),
}


def _book(rows: str) -> bytes:
    return with_part(BOOK, SHEET, sheet_xml(rows))


def _seconds(body: bytes) -> float:
    """Return the processor time of reading a file to its end, the least of three."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        try:
            table = read_table((body[start : start + BLOCK] for start in range(0, len(body), BLOCK)), Place())
            assert all(isinstance(row, list | Broken) for row in table.rows)
        except FileRejected:
            pass
        times.append(time.process_time() - begun)
    return min(times)


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_end_takes_a_time_that_grows_with_its_length(name: str) -> None:
    short, long = (_seconds(ENDLESS[name](size * 1024 * 1024)) for size in (MEGABYTES, 4 * MEGABYTES))

    # Four times the length: sixteen times the time would be quadratic. What is refused early takes none.
    assert long < 8 * short + 0.2, (short, long)
