"""The funnel says of a file what its newest receipt says: the import's own facts, taken in by the aggregate."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from functions.shared.domain.interaction import RowOutcome
from tests.worlds import aggregate_world, import_world
from tests.worlds.import_world import bundle, csv_file

FOLDER = "uploads/acme"
HEADER = ("E-mail", "Datum contact", "Touchpoint", "Team")


def rows(touchpoint: str, *people: str, team: str = "Blauw") -> list[tuple[str, ...]]:
    return [(f"{name}@klant.example", "23-11-2026 10:00", touchpoint, team) for name in people]


class Loop:
    """An import whose facts the aggregate takes in."""

    def __init__(self, room: Path) -> None:
        self.crm_import = import_world.World()
        self.aggregate = aggregate_world.World(room)

    def upload(self, body: bytes, name: str) -> Counter[str]:
        _, lines = self.crm_import.upload(body, f"{FOLDER}/{name}")
        return Counter(line["outcome"] for line in lines)

    def funnel(self) -> Counter[str]:
        """Take in the facts that are new; return the rows by outcome over all days and touchpoints."""
        bucket: Any = self.aggregate.bucket
        for key, body in self.crm_import.facts.items():
            if key not in bucket.objects:
                bucket.write(key, body)
        self.aggregate.run()
        counted: Counter[str] = Counter()
        for row in self.aggregate.rows("funnel_daily"):
            if row["dimension"] == "all":
                assert row["imported"] or row["interactions"]
                assert row["imported"] == sum(row[outcome.value] for outcome in RowOutcome)
                counted.update({outcome.value: row[outcome.value] for outcome in RowOutcome if row[outcome.value]})
        return counted

    def publish(self, *touchpoints: str) -> None:
        self.crm_import.bundles["acme"] = bundle(touchpoints={name: {} for name in touchpoints})


def test_rows_for_a_touchpoint_that_was_not_published_are_decided_when_the_file_comes_again(tmp_path: Path) -> None:
    loop = Loop(tmp_path)
    body = csv_file(*rows("monteur", "a", "b", "c"), *rows("service", "d"), header=HEADER)

    assert loop.upload(body, "week 47.csv") == loop.funnel() == {"invalid": 3, "invited": 1}
    assert loop.upload(body, "week 47.csv") == loop.funnel() == {"invalid": 3, "invited": 1}
    loop.publish("monteur")
    loop.crm_import.travel(days=1)

    assert loop.upload(body, "week 47.csv") == loop.funnel() == {"invited": 4}
    assert {row["dt"] for row in loop.aggregate.rows("funnel_daily")} == {"2026-11-24", "2026-11-25"}
    assert len(loop.crm_import.tables.invitations) == 4


def test_the_same_contents_under_another_name_count_once_and_as_they_were_decided_last(tmp_path: Path) -> None:
    loop = Loop(tmp_path)
    body = csv_file(*rows("monteur", "a", "b", "c", "d", "e"), header=HEADER)

    assert loop.upload(body, "first.csv") == {"invalid": 5}
    loop.publish("monteur")

    assert loop.upload(body, "second.csv") == loop.funnel() == {"invited": 5}
    assert loop.upload(body, "third.csv") == loop.funnel() == {"invited": 5}
    assert len(loop.crm_import.facts) == 2  # what changed nothing wrote nothing


def test_a_setup_that_is_mended_in_steps_leaves_what_the_newest_receipt_says(tmp_path: Path) -> None:
    loop = Loop(tmp_path)
    body = csv_file(*rows("monteur", "a"), *rows("balie", "b"), *rows("service", "c"), header=HEADER)

    for number, known in enumerate([(), ("monteur",), ("monteur",), ("monteur", "balie")]):
        loop.publish(*known)
        loop.crm_import.travel(hours=7)
        assert loop.upload(body, f"{number}.csv") == loop.funnel()


def test_whoever_was_invited_stays_so_where_the_touchpoint_is_dropped_later(tmp_path: Path) -> None:
    loop = Loop(tmp_path)
    body = csv_file(*rows("monteur", "a"), *rows("service", "b"), header=HEADER)
    loop.publish("monteur")
    assert loop.upload(body, "file.csv") == {"invited": 2}
    loop.publish()

    assert loop.upload(body, "file.csv") == {"invited": 1, "invalid": 1}
    assert loop.funnel() == {"invited": 2}


def test_a_setup_that_changed_nothing_of_a_file_has_it_decided_once(tmp_path: Path) -> None:
    loop = Loop(tmp_path)
    body = csv_file(*rows("service", "a", "b"), ("kapot@@x", "23-11-2026 10:00", "service", "Blauw"), header=HEADER)
    told = loop.upload(body, "file.csv")
    loop.publish("monteur")
    loop.crm_import.travel(days=30)

    assert loop.upload(body, "file.csv") == told == {"invited": 2, "invalid": 1}
    assert len(loop.crm_import.records) == len(loop.crm_import.facts) == 1


def test_an_attempt_that_died_after_its_facts_corrects_nothing(tmp_path: Path) -> None:
    loop = Loop(tmp_path)
    world = loop.crm_import
    world.objects[f"{FOLDER}/file.csv"] = csv_file(*rows("service", "a", "b"), header=HEADER)
    world.read(f"{FOLDER}/file.csv")
    (pointer,) = world.queue
    world.admit(pointer)
    before = dict(world.facts)
    ((upload_id, record),) = world.records.items()
    world.records[upload_id] = import_world.replace(record, done=frozenset())

    world.now += timedelta(minutes=5)
    world.admit(pointer)

    assert world.facts == before
