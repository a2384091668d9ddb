"""Dead letters, back to the queue that they came from.

On AWS a message move task does this (docs/deploy.md); MiniStack 1.5.33 knows none, so messages are moved one by one:
sent first and deleted then, for every step may run twice.
"""

import json
from typing import Any

from infra.local.stack import LocalStack

_AT_ONCE = 10


def redrive(stack: LocalStack) -> dict[str, int]:
    """Move all dead letters back to their queues; return how many there were, by the queue's name in the code."""
    sqs = stack.client("sqs")
    return {name: _moved(sqs, url) for name, url in sorted(stack.outputs.queues.items())}


def dead_letters_of(sqs: Any, queue_url: str) -> str:
    """Return the URL of a queue's dead-letter queue."""
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["RedrivePolicy"])["Attributes"]
    arn = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
    return str(sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])


def _moved(sqs: Any, queue_url: str) -> int:
    source = dead_letters_of(sqs, queue_url)
    moved = 0
    while messages := sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=_AT_ONCE).get("Messages"):
        for message in messages:
            sqs.send_message(QueueUrl=queue_url, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved
