"""Any bytes give rows or a sentence: never another exception, never more than a moment."""

import gzip
import io
import json
import time
import zipfile
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.table import Broken, Place
from tests.worlds.import_files import sheet_xml, with_part, workbook, zipped

BOOK = workbook([("E-mail", "Datum contact"), ("jan@klant.example", "23-11-2026 10:00"), (1, None), (2.5, True)])
SHEET = "xl/worksheets/sheet1.xml"
SEEDS = {
    "CSV": b'naam;plaats;land\nJan;"De\nBilt";NL\nAn;Ede;BE\n',
    "UTF-16": "naam;plaats\nZoë;Ede\n".encode("utf-16"),
    "JSON": json.dumps([{"a": 1, "b": {"c": [1, 2, {"d": None}]}}, {"a": True, "e": "é"}]).encode(),
    "NDJSON": b'{"a":"1","b":[1]}\n{"a":"2"}\n{"a":3.5e7}\n',
    "XML": b'<?xml version="1.0"?><r xmlns:x="u"><k x:i="1"><a>1</a></k><k><a>&lt;</a><b><c>2</c></b></k></r>',
    "gzip": gzip.compress(b"naam;plaats\nJan;Ede\n", mtime=0),
    "zip": zipped({"a.csv": b"naam;plaats\nJan;Ede\n"}),
    "workbook": BOOK,
}
QUICK = timedelta(seconds=5)

fuzzed = settings(max_examples=120, deadline=QUICK, suppress_health_check=[HealthCheck.too_slow])


def rows_or_a_sentence(data: bytes, block: int = 70_000, place: Place | None = None) -> None:
    rows: list[list[str] | Broken] = []
    header: tuple[str, ...] = ()
    said = ["."]
    try:
        table = read_table((data[start : start + block] for start in range(0, len(data), block)), place)
        header = table.header
        rows.extend(table.rows)
    except FileRejected as refused:
        said = [str(refused), refused.message("nl")]
    assert all(sentence.endswith(".") for sentence in said)
    assert all(isinstance(row, Broken) or len(row) == len(header) for row in rows)


@st.composite
def spoilt(draw: st.DrawFn, seed: bytes) -> bytes:
    """A file with pieces of it overwritten, doubled, cut out or put in."""
    data = bytearray(seed)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        until = draw(st.integers(at, min(len(data), at + 40)))
        data[at:until] = draw(st.one_of(st.binary(max_size=12), st.just(bytes(data[at:until] * 2))))
    return bytes(data)


@given(data=st.binary(max_size=3000), block=st.integers(1, 4000))
@fuzzed
def test_any_bytes(data: bytes, block: int) -> None:
    rows_or_a_sentence(data, block)


@given(
    data=st.binary(max_size=400), start=st.sampled_from([b"[{", b'{"', b"<", b"<r><k>", b"\x1f\x8b\x08", b"PK\x03\x04"])
)
@fuzzed
def test_any_bytes_after_a_beginning_that_is_known(data: bytes, start: bytes) -> None:
    rows_or_a_sentence(start + data)


@pytest.mark.parametrize("kind", SEEDS)
def test_a_spoilt_file_of_each_kind(kind: str) -> None:
    @given(data=spoilt(SEEDS[kind]), block=st.sampled_from([1, 50, 70_000]))
    @fuzzed
    def each(data: bytes, block: int) -> None:
        rows_or_a_sentence(data, block)
        rows_or_a_sentence(data, block, Place(sheet="Blad1", record="k"))

    each()


@pytest.mark.parametrize("kind", ["CSV", "JSON", "XML", "UTF-16"])
def test_a_spoilt_file_in_an_archive(kind: str) -> None:
    @given(data=spoilt(SEEDS[kind]))
    @fuzzed
    def each(data: bytes) -> None:
        rows_or_a_sentence(gzip.compress(data, mtime=0))
        rows_or_a_sentence(zipped({"a": data}))

    each()


_SHEET_PIECES = st.lists(
    st.sampled_from(
        [
            '<row r="1">',
            '<row r="0">',
            '<row r="99999999999">',
            "<row>",
            "</row>",
            '<c r="A1" t="s"><v>0</v></c>',
            '<c r="B2" t="s"><v>99</v></c>',
            '<c r="A0"><v>1</v></c>',
            '<c r="ZZZZ1"><v>1</v></c>',
            '<c r="1A"><v>1</v></c>',
            '<c r="C3" t="d"><v>2026-11-23</v></c>',
            '<c r="C3" s="9999"><v>45000</v></c>',
            '<c t="inlineStr"><is><t>naam</t></is></c>',
            '<c r="A2" t="b"><v>7</v></c>',
            '<c r="A1048577"><v>1</v></c>',
            '<c r="A3"><v>1e999</v></c>',
            '<c r="A4"><v>NaN</v></c>',
            '<c r="A5" t="e"><v>#REF!</v></c>',
            '<c r="A6"><f>1+1</f></c>',
            "<c>",
            "</c>",
            "<v>",
            "&amp;",
            "&x;",
            "<!--",
            "]]>",
        ]
    ),
    max_size=12,
)


@given(pieces=_SHEET_PIECES)
@fuzzed
def test_a_sheet_of_odd_pieces(pieces: list[str]) -> None:
    rows_or_a_sentence(with_part(BOOK, SHEET, sheet_xml("".join(pieces))))


@given(part=st.sampled_from(["xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels", SHEET]), data=st.data())
@fuzzed
def test_a_workbook_with_a_spoilt_part(part: str, data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(BOOK)) as archive:
        seed = archive.read(part)

    rows_or_a_sentence(with_part(BOOK, part, data.draw(spoilt(seed))))


def test_what_looks_like_a_record_for_ever_is_given_up_in_time() -> None:
    begun = time.monotonic()

    for data in (
        b'[{"a":' * 200_000,
        b"{" * 900_000,
        b'{"a":"' + b"\\u0041" * 300_000,
        b"<a " * 500_000,
        b"<a>" * 500_000,
    ):
        rows_or_a_sentence(data, 1000)

    assert time.monotonic() - begun < 20
