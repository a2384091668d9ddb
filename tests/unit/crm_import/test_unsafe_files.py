"""The list of bad input: each file is refused with a sentence, by the code that a Lambda runs, in a few megabytes."""

import gzip
import io
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.table import Place
from tests.worlds.import_files import sheet_xml, with_part, workbook, zipped
from tests.worlds.import_world import World, csv_file

SHEET = "xl/worksheets/sheet1.xml"
CORNERS = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
PASSWORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200_000) + "EncryptedPackage".encode("utf-16-le") + bytes(64)
BOOK = workbook([("E-mail", "Datum contact"), ("jan@klant.example", "23-11-2026 10:00")])
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]><r><k><a>&m;</a></k><k><a>1</a></k></r>"
)
LAUGHING_SHEET = (
    LAUGHS[: LAUGHS.index(b"<r>")].partition(b"?>")[2]
    + sheet_xml('<row r="1"><c r="A1" t="str"><v>naam</v></c><c  r="B1" t="str"><v>&m;</v></c></row>').partition(b"?>")[
        2
    ]
)
EXTERNAL = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><k><a>&x;</a></k><k><a>1</a></k></r>'


HEADER = b"E-mail;Datum contact\n"
LONG_LINES = (b"1;" + b"2" * 9997 + b"\n") * 100


def gzip_bomb(megabytes: int) -> bytes:
    """Return a gzip of a few kilobytes for each megabyte that it unpacks to."""
    return gzip.compress(HEADER, mtime=0) + gzip.compress(LONG_LINES, mtime=0) * megabytes


def lying_zip() -> bytes:
    """Return a zip that unpacks to more than its index says, with the checksum of the part that is told."""
    honest, more = b"a;b\n1;2\n", b"a;b\n1;2\n" + bytes(10_000_000)
    data = bytearray(zipped({"a.csv": more}))
    for signature, place in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        at = data.index(signature) + place
        data[at : at + 4] = zlib.crc32(honest).to_bytes(4, "little")
        data[at + 8 : at + 12] = len(honest).to_bytes(4, "little")
    return bytes(data)


def zip_that_begins_before_itself() -> bytes:
    """Return a zip whose index says that a member lies before the file's own begin."""
    data = bytearray(zipped({"a.csv": b"a;b\n1;2\n"}))
    end = data.index(b"PK\x05\x06")
    data[end + 16 : end + 20] = (end + 500).to_bytes(4, "little")
    return bytes(data)


def long_shared_text(tag: str) -> bytes:
    """Return a workbook of which 100,000 cells, under a header, point at one text of 1 MB."""
    text = "x" * 1_000_000
    strings = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{text}</t></si></sst>'.encode()
    )
    book = workbook([("a", "b")])
    header = '<row r="1"><c r="A1" t="str"><v>E-mail</v></c><c r="B1" t="str"><v>Datum contact</v></c></row>'
    rows = "".join(f'<row r="{n}"><{tag} r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 100_000))
    return with_part(with_part(book, "xl/sharedStrings.xml", strings), SHEET, sheet_xml(header + rows))


def cell_of_10_mb_in_a_workbook() -> bytes:
    """Return a workbook with a good row, and one with a cell that is longer than Excel would take."""
    rows = "".join(
        f'<row r="{number}"><c r="A{number}" t="str"><v>{address}</v></c><c r="B{number}" t="str"><v>{at}</v></c></row>'
        for number, address, at in (
            (1, "E-mail", "Datum contact"),
            (2, "jan@klant.example", "23-11-2026"),
            (3, "x" * 10_000_000, "23-11-2026"),
        )
    )
    return with_part(BOOK, SHEET, sheet_xml(rows))


def many_members(count: int) -> bytes:
    return zipped({f"{number:06d}.csv": b"" for number in range(count)})


def encrypted_zip() -> bytes:
    data = bytearray(zipped({"a.csv": b"a;b\n1;2\n"}))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + place] |= 1
    return bytes(data)


UNSAFE: dict[str, tuple[Callable[[], bytes], str]] = {
    "gzip bomb": (lambda: gzip_bomb(300), "unpacks to more than is plausible"),
    "zip bomb": (lambda: zipped({"a.csv": HEADER + LONG_LINES * 120}), "unpacks to more than is plausible"),
    "zip that lies about its size": (lying_zip, "damaged"),
    "zip that begins before itself": (zip_that_begins_before_itself, "damaged"),
    "billion laughs": (lambda: LAUGHS, "DOCTYPE"),
    "external entity": (lambda: EXTERNAL, "DOCTYPE"),
    "billion laughs in UTF-16": (lambda: LAUGHS.decode().encode("utf-16"), "DOCTYPE"),
    "cell of 10 MB in one line": (lambda: HEADER + b"1;" + b"x" * 10_000_000, "quotation mark"),
    "cell of 10 MB in JSON": (lambda: b'[{"a":"' + b"x" * 10_000_000 + b'"}]', "more than 1,048,576"),
    "cell of 10 MB in XML": (
        lambda: b"<r>" + b"<k><a>1</a></k>" * 9 + b"<k><a>" + b"x" * 10_000_000,
        "more than 1,048,576",
    ),
    "20,000 columns": (lambda: ";".join(f"k{n}" for n in range(20_000)).encode(), "20,000 columns"),
    "20,000 columns in JSON": (lambda: str({f"k{n}": n for n in range(20_000)}).replace("'", '"').encode(), "columns"),
    "16,384 columns in a workbook": (lambda: workbook([[f"k{n}" for n in range(16_384)]]), "columns"),
    "NUL bytes": (lambda: bytes(1_000_000), "empty"),
    "NUL bytes for a sheet": (lambda: with_part(BOOK, SHEET, bytes(1_000_000)), "cannot be read"),
    "control characters": (lambda: b"\x01\x02\x03\x04a;b\n" * 1000, "neither text nor"),
    "workbook with a password": (lambda: PASSWORD, "has a password"),
    "old workbook": (lambda: PASSWORD[:100_000], "Excel 97-2003"),
    "zip with a password": (encrypted_zip, "has a password"),
    "truncated gzip": (lambda: gzip.compress(csv_file(("a@b.nl", "x", "y")), mtime=0)[:-20], "breaks off"),
    "truncated zip": (lambda: zipped({"a.csv": b"a;b\n1;2\n" * 99})[:-30], "breaks off"),
    "truncated workbook": (lambda: BOOK[: len(BOOK) // 2], "breaks off"),
    "spoilt gzip": (lambda: gzip.compress(bytes(range(256)) * 99, mtime=0)[:40] + b"\xff" * 99, "damaged"),
    "spoilt zip": (lambda: zipped({"a.csv": b"a;b\n1;2\n"}, zipfile.ZIP_STORED).replace(b"1;2", b"1;3"), "damaged"),
    "zip in another way": (lambda: zipped({"a.csv": b"a;b\n1;2\n"}, zipfile.ZIP_LZMA), "packed in a way"),
    "zip with two members": (lambda: zipped({"a.csv": b"a;b\n", "b.csv": b"a;b\n"}), "holds 2 files"),
    "zip with 50,000 members": (lambda: many_members(50_000), "too many files"),
    "zip in a zip": (lambda: zipped({"a.zip": zipped({"a.csv": b"a;b\n"})}), "another archive"),
    "gzip in a gzip": (lambda: gzip.compress(gzip.compress(b"a;b\n", mtime=0), mtime=0), "another archive"),
    "workbook with cells in opposite corners": (lambda: with_part(BOOK, SHEET, sheet_xml(CORNERS)), "reaches further"),
    "the same, written otherwise": (
        lambda: with_part(BOOK, SHEET, sheet_xml(CORNERS.replace("c r=", "c  r="))),
        "reaches further",
    ),
    "the same, in another place": (
        lambda: with_part(
            with_part(BOOK, "xl/media/picture.png", sheet_xml(CORNERS)),
            "xl/_rels/workbook.xml.rels",
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship'
            b' Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
            b' Target="media/picture.png"/></Relationships>',
        ),
        "reaches further",
    ),
    "workbook with rows in reverse": (
        lambda: with_part(BOOK, SHEET, sheet_xml('<row><c r="A9"><v>1</v></c></row><row><c r="A1"><v>2</v></c></row>')),
        "cannot be read",
    ),
    "workbook with a row 0": (
        lambda: with_part(BOOK, SHEET, sheet_xml('<row><c r="A0"><v>1</v></c></row>')),
        "cannot be read",
    ),
    "workbook with row 0 at first": (
        lambda: with_part(BOOK, SHEET, sheet_xml('<row r="0"><c><v>1</v></c></row>')),
        "cannot be read",
    ),
    "workbook with cells that do not end": (
        lambda: with_part(BOOK, SHEET, sheet_xml('<row r="1"><c r="A1"><v>1</v><c><c r="B9"></row>')),
        "cannot be read",
    ),
    "workbook with a long text in 100,000 cells": (lambda: long_shared_text("c"), "reaches further"),
    "the same text, written otherwise": (lambda: long_shared_text("c "), "reaches further"),
    "workbook with a tag without end": (
        lambda: with_part(BOOK, SHEET, sheet_xml('<row r="1"><c  r="A1"/></row><row r="' + "2" * 45_000_000)),
        "cannot be read",
    ),
    "workbook with a bomb for a sheet": (lambda: with_part(BOOK, SHEET, b" " * 120_000_000), "unpacks to more"),
    "workbook with entities": (lambda: with_part(BOOK, SHEET, LAUGHING_SHEET), "cannot be read"),
    "workbook without sheets that can be read": (lambda: with_part(BOOK, SHEET, b"<oops"), "cannot be read"),
    "empty": (lambda: b"", "empty"),
    "empty gzip": (lambda: gzip.compress(b"", mtime=0), "empty"),
    "empty zip": (lambda: zipped({}), "holds 0 files"),
    "zip of an empty file": (lambda: zipped({"a.csv": b""}), "empty"),
    "empty workbook": (lambda: workbook([]), "empty"),
    "empty JSON": (lambda: b"[ ]", "empty"),
    "empty XML": (lambda: b"<r></r>", "empty"),
    "empty UTF-16": (lambda: "\ufeff\r\n".encode("utf-16-le"), "empty"),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_file_gets_a_receipt_that_says_what_to_do(name: str) -> None:
    make, says = UNSAFE[name]
    world = World()

    summary, lines = world.upload(make())

    assert (summary["state"], lines) == ("failed", [])
    assert says in summary["message"]
    assert (world.queue, world.records, world.tables.invitations) == ([], {}, {})


CHILD = """
import resource, sys
from functions.crm_import.readers.formats import read_table
from functions.crm_import.errors import FileRejected
from tests.unit.crm_import.test_unsafe_files import UNSAFE
def blocks(data):
    for start in range(0, len(data), 262144):
        yield data[start:start + 262144]
data = UNSAFE[sys.argv[1]][0]()
before = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (before + 100_000_000,) * 2)
try:
    for row in read_table(blocks(data)).rows:
        pass
except FileRejected as refused:
    print(refused)
"""


@pytest.mark.parametrize(
    "name",
    [
        "gzip bomb",
        "zip bomb",
        "zip that lies about its size",
        "billion laughs",
        "cell of 10 MB in one line",
        "cell of 10 MB in JSON",
        "cell of 10 MB in XML",
        "zip with 50,000 members",
        "workbook with cells in opposite corners",
        "the same, in another place",
        "workbook with a long text in 100,000 cells",
        "the same text, written otherwise",
        "workbook with a bomb for a sheet",
        "workbook with a tag without end",
    ],
)
def test_it_is_refused_within_100_mb(name: str) -> None:
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}

    ran = subprocess.run(
        [sys.executable, "-c", CHILD, name], cwd=root, env=environment, capture_output=True, text=True, timeout=60
    )

    assert UNSAFE[name][1] in ran.stdout, ran.stderr


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "zip": lambda data: zipped({"export.csv": data}),
}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize(
    "name",
    [
        "billion laughs",
        "external entity",
        "cell of 10 MB in one line",
        "cell of 10 MB in JSON",
        "cell of 10 MB in XML",
        "20,000 columns",
        "20,000 columns in JSON",
        "16,384 columns in a workbook",
        "NUL bytes",
        "control characters",
        "workbook with a password",
        "workbook with cells in opposite corners",
        "truncated workbook",
        "empty JSON",
    ],
)
def test_it_gets_the_same_receipt_when_it_comes_packed(name: str, packed: str) -> None:
    make, says = UNSAFE[name]

    summary, lines = World().upload(PACKED[packed](make()))

    assert (summary["state"], lines) == ("failed", [])
    assert says in summary["message"]


@pytest.mark.parametrize("packed", ["plain", *PACKED])
def test_20_000_columns_in_a_record_of_xml_are_refused(packed: str) -> None:
    data = b"<r><k>" + b"".join(b"<k%d>1</k%d>" % (n, n) for n in range(20_000)) + b"</k></r>"

    with pytest.raises(FileRejected, match="20,000 columns"):
        read_table([data if packed == "plain" else PACKED[packed](data)], Place(record="k"))


@pytest.mark.parametrize("packed", ["plain", *PACKED])
def test_a_cell_of_10_mb_in_a_workbook_costs_its_own_row_only(packed: str) -> None:
    book = cell_of_10_mb_in_a_workbook()

    _, lines = World().upload(book if packed == "plain" else PACKED[packed](book))

    assert [line["outcome"] for line in lines] == ["invited", "invalid"]


@pytest.mark.parametrize("packed", ["plain", *PACKED])
def test_nul_bytes_in_a_cell_are_left_out(packed: str) -> None:
    data = csv_file(("jan@klant.example", "23-11-2026 10:00", "Bl\x00au\x00w"))
    world = World()

    _, lines = world.upload(data if packed == "plain" else PACKED[packed](data))

    (invitation,) = world.tables.invitations.values()
    assert [line["outcome"] for line in lines] == ["invited"]
    assert invitation.interaction.team == "Blauw"


def test_formulas_markup_and_control_characters_travel_as_text() -> None:
    world = World()
    team = '=HYPERLINK("http://x")<b>{{7*7}}</b>\x07'

    world.upload(csv_file(("jan@klant.example", "23-11-2026 10:00", team)))

    (invitation,) = world.tables.invitations.values()
    assert invitation.interaction.team == '=HYPERLINK("http://x")<b>{{7*7}}</b>'


def test_a_bomb_is_not_read_to_its_end() -> None:
    taken = 0

    def blocks(data: bytes) -> Iterator[bytes]:
        nonlocal taken
        for start in range(0, len(data), 10_000):
            taken += 10_000
            yield data[start : start + 10_000]

    data = gzip_bomb(300)
    with pytest.raises(FileRejected):
        list(read_table(blocks(data)).rows)

    assert taken < len(data) / 4


def test_nothing_of_an_archive_is_written_under_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = zipped({"../klant.csv": b"a;b\n1;2\n"})

    rows = list(read_table(io.BytesIO(data)).rows)

    assert rows == [["1", "2"]]
    assert list(tmp_path.parent.glob("klant.csv")) == []
