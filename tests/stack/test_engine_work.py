"""What the engine says of work under way, and what functions see of the moved clock: with a small probe function."""

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from infra.local import clock
from infra.local.stack import LocalStack, NotSettled
from tests.stack.probe import Probe

pytestmark = pytest.mark.stack


@pytest.fixture
def probe(stack: LocalStack) -> Probe:
    """Deploy a probe."""
    return Probe(stack)


def queue(stack: LocalStack, probe: Probe, **attributes: str) -> str:
    """Make a queue that feeds the probe and return its URL."""
    sqs = stack.client("sqs")
    url = sqs.create_queue(QueueName=f"probe-{uuid.uuid4().hex[:8]}", Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    probe.feed_from(arn)
    return str(url)


def test_a_deployed_function_lives_in_the_moved_time(stack: LocalStack, probe: Probe) -> None:
    before = datetime.fromisoformat(probe.say()["now"])

    clock.move(stack.workdir, timedelta(days=2))

    after = datetime.fromisoformat(probe.say()["now"])
    assert timedelta(days=2) <= after - before < timedelta(days=2, minutes=1)
    assert abs(after - stack.now()) < timedelta(minutes=1)
    assert after > datetime.now(UTC)


def test_settled_means_that_every_message_was_handled(stack: LocalStack, probe: Probe) -> None:
    url = queue(stack, probe)
    for _ in range(4):
        stack.client("sqs").send_message(QueueUrl=url, MessageBody="work")
    began = time.monotonic()

    stack.settle()

    counts = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert time.monotonic() - began >= 0.3
    assert (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")


def test_settled_does_not_wait_for_a_message_that_is_delayed(stack: LocalStack, probe: Probe) -> None:
    url = queue(stack, probe)
    stack.client("sqs").send_message(QueueUrl=url, MessageBody="later", DelaySeconds=600)

    stack.settle(timeout=10)

    stack.client("sqs").purge_queue(QueueUrl=url)


def test_a_message_that_waits_to_be_tried_again_is_not_settled(stack: LocalStack, probe: Probe) -> None:
    url = queue(stack, probe, VisibilityTimeout="60")
    stack.client("sqs").send_message(QueueUrl=url, MessageBody="broken")

    with pytest.raises(NotSettled, match="probe"):
        stack.settle(timeout=2)

    stack.client("sqs").purge_queue(QueueUrl=url)
    stack.settle()


def test_settled_means_that_every_stream_was_read(stack: LocalStack, probe: Probe) -> None:
    dynamodb = stack.client("dynamodb")
    table = dynamodb.create_table(
        TableName=f"probe-{uuid.uuid4().hex[:8]}",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    probe.feed_from(table["LatestStreamArn"], StartingPosition="TRIM_HORIZON")
    for number in range(4):
        dynamodb.put_item(TableName=table["TableName"], Item={"id": {"S": str(number)}})
    began = time.monotonic()

    stack.settle()

    assert time.monotonic() - began >= 4 * 0.3
