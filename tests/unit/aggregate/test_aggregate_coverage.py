"""How many contacts had an address: each once, on the day on which it first came."""

import json

import pytest

from functions.aggregate import queries
from functions.aggregate.state import state_key
from functions.shared.domain.coverage import Coverage
from tests.worlds.aggregate_world import Clients, World, bundle


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "room")


def covered(world, dimension="all", value=""):
    rows = [row for row in world.rows("funnel_daily") if (row["dimension"], row["value"]) == (dimension, value)]
    return {row["dt"]: (row["interactions"], row["with_address"]) for row in rows}


def contact(world, name, day, address=True, **values):
    outcome = values.pop("outcome", "invited" if address else "no_address")
    values = {"interaction_id": name, "occurred_at": 1_793_000_000, "with_address": address, **values}
    return world.outcome(outcome, f"2026-11-{day:02}T10:00", **values)


def test_a_contact_that_comes_again_with_another_file_counts_once_on_its_first_day(world):
    world.put_outcomes("monday", contact(world, "a", 2), contact(world, "b", 2, address=False))
    world.run()
    again = [contact(world, "a", 3, outcome="duplicate"), contact(world, "b", 3, address=False)]
    world.put_outcomes("tuesday", *again, contact(world, "c", 3, outcome="blocked"))
    world.run()

    assert covered(world) == {"2026-11-02": (2, 1), "2026-11-03": (1, 1)}
    # The rows are told as they are.
    assert [row["imported"] for row in world.rows("funnel_daily") if row["dimension"] == "all"] == [2, 3]


def test_the_order_in_which_files_are_taken_in_does_not_matter(tmp_path):
    def datasets(name, *order):
        world = World(tmp_path / name)
        files = {
            "monday": [contact(world, "a", 2, team="N"), contact(world, "b", 2, address=False, team="N")],
            "tuesday": [contact(world, "a", 3, address=False, team="Z"), contact(world, "b", 3, team="Z")],
        }
        for file in order:
            world.put_outcomes(file, *files[file])
            world.run()
        return world.bucket.under("datasets/")

    assert datasets("forth", "monday", "tuesday") == datasets("back", "tuesday", "monday")


def test_a_contact_has_an_address_if_any_of_its_rows_had_one_and_is_its_first_teams(world):
    world.put_outcomes("monday", contact(world, "a", 2, address=False, team="N"))
    world.run()
    world.put_outcomes("tuesday", contact(world, "a", 3, team="Z"))
    world.run()

    assert covered(world, "team", "N") == {"2026-11-02": (1, 1)}
    assert covered(world, "team", "Z") == {"2026-11-03": (0, 0)}


def test_a_broken_address_counts_and_a_row_that_cannot_be_read_does_not(world):
    world.put_outcomes("f", contact(world, "a", 2, address=False, outcome="invalid"), world.outcome("invalid"))
    world.run()

    assert covered(world) == {"2026-11-01": (0, 0), "2026-11-02": (1, 0)}


def test_the_same_id_at_two_touchpoints_is_two_contacts(world):
    world.put_outcomes("f", contact(world, "1", 2), contact(world, "1", 2, touchpoint="service"))
    world.run()

    assert [(row["touchpoint"], row["interactions"]) for row in world.rows("funnel_daily")] == [
        ("claims", 1),
        ("service", 1),
    ]


def test_facts_of_an_older_version_are_told_by_their_outcome(world):
    old = [contact(world, str(number), 2, outcome=outcome) for number, outcome in enumerate(("stale", "no_address"))]
    world.put_outcomes("f", *({name: value for name, value in one.items() if name != "with_address"} for one in old))
    world.run()

    assert covered(world) == {"2026-11-02": (2, 1)}


def test_employees_are_in_the_funnel_only_where_the_client_says_so(tmp_path):
    world = World(tmp_path / "room", bundle(per_employee=True))
    world.put_outcomes("f", contact(world, "a", 2, employee_key="key-1"), contact(world, "b", 2, False))
    world.put(world.invitation("i", "2026-11-02T10:00", employee_key="key-1"), world.response("i"))
    world.run()
    assert covered(world, "employee", "key-1") == {"2026-11-02": (1, 1)}
    employee = next(row for row in world.rows("funnel_daily") if row["dimension"] == "employee")
    assert (employee["invited"], employee["completed"]) == (1, 1)

    world.clients = Clients(bundle(per_employee=False, version="2"))
    world.run()

    assert {row["dimension"] for row in world.rows("funnel_daily")} == {"all"}
    assert b"key-1" not in b"".join(
        body for key, body in world.bucket.under("current/").items() if "/journeys/" not in key
    )


def test_a_month_is_the_clients_own(world, tmp_path):
    late = contact(world, "a", 2) | world.outcome(imported="2026-10-31T22:30", occurred_at=1_793_000_000)
    next_month = contact(world, "b", 2, False) | world.outcome(imported="2026-10-31T23:30", occurred_at=1_793_000_000)
    world.put_outcomes("f", late, next_month | {"with_address": False})
    world.run()
    world.bucket.fetch(world.bucket.under("datasets/"), tmp_path)

    rows = queries.coverage(queries.open_datasets(tmp_path), "acme", "all")

    assert [(row.month, row.coverage) for row in rows] == [
        ("2026-10-01", Coverage(1, 1)),
        ("2026-11-01", Coverage(1, 0)),
    ]


def test_what_an_older_version_kept_is_made_again_from_the_facts(world):
    world.put_outcomes("f", contact(world, "a", 2))
    world.run()
    state = json.loads(world.bucket.objects[state_key("acme")][0])
    state["settings"] = "2 Europe/Amsterdam False"
    state["interactions"] = {}
    world.bucket.write(state_key("acme"), json.dumps(state).encode())

    world.run()

    assert covered(world) == {"2026-11-02": (1, 1)}
    assert json.loads(world.bucket.objects[state_key("acme")][0])["interactions"] == {"2026-10": ["2026-11-02"]}


def test_a_low_share_is_one_of_enough_contacts():
    assert [Coverage(10, 7).is_low, Coverage(10, 8).is_low, Coverage(9, 0).is_low] == [True, False, False]
    assert (Coverage().share, Coverage(4, 1).share, Coverage(4, 1).without) == (None, 0.25, 3)
    assert Coverage(4, 1) + Coverage(2, 2) == Coverage(6, 3)
