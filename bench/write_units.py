"""DynamoDB write units of an invitation over its whole life. `python -m bench.write_units` tells them by write.

The deployed code runs a file through admission, sending, the reports of SES, answering and reminding, on moto's
tables. Every write that leaves is counted by DynamoDB's published rules: a unit for each started kB of the larger of
the item before and after, twice that in a transaction, also where the condition does not hold; and for an index a
unit where an entry comes or goes, two where its key changes. Of the people invited, ANSWERED answer within a day and
the others get one reminder. What is written per chunk, batch or client is left out: with a thousand rows a chunk it
is some thousandths of a unit.
"""

import json
import math
import os
import re
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from pynamodb.models import Model

from bench.imports import KEY, NOW, OneClient, crm_file
from bench.mails import KEYS, SURVEY
from functions.crm_import import reading as file_reading
from functions.crm_import import service
from functions.invite.rendering import MailRenderer
from functions.invite.service import Sending, SendOutcome
from functions.invite.tracking import Tracking
from functions.shared.adapters.admissions import DynamoAdmissions
from functions.shared.adapters.answer_patterns import DynamoAnswerPatterns
from functions.shared.adapters.binding import Names, bind
from functions.shared.adapters.customer_attributes import DynamoCustomers
from functions.shared.adapters.direct_dynamodb import direct_dynamodb
from functions.shared.adapters.feedback_blocks import DynamoFeedbackBlocks
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.mail_counts import DynamoMailCounts
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.people import DynamoPeople
from functions.shared.adapters.quotas import DynamoQuotas
from functions.shared.adapters.responses import DynamoResponses
from functions.shared.adapters.tables import MODELS, Contact, FeedbackBlock, Invitation, Response
from functions.shared.adapters.upload_files import S3Files
from functions.shared.adapters.upload_ledger import DynamoLedger
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import DeliveryReport, ReportKind
from functions.shared.domain.identity import sign_token
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.send_results import SendAccepted
from functions.shared.domain.upload import ChunkPointer
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts
from functions.survey.outcomes import AnswerRecorded
from functions.survey.page_nonce import sign_page
from functions.survey.service import NONCE_FIELD, Survey
from infra.logos import with_logos
from infra.mail_templates import SOURCE, compile_mail

REGION: Final = "eu-west-1"
ROWS = 100
ANSWERED = 0.4
AIM = 2.5
_ACCOUNT = "123456789012"  # moto's
_NAMES = {model: f"units-{model.__name__}" for model in MODELS}
_COUNTED = {_NAMES[model]: model for model in (Contact, FeedbackBlock, Invitation, Response)}
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
}
_INSERT = re.compile(r"""INSERT INTO "([^"]+)" VALUE \{(.*)\}""")

Item = dict[str, dict[str, Any]]


class Meter:
    """Counts the write units of the tables that belong to an invitation, by stage and table."""

    def __init__(self) -> None:
        self.stage = ""
        self.units: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Count what leaves meanwhile."""
        plainly = BotocoreStubber.__call__

        def counted(stubber: BotocoreStubber, event_name: str, request: Any, **more: Any) -> Any:
            target = _text(request.headers.get("X-Amz-Target", ""))
            operation = target.rpartition(".")[2]
            writes = list(_writes(operation, json.loads(_text(request.body)))) if "Dynamo" in target else []
            before = [_item(table, key) for table, key in writes]
            answer = plainly(stubber, event_name, request, **more)
            for (table, key), old in zip(writes, before, strict=True):
                item, index = _units(old, _item(table, key))
                self._add(table, item * (2 if operation == "TransactWriteItems" else 1))
                self._add(f"{table}, index", index)
            return answer

        with (
            patch.object(BotocoreStubber, "__call__", counted),
            patch.object(DynamoDBBackend, "batch_execute_statement", _insert),
        ):
            yield

    def _add(self, what: str, units: int) -> None:
        if units and what.partition(",")[0] in _COUNTED:
            self.units[self.stage, what] += units


def _writes(operation: str, told: dict[str, Any]) -> Iterator[tuple[str, Item]]:
    """Yield the table and the item, or at least its key, of each write of a request."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        yield told["TableName"], told.get("Item") or told["Key"]
    elif operation == "BatchWriteItem":
        for table, requests in told["RequestItems"].items():
            for one in requests:
                yield table, one["PutRequest"]["Item"] if "PutRequest" in one else one["DeleteRequest"]["Key"]
    elif operation == "TransactWriteItems":
        for one in told["TransactItems"]:
            (write,) = one.values()
            yield write["TableName"], write.get("Item") or write["Key"]
    elif operation == "BatchExecuteStatement":
        for one in told["Statements"]:
            yield _inserted(one)


