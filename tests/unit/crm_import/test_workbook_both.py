"""What the plain reader of sheets reads, calamine reads too: of any format, any number, any mixture of cells."""

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.crm_import.readers.unpacking import archive_in
from functions.crm_import.readers.xlsx.calamine_rows import other_rows
from functions.crm_import.readers.xlsx.index import index_of
from functions.crm_import.readers.xlsx.streamed_rows import PlainSheet
from functions.crm_import.readers.xlsx.xml_parts import UnsupportedSheet
from tests.worlds.import_files import sheet_xml, since_1904, texts_xml, workbook_of

ELAPSED = ("[h]:mm", "[hh]:mm:ss", "[mm]:ss", "[s].00", '[h]"u"mm', "[H]")
FORMATS = (
    *("General", "0", "#,##0.00", "0%", "0.00E+00", "# ??/??", "@", "0000", "[$-413]0000", "0000_ ", "0000;-0000"),
    *("d", "dd-mm-yyyy", "[$-413]d mmmm yyyy;@", "yyyy-mm-dd hh:mm:ss", "h:mm AM/PM", "HH:MM", "mm:ss.0", "m/d/yy"),
    *('yyyy"jaar"', "[Red]d", "[>5]d;0", "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", '0 "h" mm', "a/p", "Standard"),
    *('0"dagen"', "0 \\d", "[Red]0", '"d"0', "_d0", "*d0", "[DBNum1]0", "[$€-2] #,##0", "[$USD] 0", "[Color 3]0"),
    *(
        "[h]:mm",
        "[hh]:mm:ss",
        "[mm]:ss",
        "[s].00",
        '[h]"u"mm',
        "[H]",
        "0;d",
        "General;d",
        "d;0",
        "[h",
        '"d',
        'd"',
        "e",
        "b",
    ),
)
NUMBERS = (
    *("0", "0.5", "0.3784722222222222", "0.999999999", "1", "1.5", "59", "60", "60.5", "61", "366.999999"),
    *("45984", "45984.25", "45984.99999", "45984.999999", "45984.000001", "45984.9999999999", "45984.5208333333"),
    *("2958465", "2958465.99", "2958466", "1E+3", "1e10", "123456789012345", "9007199254740993", "0012", "-0", "0.1"),
)


