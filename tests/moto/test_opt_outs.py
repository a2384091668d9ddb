"""A no, wherever it came from, stops what follows: lists through their handler, admission, page, on tables of moto."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from functions.shared.adapters.opt_outs import DynamoOptOutBatches
from functions.shared.adapters.people import DynamoPeople
from functions.shared.adapters.tables import OptOut
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.identity import person_key
from functions.shared.domain.object_keys import read_opt_out_key
from functions.shared.domain.opt_outs import OptOutRecord
from tests.worlds.import_aws import UPLOADS, Context, Import, deployed_import, sqs_event
from tests.worlds.import_world import NOW, PEPPER, bundle, csv_file
from tests.worlds.lambda_modules import start
from tests.worlds.mail_world import MONDAY, planned

NUMBERED = ("Klantnummer", "E-mail", "Datum contact")
LIST = "opt-outs/acme/no.csv"


HANDLER = "functions.crm_import.handlers.opt_outs"


@dataclass
class Lists:
    """The deployed import, with the function of the lists."""

    world: Import
    queue_url: str

    def take(self, key: str, body: bytes, attempt: int = 1, seconds: int = 300) -> Any:
        self.world.put(key, body)
        version = self.world.s3.head_object(Bucket=UPLOADS, Key=key)["VersionId"]
        told = {"key": key.replace(" ", "+"), "versionId": version}
        return self.deliver({"Records": [{"s3": {"bucket": {"name": UPLOADS}, "object": told}}]}, attempt, seconds)

    def deliver(self, message: dict[str, Any], attempt: int = 1, seconds: int = 300) -> Any:
        return import_module(HANDLER).take(sqs_event(message, attempt), Context(seconds * 1000))

    def receipt(self, key: str = LIST) -> tuple[dict[str, Any], list[dict[str, str]]]:
        place, s3 = read_opt_out_key(key), self.world.s3
        lines = s3.get_object(Bucket=UPLOADS, Key=place.receipt("csv"))["Body"].read().decode()
        summary = s3.get_object(Bucket=UPLOADS, Key=place.receipt("json"))["Body"].read()
        return json.loads(summary), list(csv.DictReader(io.StringIO(lines)))


@pytest.fixture
def lists() -> Iterator[Lists]:
    with deployed_import(bundle(identity="customer_number")) as world, pytest.MonkeyPatch.context() as patch:
        queue_url = world.sqs.create_queue(QueueName="opt-outs")["QueueUrl"]
        patch.setenv("OPT_OUT_QUEUE_URL", queue_url)
        start(HANDLER)
        yield Lists(world, queue_url)


def upload(world: Import, *rows: tuple[str, str]) -> list[str]:
    """Upload contacts of (number, address); return their outcomes."""
    cells = [(*row, "23-11-2026 10:00") for row in rows]
    _, lines = world.upload("uploads/acme/service/file.csv", csv_file(*cells, header=NUMBERED))
    return [line["outcome"] for line in lines]


def test_whom_a_list_names_by_number_or_by_address_is_not_invited(lists: Lists) -> None:
    answer = lists.take(LIST, b"klantnr;email\nK1;\n;b@klant.example\nK3;c@klant.example\n")

    assert answer == {"batchItemFailures": []}
    summary, lines = lists.receipt()
    assert (summary["state"], summary["outcomes"]) == ("complete", {"opted_out": 3})
    assert [line["how"] for line in lines] == ["file"] * 3
    assert upload(
        lists.world,
        ("K1", "elsewhere@klant.example"),
        ("K2", "b@klant.example"),
        ("", "c@klant.example"),
        ("K4", "d@klant.example"),
    ) == ["opted_out", "opted_out", "opted_out", "invited"]


def test_the_same_message_twice_gives_the_same_receipt_and_changes_nothing(lists: Lists) -> None:
    lists.take(LIST, b"email\na@klant.example\na@klant.example\n")
    first, item = lists.receipt(), vars(OptOut.get(key("a@klant.example")))
    version = lists.world.s3.head_object(Bucket=UPLOADS, Key=LIST)["VersionId"]
    lists.world.moment += timedelta(days=1)

    lists.deliver({"Records": [{"s3": {"object": {"key": LIST, "versionId": version}}}]})

    assert lists.receipt() == first
    assert vars(OptOut.get(key("a@klant.example"))) == item
    assert OptOut.count() == 1


def test_a_list_that_takes_longer_than_the_function_goes_on_by_a_message_without_a_person_in_it(lists: Lists) -> None:
    body = "email\n" + "".join(f"p{n}@klant.example\n" for n in range(1500))
    lists.take(LIST, body.encode(), seconds=10)
    assert lists.receipt()[0]["state"] == "partial"

    for _ in range(3):
        messages = lists.world._taken_from(lists.queue_url)
        for message in messages:
            assert "klant.example" not in json.dumps(message)
            lists.deliver(message, seconds=10)

    summary, lines = lists.receipt()
    assert (summary["state"], summary["rows"], OptOut.count()) == ("complete", 1500, 1500)
    assert [line["row"] for line in lines] == [str(n) for n in range(1, 1501)]


def test_a_fault_goes_back_to_the_queue_and_at_last_is_told(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DynamoOptOutBatches, "add_all", lambda *_: 1 / 0)

    answers = [lists.take(LIST, b"email\na@klant.example\n", attempt) for attempt in (1, 5)]

    assert [len(answer["batchItemFailures"]) for answer in answers] == [1, 1]
    assert lists.receipt()[0]["state"] == "partial"


def test_hello_of_s3_and_a_folder_are_no_lists(lists: Lists) -> None:
    assert lists.deliver({"Service": "Amazon S3", "Event": "s3:TestEvent"}) == {"batchItemFailures": []}
    assert lists.take("opt-outs/acme/", b"") == {"batchItemFailures": []}


def test_no_log_line_of_a_list_names_anybody(lists: Lists, caplog: pytest.LogCaptureFixture) -> None:
    lists.take(LIST, b"klantnr;email\nK1;a@klant.example\n")
    lists.take(LIST, b"no;who\n1;2\n")

    told = [str(vars(record)) for record in caplog.records]
    assert ["opt_outs_taken" in told[0], "opt_outs_refused" in told[1]] == [True, True]
    assert "klant.example" not in "".join(told)


def test_a_comparison_tells_of_every_person_and_writes_nothing(lists: Lists) -> None:
    OptOut(key("a@klant.example"), client="acme", since=NOW - timedelta(minutes=1), how="page").save()
    match = "opt-outs/acme/match/all.csv"

    lists.take(match, b"klantnr;email\nK1;a@klant.example\nK2;b@klant.example\n")

    _, lines = lists.receipt(match)
    assert [(line["outcome"], line["how"]) for line in lines] == [("opted_out", "page"), ("not_opted_out", "")]
    assert lines[0]["since"] == "2026-11-24T11:59:00+01:00"
    assert OptOut.count() == 1


def test_the_sender_asks_the_person_and_the_address(lists: Lists) -> None:
    mine = planned(person="person", address_key="address")
    other = planned(invitation_id="other", person="another", address_key="another address")
    third = planned(invitation_id="third", person="third", address_key="third")
    OptOut("address", client="vaart", since=NOW, how="file").save()
    OptOut("another", client="vaart", since=NOW, how="page").save()

    found = DynamoPeople().recipient_states([mine, other, third], MONDAY)

    assert [found[one.invitation_id].opted_out for one in (mine, other, third)] == [True, True, False]


def test_a_busy_table_is_for_a_later_attempt(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.shared.adapters import item_inserts

    class Busy:
        asked = 0

        def call(self, operation: str, body: str) -> dict[str, Any]:
            self.asked += 1
            return {"Responses": [{"Error": {"Code": "ThrottlingError"}} for _ in json.loads(body)["Statements"]]}

    pauses: list[float] = []
    monkeypatch.setattr(item_inserts, "sleep", pauses.append)
    with pytest.raises(TryAgain):
        DynamoOptOutBatches(Busy()).add_all([OptOutRecord("k", "acme", NOW, "file")])

    assert max(pauses) <= 3
    assert len(pauses) == 10


def key(identity: str) -> str:
    return person_key(PEPPER, "acme", identity)
