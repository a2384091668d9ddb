"""A workbook is read as a person sees it: without what is hidden, under the header that stands there."""

import io
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest

from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.table import Place, Table
from tests.worlds.import_files import saved, with_part
from tests.worlds.import_world import World, bundle

HEADER = ("Email", "Customer number", "Contact date")


def book(rows: Sequence[Sequence[object]], hidden: Sequence[int] = (), columns: Sequence[str] = ()) -> bytes:
    """Return a workbook of which rows (from 1) and columns are hidden."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(list(row))
    for number in hidden:
        made.active.row_dimensions[number].hidden = True
    for letter in columns:
        made.active.column_dimensions[letter].hidden = True
    return saved(made)


def otherwise_written(data: bytes) -> bytes:
    """Return the same workbook with a sheet that is not written as most are: its cells do not say where they stand."""
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    rows = []
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        hidden = ' hidden="1"' if sheet.row_dimensions[number].hidden else ""
        cells = "".join(f'<c t="inlineStr"><is><r><t>{cell}</t></r></is></c>' for cell in row)
        rows.append(f"<row{hidden}>{cells}</row>")
    columns = "".join(
        f'<col min="{ord(letter) - 64}" max="{ord(letter) - 64}" hidden="true"/>'
        for letter, told in sheet.column_dimensions.items()
        if told.hidden
    )
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    head = f"<cols>{columns}</cols>" if columns else ""
    xml = f'<worksheet xmlns="{namespace}">{head}<sheetData>{"".join(rows)}</sheetData></worksheet>'
    return with_part(data, "xl/worksheets/sheet1.xml", xml.encode())


def read(data: bytes, **place: bool) -> tuple[Table, list[object]]:
    table = read_table([data], Place(**place))
    return table, list(table.rows)


def row(number: int) -> list[str]:
    return [f"p{number}@klant.example", f"K{number}", "23-11-2026"]


@pytest.fixture(params=["as most", "otherwise"])
def written(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    return (lambda data: data) if request.param == "as most" else otherwise_written


def test_rows_that_are_hidden_or_filtered_out_are_left_out_and_counted(written) -> None:  # type: ignore[no-untyped-def]
    data = written(book([HEADER, *map(row, range(1, 301))], hidden=[3, 4, 200]))

    table, rows = read(data)

    assert len(rows) == 297
    assert row(2) not in rows
    assert row(199) not in rows
    assert [(one.why, one.values) for one in table.remarks] == [("hidden_rows", {"rows": 3})]


def test_a_hidden_column_is_left_out_and_named(written) -> None:  # type: ignore[no-untyped-def]
    data = written(book([("E-mail", *HEADER), ("old@klant.example", *row(1))], columns=["A"]))

    table, rows = read(data)

    assert (table.header, rows) == (HEADER, [row(1)])
    assert [(one.why, one.values) for one in table.remarks] == [("hidden_columns", {"columns": "A"})]


def test_what_is_hidden_is_taken_where_the_mapping_says_so(written) -> None:  # type: ignore[no-untyped-def]
    data = written(book([("E-mail", *HEADER), *(("x@klant.example", *row(n)) for n in (1, 2))], [2], ["A"]))

    table, rows = read(data, include_hidden=True)

    assert (len(table.header), len(rows), table.remarks) == (4, 2, [])


def test_columns_that_are_hidden_to_the_end_of_the_sheet_are_no_news() -> None:
    made = openpyxl.Workbook()
    for one in (HEADER, row(1)):
        made.active.append(list(one))
    made.active.column_dimensions.group("D", "XFD", hidden=True)

    table, rows = read(saved(made))

    assert (table.header, rows, table.remarks) == (HEADER, [row(1)], [])


def test_the_receipt_counts_what_was_left_out() -> None:
    world = World()

    summary, lines = world.upload(book([HEADER, row(1), row(2)], hidden=[3]))

    assert [line["outcome"] for line in lines] == ["invited"]
    assert "filtered out" in summary["remarks"][0]
    assert "include_hidden" in summary["remarks"][0]


def test_a_client_may_want_hidden_rows() -> None:
    fields = {"email": "Email", "occurred_at": "Contact date"}
    world = World({"acme": bundle(mappings={"own": {"fields": fields, "include_hidden": True}})})

    summary, lines = world.upload(book([HEADER, row(1), row(2)], hidden=[3]), "uploads/acme/mapped/file.xlsx")

    assert ([line["outcome"] for line in lines], "remarks" in summary) == (["invited", "invited"], False)


@pytest.mark.parametrize(
    ("upper", "lower", "header"),
    [
        (
            ("Email", "Customer number", "Name", None, "Contact date"),
            (None, None, "First name", "Last name", None),
            ("Email", "Customer number", "First name", "Last name", "Contact date"),
        ),
        (
            ("Klant", None, "Medewerker", None, "Datum"),
            ("E-mail", "Naam", "Nummer", "Naam", None),
            ("E-mail", "Klant Naam", "Nummer", "Medewerker Naam", "Datum"),
        ),
    ],
)
def test_a_header_of_two_rows_is_one(upper: Sequence[object], lower: Sequence[object], header: Sequence[str]) -> None:
    data = ["kop@klant.example", "K1", "Eva", "Bakker", "23-11-2026"]

    table, rows = read(book([("Export",), upper, lower, data]))

    assert table.header == tuple(header)
    assert rows == [data]


def test_a_row_with_few_cells_under_a_header_is_no_header() -> None:
    rows = [("Email", "Team", "Contact date"), (None, "Blauw", None), row(1)]

    table, below = read(book(rows))

    assert table.header == ("Email", "Team", "Contact date")
    assert len(below) == 2


@pytest.mark.parametrize("attribute", ["hidden='1'", 'hidden="true"', 'ht="0"  hidden="1"'])
def test_a_row_is_hidden_however_its_attribute_is_written(attribute: str) -> None:
    data = book([HEADER, row(1), row(2)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()

    table, rows = read(
        with_part(data, "xl/worksheets/sheet1.xml", sheet.replace('r="3"', f'r="3" {attribute}').encode())
    )

    assert (rows, [one.why for one in table.remarks]) == ([row(1)], ["hidden_rows"])
