"""The fake AWS plays End User Messaging as botocore speaks it, and keeps what was texted."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from functions.shared.adapters.end_user_messaging import EndUserMessaging
from functions.shared.adapters.sms_events import read_report
from functions.shared.domain.deliveries import ReportKind
from functions.shared.domain.send_results import (
    RecipientOptedOut,
    SendAccepted,
    SendDeferred,
    SendRejected,
    SendUnknown,
)
from functions.shared.domain.sms import Sms
from tests.worlds.fake_aws_world import BEGIN, CREDENTIALS, World, running_fake_aws

NUMBER, PHONE = "+3197010240777", "+31612345678"
CONTEXT = (("invitation", "i-1"), ("mail", "invitation"), ("client", "draad"))


@pytest.fixture
def fake_aws(tmp_path: Path) -> Iterator[World]:
    with running_fake_aws(tmp_path) as world:
        yield world


def client(fake_aws: World) -> Any:
    config = Config(retries={"total_max_attempts": 1})
    return boto3.client("pinpoint-sms-voice-v2", endpoint_url=fake_aws.server.url, config=config, **CREDENTIALS)


def sender(fake_aws: World) -> EndUserMessaging:
    return EndUserMessaging(client(fake_aws), "sms", "0.20")


def text(to: str = PHONE, body: str = "Hoe was het? https://survey.example/s/x STOP") -> Sms:
    return Sms(NUMBER, to, body, CONTEXT)


def kept(fake_aws: World) -> list[dict[str, Any]]:
    return list(json.loads(fake_aws.get("/sms.json")))


def reports(fake_aws: World, count: int = 2) -> list[ReportKind]:
    assert fake_aws.app.delivery.settled(5)
    found = [read_report(json.dumps(event)) for event in fake_aws.system.delivered]
    assert len(found) == count
    return [delivery_report.kind for delivery_report in found if delivery_report]


def test_an_sms_is_kept_as_it_was_sent_and_its_reports_follow(fake_aws: World) -> None:
    answer = sender(fake_aws).send(text())

    assert isinstance(answer, SendAccepted)
    (sms,) = kept(fake_aws)
    assert sms == {
        "id": answer.message_id,
        "to": PHONE,
        "from": NUMBER,
        "text": "Hoe was het? https://survey.example/s/x STOP",
        "parts": 1,
        "context": dict(CONTEXT),
        "sent_at": "2026-11-23T09:30:00.000Z",
    }
    assert reports(fake_aws) == [ReportKind.SENT, ReportKind.DELIVERED]
    delivery_report = read_report(json.dumps(fake_aws.system.delivered[0]))
    assert delivery_report
    assert (delivery_report.invitation_id, delivery_report.number, delivery_report.accepted_at) == ("i-1", 0, BEGIN)


@pytest.mark.parametrize(
    ("to", "report"), [("+32460213922", ReportKind.DELIVERED), ("+32460213923", ReportKind.UNDERWAY)]
)
def test_the_simulators_numbers_end_as_they_are_there_for(fake_aws: World, to: str, report: ReportKind) -> None:
    sender(fake_aws).send(text(to))

    assert reports(fake_aws) == [ReportKind.SENT, report]


def test_a_test_says_what_becomes_of_an_sms(fake_aws: World) -> None:
    fake_aws.control(fates={PHONE: "carrier_blocked"})

    sender(fake_aws).send(text())

    assert reports(fake_aws) == [ReportKind.SENT, ReportKind.REJECTED]


def test_refusals_come_over_the_wire_as_aws_words_them(fake_aws: World) -> None:
    failing = [
        {"type": "ThrottlingException"},
        {"type": "ServiceQuotaExceededException", "reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"},
        {"type": "ValidationException", "reason": "PRICE_OVER_THRESHOLD"},
        {"type": "InternalServerException", "status": 500},
        {"lose": True},
    ]
    fake_aws.control(sms_failing=failing)

    answers = [sender(fake_aws).send(text()) for _ in failing]

    assert [type(answer) for answer in answers] == [SendDeferred, SendDeferred, SendRejected, SendUnknown, SendUnknown]
    assert answers[0] == SendDeferred("ThrottlingException", throttled=True)
    assert getattr(answers[1], "closed", False)
    assert len(kept(fake_aws)) == 1  # the one whose answer was lost


def test_what_is_no_number_is_refused_by_its_field(fake_aws: World) -> None:
    assert isinstance(sender(fake_aws).send(text("0612345678")), SendRejected)
    assert kept(fake_aws) == []


def test_a_dry_run_sends_nothing(fake_aws: World) -> None:
    client(fake_aws).send_text_message(
        DestinationPhoneNumber=PHONE, MessageBody="x", OriginationIdentity=NUMBER, DryRun=True
    )

    assert kept(fake_aws) == []


def test_after_stop_the_number_is_on_the_list_of_aws(fake_aws: World) -> None:
    answered = fake_aws.app.sms.answer(PHONE, NUMBER, " stop. ")

    assert (answered["originationNumber"], answered["messageKeyword"]) == (PHONE, "STOP")
    assert isinstance(sender(fake_aws).send(text()), RecipientOptedOut)


def test_another_operation_is_refused_by_name(fake_aws: World) -> None:
    with pytest.raises(ClientError, match="DescribePhoneNumbers"):
        client(fake_aws).describe_phone_numbers()


def test_without_a_topic_no_sms_comes_in(fake_aws: World) -> None:
    told = json.dumps({"from": PHONE, "to": NUMBER, "body": "STOP"}).encode()

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(f"{fake_aws.server.url}/inbound-sms", told, method="POST"))

    assert refused.value.code == 409
    assert b"sends no SMS" in refused.value.read()


def test_the_page_shows_the_text_with_its_link_and_nothing_of_it_is_markup(fake_aws: World) -> None:
    sender(fake_aws).send(text(body="<b>Hoi</b> https://survey.example/s/x STOP"))

    page = fake_aws.get("/sms")

    assert "&lt;b&gt;Hoi&lt;/b&gt;" in page
    assert '<a href="https://survey.example/s/x"' in page
