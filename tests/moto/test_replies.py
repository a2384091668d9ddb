"""Replies through their handler, on a bucket and tables of moto; SES is a fake."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.adapters import clock
from functions.shared.adapters.binding import Names
from functions.shared.adapters.keys import load_link_keys
from functions.shared.adapters.tables import Invitation, OptOut
from functions.shared.domain.object_keys import current_bundle
from functions.shared.domain.replies import reply_address
from tests.worlds.lambda_modules import start
from tests.worlds.mail_world import INVITATION, MONDAY, bundle

DOMAIN = "reply.example.com"
CONTEXT: Any = SimpleNamespace(
    function_name="reply", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="id"
)
ENVIRONMENT = {
    "CONFIG_BUCKET": "klankbord-config",
    "REPLY_BUCKET": "klankbord-replies",
    "REPLY_DOMAIN": DOMAIN,
    "PEPPER_SECRET": "pepper",
    "TOKEN_KEYS_SECRET": "tokens",
    "SES_CONFIGURATION_SET": "set",
}


@dataclass
class Replies:
    """The deployed function, with what SES was handed."""

    s3: Any
    calls: list[dict[str, Any]] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    take: Any = None

    def send_email(self, **call: Any) -> dict[str, str]:
        if self.failing:
            raise self.failing.pop(0)
        self.calls.append(call)
        return {"MessageId": "id"}

    def receive(self, mail: bytes, key: str = "replies/0102-a") -> list[str]:
        """Keep a mail as SES does and deliver its message; return what failed."""
        self.s3.put_object(Bucket="klankbord-replies", Key=key, Body=mail)
        return self.deliver({"Records": [{"s3": {"object": {"key": key}}}]})

    def deliver(self, body: dict[str, Any]) -> list[str]:
        record = {"messageId": "m", "body": json.dumps(body), "eventSource": "aws:sqs", "attributes": {}}
        answer: Any = self.take({"Records": [record | {"messageAttributes": {}}]}, CONTEXT)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def replies() -> Iterator[Replies]:
    models = (Invitation, OptOut)
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        for model in models:
            patch.setenv(Names.variable(model), f"replies-{model.__name__}")
            patch.setattr(model.Meta, "table_name", f"replies-{model.__name__}")
            model._connection = None
        s3, secrets = boto3.client("s3"), boto3.client("secretsmanager")
        for bucket in ("klankbord-config", "klankbord-replies"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(
            Bucket="klankbord-config", Key=current_bundle("vaart"), Body=bundle().model_dump_json(by_alias=True)
        )
        secrets.create_secret(Name="pepper", SecretString="pepper")
        secrets.create_secret(Name="tokens", SecretString='{"1": "key"}')
        world = Replies(s3)
        handler = start("functions.invite.replies.handler")
        patch.setattr(handler, "ses_client", lambda: world)
        world.take = handler.take
        patch.setattr(clock, "now", lambda: MONDAY)
        for model in models:
            model.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
        yield world
    for model in models:
        model._connection = None


def invited() -> None:
    """Put an invitation that was delivered and waits for its reminder."""
    at = MONDAY
    Invitation(
        INVITATION,
        person="person",
        address_key="address",
        client="vaart",
        touchpoint="schade",
        interaction_id="interaction",
        upload="digest",
        occurred_at=at,
        imported_at=at,
        expires_at=at + timedelta(days=21),
        keep_until=MONDAY,
        state="delivered",
        rank=40,
        planned_at=at,
        accepted_at=at,
        due_shard="0",
        due_at=at + timedelta(days=5),
    ).save()


def reply(text: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Anna <anna@klant.example>"
    message["To"] = reply_address(load_link_keys("tokens"), INVITATION, DOMAIN)
    message["Subject"] = "Re: geheim onderwerp"
    message.set_content(text)
    return message.as_bytes()


def test_a_reply_ends_the_invitation_and_stands_under_both_keys(replies: Replies) -> None:
    invited()

    for _ in range(2):
        assert replies.receive(reply("Graag afmelden")) == []

    assert [(OptOut.get(key).how, OptOut.get(key).since) for key in ("person", "address")] == [("reply", MONDAY)] * 2
    asked = Invitation.get(INVITATION)
    assert (asked.state, asked.opted_out_at, asked.due_at) == ("opted_out", MONDAY, None)
    assert list(Invitation.due.query("0")) == []
    assert replies.calls == []


def test_any_other_reply_is_handed_to_ses_for_the_client(replies: Replies) -> None:
    invited()

    assert replies.receive(reply("Wat een mooi formulier, afmelden hoeft niet")) == []

    (call,) = replies.calls
    assert call["Destination"] == {"ToAddresses": ["klant@vaart.example"]}
    assert call["EmailTags"] == [{"Name": "client", "Value": "vaart"}]
    assert OptOut.count() == 0


def test_what_could_not_be_forwarded_goes_back_to_the_queue_and_is_forwarded_later(replies: Replies) -> None:
    invited()
    replies.failing.append(TimeoutError())

    assert replies.receive(reply("Dank u wel voor de hulp")) == ["m"]
    assert replies.receive(reply("Dank u wel voor de hulp")) == []
    assert len(replies.calls) == 1


def test_a_mail_that_is_gone_and_the_hello_of_s3_are_no_faults(replies: Replies) -> None:
    assert replies.deliver({"Records": [{"s3": {"object": {"key": "replies/none"}}}]}) == []
    assert replies.deliver({"Event": "s3:TestEvent"}) == []


def test_no_log_line_holds_an_address_a_subject_or_a_word(replies: Replies, caplog: pytest.LogCaptureFixture) -> None:
    invited()
    replies.failing.append(TimeoutError())
    replies.receive(reply("Een geheim verhaal"))
    replies.receive(reply("Afmelden"))

    told = "".join(str(vars(record)) for record in caplog.records)

    assert "reply_taken" in told
    assert "reply_not_taken" in told
    assert "geheim" not in told
    assert "klant.example" not in told
    assert DOMAIN not in told
