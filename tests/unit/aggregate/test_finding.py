"""Which clients a run is asked of, and what earlier releases stored for all of them together."""

from datetime import timedelta

import pytest

from functions.aggregate.datasets.registry import DATASETS
from functions.shared.adapters.data_bucket import ndjson
from functions.shared.domain.dataset_run import DatasetRun
from tests.worlds.aggregate_world import NOW, Clients, World, bundle


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "room", bundle("acme"), bundle("bold"))
    made.run_all()
    return made


def answers(world, *names, client="acme"):
    world.put(
        *(world.invitation(name, client=client) for name in names),
        *(world.response(name, client=client) for name in names),
    )


def test_a_client_without_news_is_not_run(world):
    assert world.find().clients == []
    assert world.queue == []


def test_only_the_client_with_news_is_run(world):
    answers(world, "a", client="bold")

    assert world.find().clients == ["bold"]
    assert world.queue == [DatasetRun("bold")]


def test_a_client_that_was_withdrawn_is_run_while_its_answers_come(world):
    world.clients = Clients(bundle("acme"))
    answers(world, "a", client="bold")

    assert list(world.run_all()) == ["bold"]
    assert len(world.rows("responses", "bold")) == 1
    assert world.find().clients == []


def test_only_the_client_whose_settings_changed_is_made_again(world):
    answers(world, "a")
    answers(world, "b", client="bold")
    world.run_all()
    world.bucket.puts.clear()

    world.clients = Clients(bundle("acme", timezone="America/New_York"), bundle("bold"))
    done = world.run_all()

    assert list(done) == ["acme"]
    assert not [key for key in world.bucket.puts if "client=bold" in key]
    assert [row["dt"] for row in world.rows("responses")] == ["2026-11-02"]


def test_a_clients_own_threshold_stands_in_every_row_and_raising_it_reaches_those_from_before(world):
    answers(world, "a")
    world.run_all()
    before = {row["threshold"] for name in ("responses", "scores_daily", "funnel_daily") for row in world.rows(name)}

    world.clients = Clients(bundle("acme", thresholds={"score": 8}), bundle("bold"))
    world.run_all()

    assert before == {5}
    assert {row["threshold"] for row in world.rows("scores_daily")} == {8}


def test_a_report_waits_for_the_next_day_or_for_as_many_answers_as_the_smallest_group(world):
    world.reported.clear()
    answers(world, *"abcd")
    few = world.run_all()
    answers(world, "e")
    enough = world.run_all()
    answers(world, "f")
    later = world.run_all()
    next_day = world.run_all(NOW + timedelta(days=1))

    assert [done["acme"].reported for done in (few, enough, later, next_day)] == [False, True, False, True]
    assert len(world.rows("responses")) == 6


def test_an_answer_that_changed_counts_as_news_of_the_report(world):
    answers(world, *"abcd")
    world.run_all()
    world.put(world.response("a", 2))

    assert world.run_all()["acme"].reported


def test_who_asks_for_a_report_or_a_rebuild_gets_one_of_everybody_or_of_those_named(world):
    world.find(report=True)
    world.find(rebuild="r1", only=["bold"])
    found = world.find(only=["nobody"])

    assert world.queue == [
        DatasetRun("acme", report=True),
        DatasetRun("bold", report=True),
        DatasetRun("bold", rebuild="r1"),
    ]
    assert (found.clients, found.unknown) == ([], ["nobody"])


def mixed(world, table, *stored):
    lines = [fact.line() for fact in stored]
    world.bucket.write(f"facts/{table}/dt=2026-11-22/{lines[0]['sequence']}-x.ndjson.gz", ndjson(lines))


def of_an_earlier_release(room):
    world = World(room, bundle("acme"), bundle("bold"))
    mixed(world, "invitation", world.invitation("a"), world.invitation("b", client="bold"))
    mixed(world, "response", world.response("b", 3, client="bold"), world.response("a"))
    mixed(world, "review", world.review("r"))
    world.bucket.write("current/state.json", b"{}")
    world.bucket.write("datasets/responses/client=acme/dt=2020-01-01/part-0.parquet", b"a day that is told no more")
    return world


def test_what_earlier_releases_stored_for_all_clients_is_divided_among_them(tmp_path):
    world = of_an_earlier_release(tmp_path / "room")
    now = World(tmp_path / "now", bundle("acme"), bundle("bold"))
    now.put(now.invitation("a"), now.invitation("b", client="bold"))
    now.put(now.response("b", 3, client="bold"), now.response("a"), now.review("r"))

    world.run_all()
    now.run_all()

    assert world.bucket.under("datasets/") == now.bucket.under("datasets/")
    assert {key.split("/")[1] for key in world.bucket.under("datasets/")} == {
        one.name for one in DATASETS if not one.name.startswith("released_")
    }
    assert not [key for key in world.bucket.under("facts/") if "client=" not in key]
    assert "current/state.json" not in world.bucket.objects


def test_no_client_is_run_until_all_is_divided_and_what_cannot_be_read_stays(tmp_path):
    world = of_an_earlier_release(tmp_path / "room")
    world.bucket.write("facts/response/dt=2026-11-22/1-2.ndjson.gz", b"no gzip")
    checks = iter((True, False))

    first = world.find(has_time=lambda: next(checks, False))
    second = world.find()

    assert (first.unfinished, first.clients) == (True, [])
    assert (second.unfinished, second.clients) == (False, ["acme", "bold"])
    assert second.unreadable == ["facts/response/dt=2026-11-22/1-2.ndjson.gz"]
    assert world.bucket.read(second.unreadable[0])[0] == b"no gzip"
