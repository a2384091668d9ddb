import datetime as dt
import io
from typing import Any

import openpyxl
import pytest

from functions.crm_import.columns.moments import moment_reader
from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.table import Broken, Place
from functions.shared.domain.column_mapping import ColumnMapping
from tests.unit.crm_import.test_mapping import AMSTERDAM
from tests.worlds.import_files import saved, sheet_xml, with_part, workbook, zipped
from tests.worlds.import_world import NOW, World, bundle

HEADER = ("E-mail", "Datum contact", "Klantnummer", "Team")
MOMENT = dt.datetime(2026, 11, 23, 10, 5, 7)  # noqa: DTZ001 a cell has no zone
ROW = ("jan@klant.example", MOMENT, "00042", "Blauw")
TEXTS = ["jan@klant.example", "2026-11-23T10:05:07", "00042", "Blauw"]
SHEET = "xl/worksheets/sheet1.xml"


def read(data: bytes, sheet: str | None = None) -> tuple[tuple[str, ...], list[list[str] | Broken]]:
    table = read_table([data], Place(sheet=sheet))
    return table.header, list(table.rows)


def refused(data: bytes, sheet: str | None = None) -> str:
    with pytest.raises(FileRejected) as caught:
        read(data, sheet)
    return str(caught.value)


def test_the_header_is_found_under_titles_and_merged_cells() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (["Export van contacten"], [], ["Periode", "november 2026"], [], HEADER, ROW, [], ROW):
        sheet.append(list(row))
    sheet.merge_cells("A1:D1")
    sheet["A10"] = "Totaal: 2"

    header, rows = read(saved(book))

    assert (header, rows) == (HEADER, [TEXTS, TEXTS, ["Totaal: 2", "", "", ""]])


def test_a_header_that_is_merged_over_two_columns_names_the_first() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (["E-mail", "Datum contact", "Naam", None, "Team"], ["a@b.nl", MOMENT, "Jan", "Bos", "Rood"]):
        sheet.append(row)
    sheet.merge_cells("C1:D1")

    header, rows = read(saved(book))

    assert header == ("E-mail", "Datum contact", "Naam", "", "Team")
    assert rows == [["a@b.nl", "2026-11-23T10:05:07", "Jan", "Bos", "Rood"]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("00042", "00042"),
        (42, "42"),
        (42.0, "42"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (123456789012345, "123456789012345"),
        (True, "true"),
        (False, "false"),
        (MOMENT, "2026-11-23T10:05:07"),
        (dt.datetime(2026, 11, 23, 23, 59, 59, 999_000), "2026-11-24T00:00:00"),  # noqa: DTZ001
        (dt.date(2026, 11, 23), "2026-11-23"),
        (dt.time(9, 5), "09:05:00"),
        (dt.timedelta(hours=30), "30:00:00"),
        (" =1+1", " =1+1"),
        ("regel 1\nregel 2", "regel 1\nregel 2"),
    ],
)
def test_a_cell_becomes_the_text_that_it_means(cell: object, text: str) -> None:
    assert read(workbook([("soort", "waarde"), ("x", cell)]))[1] == [["x", text]]


@pytest.mark.parametrize("layout", [None, "%d-%m-%Y %H:%M", "%d %B %Y"])
@pytest.mark.parametrize("cell", [MOMENT, dt.date(2026, 11, 23)])
def test_a_real_date_is_read_as_that_date_whatever_layout_the_mapping_gives(cell: Any, layout: str | None) -> None:
    text = read(workbook([("wat", "Datum"), ("x", cell)]))[1][0][1]  # type: ignore[index]

    moment = moment_reader(AMSTERDAM, layout)(text).astimezone(AMSTERDAM)

    midnight = dt.datetime(2026, 11, 23, tzinfo=AMSTERDAM)
    assert moment == (cell.replace(tzinfo=AMSTERDAM) if isinstance(cell, dt.datetime) else midnight)


def test_the_first_sheet_that_is_not_hidden_is_read_or_the_one_that_is_named() -> None:
    sheets = ([("geheim", "x"), ("1", "2")], [HEADER, ROW], [("a", "b"), ("c", "d")])
    book = openpyxl.load_workbook(io.BytesIO(workbook(*sheets)))
    book["Blad1"].sheet_state = "hidden"
    data = saved(book)

    assert read(data)[0] == HEADER
    assert read(data, "blad3 ") == (("a", "b"), [["c", "d"]])
    assert read(data, "Blad1")[0] == ("geheim", "x")
    assert "has no sheet Klanten: its sheets are Blad1, Blad2, Blad3" in refused(data, "Klanten")


def test_a_mapping_names_the_sheet_and_its_real_dates_and_times_are_joined() -> None:
    mapping = {
        "fields": {"email": "Mail", "occurred_at": {"from": ["Dag", "Uur"], "format": "%d.%m.%Y %H:%M"}},
        "sheet": "Blad2",
    }
    world = World(bundles={"acme": bundle(mappings={"own": mapping})})
    yesterday = (NOW - dt.timedelta(days=1)).date()
    sheet = [("Mail", "Dag", "Uur"), ("jan@klant.example", yesterday, dt.time(9, 30))]

    summary, _ = world.upload(workbook([("niets", "hier")], sheet), "uploads/acme/mapped/map1.xlsx")

    (invitation,) = world.tables.invitations.values()
    assert summary["outcomes"] == {"invited": 1}
    assert invitation.interaction.occurred_at.astimezone(AMSTERDAM).isoformat() == f"{yesterday}T09:30:00+01:00"


def test_a_sheet_and_a_record_are_optional_in_a_mapping() -> None:
    plain = ColumnMapping.model_validate({"fields": {"email": "Mail", "occurred_at": "Dag"}})

    assert (plain.sheet, plain.record) == (None, None)


def test_prefixes_and_other_orders_of_a_sheets_xml_are_read_too() -> None:
    rows = (
        '<x:row r="1"><x:c t="inlineStr" r="A1"><x:is><x:t>naam</x:t></x:is></x:c>'
        '<x:c t="str" r="B1"><x:v>team</x:v></x:c></x:row>'
        '<x:row><x:c t="str"><x:v>Jan</x:v></x:c><x:c><x:v>7</x:v></x:c></x:row>'
    )
    xml = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<x:sheetData>{rows}</x:sheetData></x:worksheet>"
    ).encode()

    assert read(with_part(workbook([("a", "b")]), SHEET, xml)) == (("naam", "team"), [["Jan", "7"]])


def test_a_workbook_travels_in_an_archive_too() -> None:
    assert read(zipped({"map1.xlsx": workbook([HEADER, ROW])})) == (HEADER, [TEXTS])


def test_a_long_text_that_a_few_cells_share_is_read() -> None:
    long = "x" * 9000
    rows = [("naam", "team"), *((f"n{n}", long if n < 5 else "kort") for n in range(20_000))]

    found = read(workbook(rows))[1]

    assert found[0] == ["n0", long]
    assert len(found) == 20_000


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "empty"),
        ([(None, None)], "empty"),
        ([(1, 2), (3, 4)], "hold no header"),
        ([tuple(f"k{n}" for n in range(1001))], "more than the 1,000"),
    ],
)
def test_a_sheet_without_a_table_is_refused_with_a_sentence(rows: list[tuple[object, ...]], says: str) -> None:
    assert says in refused(workbook(rows))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("word/document.xml", "Word"), ("content.xml", "OpenDocument"), ("xl/workbook.bin", "Excel (.xlsb)")],
)
def test_other_office_files_are_named(name: str, kind: str) -> None:
    assert f"not read: {kind}" in refused(zipped({name: b"x", "mimetype": b"x"}))


def test_a_row_far_below_costs_no_memory() -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>naam</v></c><c r="B1" t="str"><v>team</v></c></row>'
    empty = "".join(f'<row r="{n}"/>' for n in range(2, 1_000_000))
    data = with_part(workbook([("a",)]), SHEET, sheet_xml(rows + empty))

    assert read(data) == (("naam", "team"), [])


@pytest.mark.parametrize(
    ("shown_as", "number", "text"),
    [
        ("00000000", 42, "00000042"),
        ("00000000", 123456789, "123456789"),
        ("000000;@", 7, "000007"),
        ("[$-413]0000", 7, "0007"),
        ("0000_ ", 7, "0007"),
        ("0000", 0, "0000"),
        ("0000", "7", "7"),
        ("0000", 7.5, "7.5"),
        ("0000", -7, "-7"),
        ("0000-00", 7, "7"),
        ("#0000", 7, "7"),
        ("[>9]000;0", 7, "7"),
        ("General", 7, "7"),
    ],
)
def test_a_number_that_is_shown_with_leading_zeros_has_them(shown_as: str, number: object, text: str) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet["C4"], sheet["D4"], sheet["E4"] = "E-mail", "Datum contact", "Klantnummer"
    sheet["C5"], sheet["D5"], sheet["E5"] = "jan@klant.example", MOMENT, number
    sheet["E5"].number_format = shown_as

    _, rows = read(saved(book))

    assert rows == [["jan@klant.example", "2026-11-23T10:05:07", text]]


def test_each_cell_has_the_zeros_that_it_is_shown_with_on_its_own_sheet() -> None:
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("Contacten")
    first.append(["E-mail", "Klantnummer", "Regio"])
    first.append(["a@klant.example", 1, 1])
    second.append(["E-mail", "Klantnummer", "Regio"])
    for number, shown_as in enumerate(["000", "000", "General", "00000", "000", "000"], 1):
        second.append([f"p{number}@klant.example", number, number])
        second.cell(number + 1, 2).number_format = shown_as

    _, rows = read(saved(book), "Contacten")

    assert [row[1] for row in rows] == ["001", "002", "3", "00004", "005", "006"]
    assert [row[2] for row in rows] == list("123456")
    assert read(saved(book))[1] == [["a@klant.example", "1", "1"]]


def test_styles_that_are_no_styles_refuse_the_workbook() -> None:
    zeros = '<numFmts><numFmt numFmtId="164" formatCode="000"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs>'
    book = workbook([HEADER, ROW])

    says = refused(with_part(book, "xl/styles.xml", f"<!DOCTYPE s><styleSheet>{zeros}</styleSheet>".encode()))

    assert "cannot be read" in says