def read_both(data: bytes) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows with something in them as the plain reader reads them, and as calamine does."""
    with archive_in([data]) as archive:
        index = index_of(archive)
        (sheet,) = index.sheets
        assert sheet.part is not None
        texts = archive.unpack(index.texts) if index.texts else None
        rows = list(PlainSheet(index.styles, since_1904=index.since_1904).rows(archive.unpack(sheet.part), texts))
        others = list(other_rows(archive, index, sheet))
    return bare(rows), bare(others)


def bare(rows: list[list[str]]) -> list[list[str]]:
    """Leave out empty rows, empty cells at the end, and white space around a text: whether it counts, a tag says."""
    stripped = [[cell.strip() for cell in row] for row in rows]
    return [row[: max(n for n, cell in enumerate(row) if cell) + 1] for row in stripped if any(row)]


def formats(codes: tuple[str, ...]) -> str:
    """Return the styles 1, 2 and so on, each with a format."""
    codes_of = "".join(f'<numFmt numFmtId="{n}" formatCode="{escape(code)}"/>' for n, code in enumerate(codes, 200))
    styles = "".join(f'<xf numFmtId="{n}"/>' for n, _ in enumerate(codes, 200))
    return f'<numFmts>{codes_of}</numFmts><cellXfs><xf numFmtId="0"/>{styles}</cellXfs>'


@pytest.mark.parametrize("code", FORMATS)
def test_a_format_shows_what_calamine_says_that_it_shows(code: str) -> None:
    # Of more days that elapsed calamine raises OverflowError.
    numbers = [number for number in NUMBERS if code not in ELAPSED or float(number) < 1e9]
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="1"><v>{number}</v></c></row>' for n, number in enumerate(numbers, 1))

    book = workbook_of(sheet_xml(rows), styles=formats((code,)))

    for data in (book, since_1904(book)):
        found, expected = read_both(data)
        assert found == expected


@pytest.mark.parametrize("number", range(82))
def test_a_format_that_has_a_number_only_shows_what_calamine_says(number: int) -> None:
    data = workbook_of(
        sheet_xml('<row r="1"><c r="A1" s="1"><v>45984.25</v></c></row>'),
        styles=f'<cellXfs><xf numFmtId="0"/><xf numFmtId="{number}"/></cellXfs>',
    )

    found, expected = read_both(data)

    assert found == expected


CODES = ("General", "dd-mm-yyyy hh:mm", "[h]:mm", "00000", "0.00")
TEXT = (
    st.lists(st.sampled_from([*"aé€😀 &<>\"'_x0041D;\t\n", "\r\n"]), max_size=12)
    .map("".join)
    .filter(lambda text: text == text.strip())
)
NUMBER = st.one_of(
    st.integers(0, 10**8).map(str),
    st.floats(0, 3e6).map(repr),
    st.floats(-1e6, 1e8).map(repr),
    st.sampled_from([number for number in NUMBERS if float(number) < 1e9]),
)


@st.composite
def sheets(draw: st.DrawFn) -> tuple[str, list[str], str]:
    """A sheet with cells of all kinds, each written in one of the usual ways."""
    table = draw(st.lists(TEXT, min_size=1, max_size=5))
    end = draw(st.sampled_from(["", "\n", "\r\n  "]))
    number, rows = 0, []
    for _ in range(draw(st.integers(1, 6))):
        number += draw(st.sampled_from([1, 1, 1, 2, 9]))
        found = "".join(draw(a_cell(f"{column}{number}", table)) for column in "ABCDE" if draw(st.booleans()))
        attributes = draw(st.sampled_from(["", ' spans="1:5"', ' ht="12.8" hidden="false"']))
        between = draw(st.sampled_from(["", f'<row r="{number + 1}"/>', f'<row r="{number + 1}" ht="3"></row>']))
        number += bool(between)
        rows.append(f'<row r="{number - bool(between)}"{attributes}>{found}</row>{end}{between}')
    item = draw(st.sampled_from(["<si><t>{}</t></si>", '<si><t xml:space="preserve">{}</t></si>']))
    return "".join(rows), table, item


@st.composite
def a_cell(draw: st.DrawFn, place: str, table: list[str]) -> str:
    style = draw(st.sampled_from(["", *(f' s="{n}"' for n in range(len(CODES) + 2))]))
    text, number = escape(draw(TEXT), quote=draw(st.booleans())), draw(NUMBER)
    kinds = {
        f' t="s"{style}': f"<v>{draw(st.integers(0, len(table) - 1))}</v>",
        f'{style} t="str"': f"<f>A1&amp;B1</f><v>{text}</v>",
        f'{style} t="inlineStr"': f"<is><t>{text}</t></is>",
        f' t="inlineStr"{style}': f'<is><t xml:space="preserve">{text}</t></is>',
        f'{style} t="b"': draw(st.sampled_from(["<v>0</v>", "<v>1</v>"])),
        f'{style} t="e"': "<v>#N/A</v>",
        style: f"<v>{number}</v>",
        f'{style} t="n"': draw(st.sampled_from(["", "<v/>", f"<v>{number}</v>", f"<f>1+1</f><v>{number}</v>"])),
    }
    attributes = draw(st.sampled_from(list(kinds)))
    content = kinds[attributes]
    return f'<c r="{place}"{attributes}>{content}</c>' if content else f'<c r="{place}"{attributes}/>'


@given(sheets())
@settings(max_examples=300, deadline=None)
def test_both_read_the_same_of_any_cells(sheet: tuple[str, list[str], str]) -> None:
    rows, table, item = sheet
    data = workbook_of(sheet_xml(rows), texts_xml(table, item), formats(CODES))
    try:
        found, expected = read_both(data)
    except UnsupportedSheet:  # for a day before the first
        assert "<v>-" in rows
    else:
        assert found == expected
