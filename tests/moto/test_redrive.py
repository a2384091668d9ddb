"""`make redrive` on AWS: queues by message move tasks, schedules by a call, records of streams by the collector."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from operations.deployed import Deployed
from operations.redrive import redrive
from tests.worlds.moto_place import moto_place

REGION = "eu-west-1"
KEY = "aws/lambda/uuid/shard/2026-11-01T10.00.00-uuid"
EVENT = {"Records": [{"dynamodb": {"SequenceNumber": "1"}}, {"dynamodb": {"SequenceNumber": "2"}}]}


class Functions:
    """Lambda: what was called with what, and what it answers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.answer: dict[str, Any] = {"batchItemFailures": []}
        self.error: str | None = None

    def invoke(self, **call: Any) -> dict[str, Any]:
        self.calls.append((call["FunctionName"], json.loads(call["Payload"])))
        failed = {"FunctionError": self.error} if self.error else {}
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **failed}


class MovingSqs:
    """SQS of moto, which knows no message move tasks: those are only checked and noted."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs
        self.moves: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sqs, name)

    def start_message_move_task(self, **call: Any) -> None:
        shape = self._sqs.meta.service_model.operation_model("StartMessageMoveTask").input_shape
        assert set(shape.required_members) <= set(call) <= set(shape.members)
        self.moves.append(call)


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def place(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        sqs: Any = boto3.client("sqs", region_name=REGION)
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "schedule", "lost")}
        arn = sqs.get_queue_attributes(QueueUrl=urls["dead"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
        mails = sqs.create_queue(QueueName="mails", Attributes={"RedrivePolicy": policy})["QueueUrl"]
        boto3.client("s3", region_name=REGION).create_bucket(
            Bucket="lost", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        made, moving = moto_place(), MovingSqs(sqs)
        clients = {"lambda": functions, "sqs": moving}
        yield replace(
            made,
            queues={"mails": mails},
            dead_schedules={"aggregate-find": urls["schedule"]},
            lost_facts=urls["lost"],
            functions={"aggregate-find": "Finder", "aggregate-collect": "Collector"},
            client=lambda service: clients.get(service) or made.client(service),
        )


def waiting(queue: str) -> int:
    sqs: Any = boto3.client("sqs", region_name=REGION)
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(found["ApproximateNumberOfMessages"]) + int(found["ApproximateNumberOfMessagesNotVisible"])


def put(place: Deployed, url: str, body: Any) -> None:
    place.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))


def lose(place: Deployed, payload: Any) -> None:
    """Put records aside as Lambda does, and tell of it as S3 does."""
    body = {"version": "1.0", "DDBStreamBatchInfo": {"batchSize": 2}, "payload": payload}
    place.client("s3").put_object(Bucket="lost", Key=KEY, Body=json.dumps(body))
    put(place, place.lost_facts, {"Records": [{"s3": {"bucket": {"name": "lost"}, "object": {"key": KEY}}}]})


def test_without_dead_letters_nothing_is_done(place: Deployed, functions: Functions) -> None:
    assert redrive(place) == {"mails": 0, "aggregate-find": 0, "streams": 0}
    assert functions.calls == []


def test_dead_letters_of_a_queue_go_back_to_it(place: Deployed) -> None:
    dead = place.client("sqs").get_queue_url(QueueName="dead")["QueueUrl"]
    for number in range(3):
        put(place, dead, number)

    assert redrive(place)["mails"] == 3
    assert place.client("sqs").moves == [{"SourceArn": f"arn:aws:sqs:{REGION}:123456789012:dead"}]


@pytest.mark.parametrize(
    ("letter", "payload"),
    [
        ({"requestContext": {}, "requestPayload": {"source": "aws.events"}}, {"source": "aws.events"}),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_a_run_of_a_schedule_that_failed_is_called_again(
    place: Deployed, functions: Functions, letter: dict[str, Any], payload: dict[str, Any]
) -> None:
    put(place, place.dead_schedules["aggregate-find"], letter)

    assert redrive(place)["aggregate-find"] == 1
    assert functions.calls == [("Finder", payload)]
    assert waiting("schedule") == 0


@pytest.mark.parametrize("payload", [json.dumps(EVENT), EVENT])
def test_records_that_were_put_aside_are_collected_and_gone(
    place: Deployed, functions: Functions, payload: Any
) -> None:
    lose(place, payload)

    assert redrive(place)["streams"] == 2
    assert functions.calls == [("Collector", EVENT)]
    assert waiting("lost") == 0
    assert place.client("s3").list_objects_v2(Bucket="lost")["KeyCount"] == 0


@pytest.mark.parametrize("failing", ["answer", "error"])
def test_records_that_fail_again_stay_and_are_told(
    place: Deployed, functions: Functions, failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(place, json.dumps(EVENT))
    if failing == "answer":
        functions.answer = {"batchItemFailures": [{"itemIdentifier": "2"}]}
    else:
        functions.error = "Unhandled"

    assert redrive(place)["streams"] == 0
    assert "could not be collected" in capsys.readouterr().err
    assert waiting("lost") == 1
    assert place.client("s3").list_objects_v2(Bucket="lost")["KeyCount"] == 1


def test_a_redrive_that_was_broken_off_goes_on(place: Deployed) -> None:
    lose(place, json.dumps(EVENT))
    place.client("s3").delete_object(Bucket="lost", Key=KEY)  # collected, and then it broke off

    assert redrive(place)["streams"] == 0
    assert waiting("lost") == 0