def _inserted(told: dict[str, Any]) -> tuple[str, Item]:
    """Return the table and the item of an INSERT."""
    found = _INSERT.fullmatch(told["Statement"])
    if found is None:
        raise AssertionError(told["Statement"])
    names = re.findall(r"'([^']+)': \?", found[2])
    return found[1], dict(zip(names, told["Parameters"], strict=True))


def _insert(backend: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """INSERT with parameters, which moto does not know. Nobody here is inserted twice."""
    for told in statements:
        table, item = _inserted(told)
        backend.get_table(table).put_item(item)
    return [{}] * len(statements)


def _item(table: str, told: Item) -> Item | None:
    """Return an item as it stands."""
    model: type[Model] | None = _COUNTED.get(table)
    if model is None:
        return None
    name = next(one.attr_name for one in model.get_attributes().values() if one.is_hash_key)
    found = dynamodb_backends[_ACCOUNT][REGION].get_item(table, {name: told[name]})
    return found.to_json()["Attributes"] if found else None


def _units(before: Item | None, after: Item | None) -> tuple[int, int]:
    """Return the units of a write of an item: its table's, and its index's."""
    table = max([1, *(math.ceil(item_size(item) / 1024) for item in (before, after) if item)])
    old, new = (_entry(item or {}) for item in (before, after))
    index = 0 if old == new else 2 if old and new else 1
    return table, index


def _entry(item: Item) -> tuple[str, str] | None:
    """Return where an item stands in the due index."""
    if "due_shard" not in item or "due_at" not in item:
        return None
    return item["due_shard"]["S"], item["due_at"]["N"]


def item_size(item: Item) -> int:
    """Return the bytes of an item as DynamoDB counts them: names and values, numbers at two digits a byte."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: dict[str, Any]) -> int:
    ((kind, told),) = value.items()
    if kind == "S":
        return len(told.encode())
    if kind == "N":
        return math.ceil(len(told.strip("-0.")) / 2) + 1
    if kind == "M":
        return 3 + len(told) + item_size(told)
    if kind == "L":
        return 3 + len(told) + sum(map(_size, told))
    return 1


def _text(told: str | bytes) -> str:
    return told.decode() if isinstance(told, bytes) else told


class _Turns:
    """There is always a turn, nobody is paused, and SES takes every mail."""

    def next_slot(self) -> int:
        return 1

    def wait_for(self, slot: int, waited: Callable[[], None]) -> bool:
        return True

    def back_off(self) -> None:
        raise AssertionError("nothing here throttles")

    def is_paused(self, client: str) -> bool:
        return False

    def note(self, delivery: object, at: object) -> None:
        raise AssertionError("nothing is refused here")

    def send(self, mail: PackedMail) -> SendAccepted:
        return SendAccepted("message")


class Life:
    """The lives of the invitations of one file, on a clock that is moved."""

    def __init__(self, meter: Meter, templates: Path) -> None:
        self._meter = meter
        self._now = NOW
        self._clients = OneClient()
        bundle = with_logos(self._clients.load("vaart"))
        self._clients.load = lambda slug: bundle  # type: ignore[method-assign]
        self._bundle: ClientBundle = bundle
        turns, counts = _Turns(), DynamoMailCounts()
        self._invitations, people = DynamoInvitations("mail"), DynamoPeople()
        opt_outs, blocks = OptOuts(DynamoOptOuts()), FeedbackBlocks(DynamoFeedbackBlocks())
        self._sending = Sending(
            invitations=self._invitations,
            people=people,
            opt_outs=opt_outs,
            blocks=blocks,
            clients=self._clients,
            renderer=MailRenderer(templates),
            sender=turns,
            rate_limiter=turns,
            keys=KEYS,
            survey_url=SURVEY,
            clock=lambda: self._now,
            pauses=turns,
            counts=counts,
            refusals=turns,
        )
        self._tracking = Tracking(self._invitations, people, opt_outs, blocks, self._clients, counts, turns)
        self._survey = Survey(KEYS, self._clients, DynamoResponses(), opt_outs, blocks, DynamoAnswerPatterns())

    def admit(self) -> int:
        """Import a file; return how many people are invited."""
        self._meter.stage = "admitted"
        s3 = boto3.client("s3", region_name=REGION)
        for bucket in ("uploads", "data"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="uploads", Key=KEY, Body=crm_file(ROWS))
        files, ledger, chunks, nobody = S3Files(s3, "uploads", "data"), DynamoLedger(), _Chunks(), _Unread()
        reading = file_reading.ReadStores(files, ledger, self._clients, chunks, b"pepper", nobody)
        tables = (DynamoAdmissions(direct_dynamodb()), DynamoQuotas(), DynamoCustomers(direct_dynamodb()))
        admitting = service.AdmitStores(files, ledger, self._clients, *tables, nobody)
        file_reading.read_upload(KEY, None, NOW, uuid.uuid4().hex, reading)
        for pointer in chunks.sent:
            service.decide_chunk(pointer, NOW, admitting)
        return len(self._invitations.due(NOW, ROWS))

    def mail(self, what: str, after: timedelta) -> list[str]:
        """Send what is due some time later, and let SES report it; return whom it went to."""
        self._now += after
        due = self._invitations.due(self._now, ROWS)
        self._meter.stage = f"{what} sent"
        for invitation_id, at in due:
            outcome, reason = self._sending.send(invitation_id, at)
            if outcome is not SendOutcome.SENT:
                raise AssertionError(f"{outcome} {reason}")
        self._meter.stage = f"{what} delivered"
        accepted, number = self._now, 0 if what == "invitation" else 1
        for report in (ReportKind.SENT, ReportKind.DELIVERED):
            self._now += timedelta(seconds=2)
            for invitation_id, _ in due:
                self._tracking.track(DeliveryReport(report, invitation_id, number, accepted, self._now))
        return [invitation_id for invitation_id, _ in due]

    def answer(self, invitation_ids: list[str], after: timedelta) -> None:
        """Let people answer, some time later."""
        self._meter.stage = "answered"
        self._now += after
        for one in invitation_ids:
            nonce = sign_page(KEYS, "answer", one, self._now - timedelta(minutes=1))
            posted = {**self._answers(), NONCE_FIELD: [nonce]}
            outcome = self._survey.answer(sign_token(KEYS, "answer", one), posted, {}, self._now)
            if not isinstance(outcome, AnswerRecorded):
                raise AssertionError(outcome)

    def _answers(self) -> dict[str, list[str]]:
        questions = self._bundle.questionnaires[self._bundle.touchpoints["klantenservice"].questionnaire].questions
        words = {"nps": "9", "scale": "4", "text": "Het gesprek was prettig, en ik weet nu waar ik aan toe ben."}
        return {question.id: [words[question.type]] for question in questions if question.type in words}


class _Chunks:
    """The queue of chunks."""

    def __init__(self) -> None:
        self.sent: list[ChunkPointer] = []

    def send(self, pointers: Any) -> None:
        self.sent += pointers


class _Unread:
    """Mails to the contact, which are none of an invitation's."""

    def put(self, notice: Any) -> None:
        pass


def measured() -> tuple[int, Counter[tuple[str, str]]]:
    """Return how many were invited, and the units by stage and table."""
    meter = Meter()
    environment = {**os.environ, **_ENVIRONMENT, **{Names.variable(model): name for model, name in _NAMES.items()}}
    environment.pop("AWS_ENDPOINT_URL", None)
    with mock_aws(), patch.dict(os.environ, environment), tempfile.TemporaryDirectory() as folder, meter.reading():
        for model in MODELS:
            model._connection = None  # one from before would not talk to moto
        bind(*MODELS)
        for model in MODELS:
            model.create_table(billing_mode="PAY_PER_REQUEST")
        compile_mail(SOURCE, Path(folder))
        life = Life(meter, Path(folder))
        invited = life.admit()
        asked = life.mail("invitation", timedelta())
        life.answer(asked[: round(invited * ANSWERED)], timedelta(hours=20))
        reminded = life.mail("reminder", timedelta(days=5, hours=6))
        if len(asked) != invited or len(reminded) != invited - round(invited * ANSWERED):
            raise AssertionError((invited, len(asked), len(reminded)))
    for model in MODELS:
        model._connection = None
    return invited, meter.units


def lines() -> Iterator[dict[str, Any]]:
    """Yield the measurement."""
    invited, units = measured()
    ours = units.total() / invited
    yield {
        "name": "write_units_per_invitation",
        "ours": round(ours, 2),
        "peer": AIM,
        "ratio": round(ours / AIM, 3),
        "unit": f"DynamoDB write units, {ANSWERED:.0%} answer, the others are reminded once; peer: the aim",
    }


if __name__ == "__main__":
    people, counted = measured()
    for (stage, table), units in counted.items():
        print(f"{units / people:6.2f}  {stage}: {table}")
    print(f"{counted.total() / people:6.2f}  in all")
    sys.exit(0)
