"""What the report tells of addresses, and how far it agrees with the receipt and the dataset."""

import re

from functions.aggregate import queries
from functions.aggregate.coverage import addresses
from functions.aggregate.page import make_report
from functions.shared.domain.client import Thresholds
from tests.worlds.aggregate_world import NOW, World, bundle

TODAY = NOW.date()
SINCE = TODAY.replace(year=2025)


def reported(tmp_path, *rows, **client):
    world = World(tmp_path / "room", bundle(**client))
    outcomes = []
    for row in rows:
        count, address, values = row
        outcomes += [world.outcome("invited" if address else "no_address", **values)] * count
    world.put_outcomes("f", *outcomes)
    world.run()
    folder = world.room / "page"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    own = world.clients.load("acme")
    found = addresses(queries.open_datasets(folder), own.client, SINCE, TODAY)
    return found, re.sub(r"\s+", " ", make_report(own, folder, NOW))


def told(part):
    return part.value, part.coverage and (part.coverage.interactions, part.coverage.with_address)


def test_touchpoints_and_teams_that_miss_most_addresses_come_first(tmp_path):
    found, page = reported(
        tmp_path,
        (30, True, {"team": "Noord"}),
        (2, False, {"team": "Noord"}),
        (8, True, {"team": "Zuid"}),
        (12, False, {"team": "Zuid"}),
        (5, True, {"touchpoint": "service"}),
    )

    assert [one.touchpoint for one in found] == ["claims", "service"]
    assert [told(team) for team in found[0].teams] == [("Zuid", (20, 8)), ("Noord", (32, 30))]
    assert "Maar 38 van 52 contacten hadden een bruikbaar adres: na 14 kon de klant niet worden gevraagd." in page
    assert "Begin bij Zuid, waar er 12 ontbreken" in page
    assert "5 van 5 contacten hadden een bruikbaar adres." in page


def test_a_low_share_without_teams_says_what_to_do_all_the_same(tmp_path):
    _, page = reported(tmp_path, (10, True, {}), (10, False, {}), languages=("en", "nl"))

    assert "Only 10 of 20 contacts had an address that can be used: after 10 the customer could not be asked." in page
    assert "Ask for the address at each contact" in page
    assert "Begin with" not in page


def test_the_coverage_of_each_month_is_told(tmp_path):
    found, page = reported(
        tmp_path,
        (4, True, {"imported": "2026-09-10T10:00"}),
        (1, False, {"imported": "2026-09-30T22:30"}),  # October, in Amsterdam
    )

    assert [told(month) for month in found[0].months] == [("2026-09-01", (4, 4)), ("2026-10-01", (1, 0))]
    assert "oktober 2026" in page


def test_employees_are_told_only_where_the_client_has_results_per_employee(tmp_path):
    rows = ((20, True, {"employee_key": "k" * 43}),)

    without, page = reported(tmp_path / "off", *rows)
    found, with_employees = reported(tmp_path / "on", *rows, per_employee=True)

    assert without[0].employees == []
    assert "Per medewerker" not in page
    assert [told(one) for one in found[0].employees] == [("k" * 43, (20, 20))]
    assert "Per medewerker" in with_employees


def test_a_page_made_after_results_per_employee_are_off_shows_none_that_the_datasets_still_hold(tmp_path):
    reported(tmp_path, (20, True, {"employee_key": "k" * 43}), per_employee=True)

    with queries.open_datasets(tmp_path / "room" / "page") as connection:
        found = addresses(connection, bundle(per_employee=False).client, SINCE, TODAY)

    assert found[0].employees == []


def test_an_employee_with_few_contacts_is_not_shown_and_the_next_smallest_neither(tmp_path):
    rows = [(count, False, {"employee_key": f"key-{count}"}) for count in (8, 14, 25)]

    found, page = reported(tmp_path / "a", *rows, per_employee=True)
    raised, _ = reported(tmp_path / "b", *rows, per_employee=True, thresholds=Thresholds(employee=20))

    assert [told(one) for one in found[0].employees] == [("key-25", (25, 0)), ("key-14", None), ("key-8", None)]
    assert [one.coverage is None for one in raised[0].employees] == [False, True, True]
    assert page.count("niet getoond") >= 2


def test_the_last_week_of_an_employee_is_not_told_yet(tmp_path):
    week = [(12, True, {"employee_key": "k", "imported": f"2026-11-{day}T10:00"}) for day in (15, 16)]

    found, _ = reported(tmp_path, *week, per_employee=True)

    assert told(found[0].employees[0]) == ("k", (12, 12))
    assert found[0].whole.interactions == 24


def test_a_client_without_files_is_told_that_there_are_none(tmp_path):
    found, page = reported(tmp_path)

    assert found == []
    assert "Er zijn nog geen contacten binnengekomen." in page
