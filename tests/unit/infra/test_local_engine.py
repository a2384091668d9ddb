"""The parts of the local engine that need nothing running."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local import assembly, clock
from infra.local.__main__ import Unclear, duration, folder
from infra.local.outputs import NotUp, Outputs
from infra.local.travel import travel
from infra.local.workdir import Workdir


@pytest.fixture
def workdir(tmp_path: Path) -> Workdir:
    """Return an empty workdir."""
    workdir = Workdir(tmp_path / "workdir")
    workdir.clear()
    return workdir


class FakeStack:
    """A stack that holds due moments: dispatch sends what is due, at most `at_once` a run."""

    def __init__(self, workdir: Workdir, due: list[datetime], at_once: int = 1000) -> None:
        self.workdir = workdir
        self.due = list(due)
        self.at_once = at_once
        self.sent: list[tuple[datetime, datetime]] = []
        self.invoked: list[str] = []
        self.outputs = type("Tables", (), {"tables": {"Invitation": "invitations"}})

    def client(self, service: str) -> "FakeStack":
        """Return itself as the DynamoDB client."""
        assert service == "dynamodb"
        return self

    def query(self, **request: Any) -> dict[str, Any]:
        """Answer a query of the due index; everything lies in shard 3."""
        values = request["ExpressionAttributeValues"]
        at = float(values[":at"]["N"])
        moments = sorted(due.timestamp() for due in self.due) if values[":shard"]["S"] == "3" else []
        later = "due_at > :at" in request["KeyConditionExpression"]
        found = [moment for moment in moments if (moment > at if later else moment <= at)]
        limited = found[: request.get("Limit", len(found))]
        return {"Items": [{"due_at": {"N": str(moment)}} for moment in limited], "Count": len(found)}

    def invoke(self, function: str) -> None:
        """Send what is due."""
        self.invoked.append(function)
        if function == "invite-dispatch":
            now = clock.now(self.workdir)
            ready = sorted(due for due in self.due if due <= now)[: self.at_once]
            self.due = [due for due in self.due if due not in ready]
            self.sent += [(due, now) for due in ready]

    def aggregate(self, timeout: float) -> None:
        """Note it."""
        self.invoked.append("aggregate")

    def settle(self, timeout: float) -> None:
        """Everything is settled at once."""

    def mail_count(self) -> int:
        """Return how many were sent."""
        return len(self.sent)

    def sms(self) -> list[dict[str, Any]]:
        """Return no SMS."""
        return []


def test_the_clock_is_the_real_one_until_it_is_moved(workdir: Workdir) -> None:
    real = datetime.now(UTC)

    assert abs(clock.now(workdir) - real) < timedelta(seconds=5)
    clock.move(workdir, timedelta(days=91))
    clock.move(workdir, timedelta(hours=1))

    assert abs(clock.now(workdir) - real - timedelta(days=91, hours=1)) < timedelta(seconds=5)


def test_the_clock_never_goes_back(workdir: Workdir) -> None:
    clock.move(workdir, timedelta(days=1))

    with pytest.raises(ValueError, match="only moves ahead"):
        clock.move(workdir, timedelta(days=-1))
    clock.move_to(workdir, datetime.now(UTC))

    assert clock.offset(workdir) == timedelta(days=1)


def test_travel_sends_each_mail_within_two_minutes_of_its_moment(workdir: Workdir) -> None:
    start = clock.now(workdir)
    batches = [start + timedelta(days=day, seconds=6 * n) for day in (1, 6, 40) for n in range(10)]
    stack = FakeStack(workdir, batches)

    journey = travel(stack, timedelta(days=91))  # type: ignore[arg-type]

    assert len(stack.sent) == len(batches)
    assert all(timedelta(0) <= at - due <= timedelta(minutes=2) for due, at in stack.sent)
    assert [sent for _, sent in journey.stops] == [10, 10, 10]
    assert abs(clock.now(workdir) - start - timedelta(days=91)) < timedelta(seconds=10)


def test_travel_leaves_what_is_due_later_alone(workdir: Workdir) -> None:
    start = clock.now(workdir)
    stack = FakeStack(workdir, [start + timedelta(days=4), start + timedelta(days=6)])

    travel(stack, timedelta(days=5))  # type: ignore[arg-type]

    assert [due for due, _ in stack.sent] == [start + timedelta(days=4)]


def test_travel_goes_on_until_a_batch_is_sent_whole(workdir: Workdir) -> None:
    start = clock.now(workdir)
    stack = FakeStack(workdir, [start + timedelta(days=1, seconds=n) for n in range(50)], at_once=20)

    travel(stack, timedelta(days=2))  # type: ignore[arg-type]

    assert len(stack.sent) == 50


def test_travel_ends_with_the_reviews_and_the_reports(workdir: Workdir) -> None:
    stack = FakeStack(workdir, [])

    travel(stack, timedelta(days=1))  # type: ignore[arg-type]

    assert stack.invoked[-2:] == ["review-scrape", "aggregate"]


def test_a_long_batch_does_not_take_hundreds_of_stops(workdir: Workdir) -> None:
    start = clock.now(workdir)
    stack = FakeStack(workdir, [start + timedelta(hours=n) for n in range(1, 2000)])

    journey = travel(stack, timedelta(days=91))  # type: ignore[arg-type]

    assert not stack.due
    assert len(journey.stops) < 200


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("91d", timedelta(days=91)),
        ("6h", timedelta(hours=6)),
        ("30m", timedelta(minutes=30)),
        (" 5d ", timedelta(days=5)),
    ],
)
def test_a_distance_is_read(text: str, meant: timedelta) -> None:
    assert duration(text) == meant


@pytest.mark.parametrize("text", ["", "91", "d", "-5d", "5w", "1.5d"])
def test_an_unclear_distance_is_answered_with_an_example(text: str) -> None:
    with pytest.raises(Unclear, match="make travel BY=91d"):
        duration(text)


def test_a_folder_that_is_not_there_is_answered_with_an_example(tmp_path: Path) -> None:
    with pytest.raises(Unclear, match="make publish CLIENTS="):
        folder(str(tmp_path / "nowhere"))
    with pytest.raises(Unclear, match="make publish CLIENTS="):
        folder("")


def test_without_a_running_system_the_sentence_says_how_to_start_one(workdir: Workdir) -> None:
    with pytest.raises(NotUp, match="make up"):
        Outputs.read(workdir)


def test_stacks_are_read_in_the_order_in_which_they_can_be_made(tmp_path: Path) -> None:
    def stack(name: str, *needs: str) -> dict[str, Any]:
        place = {"stackTemplateAssetObjectUrl": f"s3://assets/{name}.json", "stackName": f"The{name}"}
        return {"type": "aws:cloudformation:stack", "properties": place, "dependencies": list(needs)}

    files = {
        "one": {
            "source": {"path": "code", "packaging": "zip"},
            "destinations": {"here": {"bucketName": "assets", "objectKey": "code.zip"}},
        },
        "two": {
            "source": {"path": "b.json", "packaging": "file"},
            "destinations": {"here": {"bucketName": "assets", "objectKey": "b.json"}},
        },
    }
    artifacts = {
        "compute": stack("compute", "storage", "compute.assets"),
        "compute.assets": {"type": "cdk:asset-manifest", "properties": {"file": "compute.assets.json"}},
        "storage": stack("storage"),
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (tmp_path / "compute.assets.json").write_text(json.dumps({"files": files}))

    read = assembly.read(tmp_path)

    assert [(s.name, s.template) for s in read.stacks] == [
        ("Thestorage", "assets/storage.json"),
        ("Thecompute", "assets/compute.json"),
    ]
    assert [(a.source.name, a.zipped, a.bucket, a.key) for a in read.assets] == [
        ("code", True, "assets", "code.zip"),
        ("b.json", False, "assets", "b.json"),
    ]


def test_travel_tells_of_every_batch_so_that_customers_may_react(workdir: Workdir) -> None:
    start = clock.now(workdir)
    stack = FakeStack(workdir, [start + timedelta(days=1), start + timedelta(days=6)])
    reactions: list[int] = []

    travel(stack, timedelta(days=9), at_stop=lambda: reactions.append(stack.mail_count()))  # type: ignore[arg-type]

    assert reactions == [1, 2]
