"""A queue of objects to read, on which reading hands over to itself between the messages that S3 puts there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from functions.shared.domain.object_keys import event_key
from functions.shared.domain.upload import ReadCheckpoint

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_CHECKPOINT = "leg"


class SqsReadingQueue:
    """Sends checkpoints: {"leg": {"key", "version", "attempt", "bundle", "received_at", "chunks", "rows"}}."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def hand_over(self, checkpoint: ReadCheckpoint) -> None:
        """Let another call go on with a file."""
        fields = {**vars(checkpoint), "received_at": checkpoint.received_at.timestamp()}
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps({_CHECKPOINT: fields}))


@dataclass(frozen=True)
class Arrival:
    """An object to read: where a checkpoint of it begins, or from its first byte."""

    key: str
    version: str | None
    checkpoint: ReadCheckpoint | None = None


def read_arrivals(message: str) -> Iterator[Arrival]:
    """Yield the objects that a message of such a queue tells of: none where S3 only says hello (`s3:TestEvent`)."""
    body = json.loads(message)
    if _CHECKPOINT in body:
        fields = body[_CHECKPOINT]
        fields["received_at"] = datetime.fromtimestamp(fields["received_at"], UTC)
        fields["of_several"] = tuple(fields.get("of_several", ()))
        checkpoint = ReadCheckpoint(**fields)
        yield Arrival(checkpoint.key, checkpoint.version, checkpoint)
    for record in body.get("Records", ()):
        key = event_key(record["s3"]["object"]["key"])
        if not key.endswith("/"):  # the S3 console's way to make a folder
            yield Arrival(key, record["s3"]["object"].get("versionId"))
