"""Try again what failed for good: `python -m operations.redrive [--cloud]`.

Dead letters of queues go back to their queues; runs of a schedule that failed are called again; records of tables'
streams that could not be collected are collected. Every step may run twice.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from functions.shared.domain.object_keys import event_key
from infra.functions import AGGREGATE_COLLECT
from infra.local.connection import NotUp, connect
from operations.deployed import Deployed, add_place, deployed
from operations.failures import reported

_AT_ONCE = 10


def redrive(place: Deployed) -> dict[str, int]:
    """Try everything again; return how much there was, by the name of the queue, the function or the streams."""
    sqs = place.client("sqs")
    moved = {name: _queue(place, sqs, url) for name, url in sorted(place.queues.items())}
    moved |= {name: _schedule(place, sqs, name, url) for name, url in sorted(place.dead_schedules.items())}
    if place.lost_facts:
        moved["streams"] = sum(_lost_facts(place, sqs))
    return moved


def dead_letters_of(sqs: Any, queue_url: str) -> str:
    """Return the ARN of a queue's dead-letter queue."""
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["RedrivePolicy"])["Attributes"]
    return str(json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"])


def _queue(place: Deployed, sqs: Any, queue_url: str) -> int:
    """Return how many letters go back; on AWS that goes on by itself after this returned."""
    arn = dead_letters_of(sqs, queue_url)
    source = str(sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])
    if place.host is None:
        name = "ApproximateNumberOfMessages"
        waiting = int(sqs.get_queue_attributes(QueueUrl=source, AttributeNames=[name])["Attributes"][name])
        if waiting:
            sqs.start_message_move_task(SourceArn=arn)
        return waiting
    # The emulator has no such task: sent first and deleted then.
    moved = 0
    for message in _messages(sqs, source):
        sqs.send_message(QueueUrl=queue_url, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        moved += 1
    return moved


def _schedule(place: Deployed, sqs: Any, function: str, letters: str) -> int:
    """Call a function again with what it was called with; return how often."""
    again = 0
    for message in _messages(sqs, letters):
        body = json.loads(message["Body"])
        # A failed call is told with its payload; what EventBridge could not deliver is the event itself.
        payload = body.get("requestPayload", body)
        place.client("lambda").invoke(
            FunctionName=place.functions[function], InvocationType="Event", Payload=json.dumps(payload)
        )
        sqs.delete_message(QueueUrl=letters, ReceiptHandle=message["ReceiptHandle"])
        again += 1
    return again


def _lost_facts(place: Deployed, sqs: Any) -> Iterator[int]:
    """Collect the records of each batch that Lambda put aside; yield how many were in it."""
    for message in _messages(sqs, place.lost_facts):
        body = json.loads(message["Body"])
        done = True
        for event in body.get("Records", ()):
            bucket, key = event["s3"]["bucket"]["name"], event_key(event["s3"]["object"]["key"])
            number = _collected(place, bucket, key)
            done = done and number is not None
            yield number or 0
        if done:
            sqs.delete_message(QueueUrl=place.lost_facts, ReceiptHandle=message["ReceiptHandle"])


def _collected(place: Deployed, bucket: str, key: str) -> int | None:
    """Collect one batch and delete it; return its size, or None, after a sentence, where it failed again."""
    s3 = place.client("s3")
    try:
        told = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return 0  # collected by an earlier redrive
    event = told["payload"]
    event = json.loads(event) if isinstance(event, str) else event
    answer = place.client("lambda").invoke(
        FunctionName=place.functions[AGGREGATE_COLLECT.name], Payload=json.dumps(event)
    )
    result = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError") or not isinstance(result, Mapping) or result.get("batchItemFailures"):
        print(f"The records in {key} could not be collected; they stay where they are.", file=sys.stderr)
        return None
    s3.delete_object(Bucket=bucket, Key=key)
    return len(event["Records"])


def _messages(sqs: Any, url: str) -> Iterator[dict[str, Any]]:
    """Yield the messages that wait on a queue now, each once."""
    seen: set[str] = set()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=_AT_ONCE).get("Messages"):
        for message in messages:
            if message["MessageId"] in seen:
                return
            seen.add(message["MessageId"])
            yield message


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.redrive", description="Try again what failed for good (the dead letters)."
    )
    add_place(parser)
    parser.add_argument("--cloud", action="store_true", help="on AWS, also where a system runs on this machine")
    options = parser.parse_args(arguments)
    options.local = options.local or (not options.cloud and _runs_here(options.workdir))
    return reported(lambda: _print(deployed(options)), "dead letters")


def _runs_here(workdir: Path | None) -> bool:
    try:
        connect(workdir)
    except NotUp:
        return False
    return True


def _print(place: Deployed) -> int:
    summary = ", ".join(f"{name} {count}" for name, count in redrive(place).items() if count)
    print(f"Tried again: {summary}." if summary else "There are no dead letters.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
