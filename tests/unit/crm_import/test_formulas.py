"""A formula whose result is not in the workbook is named as that: Excel would show an address there."""

import io
import re
import zipfile

import openpyxl
import pytest

from tests.unit.crm_import.test_opt_out_lists import Lists
from tests.worlds.import_files import saved, with_part
from tests.worlds.import_world import World, outcomes

KEY = "uploads/acme/service/file.xlsx"
HEADER = ("E-mail", "Datum contact", "Team")
FORMULA = '=LOWER("JAN@KLANT.EXAMPLE")'


def by_openpyxl(*rows: tuple[str, ...]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for row in rows:
        book.active.append(row)
    return saved(book)


def part(book: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return archive.read(name)


def with_zeros(*rows: tuple[str, ...]) -> bytes:
    """Return a workbook as XlsxWriter writes it: 0 for each result, and Excel is asked to calculate."""
    book = by_openpyxl(*rows)
    sheet = re.sub(rb"</f><v ?/>|</f><v></v>", b"</f><v>0</v>", part(book, "xl/worksheets/sheet1.xml"))
    return with_part(book, "xl/worksheets/sheet1.xml", sheet)


def otherwise_written(*rows: tuple[str, ...]) -> bytes:
    """Return a sheet whose cells do not say where they stand."""

    def cell(text: str) -> str:
        return f"<c><f>{text[1:]}</f><v/></c>" if text[:1] == "=" else f'<c t="inlineStr"><is><t>{text}</t></is></c>'

    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in (HEADER, *rows))
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{namespace}"><sheetData>{lines}</sheetData></worksheet>'
    return with_part(by_openpyxl(), "xl/worksheets/sheet1.xml", sheet.encode())


@pytest.mark.parametrize("written", [by_openpyxl, with_zeros, otherwise_written])
def test_a_formula_without_its_result_is_named_and_is_no_missing_address(written) -> None:  # type: ignore[no-untyped-def]
    day = "23-11-2026 10:00"
    data = written((FORMULA, day, "Blauw"), ("els@klant.example", day, "=B2"), ("eva@klant.example", "=B2", "Blauw"))

    summary, lines = World().upload(data, KEY)

    assert outcomes(lines) == ["invalid", "invited", "invalid"]
    assert "E-mail: a formula" in lines[0]["reason"]
    assert "open it in Excel" in lines[0]["reason"]
    assert "Datum contact: a formula" in lines[2]["reason"]
    assert summary["coverage"]["rows"] == 1


def test_a_result_that_is_there_is_read_also_an_empty_one() -> None:
    cells = '<c r="A2" t="str"><f>A1</f><v>jan@klant.example</v></c>'
    date = '<c r="B2" t="str"><f>B1</f><v>23-11-2026</v></c><c r="C2" t="str"><f>C1</f><v></v></c>'
    empty = '<c r="A3" t="str"><f>A1</f><v></v></c><c r="B3" t="str"><f>B1</f><v>23-11-2026</v></c>'
    head = "".join(f'<c r="{"ABC"[n]}1" t="inlineStr"><is><t>{name}</t></is></c>' for n, name in enumerate(HEADER))
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = f'<row r="1">{head}</row><row r="2">{cells}{date}</row><row r="3">{empty}</row>'
    sheet = f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'
    book = with_part(by_openpyxl(), "xl/worksheets/sheet1.xml", sheet.encode())
    index = part(book, "xl/workbook.xml").replace(b'fullCalcOnLoad="1"', b"")
    calculated = with_part(book, "xl/workbook.xml", index)

    _, lines = World().upload(calculated, KEY)

    assert outcomes(lines) == ["invited", "no_address"]


def test_in_a_list_of_opt_outs_such_a_line_needs_a_person() -> None:
    lists = Lists()

    summary, lines = lists.taken(by_openpyxl((FORMULA, "", "")), "opt-outs/acme/who.xlsx")

    assert (outcomes(lines), summary["state"]) == (["invalid"], "attention")
    assert "a formula" in lines[0]["reason"]
