"""One number, one person, however a file writes it; distinct numbers stay distinct."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.crm_import.columns.cells import clean
from functions.crm_import.columns.customer_numbers import SharedNumbers, canonical_number
from functions.shared.domain.feedback_block import BlockState
from functions.shared.domain.identity import person_key
from tests.worlds.import_world import NOW, PEPPER, World, bundle, csv_file, outcomes

WRITTEN = (
    "123",
    "00123",
    '="00123"',
    "'00123",
    "123.0",
    "123,00",
    " 123 ",
    "\uff11\uff12\uff13",
    "\u0661\u0662\u0663",
    "12\u200b3",
)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_number_has_one_form_however_it_is_written(text: str) -> None:
    assert canonical_number(text) == "123"


@pytest.mark.parametrize(
    "text", ["1.234.567", "1 234 567", "1,234,567", "1'234'567", "1\u00a0234\u00a0567", "1234567.0"]
)
def test_separators_of_thousands_are_no_part_of_a_number(text: str) -> None:
    assert canonical_number(text) == "1234567"


@pytest.mark.parametrize("text", ["K-00123", "k-00123", "NL0012", "12-3", "1.5", "12.34", "1234.567", "12A", "1/2"])
def test_what_is_more_than_digits_is_compared_as_it_stands(text: str) -> None:
    assert canonical_number(text) == text


@given(st.integers(1, 10**15), st.sampled_from(["{}", "000{}", '="{}"', "'{}", "{}.0", "{}.00", " {} ", "{:,}"]))
def test_every_number_is_read_back_from_every_way_of_writing(number: int, written: str) -> None:
    assert canonical_number(written.format(number)) == str(number)


@given(st.text("0123456789ABCabc-./ ", min_size=1, max_size=12))
def test_the_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    once = canonical_number(text)

    assert canonical_number(once) == once


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="26-11-2026 10:00"', "26-11-2026 10:00"),
        ("'26-11-2026", "26-11-2026"),
        ("'=1+1", "=1+1"),
        ("'t Hooft", "'t Hooft"),
        ("'s-Gravenhage", "'s-Gravenhage"),
        ('="a"&"b"', '="a"&"b"'),
        ("O'Brien", "O'Brien"),
    ],
)
def test_what_guards_a_cell_from_a_spreadsheet_is_no_part_of_it(cell: str, text: str) -> None:
    assert clean(cell) == text


HEADER = ("Klantnummer", "E-mail", "Datum contact")


def number_key(number: str) -> str:
    return person_key(PEPPER, "acme", f"customer:{number}")


def test_a_person_whose_number_is_written_in_two_ways_is_asked_once() -> None:
    world = World({"acme": bundle(identity="customer_number")})
    rows = [
        (number, f"p{n}@klant.example", f"23-11-2026 10:0{n}")
        for n, number in enumerate(('="00123"', "00123", "123.0"))
    ]

    _, lines = world.upload(csv_file(*rows, header=HEADER))

    assert outcomes(lines) == ["invited", "blocked", "blocked"]


@pytest.mark.parametrize("written", ["00123", '="00123"'])
def test_a_no_and_a_block_under_the_number_as_it_was_compared_before_still_count(written: str) -> None:
    world = World({"acme": bundle(identity="customer_number")})
    world.tables.opted_out = {number_key("00123")}
    world.tables.blocks = {number_key("0077"): BlockState("another", NOW + timedelta(days=40))}
    rows = [(written, "a@klant.example", "23-11-2026 10:00"), ("0077", "b@klant.example", "23-11-2026 10:00")]

    _, lines = world.upload(csv_file(*rows, header=HEADER))

    assert outcomes(lines) == ["opted_out", "blocked"]


def numbered(*people: tuple[str, str, str]) -> bytes:
    rows = [(*person, f"23-11-2026 10:{n % 60:02}") for n, person in enumerate(people)]
    return csv_file(*rows, header=("Klantnummer", "E-mail", "Achternaam", "Datum contact"))


def persons(world: World) -> set[str]:
    return {planned.person for planned in world.tables.invitations.values()}


def by_number() -> World:
    return World({"acme": bundle(identity="customer_number")})


def test_a_number_of_many_people_is_nobodys_and_the_receipt_says_so() -> None:
    world = by_number()
    people = [("100", f"{name}@klant.example", name) for name in ("Bakker", "Visser", "Smit", "Mulder")]

    summary, lines = world.upload(numbered(*people, ("7", "els@klant.example", "Els")))

    assert outcomes(lines) == ["invited"] * 5
    assert "different people" in lines[0]["reason"]
    assert "rows 1, 2, 3, 4)" in summary["remarks"][0]
    assert person_key(PEPPER, "acme", "bakker@klant.example") in persons(world)
    assert person_key(PEPPER, "acme", "customer:7") in persons(world)
    assert person_key(PEPPER, "acme", "customer:100") not in persons(world)


def test_a_number_of_two_people_is_one_customer_and_the_receipt_says_so() -> None:
    summary, lines = by_number().upload(
        numbered(("100", "a@klant.example", "Bakker"), ("5", "c@klant.example", "Smit"), ("100", "b@x.example", "Bos"))
    )

    assert sorted(outcomes(lines)) == ["blocked", "invited", "invited"]
    assert "rows 1, 3)" in summary["remarks"][0]


@pytest.mark.parametrize(
    "people",
    [
        [("100", f"{who}@klant.example", "Bakker") for who in "abc"],
        [("100", "a@klant.example", "Bakker"), ("100", "A@klant.example", "De Bakker"), ("100", "", "Smit")],
    ],
    ids=["a family", "one person, written otherwise"],
)
def test_a_number_of_one_customer_however_he_is_written_is_his(people: list[tuple[str, str, str]]) -> None:
    world = by_number()

    summary, _ = world.upload(numbered(*people))

    assert "remarks" not in summary
    assert persons(world) == {person_key(PEPPER, "acme", "customer:100")}


def test_a_number_of_many_addresses_is_nobodys_in_a_file_without_names() -> None:
    world = by_number()
    rows = [("100", f"{who}@klant.example", f"23-11-2026 10:0{n}") for n, who in enumerate("abcde")]

    summary, lines = world.upload(csv_file(*rows, header=HEADER))

    assert outcomes(lines) == ["invited"] * 5
    assert "rows 1, 2, 3, 4, 5)" in summary["remarks"][0]


def test_a_number_of_few_addresses_is_somebodys_in_a_file_without_names() -> None:
    world = by_number()
    rows = [("100", f"{who}@klant.example", f"23-11-2026 10:0{n}") for n, who in enumerate("abcd")]

    summary, lines = world.upload(csv_file(*rows, header=HEADER))

    assert outcomes(lines) == ["invited", *["blocked"] * 3]
    assert "remarks" not in summary


@pytest.mark.parametrize("in_calls", [False, True], ids=["read in one call", "read in several calls"])
def test_people_under_one_number_far_down_a_file_are_told(in_calls: bool) -> None:
    world = by_number()
    people = [(str(n), f"k{n}@klant.example", f"Naam{n}") for n in range(10, 3010)]
    people[1100:1102] = [("7", "a@klant.example", "Bakker"), ("7", "b@klant.example", "Smit")]
    world.reads_a_chunk_a_call = in_calls

    summary, _ = world.upload(numbered(*people))

    assert "rows 1101, 1102)" in summary["remarks"][0]


def test_the_memory_of_the_people_of_a_file_is_bounded() -> None:
    numbers = SharedNumbers(most=1)

    found = [numbers.rows(row, key, f"address of {row}", f"name {row}") for row, key in enumerate("abab", 1)]

    assert found == [(), (), (1, 3), ()]


def test_a_word_where_all_others_are_numbers_is_nobodys() -> None:
    world = by_number()
    numbers = ("1", "2", "3", "BALIE")

    _, lines = world.upload(numbered(*((number, f"k{number}@klant.example", "Smit") for number in numbers)))

    assert "no customer number" in lines[3]["reason"]
    assert person_key(PEPPER, "acme", "customer:BALIE") not in persons(world)


def test_where_numbers_are_words_a_word_is_somebodys() -> None:
    world = by_number()

    world.upload(numbered(("ANNA", "a@klant.example", "Bakker"), ("BERT", "b@klant.example", "Smit")))

    assert person_key(PEPPER, "acme", "customer:ANNA") in persons(world)
