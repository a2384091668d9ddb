"""Customer files through their handler, on tables of moto; and what the invitations of a CRM file take of them."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from functions.shared.adapters.customer_attributes import DynamoCustomers
from functions.shared.adapters.direct_dynamodb import direct_dynamodb
from functions.shared.adapters.tables import Customer, Invitation
from functions.shared.domain.customer_attributes import KEPT, CustomerRecord, Snapshot
from functions.shared.domain.identity import person_key
from functions.shared.domain.object_keys import read_customer_file_key
from tests.worlds.import_aws import UPLOADS, Context, Import, deployed_import, sqs_event
from tests.worlds.import_world import NOW, PEPPER, bundle, csv_file
from tests.worlds.lambda_modules import start

HANDLER = "functions.crm_import.handlers.customers"
NAMES = {"en": "x", "nl": "x"}
PLAN = {
    "dimension": "plan",
    "name": NAMES,
    "customer": "Plan",
    "values": [{"value": value, "name": NAMES} for value in ("basic", "plus")],
}
FILE = "customers/acme/klanten.csv"


@pytest.fixture
def world() -> Iterator[Import]:
    with deployed_import(bundle(dimensions=[PLAN])) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTOMER_QUEUE_URL", found.sqs.create_queue(QueueName="customers")["QueueUrl"])
        start(HANDLER)
        yield found


def take(world: Import, body: bytes, attempt: int = 1, seconds: int = 300) -> Any:
    world.put(FILE, body)
    version = world.s3.head_object(Bucket=UPLOADS, Key=FILE)["VersionId"]
    told = {"Records": [{"s3": {"bucket": {"name": UPLOADS}, "object": {"key": FILE, "versionId": version}}}]}
    return import_module(HANDLER).take(sqs_event(told, attempt), Context(seconds * 1000))


def receipt(world: Import) -> dict[str, Any]:
    key = read_customer_file_key(FILE).receipt("json")
    found: dict[str, Any] = json.loads(world.s3.get_object(Bucket=UPLOADS, Key=key)["Body"].read())
    return found


def test_what_a_file_says_is_on_the_invitations_that_follow(world: Import) -> None:
    text = b"Klantnummer;Peildatum;Plan\nK1;1-11-2026;plus\nK2;1-11-2026;basic\n"
    assert take(world, text) == {"batchItemFailures": []}
    assert receipt(world)["outcomes"] == {"kept": 2}

    cells = [(name, f"{name}@klant.example", "23-11-2026 10:00") for name in ("K1", "K2", "K3")]
    world.upload("uploads/acme/service/file.csv", csv_file(*cells, header=("Klantnummer", "E-mail", "Datum contact")))

    found = {item.row: item.dimensions for item in Invitation.scan()}
    assert found == {1: {"plan": "plus"}, 2: {"plan": "basic"}, 3: {"plan": "unknown"}}
    item = Customer.get(person_key(PEPPER, "acme", "customer:K1"))
    assert (item.client, item.version) == ("acme", 1)
    assert item.expires_at == world.moment + KEPT
    assert "K1" not in repr(vars(item))


def test_a_later_file_is_added_to_what_is_known(world: Import) -> None:
    take(world, b"Klantnummer;Plan\nK1;basic\n")
    world.moment += timedelta(days=1)
    take(world, b"Klantnummer;Plan\nK1;plus\n")
    take(world, b"Klantnummer;Plan\nK1;plus\n")  # another version of the object, and nothing new

    item = Customer.get(person_key(PEPPER, "acme", "customer:K1"))
    assert [told[1] for told in item.history] == [{"plan": "plus"}, {"plan": "basic"}]


def test_a_record_that_was_changed_meanwhile_is_told_and_left(world: Import) -> None:
    store = DynamoCustomers(direct_dynamodb())
    first = CustomerRecord("key", "acme", (Snapshot(NOW, {"plan": "a"}, "file", 1),), 1)
    second = CustomerRecord("key", "acme", (Snapshot(NOW, {"plan": "b"}, "other", 1),), 2)

    assert store.write([first], NOW) == set()
    assert store.write([CustomerRecord("key", "acme", version=1)], NOW) == {"key"}
    assert store.write([second], NOW) == set()
    assert store.write([CustomerRecord("key", "acme", version=2)], NOW) == {"key"}
    assert store.write([CustomerRecord("gone", "acme", version=5)], NOW) == {"gone"}
    (found,) = store.find(["key"]).values()
    assert (found.version, found.history[0].attributes) == (2, {"plan": "b"})
    assert found.history[0].at == datetime.fromisoformat(NOW.isoformat())


def test_a_file_that_takes_longer_than_the_function_goes_on_by_a_message_without_a_person_in_it(world: Import) -> None:
    text = "\n".join(["Klantnummer;Plan", *(f"K{number};plus" for number in range(1500))]).encode()
    take(world, text, seconds=10)
    assert receipt(world)["state"] == "partial"

    url = world.sqs.get_queue_url(QueueName="customers")["QueueUrl"]
    (message,) = world.sqs.receive_message(QueueUrl=url)["Messages"]
    assert "K1" not in message["Body"]
    import_module(HANDLER).take(sqs_event(json.loads(message["Body"])), Context())

    assert (receipt(world)["state"], receipt(world)["rows"], Customer.count()) == ("complete", 1500, 1500)


def test_a_fault_goes_back_to_the_queue_and_at_last_is_told(
    world: Import, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(DynamoCustomers, "find", lambda *_: 1 / 0)

    assert take(world, b"Klantnummer;Plan\nK1;plus\n") == {"batchItemFailures": [{"itemIdentifier": "message"}]}
    take(world, b"Klantnummer;Plan\nK1;plus\n", attempt=5)

    assert receipt(world)["state"] == "partial"
    assert "K1" not in capsys.readouterr().out


def test_a_refused_file_is_counted(world: Import, capsys: pytest.CaptureFixture[str]) -> None:
    take(world, b"Klantnummer;Regio\nK1;Noord\n")

    told = capsys.readouterr().out
    assert '"UploadsRefused":[1.0]' in told.replace(" ", "")
