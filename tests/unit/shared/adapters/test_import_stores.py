"""What the import's DynamoDB stores do with the answers that a busy or broken DynamoDB gives."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.attributes import NumberSetAttribute
from pynamodb.models import Model

from functions.shared.adapters import admissions, item_inserts, item_reads
from functions.shared.adapters.admissions import DynamoAdmissions
from functions.shared.adapters.items import insert_writer, item_writer, put_request
from functions.shared.adapters.tables import Contact, Invitation
from functions.shared.domain.admission import RefusedWrite
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.interaction import Interaction
from functions.shared.domain.upload import Claim, PlannedInvitation
from tests.worlds.import_world import NOW

UNTIL = NOW + timedelta(days=90)
THROTTLED = {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}


class Busy:
    """A DynamoDB that responds from a list, operation by operation, and remembers its requests."""

    client: Any = None

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []

    def call(self, operation: str, body: str) -> Any:
        self.asked.append(json.loads(body))
        return self.answers[operation].pop(0)

    def batch_get_item(self, **told: Any) -> Any:
        return self.call("BatchGetItem", json.dumps(told))


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    for module in (admissions, item_inserts, item_reads):
        monkeypatch.setattr(module, "sleep", taken.append)
    return taken


def planned(number: int) -> PlannedInvitation:
    interaction = Interaction(f"i{number}", "acme", "service", NOW, f"p{number}@klant.example")
    return PlannedInvitation(
        f"{number:08x}-0000-5000-8000-000000000000",
        f"person{number}",
        f"key{number}",
        None,
        interaction,
        "d",
        1,
        NOW,
        NOW,
        NOW,
    )


def test_only_the_statements_that_were_throttled_are_sent_again(pauses: list[float]) -> None:
    client = Busy(BatchExecuteStatement=[{"Responses": [{}, THROTTLED, {}]}, {"Responses": [{}]}])

    stops = DynamoAdmissions(client).claim([Claim(f"p{n}", f"i{n}", f"d/{n}") for n in range(3)], NOW, UNTIL)

    assert stops == [None, None, None]
    assert [one["Parameters"][0] for one in client.asked[1]["Statements"]] == [{"S": "p1"}]
    assert len(pauses) == 1


def test_a_table_that_keeps_refusing_is_for_a_later_attempt() -> None:
    client = Busy(BatchExecuteStatement=[{"Responses": [THROTTLED]}] * 20)

    with pytest.raises(TryAgain):
        DynamoAdmissions(client).claim([Claim("p", "i", "d/1")], NOW, UNTIL)


def test_a_statement_that_is_refused_for_another_reason_is_a_surprise() -> None:
    wrong = {"Error": {"Code": "AccessDenied", "Message": "no such thing"}}
    client = Busy(BatchExecuteStatement=[{"Responses": [wrong]}])

    with pytest.raises(RuntimeError, match="AccessDenied"):
        DynamoAdmissions(client).create([planned(1)])


def test_an_item_that_is_refused_for_what_it_holds_stops_none_of_the_others() -> None:
    refused = {"Error": {"Code": "ValidationError", "Message": "Item size has exceeded the maximum allowed size"}}
    client = Busy(BatchExecuteStatement=[{"Responses": [{}, refused, {}]}])

    created = DynamoAdmissions(client).create([planned(1), planned(2), planned(3)])

    assert created == [None, RefusedWrite("ValidationError"), None]


def test_a_contact_that_is_refused_for_what_it_holds_stops_none_of_the_others() -> None:
    class Fussy(Busy):
        def call(self, operation: str, body: str) -> Any:
            self.asked.append(json.loads(body))
            if "person2" in body:
                raise ClientError({"Error": {"Code": "ValidationException", "Message": "too large"}}, operation)
            return {}

    client = Fussy()

    kept = DynamoAdmissions(client).keep_contacts([planned(1), planned(2), planned(3)])

    assert kept == [None, RefusedWrite("ValidationException"), None]
    assert len(client.asked) == 4


def test_a_block_that_is_refused_for_what_it_holds_is_a_surprise() -> None:
    refused = {"Error": {"Code": "ValidationError", "Message": "?"}}
    client = Busy(BatchExecuteStatement=[{"Responses": [refused]}])

    with pytest.raises(RuntimeError, match="ValidationError"):
        DynamoAdmissions(client).claim([Claim("p", "i", "d/1")], NOW, UNTIL)


def test_contacts_that_were_left_over_are_written_again() -> None:
    table = Contact.Meta.table_name
    left = {table: [{"PutRequest": {"Item": {"person": {"S": "person1"}}}}]}
    client = Busy(BatchWriteItem=[{"UnprocessedItems": left}, {"UnprocessedItems": {}}])

    DynamoAdmissions(client).keep_contacts([planned(0), planned(1)])

    assert client.asked[1] == {"RequestItems": left}


def test_keys_that_were_not_answered_are_read_again() -> None:
    def answer(responses: dict[str, Any], left: dict[str, Any]) -> dict[str, Any]:
        return {"Responses": responses, "UnprocessedKeys": left}

    table = Invitation.Meta.table_name
    item = {"invitation_id": {"S": "i1"}, "upload": {"S": "d"}, "planned_at": {"N": "1795518000"}, "row": {"N": "7"}}
    item |= {"person": {"S": "p1"}, "address_key": {"S": "k1"}}
    left = {table: {"Keys": [{"invitation_id": {"S": "i1"}}]}}
    client = Busy(BatchGetItem=[answer({}, left), answer({table: [item]}, {})])

    known = DynamoAdmissions(client).known([("i1", "p1", "k1"), ("i2", "p2", "k2")])

    assert list(known) == ["i1"]
    assert known["i1"].invitation == ("d", 7, NOW, "p1", "k1")
    assert client.asked[1] == {"RequestItems": left}


def test_an_item_has_the_names_and_types_of_its_model_and_no_empty_values() -> None:
    write = item_writer(Invitation, "invitation_id", "rank", "facts", "team", "due_at", "keep_until")

    item = write(invitation_id='i "1"', rank=10, facts={"a": "é"}, team=None, due_at=NOW, keep_until=NOW)

    read = {name: json.loads(text) for name, text in item.items()}
    model = Invitation('i "1"', rank=10, facts={"a": "é"}, due_at=NOW, keep_until=NOW).to_dynamodb_dict()
    assert read == {name: model[name] for name in ("invitation_id", "rank", "facts", "due_at", "keep_until")}


def test_the_values_of_an_item_are_named_each_once_and_all_of_them() -> None:
    write = item_writer(Contact, "person", "address")

    with pytest.raises(TypeError, match="address"):
        write(person="p")
    with pytest.raises(TypeError, match="language"):
        write(person="p", address="a", language="nl")
    with pytest.raises(KeyError, match="language"):
        write(person="p", language="nl")
    with pytest.raises(TypeError):
        write("p", "a")
    with pytest.raises(KeyError, match="nickname"):
        item_writer(Contact, "nickname")
    with pytest.raises(TypeError, match="texted_numbers"):
        item_writer(Numbers, "texted_numbers")


class Numbers(Model):
    """A table with an attribute of a type that is not written as text."""

    texted_numbers = NumberSetAttribute(hash_key=True)


def test_an_item_is_put_and_inserted_with_the_values_that_it_has() -> None:
    write, insert = item_writer(Contact, "person", "address", "first_name"), insert_writer("contacts")
    items = [write(person="p", address='é"\\\n\u2028😀@x', first_name=name) for name in ("Jo", None)]

    put = [json.loads(put_request(item))["PutRequest"]["Item"] for item in items]
    inserted = [json.loads(insert(item)) for item in items]

    assert put[1] == {"person": {"S": "p"}, "address": {"S": 'é"\\\n\u2028😀@x'}}
    assert [one["Parameters"] for one in inserted] == [list(one.values()) for one in put]
    assert inserted[0]["Statement"] == """INSERT INTO "contacts" VALUE {'person': ?, 'address': ?, 'first_name': ?}"""
    assert inserted[1]["Statement"] == """INSERT INTO "contacts" VALUE {'person': ?, 'address': ?}"""
