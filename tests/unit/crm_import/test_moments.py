"""Moments as people and systems write them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.crm_import.columns.moments import moment_reader, month_comes_first
from tests.worlds.import_world import World, bundle, contact, csv_file, outcomes

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
RECEIVED = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("26 november 2026", "2026-11-26T00:00+01:00"),
        ("3 oktober 2026 14:05", "2026-10-03T14:05+02:00"),
        ("1 mei 2026", "2026-05-01T00:00+02:00"),
        ("5 mrt. 2026 09:00 uur", "2026-03-05T09:00+01:00"),
        ("26-nov-2026 14:05", "2026-11-26T14:05+01:00"),
        ("26-Nov-26", "2026-11-26T00:00+01:00"),
        ("maandag 30 november 2026 10:00", "2026-11-30T10:00+01:00"),
        ("Monday, November 30, 2026 2:05 PM", "2026-11-30T14:05+01:00"),
        ("Nov 3rd, 2026", "2026-11-03T00:00+01:00"),
        ("26. März 2026 14:05 Uhr", "2026-03-26T14:05+01:00"),
        ("1er août 2026", "2026-08-01T00:00+02:00"),
        ("26-11-2026 12:00 AM", "2026-11-26T00:00+01:00"),
        ("26/11/2026 12:30 p.m.", "2026-11-26T12:30+01:00"),
        ("2026-11-26 23:30:00 UTC", "2026-11-26T23:30+00:00"),
        ("26-11-2026 23:30 CET", "2026-11-26T23:30+01:00"),
        ("2026-07-01 23:30 CEST", "2026-07-01T23:30+02:00"),
        ("2026-11-26 14:05 (GMT)", "2026-11-26T14:05+00:00"),
        ("2026-11-26 14:05 America/New_York", "2026-11-26T14:05-05:00"),
        ("46352", "2026-11-26T00:00+01:00"),
        ("46352.5", "2026-11-26T12:00+01:00"),
    ],
)
def test_a_moment_is_read_however_it_is_written(text: str, moment: str) -> None:
    assert moment_reader(AMSTERDAM)(text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text",
    [
        *("26 novembre-ish 2026", "26-11-2026 23:30 IST", "26-11-2026 10:00 CST", "30 februari 2026"),
        *("26-11-2026 13:00 pm", "12345", "99999"),
    ],
)
def test_what_may_mean_several_moments_or_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment_reader(AMSTERDAM)(text)


@pytest.mark.parametrize(
    ("layout", "text", "moment"),
    [
        ("%d %B %Y", "3 oktober 2026", "2026-10-03T00:00+02:00"),
        ("%d %B %Y", "26 November 2026", "2026-11-26T00:00+01:00"),
        ("%d %b %Y", "5 mrt. 2026", "2026-03-05T00:00+01:00"),
        ("%A %d %B %Y %H:%M", "maandag 30 november 2026 10:00", "2026-11-30T10:00+01:00"),
        ("%Y-%m-%d %H:%M:%S %Z", "2026-11-26 23:30:00 UTC", "2026-11-26T23:30+00:00"),
        ("%Y-%m-%d %H:%M %Z", "2026-07-01 23:30 CEST", "2026-07-01T23:30+02:00"),
        ("%d/%m/%Y", "46352", "2026-11-26T00:00+01:00"),
    ],
)
def test_a_format_knows_months_of_four_languages_and_zones(layout: str, text: str, moment: str) -> None:
    assert moment_reader(AMSTERDAM, layout)(text) == datetime.fromisoformat(moment)


def test_a_zone_that_may_mean_several_is_refused_by_a_format_too() -> None:
    with pytest.raises(ValueError, match="several"):
        moment_reader(AMSTERDAM, "%Y-%m-%d %H:%M %Z")("2026-11-26 14:05 IST")


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["11/26/2026 2:05 PM", "11/12/2026"], True),
        (["26/11/2026", "11/12/2026"], False),
        (["11/12/2026", "11/20/2026"], True),
        (["11/12/2026"], True),  # the other way it is in the future
        (["12/11/2026"], False),  # the other way it is in the future
        (["10/11/2026", "05/11/2026"], False),
        (["11/11/2026"], False),
        (["05-11-2026", "26.11.2026", "onbekend"], False),
        (["01/02/2026", "03/04/2026"], None),
    ],
)
def test_which_number_is_the_month_is_decided_over_the_whole_column(texts: list[str], first: bool | None) -> None:
    assert month_comes_first(texts, RECEIVED, 30) is first


@given(st.integers(0, 25), st.integers(1, 12), st.booleans())
def test_a_file_of_the_last_weeks_is_read_in_its_own_order(days: int, times: int, american: bool) -> None:
    told = [RECEIVED - timedelta(days=(days + 7 * n) % 28) for n in range(times)]
    texts = [f"{one:%m/%d/%Y}" if american else f"{one:%d/%m/%Y}" for one in told]
    order = month_comes_first(texts, RECEIVED, 28)
    read = moment_reader(AMSTERDAM, month_first=order is True)

    if any(one.day > 12 for one in told):
        assert [read(text).astimezone(AMSTERDAM).date() for text in texts] == told


def test_the_receipt_says_that_the_month_comes_first() -> None:
    world = World()
    rows = [contact("a@klant.example", "11/23/2026 2:05 PM"), contact("b@klant.example", "11/12/2026")]

    summary, lines = world.upload(csv_file(*rows))

    assert outcomes(lines) == ["invited", "invited"]
    assert "month/day/year" in summary["remarks"][0]
    moments = {planned.interaction.occurred_at for planned in world.tables.invitations.values()}
    assert {moment.astimezone(AMSTERDAM).date() for moment in moments} == {date(2026, 11, 23), date(2026, 11, 12)}


def test_a_mapping_with_a_format_is_not_second_guessed() -> None:
    fields = {"email": "E-mail", "occurred_at": {"from": "Datum contact", "format": "%d/%m/%Y"}}
    world = World({"acme": bundle(mappings={"own": {"fields": fields}})})

    summary, _ = world.upload(csv_file(contact("a@klant.example", "11/12/2026")), "uploads/acme/mapped/file.csv")

    assert "remarks" not in summary
