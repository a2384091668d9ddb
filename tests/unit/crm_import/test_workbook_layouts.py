"""Sheets as many programs write them are read row by row; any other through calamine, and both read the same."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import openpyxl
import pytest

from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.xlsx import workbook as reader
from functions.crm_import.readers.xlsx.streamed_rows import PlainSheet
from functions.crm_import.readers.xlsx.xml_parts import UnsupportedSheet
from tests.worlds.import_files import saved, sheet_xml, since_1904, texts_xml, workbook_of

TABLE = [
    ("E-mail", "Datum contact", "Team"),
    ("jan@klant.example", 45984.25, "Blauw & Rood"),
    ("an@klant.example", 45985, ""),
]
ROWS = [
    ["jan@klant.example", "2025-11-23T06:00:00", "Blauw & Rood"],
    ["an@klant.example", "2025-11-24", ""],
]
MOMENTS = '<cellXfs><xf numFmtId="0"/><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>'


def cells(
    row: int, values: tuple[Any, ...], text: Callable[[str], str], number: str = '<c r="{}" s="2"><v>{}</v></c>'
) -> str:
    """Return the cells of a row: texts by `text`, of which `{}` is the place, numbers as moments."""
    places = [f"{column}{row}" for column in "ABC"]
    return "".join(
        text(value).format(place) if isinstance(value, str) else number.format(place, value)
        for place, value in zip(places, values, strict=True)
        if value != ""
    )


def numbered(texts: list[str], cell: str) -> Callable[[str], str]:
    """Return what writes a text as its number in a table, which it fills."""

    def write(text: str) -> str:
        if text not in texts:
            texts.append(text)
        return cell.replace("#", str(texts.index(text)))

    return write


def excel() -> bytes:
    texts: list[str] = []
    write = numbered(texts, '<c r="{}" s="1" t="s"><v>#</v></c>')
    rows = "".join(
        f'<row r="{n}" spans="1:3" x14ac:dyDescent="0.25">{cells(n, row, write)}</row>'
        for n, row in enumerate(TABLE, 1)
    )
    sheet = sheet_xml(rows).replace(b'"1.0"', b'"1.0" encoding="UTF-8" standalone="yes"')
    return workbook_of(sheet, texts_xml(texts), MOMENTS)


def google_sheets() -> bytes:
    """Every cell of the grid has a style, empty or not."""
    texts: list[str] = []
    write = numbered(texts, '<c r="{}" s="1" t="s"><v>#</v></c>')
    rows = "".join(
        f'<row r="{n}">{cells(n, row, write)}'
        + "".join(f'<c r="{c}{n}" s="1"/>' for c in "CDEF"[bool(row[2]) :])
        + "</row>"
        for n, row in enumerate(TABLE, 1)
    )
    rows += '<row r="4"><c r="A4" s="1"/></row><row r="5"><c r="A5" s="1"/></row>'
    return workbook_of(sheet_xml(rows), texts_xml(texts), MOMENTS)


def libre_office() -> bytes:
    texts: list[str] = []
    write = numbered(texts, '<c r="{}" s="0" t="s"><v>#</v></c>')
    rows = "".join(
        f'<row r="{n}" customFormat="false" ht="12.8" hidden="false" outlineLevel="0" collapsed="false">'
        + cells(n, row, write, '<c r="{}" s="2" t="n"><v>{}</v></c>')
        + "</row>"
        for n, row in enumerate(TABLE, 1)
    )
    return workbook_of(sheet_xml(rows), texts_xml(texts, '<si><t xml:space="preserve">{}</t></si>'), MOMENTS)


def poi() -> bytes:
    """Apache POI, as Java programs use it to stream: a line for each row, `t` before `s`."""
    rows = "".join(
        f'<row r="{n}">\n'
        + cells(n, row, lambda text: f'<c r="{{}}" t="inlineStr" s="1"><is><t>{escape(text)}</t></is></c>')
        + "</row>\n"
        for n, row in enumerate(TABLE, 1)
    )
    return workbook_of(sheet_xml("\n" + rows), styles=MOMENTS)


def open_xml_sdk() -> bytes:
    """.NET programs put a prefix before each name."""
    texts: list[str] = []
    write = numbered(texts, '<x:c r="{}" s="1" t="s"><x:v>#</x:v></x:c>')
    number = '<x:c r="{}" s="2"><x:v>{}</x:v></x:c>'
    rows = "".join(f'<x:row r="{n}">{cells(n, row, write, number)}</x:row>' for n, row in enumerate(TABLE, 1))
    return workbook_of(sheet_xml(rows, "x:"), texts_xml(texts, "<x:si><x:t>{}</x:t></x:si>", "x:"), MOMENTS)


def sheet_js() -> bytes:
    """Texts as values, with a word on their spaces where they have some."""
    preserved = '<c r="{}" t="str"><v xml:space="preserve">Blauw &amp; Rood</v></c>'
    rows = "".join(
        f'<row r="{n}">{cells(n, row, lambda text: preserved if "&" in text else as_it_is(text))}</row>'
        for n, row in enumerate(TABLE, 1)
    )
    return workbook_of(sheet_xml(rows), styles=MOMENTS)


def gnumeric() -> bytes:
    """Each tag on a line of its own, but around texts."""
    with zipfile.ZipFile(io.BytesIO(excel())) as archive:
        sheet, texts = (archive.read(part).decode() for part in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"))
    spaced = [re.sub(r"(>)(<)", "\\1\n    \\2", part).encode() for part in (sheet, texts)]
    return workbook_of(*spaced, MOMENTS)


def old_libre_office() -> bytes:
    """The attributes of a row in the order of the alphabet, and a styled cell in the last of its 1024 columns."""
    texts: list[str] = []
    write = numbered(texts, '<c r="{}" s="1" t="s"><v>#</v></c>')
    begin = '<row collapsed="false" customFormat="false" hidden="false" ht="13.65" outlineLevel="0" r="{}">'
    rows = "".join(
        f'{begin.format(n)}{cells(n, row, write)}<c r="AMJ{n}" s="0" /></row>' for n, row in enumerate(TABLE, 1)
    )
    return workbook_of(sheet_xml(rows), texts_xml(texts), MOMENTS)


def old_google_sheets() -> bytes:
    """The place of a cell as its last attribute."""
    texts: list[str] = []
    write, moment = numbered(texts, '<c t="s" s="1" r="{}"><v>#</v></c>'), '<c s="2" r="{}"><v>{}</v></c>'
    rows = "".join(f'<row r="{n}">{cells(n, row, write, moment)}</row>' for n, row in enumerate(TABLE, 1))
    return workbook_of(sheet_xml(rows), texts_xml(texts), MOMENTS)


def formulas() -> bytes:
    """Values that were calculated, rows without cells in between, and a text with several fonts."""
    rows = [
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>',
        '<row r="2" ht="30" customHeight="1"/><row r="3"></row>',
        '<row r="4"><c r="A4" t="str"><f>LOWER("JAN@klant.example")</f><v>jan@klant.example</v></c>'
        '<c r="B4" s="2"><f t="shared" ref="B4:B5" si="0">NOW()&lt;5</f><v>45984.25</v></c>'
        '<c r="C4" t="s"><v>3</v></c></row>',
        '<row r="5"><c r="A5" t="s"><v>4</v></c><c r="B5" s="2"><f t="shared" si="0"/><v>45985</v></c>'
        '<c r="C5" t="e"><f>1/0</f><v>#DIV/0!</v></c></row><row r="9" ht="30" customHeight="1"/>',
    ]
    rich = (
        '<si><r><rPr><b/><sz val="11"/></rPr><t xml:space="preserve">Blauw </t></r><r><t>&amp; Rood</t></r>'
        '<rPh sb="0" eb="1"><t>ブラウ</t></rPh><phoneticPr fontId="1"/></si>'
    )
    texts = texts_xml([*TABLE[0], "rich", "an@klant.example", ""]).decode().replace("<si><t>rich</t></si>", rich)
    texts = texts.replace("<si><t></t></si>", "<si/>")
    return workbook_of(sheet_xml("".join(rows)), texts.encode(), MOMENTS)


def openpyxl_itself() -> bytes:
    file = openpyxl.Workbook()
    sheet: Any = file.active
    for row in (TABLE[0], ("jan@klant.example", dt.datetime(2025, 11, 23, 6), "Blauw & Rood")):  # noqa: DTZ001
        sheet.append(list(row))
    sheet.append(["an@klant.example", dt.date(2025, 11, 24), None])
    return saved(file)


WRITERS = (
    *(excel, google_sheets, old_google_sheets, libre_office, old_libre_office, gnumeric, sheet_js, poi, open_xml_sdk),
    *(formulas, openpyxl_itself),
)


@pytest.fixture
def no_calamine(monkeypatch: pytest.MonkeyPatch) -> None:
    def must_not(*_: object) -> Iterator[list[str]]:
        raise AssertionError("read by calamine")

    monkeypatch.setattr(reader, "other_rows", must_not)


@pytest.fixture
def only_calamine(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_plain(*_: object) -> Iterator[list[str]]:
        raise UnsupportedSheet

    monkeypatch.setattr(PlainSheet, "rows", not_plain)


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_what_a_program_writes_is_read_row_by_row(
    writer: Callable[[], bytes], size: int, no_calamine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.crm_import.readers.unpacking._BLOCK", size)

    table = read_table([writer()])

    assert (table.header, list(table.rows)) == (TABLE[0], ROWS)


@pytest.mark.parametrize("writer", WRITERS)
def test_calamine_reads_the_same_of_it(writer: Callable[[], bytes], only_calamine: None) -> None:
    table = read_table([writer()])

    assert (table.header, list(table.rows)) == (TABLE[0], ROWS)


def as_it_is(text: str) -> str:
    return '<c r="{}" t="str"><v>' + escape(text) + "</v></c>"


def plain_rows(count: int) -> list[str]:
    """Return the XML of a header and so many rows under it, each with a number that tells its place."""
    header = cells(1, TABLE[0], as_it_is)
    body = (cells(n, ("jan@klant.example", 45984.25, f"Team {n}"), as_it_is) for n in range(2, count + 2))
    return [f'<row r="{n}">{row}</row>' for n, row in enumerate((header, *body), 1)]


TEAM = '<c r="C300" t="str"><v>Team 300</v></c></row>'
PIECES = '<r><t xml:space="preserve">Team </t></r><r><t>300</t></r>'
OTHERWISE = {
    "a text with several fonts in its cell": f'<row r="300"><c r="C300" t="inlineStr"><is>{PIECES}</is></c></row>',
    "a date as a text": f'<row r="300"><c r="B300" t="d"><v>2025-11-23</v></c>{TEAM}',
    "apostrophes": f'<row r="300">{TEAM}'.replace('"', "'"),
    "no places": '<row><c><v>1</v></c><c><v>2</v></c><c t="str"><v>Team 300</v></c></row>',
    "a remark": f'<row r="300"><!-- x -->{TEAM}',
    "a far column": f'<row r="300">{TEAM}'.replace("</row>", '<c r="AZZ300"><v>7</v></c></row>'),
    "a number that is none": f'<row r="300"><c r="A300"><v>x</v></c>{TEAM}',
    "a day before the first": f'<row r="300"><c r="B300" s="2"><v>-1</v></c>{TEAM}',
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_from_a_row_on_that_is_written_otherwise_calamine_reads_on(name: str) -> None:
    rows = plain_rows(600)
    rows[299] = OTHERWISE[name]

    found = list(read_table([workbook_of(sheet_xml("".join(rows)), styles=MOMENTS)]).rows)

    assert [row[2] for row in found if isinstance(row, list)] == [f"Team {n}" for n in range(2, 602)]


def test_rows_without_cells_take_no_memory(no_calamine: None) -> None:
    empty = "".join(f'<row r="{n}" ht="15.0" customHeight="1"/>' for n in range(3, 500_000))
    rows = [*plain_rows(1), empty, '<row r="500000"><c r="A500000" t="str"><v>an@klant.example</v></c></row>']

    table = read_table([workbook_of(sheet_xml("".join(rows)), styles=MOMENTS)])

    assert [row[0] for row in table.rows if isinstance(row, list)] == ["jan@klant.example", "an@klant.example"]


def test_dates_are_dates_however_many_styles_a_workbook_has_gathered(no_calamine: None) -> None:
    names = "".join(f'<cellStyle name="Standaard {n}" xfId="0" customBuiltin="1"/>' for n in range(150_000))
    rows, styles = "".join(plain_rows(1)), f"<cellStyles>{names}</cellStyles>{MOMENTS}"

    table = read_table([workbook_of(sheet_xml(rows), styles=styles)])

    assert list(table.rows) == [["jan@klant.example", "2025-11-23T06:00:00", "Team 2"]]


def test_a_workbook_that_counts_from_1904_is_read(no_calamine: None) -> None:
    rows = "".join(plain_rows(2)).replace("45984.25", "44522.25")

    table = read_table([since_1904(workbook_of(sheet_xml(rows), styles=MOMENTS))])

    assert [row[1] for row in table.rows if isinstance(row, list)] == ["2025-11-23T06:00:00"] * 2


def test_cells_far_apart_take_no_memory() -> None:
    """calamine would need 32 bytes for each of the 30,000,000 places between them, and so refuses it."""
    row = '<row r="{0}"><c r="A{0}" t="str"><v>jan@klant.example</v></c><c r="ALL{0}"><v>{0}</v></c></row>'
    rows = "".join(map(row.format, range(2, 30_002)))
    header = '<row r="1"><c r="A1" t="str"><v>E-mail</v></c><c r="ALL1" t="str"><v>Klantnummer</v></c></row>'

    table = read_table([workbook_of(sheet_xml(header + rows))])

    assert (table.header[0], len(table.header), table.header[-1]) == ("E-mail", 1000, "Klantnummer")
    assert [row[-1] for row in table.rows if isinstance(row, list)] == [str(number) for number in range(2, 30_002)]


def test_a_table_that_begins_in_another_column_is_read_from_there() -> None:
    rows = (
        '<row r="2"><c r="C2" t="str"><v>E-mail</v></c><c r="D2" t="str"><v>Team</v></c></row>'
        '<row r="3"><c r="A3"><v>1</v></c><c r="C3" t="str"><v>jan@klant.example</v></c></row>'
    )

    table = read_table([workbook_of(sheet_xml(rows))])

    assert (table.header, list(table.rows)) == (("E-mail", "Team"), [["jan@klant.example", ""]])
