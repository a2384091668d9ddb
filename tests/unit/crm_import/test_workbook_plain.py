"""What the plain reader of sheets leaves to calamine, instead of guessing what is meant."""

import contextlib
import time

import pytest

from functions.crm_import.readers.xlsx.shared_strings import shared_texts
from functions.crm_import.readers.xlsx.streamed_rows import PlainSheet
from functions.crm_import.readers.xlsx.xml_parts import UnsupportedSheet
from tests.worlds.import_files import sheet_xml, texts_xml

ROW_1, ROW_2 = '<row r="1"><c r="A1"><v>1</v></c></row>', '<row r="2"><c r="A2"><v>2</v></c></row>'
NOT_PLAIN = {
    "a cell of another row": sheet_xml(ROW_1.replace("A1", "A2")),
    "rows in reverse": sheet_xml(ROW_2 + ROW_1),
    "a row twice": sheet_xml(ROW_1 + ROW_1),
    "row 0": sheet_xml(ROW_1.replace("1", "0")),
    "a row behind Excel's last": sheet_xml('<row r="1048577"><c r="A1048577"><v>1</v></c></row>'),
    "cells in reverse": sheet_xml('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>'),
    "a text below the first": sheet_xml('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'),
    "a text behind the last": sheet_xml('<row r="1"><c r="A1" t="s"><v>1</v></c></row>'),
    "an end that is missing": sheet_xml(ROW_1).partition(b"</sheetData>")[0],
    "what is no UTF-8": sheet_xml('<row r="1"><c r="A1" t="str"><v>é</v></c></row>').decode().encode("latin-1"),
    "another encoding": sheet_xml(ROW_1).replace(b'"1.0"', b'"1.0" encoding="iso-8859-1"'),
    "a sheet in a remark": sheet_xml(ROW_1).replace(b"<sheetData>", b"<!-- <sheetData>"),
    "a mark in a value": sheet_xml('<row r="1"><c r="A1" t="str"><v>a<b/></v></c></row>'),
    "a value without an end": sheet_xml('<row r="1"><c r="A1" t="str"><v>a</c></row>'),
    "no sheet": b"<oops/>",
}


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_what_is_not_plain_is_not_guessed_at(name: str) -> None:
    with pytest.raises(UnsupportedSheet):
        list(PlainSheet((), since_1904=False).rows([NOT_PLAIN[name]], [texts_xml(["one"])]))


@pytest.mark.parametrize(
    "texts",
    [
        "loose<si><t>a</t></si>",
        "<si><t>a<b/></t></si>",
        "<!-- --><si><t>a</t></si>",
        "<si><t>a</t>",
        "<si><t>a</t></si><t>b</t>",
    ],
)
def test_texts_that_are_not_plain_are_not_guessed_at(texts: str) -> None:
    with pytest.raises(UnsupportedSheet):
        shared_texts([f"<sst>{texts}</sst>".encode()])


@pytest.mark.parametrize(
    "row",
    [
        "<row " + 'r="1" ' * 300_000 + "<c/></row>",
        '<row r="1"><c ' + 'r="A1" ' * 300_000 + "</row>",
        '<row r="1"><c r="A1"' + " " * 3_000_000 + "<v></row>",
        '<row r="1">' + '<c r="A1"><f a="' * 300_000 + "</row>",
        "<row " * 300_000 + "</row>",
        " " * 3_000_000 + "</row>",
        '<row r="1">' + '<c r="A1"/>' * 100_000 + "<v></row>",
    ],
)
def test_a_row_that_never_ends_is_given_up_in_time(row: str) -> None:
    begun = time.monotonic()

    with pytest.raises(UnsupportedSheet):
        list(PlainSheet((), since_1904=False).rows([sheet_xml(row)]))

    # Any search that begins anew at each of these would take hours.
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("piece", ["<rPh ", "<t ", "<t>", "<t", "</t>", "> ", "<r>"])
def test_a_text_that_never_ends_is_given_up_in_time(piece: str) -> None:
    begun = time.monotonic()

    with contextlib.suppress(UnsupportedSheet):
        shared_texts([f"<sst><si>{piece * 300_000}</si></sst>".encode()])

    assert time.monotonic() - begun < 30
