"""Released answers are told by the client's dimensions as well, and no sum and difference of it all leads to few."""

import json
import random
from collections import Counter
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pytest

from functions.aggregate import queries
from functions.aggregate.page import make_report
from functions.aggregate.report import gather
from functions.shared.domain.dimension import OTHER, UNKNOWN
from tests.unit.shared.domain.test_linked_cells import LEAST, fewest
from tests.worlds.aggregate_world import NOW, REGION, Clients, World, bundle

SINCE = {
    "dimension": "since",
    "name": {"nl": "Klant sinds", "en": "Customer since"},
    "fact": "Sinds",
    "bands": {"years": [1, 3]},
    "missing": {"nl": "niet bekend", "en": "not known"},
}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "room", bundle(dimensions=[REGION, SINCE]))


def answer(world, name, score=9, day="2026-11-02", *, team="N", **dimensions):
    given = {"dimensions": dimensions} if dimensions else {}
    world.put(
        world.invitation(name, "2026-10-20T10:00", team=team, delivered_at=1, **given),
        world.response(name, score, f"{day}T10:00"),
    )


def many(world, days=6, each=10, scores=(9, 10, 3), label="a"):
    """Answers of several days, of two regions and two bands, as evenly as can be."""
    for day in range(days):
        for number in range(each):
            region = ("north", "south")[number % 2]
            since = ("under_1", "1_to_3")[number // 2 % 2]
            score = scores[number % len(scores)]
            answer(world, f"{label}{day}-{number}", score, f"2026-11-{2 + day:02}", region=region, since=since)


def told(world):
    """(dimension, value): n, of all that was told."""
    counts = Counter()
    for row in world.rows("released_dimensions"):
        assert row["n"] == row["promoters"] + row["passives"] + row["detractors"]
        counts[row["dimension"], row["value"]] += row["n"]
    return dict(counts)


def test_answers_are_told_by_every_dimension_when_there_are_enough(world):
    many(world)
    world.run()

    assert told(world) == {
        ("region", "north"): 30,
        ("region", "south"): 30,
        ("since", "under_1"): 36,
        ("since", "1_to_3"): 24,
    }
    assert sum(row["n"] for row in world.rows("released_scores")) == 60
    assert {row["dt"] for row in world.rows("released_dimensions")} == {"2026-11-07"}
    (row,) = [row for row in world.rows("responses") if row["response_id"] == "a0-0"]
    assert json.loads(row["dimensions"]) == {"region": "north", "since": "under_1"}
    by_region = [row for row in world.rows("scores_daily") if row["dimension"] == "region"]
    assert sum(row["n"] for row in by_region) == 60
    rates = [row for row in world.rows("funnel_daily") if row["dimension"] == "region"]
    assert sum(row["invited"] for row in rates) == sum(row["delivered"] for row in rates) == 60


def test_answers_wait_for_others_until_they_can_be_divided(world):
    many(world, days=1, each=6)
    world.run()
    assert [row["n"] for row in world.rows("released_scores")] == [6]
    assert told(world) == {}

    many(world, days=6, label="b")
    world.run()

    assert sum(told(world).values()) == 2 * 66


def test_after_a_quarter_they_are_told_by_the_dimensions_that_they_can_be(world):
    for day in range(8):
        for number in range(8):
            region = ("north", "south")[number % 2]
            answer(world, f"{day}-{number}", day=f"2026-11-{2 + day:02}", region=region, since=("x", "y")[day % 9 == 8])
    world.run()
    assert told(world) == {}, "All are of one band: nothing can be divided by it."

    world.run(now=datetime.fromisoformat("2027-02-10T10:00Z"))

    assert told(world) == {("region", "north"): 32, ("region", "south"): 32}


def test_values_of_few_are_told_together(world):
    many(world)
    for number, region in enumerate(("east", "east", "west", "west", "west", OTHER)):
        answer(world, f"few{number}", day="2026-11-05", region=region, since="under_1")
    world.run()

    found = told(world)
    assert found["region", OTHER] == 6
    assert {value for name, value in found if name == "region"} == {"north", "south", OTHER}


def test_a_correction_is_told_with_others_of_its_batch(world):
    many(world)
    world.run()
    before = told(world)
    world.put(world.response("a0-0", 2, "2026-11-02T10:00"))
    many(world, label="b", scores=(9,))
    world.run()

    assert told(world) == {key: n + Counter(before)[key] for key, n in before.items()}
    rows = world.rows("released_dimensions")
    for name in ("region", "since"):
        of_it = [row for row in rows if row["dimension"] == name]
        scores = world.rows("released_scores")
        for kind in ("n", "promoters", "passives", "detractors"):
            assert sum(row[kind] for row in of_it) == sum(row[kind] for row in scores), (name, kind)


def test_who_has_no_value_is_told_as_unknown_and_nothing_is_told_without_dimensions(world):
    many(world)
    for number in range(10):
        answer(world, f"old{number}", day="2026-11-03")
    world.run()
    assert told(world)["region", UNKNOWN] == told(world)["since", UNKNOWN] == 10

    world.clients = Clients(bundle())
    many(world, label="b")
    world.run()
    assert sum(told(world).values()) == 2 * 70


def test_a_run_that_was_begun_before_there_were_dimensions_goes_on(world):
    world.clients = Clients(bundle())
    many(world)
    world.run()
    state = json.loads(world.bucket.objects["current/state/client=acme.json"][0])
    state["waits"] = bool(state.pop("waiting"))
    world.bucket.write("current/state/client=acme.json", json.dumps(state).encode())
    world.bucket.delete(["current/undivided/client=acme/part-0.parquet"])

    world.clients = Clients(bundle(dimensions=[REGION, SINCE]))
    many(world, label="b")
    world.run()

    assert sum(told(world).values()) == 2 * 60


def test_the_report_tells_groups_in_the_order_of_the_client(world):
    many(world, days=12, scores=(9, 2))
    world.run()
    folder = world.room / "page"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    acme = world.clients.load("acme")

    with queries.open_datasets(folder) as connection:
        report = gather(connection, acme, NOW)
    region, since = report.dimensions
    assert [one.row.value for one in region.groups] == ["north", "south"]
    assert [one.verdict for one in region.groups] == ["higher", "lower"]
    assert (region.n, region.groups[0].row.counts.promoters) == (120, 60)
    assert region.groups[0].row.response_rate == 1
    assert [one.row.value for one in since.groups] == ["under_1", "1_to_3"]

    page = make_report(acme, folder, NOW)
    for words in ("Groepen klanten", "Noord", "minder dan 1 jaar", "1 tot 3 jaar", "Van 120 antwoorden"):
        assert words in page, words


def test_a_group_of_few_is_not_on_the_page_and_its_rate_is_not_either(world):
    many(world)
    for number in range(3):
        answer(world, f"few{number}", day="2026-11-05", region="west", since="under_1")
    world.run()
    folder = world.room / "page"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)

    with queries.open_datasets(folder) as connection:
        rows = {row.value: row for row in queries.score_table(connection, "acme", "region")}
    assert "bij overig" in make_report(world.clients.load("acme"), folder, NOW)

    assert (rows["west"].counts, rows["west"].nps, rows["west"].response_rate) == (None, None, None)
    assert sum(row.response_rate is None for row in rows.values()) >= 2, "One alone would be found by subtraction."


