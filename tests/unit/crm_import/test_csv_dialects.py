"""Delimited texts as systems and people write them."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.table import Broken, Cells, Place
from tests.worlds.import_world import World, csv_file

HEADER = ["Email", "Klantnummer", "Naam", "Datum contact"]
ROW = ["anna@klant.example", "00123", "Anna de Vries", "26-11-2026"]


def read(text: str | bytes, place: Place | None = None) -> tuple[tuple[str, ...], list[Cells | Broken], list[str]]:
    table = read_table([text.encode() if isinstance(text, str) else text], place)
    rows = list(table.rows)
    return table.header, rows, [one.why for one in table.remarks]


def line(*cells: str) -> str:
    return ";".join(cells)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        (r'"Jan \"Jo\""', 'Jan "Jo"'),
        (r'"\"Jo\" Bakker"', '"Jo" Bakker'),
        ('"Jan ""Jo"""', 'Jan "Jo"'),
        ('"Jan" ', "Jan"),
        ('  "Jan"', "Jan"),
        (' "Jan; Jo" ', "Jan; Jo"),
        (r"C:\temp", r"C:\temp"),
        ('Jan "Jo" Bakker', 'Jan "Jo" Bakker'),
    ],
)
def test_quotation_marks_are_read_as_they_were_meant(text: str, cell: str) -> None:
    _, rows, _ = read(f"{line(*HEADER)}\n{line(ROW[0], ROW[1], text, ROW[3])}\n{line(*ROW)}\n")

    assert rows == [[ROW[0], ROW[1], cell, ROW[3]], ROW]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_blanks_before_quotation_marks_are_no_part_of_a_cell(delimiter: str) -> None:
    rows = [(delimiter + " ").join(f'"{cell}"' for cell in cells) for cells in (HEADER, ROW)]

    assert read("\n".join(rows))[:2] == (tuple(HEADER), [ROW])


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_file_of_which_every_line_is_one_quoted_cell_is_unwrapped(delimiter: str) -> None:
    quoted = [ROW[0], ROW[1], '"Vries; de, Anna"', ROW[3]]
    inner = [delimiter.join(HEADER), delimiter.join(quoted), delimiter.join(ROW)]
    text = "\n".join('"' + one.replace('"', '""') + '"' for one in inner)

    assert read(text)[:2] == (tuple(HEADER), [[ROW[0], ROW[1], "Vries; de, Anna", ROW[3]], ROW])


@pytest.mark.parametrize("bom", ["", "\ufeff", "\ufeff\ufeff"])
@pytest.mark.parametrize("said", ["", "sep=;\n", '"sep=;"\n', "SEP=;\r\n"])
def test_byte_order_marks_and_the_separator_that_is_said_are_no_header(bom: str, said: str) -> None:
    header = line(*(f'"{name}"' for name in HEADER))

    assert read(f"{bom}{said}{header}\n{line(*ROW)}\n")[:2] == (tuple(HEADER), [ROW])


@pytest.mark.parametrize(
    "title",
    [
        "Contact export;;;\nPeriode;26-11-2026;;\n;;;\n",
        "Contact export\nPeriode;26-11-2026\n\n",
        "Contact export\n\n\n",
        '"Rapport: ""contacten"""\n',
    ],
)
def test_title_lines_above_the_header_are_passed_over(title: str) -> None:
    assert read(f"{title}{line(*HEADER)}\n{line(*ROW)}\n{line(*ROW)}\n")[:2] == (tuple(HEADER), [ROW, ROW])


CLOSING = (
    "\nConfidential Information - Do Not Distribute\nCopyright (c) 2000-2026 salesforce.com\nTotaal: 1\nTotaal;;;1\n"
)


def test_lines_below_the_table_are_left_out_and_told_of() -> None:
    assert read(f"{line(*HEADER)}\n{line(*ROW)}\n{CLOSING}")[1:] == ([ROW], ["closing_lines"])


def test_lines_like_those_between_rows_and_lines_with_an_address_are_rows() -> None:
    last = ("bert@klant.example", "onbekend;;;26-11-2026", "onbekend;K1", ";;;26-11-2026")
    for one in last:
        _, rows, remarks = read(f"{line(*HEADER)}\nTotaal: 1\n{line(*ROW)}\n{one}\n")

        assert (len(rows), remarks) == (3, []), one


def test_nothing_of_a_list_of_opt_outs_is_left_out() -> None:
    _, rows, remarks = read(f"{line(*HEADER)}\n{line(*ROW)}\n{line('K-7', '', '', '')}\n", Place(include_hidden=True))

    assert (rows[-1], remarks) == (["K-7", "", "", ""], [])


def test_a_single_column_may_hold_what_else_parts_cells() -> None:
    _, rows, _ = read("email\nanna@klant.example; bert@klant.example\nchris@klant.example\ndora@klant.example\n")

    assert len(rows) == 3
    assert all(isinstance(row, list) and len(row) == 1 for row in rows[1:])


CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\u2028\u2029"), max_size=12
).map(str.strip)
NAME = CELL.filter(lambda text: text.isalpha() and not text.isascii())
DIALECTS = {
    "semicolon": {"delimiter": ";"},
    "comma": {"delimiter": ","},
    "tab": {"delimiter": "\t"},
    "pipe": {"delimiter": "|"},
    "all quoted": {"delimiter": ",", "quoting": csv.QUOTE_ALL},
    "backslash": {"delimiter": ";", "quoting": csv.QUOTE_ALL, "doublequote": False, "escapechar": "\\"},
    "blanks": {"delimiter": ";", "quoting": csv.QUOTE_ALL},
    "wrapped": {"delimiter": ";"},
}


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), st.sampled_from(sorted(DIALECTS)))
@settings(max_examples=400, deadline=None)
def test_what_any_dialect_wrote_is_read_back_or_refused(told: list[tuple[str, str]], name: str) -> None:
    rows = [["anna@klant.example", number, text, "26-11-2026"] for number, text in told]
    if name == "backslash":
        rows = [[cell.replace("\\", "") for cell in row] for row in rows]
    buffer = io.StringIO()
    csv.writer(buffer, **DIALECTS[name]).writerows([HEADER, *rows])  # type: ignore[arg-type]
    text = buffer.getvalue()
    if name == "blanks":
        text = text.replace('";"', '"; "') if '";"' not in "".join(map("".join, rows)) else text
    if name == "wrapped":
        text = "".join('"' + one.replace('"', '""') + '"\r\n' for one in text.split("\r\n") if one)

    try:
        header, found, _ = read(text)
    except FileRejected:
        return

    assert header == tuple(HEADER)
    for row, back in zip(rows, found, strict=True):
        assert isinstance(back, Broken) or [cell.strip() for cell in back] == [cell.strip() for cell in row]


def test_of_a_column_that_stands_twice_the_cell_with_something_in_it_counts_and_both_are_named() -> None:
    world = World()
    header = ("Email", "Email", "Contact date")
    rows = [("", "a@klant.example", "23-11-2026"), ("b@klant.example", "", "23-11-2026")]
    rows.append(("c@klant.example", "d@klant.example", "23-11-2026"))

    summary, lines = world.upload(csv_file(*rows, header=header))

    assert [one["outcome"] for one in lines] == ["invited"] * 3
    assert {planned.interaction.address for planned in world.tables.invitations.values()} == {
        f"{one}@klant.example" for one in "abc"
    }
    recognised = {"field": "email", "how": "recognised"}
    assert (summary["columns"]["Email"], summary["columns"]["Email (2)"]) == (recognised, recognised)
