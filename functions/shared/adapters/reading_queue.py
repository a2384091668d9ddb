"""The queue of uploads, on which reading hands over to itself between the messages that S3 puts there."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.shared.domain.upload import ReadingLeg

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LEG = "leg"


class SqsReadingQueue:
    """Sends legs: {"leg": {"key", "version", "attempt", "bundle", "received_at", "chunks", "rows"}}."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def hand_over(self, leg: ReadingLeg) -> None:
        """Let another call go on with a file."""
        told = {**vars(leg), "received_at": leg.received_at.timestamp()}
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps({_LEG: told}))


def read_leg(body: dict[str, Any]) -> ReadingLeg | None:
    """Return the leg that a message carries, or None where S3 sent it."""
    told = body.get(_LEG)
    if told is None:
        return None
    return ReadingLeg(**{**told, "received_at": datetime.fromtimestamp(told["received_at"], UTC)})