# --- the attack


def waiting(world):
    """Responses that are released and not divided."""
    (path,) = world.bucket.fetch(["current/undivided/client=acme/part-0.parquet"], world.room / "look").values()
    return {name for (name,) in duckdb.read_parquet(str(path)).project("response_id").fetchall()}


@pytest.mark.parametrize("seed", range(4))
def test_whoever_adds_and_subtracts_batches_and_groups_finds_no_few_people(tmp_path, seed):
    """Linear algebra over all that is told of the people of random batches, teams and regions that go together."""
    draw = random.Random(seed)  # noqa: S311
    world = World(tmp_path / "room", bundle(dimensions=[REGION, SINCE]))
    regions, people = {"N": "north", "S": "south", "T": "south"}, 60
    for until in range(4):
        for number in range(people // 4):
            team, day = draw.choice("NST"), 2 + 4 * until + draw.randrange(4)
            region = regions[team] if draw.random() < 0.8 else draw.choice(("north", "south", "west"))
            since = draw.choice(("under_1", "1_to_3", "from_3", UNKNOWN))
            answers = {"why": f"words of {until}-{number}"} if draw.random() < 0.3 else {}
            name = f"{until}-{number}"
            world.put(world.invitation(name, team=team, dimensions={"region": region, "since": since}))
            world.put(world.response(name, draw.randrange(11), f"2026-11-{day:02}T10:00", answers=answers))
        world.run(now=datetime.fromisoformat("2026-11-01T12:00Z") + timedelta(days=5 + 4 * until))
    world.run(now=datetime.fromisoformat("2027-03-01T12:00Z"))

    tables = world.rows("released_dimensions")
    told = {(row["dt"], row["dimension"], row["value"]): row["n"] for row in tables}
    dates = sorted({dt for dt, _, _ in told})
    given = {row["response_id"]: json.loads(row["dimensions"]) for row in world.rows("responses")}
    members, counted, undivided = [], Counter(), waiting(world)
    for row in world.rows("released_responses"):
        cells = [("batch", row["team"], row["wave"], row["released_on"])]
        when = next((dt for dt in dates if dt >= row["released_on"]), None)
        for name in ("region", "since"):
            values = {value for dt, dimension, value in told if (dt, dimension) == (when, name)}
            if values and row["response_id"] not in undivided:
                own = given[row["response_id"]][name]
                cells.append((when, name, own if own in values else OTHER))
                counted[cells[-1]] += 1
        if row["comment_score"] is None:
            members.append(cells)
    assert counted == told, "Each is in the cells that the attack believes."

    names = sorted({cell for cells in members for cell in cells})
    matrix = np.array([[float(name in cells) for name in names] for cells in members])
    assert fewest(matrix, LEAST - 1) == LEAST


def test_dimensions_are_told_in_some_of_the_attacks(tmp_path):
    """The attack would be no attack on nothing."""
    world = World(tmp_path / "room", bundle(dimensions=[REGION, SINCE]))
    many(world)
    world.run()
    assert told(world)
