"""The import as it is deployed, over moto: real handlers, real stores."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType

from functions.shared.adapters import clock
from functions.shared.adapters.binding import Names
from functions.shared.adapters.tables import (
    Contact,
    Customer,
    FeedbackBlock,
    Invitation,
    OptOut,
    QuotaCount,
    Suppression,
    Upload,
)
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from tests.worlds.import_world import NOW, PEPPER, bundle
from tests.worlds.lambda_modules import start

READ, ADMIT = "functions.crm_import.handlers.read", "functions.crm_import.handlers.admit"
MODELS = (Contact, Customer, FeedbackBlock, Invitation, OptOut, Suppression, QuotaCount, Upload)
UPLOADS, DATA, CONFIG = "klankbord-uploads", "klankbord-data", "klankbord-config"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Klankbord",
    "POWERTOOLS_SERVICE_NAME": "crm-import",
    "UPLOAD_BUCKET": UPLOADS,
    "DATA_BUCKET": DATA,
    "CONFIG_BUCKET": CONFIG,
    "PEPPER_SECRET": "pepper",
}


class Context:
    """What Lambda tells a handler."""

    function_name = "crm-import"
    function_version = "1"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:crm-import"
    aws_request_id = "request"

    def __init__(self, milliseconds: int = 300_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the function's time; none of it goes by."""
        return self._milliseconds


@dataclass
class Import:
    """The deployed import."""

    s3: Any
    sqs: Any
    queue_url: str
    uploads_url: str
    moment: datetime = NOW
    taken: list[dict[str, Any]] = field(default_factory=list)

    def put(self, key: str, body: bytes) -> None:
        """Put an object in the upload bucket."""
        self.s3.put_object(Bucket=UPLOADS, Key=key, Body=body)

    def read(self, key: str, version: str | None = None, attempt: int = 1) -> Any:
        """Deliver the message of an object."""
        told = {"key": key.replace(" ", "+"), **({"versionId": version} if version else {})}
        return import_module(READ).read(
            sqs_event({"Records": [{"s3": {"bucket": {"name": UPLOADS}, "object": told}}]}, attempt), Context()
        )

    def admit(self, message: dict[str, Any], attempt: int = 1) -> Any:
        """Deliver the message of a chunk."""
        return import_module(ADMIT).admit(sqs_event(message, attempt), Context())

    def waiting(self) -> list[dict[str, Any]]:
        """Take the messages from the queue of chunks."""
        return self._taken_from(self.queue_url)

    def handed_over(self) -> list[dict[str, Any]]:
        """Take the messages from the queue of uploads."""
        return self._taken_from(self.uploads_url)

    def _taken_from(self, queue_url: str) -> list[dict[str, Any]]:
        found = []
        while messages := self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def upload(self, key: str, body: bytes) -> tuple[dict[str, Any], list[dict[str, str]]]:
        """Put a file, let everything happen, and return its receipt."""
        self.put(key, body)
        self.read(key)
        for message in self.waiting():
            self.admit(message)
        return self.receipt(key)

    def receipt(self, key: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
        """Return a receipt's summary and lines."""
        place = "receipts/" + key.partition("/")[2]
        lines = self.s3.get_object(Bucket=UPLOADS, Key=f"{place}.csv")["Body"].read().decode()
        summary = self.s3.get_object(Bucket=UPLOADS, Key=f"{place}.json")["Body"].read()
        return json.loads(summary), list(csv.DictReader(io.StringIO(lines)))


def sqs_event(body: dict[str, Any], attempt: int = 1) -> dict[str, Any]:
    """Return the event of one message of a queue."""
    return {
        "Records": [
            {
                "messageId": "message",
                "receiptHandle": "handle",
                "body": json.dumps(body),
                "attributes": {"ApproximateReceiveCount": str(attempt)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:chunks",
                "awsRegion": "eu-west-1",
            }
        ]
    }


@contextmanager
def deployed_import(*bundles: ClientBundle) -> Iterator[Import]:
    """Run the import over an account that holds these clients (`acme` where none is given)."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        for model in MODELS:
            patch.setenv(Names.variable(model), f"test-{model.__name__}")
        _insert_as_dynamodb_does(patch)
        s3, sqs = boto3.client("s3"), boto3.client("sqs")
        for bucket in (UPLOADS, DATA, CONFIG):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_versioning(Bucket=UPLOADS, VersioningConfiguration={"Status": "Enabled"})
        for one in bundles or (bundle(),):
            s3.put_object(
                Bucket=CONFIG,
                Key=object_keys.current_bundle(one.client.client),
                Body=one.model_dump_json(by_alias=True),
            )
        queue_url = sqs.create_queue(QueueName="chunks")["QueueUrl"]
        patch.setenv("CHUNK_QUEUE_URL", queue_url)
        uploads_url = sqs.create_queue(QueueName="uploads")["QueueUrl"]
        patch.setenv("UPLOAD_QUEUE_URL", uploads_url)
        patch.setenv("NOTICE_QUEUE_URL", sqs.create_queue(QueueName="notices")["QueueUrl"])
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name="pepper", SecretString=PEPPER.decode())

        world = Import(s3, sqs, queue_url, uploads_url)
        patch.setattr(clock, "now", lambda: world.moment)
        start(READ), start(ADMIT)
        for model in MODELS:
            model._connection = None
            model.create_table(billing_mode="PAY_PER_REQUEST")
        yield world


def _insert_as_dynamodb_does(patch: pytest.MonkeyPatch) -> None:
    """DynamoDB's INSERT takes parameters and refuses a key that exists, or an item of more than 400 kB; moto's does
    none of that. And a write is atomic."""
    one_at_a_time = threading.Lock()

    def insert(self: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        for told in statements:
            command, _, values = told["Statement"].partition(" VALUE ")
            item = dict(zip(values.split("'")[1::2], told["Parameters"], strict=True))
            with one_at_a_time:
                table = self.get_table(command.split('"')[1])
                if DynamoType(item[table.hash_key_attr]) in table.items:
                    answers.append({"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists"}})
                elif sum(len(name) + DynamoType(value).size() for name, value in item.items()) > 400 * 1024:
                    answers.append({"Error": {"Code": "ValidationError", "Message": "Item size has exceeded the ..."}})
                else:
                    table.put_item(item)
                    answers.append({"TableName": table.name})
        return answers

    put_item = DynamoDBBackend.put_item

    def put(self: DynamoDBBackend, *told: Any, **more: Any) -> Any:
        with one_at_a_time:
            return put_item(self, *told, **more)

    patch.setattr(DynamoDBBackend, "batch_execute_statement", insert)
    patch.setattr(DynamoDBBackend, "put_item", put)
