"""A contact's values of the client's dimensions: few and named, and decided when it is invited."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from functions.crm_import.columns.dimensions import DimensionReader, number_of
from functions.shared.domain.client import Client
from functions.shared.domain.dimension import OTHER, UNKNOWN, Bands, Dimension
from functions.shared.domain.interaction import Interaction
from tests.worlds.import_world import World, bundle, csv_file

NAMES = {"en": "x", "nl": "x"}
CONTACT = Interaction("i", "acme", "service", datetime(2026, 11, 24, 23, 30, tzinfo=UTC), "a@b.nl")


def reader(**dimension: Any) -> DimensionReader:
    told = {"dimension": "one", "name": NAMES, **dimension}
    client: Client = bundle(dimensions=[told]).client
    return DimensionReader(client)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1500", 1500),
        ("1.500", 1500),
        ("1,500", 1500),
        ("1.500,25", 1500.25),
        ("1,500.25", 1500.25),
        ("1,5", 1.5),
        ("1.5", 1.5),
        ("0.125", 0.125),
        ("€ 12 500", 12500),
        ("15 %", 15),
        ("-3", -3),
        ("25,-", 25),
        ("", None),
        ("vijf", None),
        ("2026-11-24", None),
        ("1e9", None),
        ("12-5", None),
    ],
)
def test_numbers_are_read_as_dutch_and_english_files_write_them(text: str, number: float | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [("Basis", "basic"), (" BASIS+ ", "more"), ("plus", "more"), ("Anders", OTHER), ("", UNKNOWN)],
)
def test_a_list_says_what_a_text_means(text: str, value: str) -> None:
    values = [
        {"value": "basic", "name": NAMES, "of": ["basis"]},
        {"value": "more", "name": NAMES, "of": ["Plus", "Basis+"]},
    ]
    dimension = reader(fact="Polis vorm", values=values)

    # A header means the same however it is written.
    assert dimension.values(CONTACT._replace(facts={"Polisvorm.": text} if text else {})) == {"one": value}


@pytest.mark.parametrize(("text", "value"), [("0", "under_1"), ("1", "1_to_2_5"), ("2,5", "from_2_5"), ("x", UNKNOWN)])
def test_bands_of_a_number_begin_with_their_limit(text: str, value: str) -> None:
    dimension = reader(fact="Aantal", bands={"numbers": [1, 2.5]})

    assert dimension.values(CONTACT._replace(facts={"Aantal": text})) == {"one": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25-11-2025", "1_to_3"),  # it is the 25th in Amsterdam
        ("26-11-2025", "under_1"),
        ("2023-11-25", "from_3"),
        ("29-02-2024", "1_to_3"),
        ("25-11-2026", "under_1"),
        ("26-11-2026", UNKNOWN),  # still to come
        ("onbekend", UNKNOWN),
    ],
)
def test_bands_of_time_are_of_whole_years_on_the_clients_calendar(text: str, value: str) -> None:
    dimension = reader(fact="Sinds", bands={"years": [1, 3]})

    assert dimension.values(CONTACT._replace(facts={"Sinds": text})) == {"one": value}


def test_a_field_of_the_contact_is_a_source_too() -> None:
    values = [{"value": "phone", "name": NAMES, "of": ["telefoon"]}]

    assert reader(field="channel", values=values).values(CONTACT._replace(channel="Telefoon")) == {"one": "phone"}


def test_the_value_is_kept_with_the_invitation() -> None:
    dimension = {"dimension": "extra", "name": NAMES, "fact": "Extra", "bands": {"numbers": [10]}}
    world = World({"acme": bundle(dimensions=[dimension])})

    header = ("Mail", "Dag", "Uur", "Kanaal", "Team", "Extra")
    rows = [
        (f"{name}@klant.example", "23.11.2026", "10:00", "T", "B", extra) for name, extra in (("a", "9"), ("b", ""))
    ]
    world.upload(csv_file(*rows, header=header), "uploads/acme/mapped/file.csv")

    found = sorted((str(one.interaction.address), dict(one.dimensions)) for one in world.tables.invitations.values())
    assert found == [("a@klant.example", {"extra": "under_10"}), ("b@klant.example", {"extra": UNKNOWN})]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dimension": "team"}, "team has a meaning of its own"),
        ({"field": "channel"}, "give one of field, fact and customer"),
        ({"fact": None}, "give one of field, fact and customer"),
        ({"bands": {"years": [1]}, "values": [{"value": "a", "name": NAMES}]}, "give either values or bands"),
        ({"bands": {"years": [1], "days": [3]}}, "give one of numbers, days, months and years"),
        ({"bands": {"years": [3, 1]}}, "each higher than the one before"),
        ({"bands": {"numbers": []}}, "give 1 to 23 limits"),
        ({"bands": None, "values": [{"value": "a", "name": NAMES}, {"value": "a", "name": NAMES}]}, "two values are"),
        ({"bands": None, "values": [{"value": "other", "name": NAMES}]}, "other is there by itself"),
        (
            {"bands": None, "values": [{"value": "a", "name": NAMES}, {"value": "b", "name": NAMES, "of": ["A"]}]},
            "a stands under two values",
        ),
    ],
)
def test_a_dimension_that_makes_no_sense_is_refused_with_a_sentence(wrong: dict[str, Any], said: str) -> None:
    right = {"dimension": "one", "name": NAMES, "fact": "Sinds", "bands": {"years": [1]}}

    with pytest.raises(ValidationError, match=said):
        Dimension.model_validate(right | wrong)


def test_bands_are_named_by_their_limits() -> None:
    assert Bands(numbers=(-1, 0.5, 1000)).values == ("under_minus_1", "minus_1_to_0_5", "0_5_to_1000", "from_1000")
