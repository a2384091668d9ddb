"""`make smoke` on the deployed system: the whole loop for a client of its own, and nothing is left of it."""

import time
from collections.abc import Iterator

import pytest

from functions.shared.domain import object_keys
from infra.local.stack import LocalStack
from operations.smoke import SLUG, Smoke, SmokeFailed
from tests.stack.test_mail import control
from tests.worlds.stack_place import place_of

pytestmark = pytest.mark.stack


def smoke(stack: LocalStack, told: list[str], **choices: object) -> Smoke:
    """Return a test that lets the schedules run where it would wait for them."""

    def pause(seconds: float) -> None:
        time.sleep(min(seconds, 3.0))  # who looks at the page for less is taken for a program
        stack.invoke("invite-dispatch", {})
        stack.settle()

    return Smoke(place_of(stack), "vaart", pause=pause, tell=told.append, **choices)  # type: ignore[arg-type]


def left(stack: LocalStack) -> Iterator[str]:
    """Yield whatever names the client of the test in any bucket, old versions included, and in any table."""
    s3, dynamodb, outputs = stack.client("s3"), stack.client("dynamodb"), stack.outputs
    for bucket in (outputs.config_bucket, outputs.upload_bucket, outputs.data_bucket):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for kind in ("Versions", "DeleteMarkers"):
                yield from (found["Key"] for found in page.get(kind, ()) if SLUG in found["Key"])
    for name in ("Invitation", "Response", "Contact", "FeedbackBlock"):
        for page in dynamodb.get_paginator("scan").paginate(TableName=outputs.tables[name]):
            yield from (name for item in page["Items"] if SLUG in str(item))


def test_the_loop_is_gone_through_and_nothing_is_left_of_it(stack: LocalStack) -> None:
    told: list[str] = []

    smoke(stack, told).run()

    assert [line.split(",")[0] for line in told] == [
        "A client like vaart is published for the test.",
        "A rehearsal is answered.",
        "A file is read",
        "The mail left",
        "The survey's page opened",
        "The answer is in the datasets",
        "Everything works",
    ]
    assert sorted(left(stack)) == []
    (mail,) = [mail for mail in stack.messages() if mail["tags"].get("client") == SLUG]
    assert str(mail["to"]).endswith("@simulator.amazonses.com")


def test_a_step_that_does_not_come_to_its_end_is_said_and_cleaned_up_too(stack: LocalStack) -> None:
    told: list[str] = []
    control(stack, sending_enabled=False)
    try:
        with pytest.raises(SmokeFailed, match=r"not yet the mail to the simulator.*invite-dispatch"):
            smoke(stack, told, patience=4.0).run()
    finally:
        control(stack, sending_enabled=True)

    assert told[-1].startswith("A file is read")
    assert sorted(left(stack)) == []
    assert not list(_keys(stack, object_keys.current_bundle(SLUG)))


def _keys(stack: LocalStack, key: str) -> Iterator[str]:
    found = stack.client("s3").list_objects_v2(Bucket=stack.outputs.config_bucket, Prefix=key)
    yield from (one["Key"] for one in found.get("Contents", ()))
