import csv
import io
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.crm_import.errors import FileRejected
from functions.crm_import.messages import SENTENCES, translate
from functions.crm_import.readers.encoding import MAX_LINE_LENGTH
from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.table import MAX_COLUMNS, Broken

HEADER = ("naam", "plaats", "land")

cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\t\r\n"), max_size=20)


def read(data: bytes, block: int = 70_000) -> tuple[tuple[str, ...], list[list[str] | Broken]]:
    table = read_table(data[start : start + block] for start in range(0, len(data), block))
    return table.header, list(table.rows)


def refused(data: bytes) -> str:
    with pytest.raises(FileRejected) as caught:
        read(data)
    return str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_delimiter_and_the_line_end_are_found(delimiter: str, end: str) -> None:
    lines = [HEADER, ("Jan", "Delft", "NL"), ("An, de", "Ede; x", "a|b")]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerows(lines)

    header, rows = read(buffer.getvalue().encode())

    assert header == HEADER
    assert rows == [list(line) for line in lines[1:]]


def test_a_decimal_comma_does_not_make_a_semicolon_file_a_comma_file() -> None:
    header, rows = read(b"naam;bedrag\nJan;1,50\nAn;2,75\n")

    assert (header, rows) == (("naam", "bedrag"), [["Jan", "1,50"], ["An", "2,75"]])


def test_a_spreadsheets_own_hint_is_followed() -> None:
    assert read(b"sep=;\r\na;b\r\n1;2\r\n") == (("a", "b"), [["1", "2"]])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encoding_is_found(encoding: str) -> None:
    header, rows = read("naam;plaats\nJoëlle;’s-Hertogenbosch €\n".encode(encoding))

    assert (header, rows) == (("naam", "plaats"), [["Joëlle", "’s-Hertogenbosch €"]])


def test_latin_1_and_old_mac_line_ends_are_read() -> None:
    assert read("naam;plaats\rJoëlle;Curaçao\r".encode("latin-1"))[1] == [["Joëlle", "Curaçao"]]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("spoilt", [b"\x00", b"\xd8\xd8\xd8\xd8"])
def test_utf_16_that_is_not_it_throughout_is_refused(codec: str, spoilt: bytes) -> None:
    data = ("naam;plaats\n" + "Zoë;Delft\n" * 20_000).encode(codec) + spoilt

    assert "UTF-16" in refused(data)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_encoding_is_found_where_only_the_last_of_many_rows_shows_it(encoding: str) -> None:
    data = "naam;plaats\n" + "Jan;Delft\n" * 30_000 + "Zoë;Café\n"

    assert read(data.encode(encoding))[1][-1] == ["Zoë", "Café"]


def test_a_file_that_changes_its_encoding_is_refused_with_the_row() -> None:
    data = ("naam;plaats\n" + "Zoë;Delft\n" * 20_000).encode() + ("Zoë;Delft\n" * 20_000).encode("cp1252")

    assert "changes its encoding around row" in refused(data)


def test_a_small_file_that_changes_its_encoding_is_refused_rather_than_read_with_wrong_letters() -> None:
    data = "naam;plaats\nZoë;Delft\nJan;Café\n".encode() + "René;Delft\n".encode("cp1252")

    assert "changes its encoding around row 3:" in refused(data)


def test_letters_that_happen_to_look_like_utf_8_do_not_make_a_windows_file_one() -> None:
    rows = read("naam;plaats\nRené;Café\nZoë;in Ã© verbasterd\n".encode("cp1252"))[1]

    assert rows == [["René", "Café"], ["Zoë", "in é verbasterd"]]


def test_a_quoted_cell_may_hold_line_ends_and_delimiters() -> None:
    rows = read(b'a;b;c\n1;"twee\r\nregels; en ""meer""";3\n4;5;6\n')[1]

    assert rows == [["1", 'twee\r\nregels; en "meer"', "3"], ["4", "5", "6"]]


@given(
    st.lists(
        st.lists(cells, min_size=3, max_size=3),
        max_size=12,
    ),
    st.integers(1, 400),
)
@settings(max_examples=150, deadline=None)
def test_what_a_csv_writer_wrote_is_read_back_whatever_the_blocks(table: list[list[str]], block: int) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", quoting=csv.QUOTE_ALL).writerows([HEADER, *table])

    header, rows = read(buffer.getvalue().encode(), block)

    assert header == HEADER
    assert rows == [row for row in table if any(row)]


