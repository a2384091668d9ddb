"""Notices through their handler: on tables of moto, with an SES that fails when a test wants."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.adapters import once
from functions.shared.adapters.binding import Names
from functions.shared.adapters.tables import Invitation, MailCount, SentNotice
from functions.shared.domain.notices import ReceiptNotice, to_message
from functions.shared.domain.object_keys import current_bundle
from infra.mail_templates import SOURCE, compile_mail
from tests.unit.invite.test_notices import RECEIPT, SUMMARY
from tests.worlds.lambda_modules import start
from tests.worlds.mail_world import bundle

CSV = "row,outcome,reason,eligible_again_at,send_at,interaction_id\r\n1,invited,,,2026-11-23T10:00:00+01:00,a\r\n"
NOTICE = to_message(ReceiptNotice("vaart", RECEIPT, "upload-1"))
CONTEXT: Any = SimpleNamespace(
    function_name="invite-notify",
    memory_limit_in_mb=512,
    invoked_function_arn="arn",
    aws_request_id="id",
    get_remaining_time_in_millis=lambda: 60_000,
)


class Killed(BaseException):
    """The function is ended here."""


class Ses:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.failing: list[BaseException] = []
        self.notify: Callable[[Any, Any], Any]

    def send_email(self, **call: Any) -> dict[str, str]:
        if self.failing:
            raise self.failing.pop(0)
        self.calls.append(call)
        return {"MessageId": "id"}


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Ses]:
    compile_mail(SOURCE, tmp_path)
    with mock_aws():
        monkeypatch.setenv("CONFIG_BUCKET", "klankbord-config")
        monkeypatch.setenv("UPLOAD_BUCKET", "klankbord-uploads")
        monkeypatch.setenv("SES_CONFIGURATION_SET", "set")
        monkeypatch.setenv("SURVEY_URL", "https://survey.example/v1")
        monkeypatch.setenv("TOKEN_KEYS_SECRET", "tokens")
        boto3.client("secretsmanager").create_secret(Name="tokens", SecretString='{"1": "a key"}')
        monkeypatch.setenv("NOTICE_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/notices")
        for model in (SentNotice, Invitation, MailCount):
            monkeypatch.setenv(Names.variable(model), model.__name__)
            monkeypatch.setattr(model.Meta, "table_name", model.__name__)
            model.create_table(billing_mode="PAY_PER_REQUEST")
        s3, here = boto3.client("s3"), {"LocationConstraint": "eu-west-1"}
        for bucket in ("klankbord-config", "klankbord-uploads"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=here)  # type: ignore[arg-type]
        s3.put_object(
            Bucket="klankbord-config", Key=current_bundle("vaart"), Body=bundle().model_dump_json(by_alias=True)
        )
        s3.put_object(Bucket="klankbord-uploads", Key=RECEIPT, Body=json.dumps(SUMMARY))
        s3.put_object(Bucket="klankbord-uploads", Key=RECEIPT.replace(".json", ".csv"), Body=CSV)
        fake = Ses()
        handler = start("functions.invite.notices.handler")
        monkeypatch.setattr(handler, "ses_client", lambda: fake)
        fake.notify = handler.make_handler(replace(handler.NoticeSettings.from_env(), templates=tmp_path))
        yield fake


def deliver(ses: Ses, *notices: Any) -> list[str]:
    """Deliver notices in one batch and return the messages that go back to the queue."""
    records = [
        {"messageId": str(n), "body": json.dumps(one), "eventSource": "aws:sqs", "attributes": {}}
        for n, one in enumerate(notices)
    ]
    answer = ses.notify({"Records": records}, CONTEXT)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_notice_that_is_delivered_again_sends_no_second_mail(ses: Ses) -> None:
    assert deliver(ses, NOTICE) == []
    assert deliver(ses, NOTICE, NOTICE) == []

    (call,) = ses.calls
    assert call["Destination"] == {"ToAddresses": ["crm@vaart.example"]}
    assert b"maandag 23 november om 10:00" in call["Content"]["Raw"]["Data"]


def test_another_upload_under_the_same_name_has_a_mail_of_its_own(ses: Ses) -> None:
    deliver(ses, NOTICE, NOTICE | {"upload": "upload-2"})

    assert len(ses.calls) == 2


def test_a_mail_that_ses_did_not_take_goes_out_at_the_next_delivery(ses: Ses) -> None:
    ses.failing = [TimeoutError()]

    assert deliver(ses, NOTICE) == ["0"]
    assert deliver(ses, NOTICE) == []
    assert len(ses.calls) == 1


def test_a_function_that_is_killed_before_the_mail_leaves_loses_nothing(
    ses: Ses, monkeypatch: pytest.MonkeyPatch
) -> None:
    ses.failing = [Killed()]
    monkeypatch.setattr(CONTEXT, "get_remaining_time_in_millis", lambda: 0)
    with pytest.raises(Killed):
        deliver(ses, NOTICE)

    assert deliver(ses, NOTICE) == []
    assert len(ses.calls) == 1


def test_while_another_call_may_be_sending_the_message_waits(ses: Ses, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(once, "sleep", pauses.append)
    deliver(ses, NOTICE)
    under_way()

    assert deliver(ses, NOTICE) == ["0"]
    assert len(ses.calls) == 1
    assert 1 < sum(pauses) < 10


def test_a_message_whose_mail_another_call_sends_meanwhile_is_done(ses: Ses, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(ses, NOTICE)
    table, item = under_way()
    monkeypatch.setattr(once, "sleep", lambda seconds: table.put_item(Item=item))

    assert deliver(ses, NOTICE) == []
    assert len(ses.calls) == 1


def under_way() -> tuple[Any, dict[str, Any]]:
    """Let the notice be one that another call is sending; return the table, and the item as it was."""
    table = boto3.resource("dynamodb").Table("SentNotice")
    (item,) = table.scan()["Items"]
    table.put_item(Item=item | {"state": "INPROGRESS", "lease_until_ms": item["lease_until_ms"] + 3_600_000})
    return table, item


def test_a_message_that_is_no_notice_goes_to_the_dead_letters(ses: Ses) -> None:
    assert deliver(ses, {"notice": "sold"}, NOTICE) == ["0"]
    assert len(ses.calls) == 1
