from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from functions.shared.adapters.mailer import SesAccount, SesMailer, ses_client
from functions.shared.domain.handover import Accepted, Allowance, Handover, NotNow, Refused, Unknown
from functions.shared.domain.mail import PackedMail

MAIL = PackedMail("vraag@vaart.example", "anna@example.org", b"From: x\r\n\r\n", (("invitation", "id"), ("mail", "m")))
URL = "https://email.example"


class Failing:
    """An SES whose next call goes wrong."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def send_email(self, **call: Any) -> Any:
        raise self._error


def refusal(code: str, status: int = 400, message: str = "") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "SendEmail",
    )


def test_a_mail_is_handed_over_as_raw_bytes_with_its_tags_and_its_configuration_set() -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as ses:
        ses.add_response(
            "send_email",
            {"MessageId": "0102"},
            {
                "FromEmailAddress": "vraag@vaart.example",
                "Destination": {"ToAddresses": ["anna@example.org"]},
                "Content": {"Raw": {"Data": b"From: x\r\n\r\n"}},
                "ConfigurationSetName": "set",
                "EmailTags": [{"Name": "invitation", "Value": "id"}, {"Name": "mail", "Value": "m"}],
            },
        )
        assert SesMailer(client, "set").send(MAIL) == Accepted("0102")


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (refusal("TooManyRequestsException", 429), NotNow("TooManyRequestsException", throttled=True)),
        (refusal("ThrottlingException"), NotNow("ThrottlingException", throttled=True)),
        (
            refusal("TooManyRequestsException", 429, "Daily message quota exceeded."),
            NotNow("TooManyRequestsException", throttled=False),
        ),
        (refusal("LimitExceededException"), NotNow("LimitExceededException")),
        (refusal("SendingPausedException"), NotNow("SendingPausedException")),
        (refusal("AccountSuspendedException"), NotNow("AccountSuspendedException")),
        (refusal("MailFromDomainNotVerifiedException"), NotNow("MailFromDomainNotVerifiedException")),
        (refusal("NotFoundException", 404), NotNow("NotFoundException")),
        (refusal("BadRequestException"), NotNow("BadRequestException")),
        (refusal("MessageRejected", message="Email address is not verified."), NotNow("MessageRejected")),
        (refusal("MessageRejected", message="Contains a virus."), Refused("MessageRejected")),
        (refusal("InternalFailure", 500), Unknown("InternalFailure")),
        (refusal("ServiceUnavailable", 503), Unknown("ServiceUnavailable")),
        (ReadTimeoutError(endpoint_url=URL), Unknown("ReadTimeoutError")),
        (ConnectionClosedError(endpoint_url=URL), Unknown("ConnectionClosedError")),
        (ConnectTimeoutError(endpoint_url=URL), NotNow("ConnectTimeoutError")),
        (EndpointConnectionError(endpoint_url=URL), NotNow("EndpointConnectionError")),
    ],
)
def test_what_ses_says_decides_whether_a_mail_may_have_left(error: Exception, answer: Handover) -> None:
    assert SesMailer(Failing(error), "set").send(MAIL) == answer  # type: ignore[arg-type]


def test_the_client_never_repeats_a_call_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    client = ses_client()
    calls = 0

    def fail(**_: Any) -> None:
        nonlocal calls
        calls += 1
        raise ReadTimeoutError(endpoint_url=URL)

    client.meta.events.register("before-send", fail)
    assert SesMailer(client, "set").send(MAIL) == Unknown("ReadTimeoutError")
    assert calls == 1


@pytest.mark.parametrize(
    ("account", "allowance"),
    [
        (
            {
                "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 50.0},
                "SendingEnabled": True,
            },
            Allowance(True, 1.0, 150),
        ),
        (
            {"SendQuota": {"Max24HourSend": -1.0, "MaxSendRate": 14.0, "SentLast24Hours": 9.0}, "SendingEnabled": True},
            Allowance(True, 14.0, None),
        ),
        (
            {"SendQuota": {"Max24HourSend": 9.0, "MaxSendRate": 14.0, "SentLast24Hours": 9.0}, "SendingEnabled": False},
            Allowance(False, 14.0, 0),
        ),
    ],
)
def test_the_account_tells_rate_and_what_is_left_of_the_day(account: dict[str, Any], allowance: Allowance) -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as ses:
        ses.add_response("get_account", account, {})
        assert SesAccount(client).allowance() == allowance
