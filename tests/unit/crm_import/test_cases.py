"""Files as people really have them: what each receipt says, and to whom the mails go."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.shared.domain.names import PersonName, known_name
from tests.unit.crm_import.test_opt_out_lists import Lists
from tests.worlds.cases import CASES, MONTH_FIRST, OPT_OUTS, UPLOADS, case_file
from tests.worlds.import_world import World, bundle, outcomes

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
YESTERDAY = NOW.date() - timedelta(days=1)


def world() -> World:
    return World({"acme": bundle(identity="customer_number")}, now=NOW)


@pytest.mark.parametrize("rehearse", [False, True], ids=["upload", "rehearsal"])
@pytest.mark.parametrize("name", UPLOADS)
def test_the_receipt_of_a_case_says_what_it_has_to(name: str, rehearse: bool) -> None:
    key = f"{'rehearse' if rehearse else 'uploads'}/acme/service/{name}"

    receipt = world().upload(case_file(name, "aa11aa", YESTERDAY), key)

    assert UPLOADS[name].mistakes(*receipt) == []


def test_every_case_is_tried() -> None:
    assert {path.name for path in CASES.iterdir()} == {*UPLOADS, MONTH_FIRST, OPT_OUTS}


@pytest.mark.parametrize(
    ("name", "address", "greeted"),
    [
        ("placeholder-name.csv", "a.02aa11aa@klant.example", ""),
        ("codepage-850.csv", "a.03aa11aa@klant.example", "Jülia Müller"),
        ("mac-roman.csv", "a.04aa11aa@klant.example", "Hélène Lefèvre"),
        ("idn-eszett.csv", "uwe.05aa11aa@xn--fa-hia.example", "Uwe Groß"),
        ("hidden-column.xlsx", "nieuw.08aa11aa@klant.example", "Eva Bakker"),
        ("merged-header.xlsx", "kop.09aa11aa@klant.example", "Eva Bakker"),
        ("backslash-quotes.csv", "a.10aa11aa@klant.example", 'Jan "Jo" Bakker'),
        ("space-after-comma.csv", "a.11aa11aa@klant.example", "Eva Bakker"),
        ("zero-width.csv", "b.13aa11aa@klant.example", "Eva Bakker"),
        ("whole-line-quoted.csv", "a.19aa11aa@klant.example", "Eva Bakker"),
        ("header-twice.csv", "a.22aa11aa@klant.example", "Eva Bakker"),
    ],
)
def test_a_case_is_mailed_where_and_as_it_says(name: str, address: str, greeted: str) -> None:
    here = world()

    here.upload(case_file(name, "aa11aa", YESTERDAY), f"uploads/acme/service/{name}")

    asked = {planned.interaction.address: planned.interaction for planned in here.tables.invitations.values()}
    one = asked[address]
    name_of = PersonName(one.salutation, one.first_name, one.infix, one.last_name)
    assert known_name(name_of, address, "Acme").display == greeted


def test_a_moment_with_a_zone_is_that_moment() -> None:
    here = world()

    here.upload(case_file("zone-name.csv", "aa11aa", YESTERDAY), "uploads/acme/service/zone.csv")

    (planned,) = here.tables.invitations.values()
    assert planned.interaction.occurred_at == datetime(2026, 11, 26, 23, 30, tzinfo=UTC)


def test_dates_with_the_month_first_are_read_so_and_told() -> None:
    summary, lines = world().upload(case_file(MONTH_FIRST, "aa11aa", YESTERDAY), "uploads/acme/service/us.csv")

    assert outcomes(lines) == ["invited", "stale", "stale"]
    assert "month/day/year" in summary["remarks"][0]


def test_an_opt_out_with_a_character_that_nobody_sees_is_taken() -> None:
    _, lines = Lists().taken(case_file(OPT_OUTS, "aa11aa", YESTERDAY))

    assert outcomes(lines) == ["opted_out"]