@given(st.binary(max_size=3000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_with_a_sentence(data: bytes) -> None:
    try:
        sentence = f"{len(read(data)[1])} rows."
    except FileRejected as error:
        sentence = str(error)

    assert sentence.endswith(".")


def test_rows_of_another_width_are_filled_up_or_broken() -> None:
    rows = read(b"a;b;c\n1;2\n1;2;3;;\n1;2;3;4\n")[1]

    assert rows == [["1", "2", ""], ["1", "2", "3"], Broken("cells", {"count": 4, "expected": 3})]


def test_empty_lines_and_empty_rows_are_no_rows() -> None:
    assert read(b"\n;;\na;b;c\n\n1;2;3\n;;\n\n")[1] == [["1", "2", "3"]]


def test_a_quotation_mark_that_is_not_closed_costs_its_own_row_only() -> None:
    rows = read(b'a;b;c\n1;2;3\n4;"vijf;6\n7;8;9\n10;"elf";12\n')[1]

    assert rows == [["1", "2", "3"], Broken("broken_line", {}), ["7", "8", "9"], ["10", "elf", "12"]]


def test_a_quotation_mark_that_is_not_closed_in_the_last_cell_swallows_nothing() -> None:
    rows = read(b'a;b\n1;"twee\n3;4\n5;"zes"\n')[1]

    assert rows == [Broken("broken_line", {}), ["3", "4"], ["5", "zes"]]


@pytest.mark.parametrize("cell", [b'"Jan "de Kat" Vries"', b'"TV 32" breed"', b'"Jan" Vries', b'"Jan \\"Jo"x"'])
def test_what_quotation_marks_may_mean_in_two_ways_is_not_guessed(cell: bytes) -> None:
    assert read(b"a;b\n" + cell + b";2\n3;4\n")[1] == [Broken("broken_line", {}), ["3", "4"]]


def test_a_mark_that_is_not_closed_is_found_again_after_a_hundred_thousand_characters() -> None:
    data = b'a;b\n1;"open\n' + b"2;dicht\n" * 40_000

    rows = read(data)[1]

    assert len(rows) == 40_001
    assert rows[-1] == ["2", "dicht"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "empty"),
        (b"\x00" * 100, "empty"),
        (b"%PDF-1.7 " + bytes(range(256)) * 4, "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
        (b"PAR1" + bytes(100), "Parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel 97-2003"),
        (bytes(range(256)) * 40, "neither text nor"),
        (b"<!DOCTYPE html><html><body>", "HTML"),
        (b"<html><table><tr><td>E-mail", "HTML"),
        (b"jan@klant.example;23-11-2026;Blauw\n", "header"),
        (b"1;2;3\n4;5;6\n", "header"),
        (";".join(f"k{n}" for n in range(MAX_COLUMNS + 1)).encode(), "columns"),
        (b"x" * (MAX_LINE_LENGTH + 300_000), "quotation mark"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence_that_says_what_it_is(data: bytes, says: str) -> None:
    assert says in refused(data)


def test_a_few_control_characters_do_not_make_a_text_binary() -> None:
    assert read(b"a;b\n1;tw\x00ee\n")[1] == [["1", "tw\x00ee"]]


def test_a_row_without_end_is_refused_before_it_is_held() -> None:
    def blocks() -> Iterator[bytes]:
        yield b"a;b\n"
        while True:
            yield b'"\n";' * 50_000

    with pytest.raises(FileRejected, match="quotation mark"):
        list(read_table(blocks()).rows)


def test_a_file_is_read_in_pieces_and_never_held_as_a_whole() -> None:
    given_out = 0

    def blocks() -> Iterator[bytes]:
        nonlocal given_out
        yield b"a;b\n"
        for _ in range(100):
            given_out += 1
            yield b"1;2\n" * 20_000

    table = read_table(blocks())
    next(table.rows)

    assert given_out <= 2


def test_every_sentence_is_there_in_both_languages_with_the_same_values() -> None:
    def values(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text))

    assert SENTENCES["en"].keys() == SENTENCES["nl"].keys()
    for why, text in SENTENCES["en"].items():
        assert values(text) == values(SENTENCES["nl"][why]), why


def test_a_sentence_is_said_in_the_clients_language_and_else_in_english() -> None:
    assert translate("nl-BE", "empty").startswith("Het bestand is leeg")
    assert translate("fr", "empty").startswith("The file is empty")
    assert translate("nl", "") == ""
