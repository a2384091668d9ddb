"""What End User Messaging answers and reports, as the domain understands it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from functions.shared.adapters.end_user_messaging import EndUserMessaging, SmsAccount
from functions.shared.adapters.sms_events import read_report
from functions.shared.domain.deliveries import ReportKind
from functions.shared.domain.send_results import (
    Allowance,
    RecipientOptedOut,
    SendAccepted,
    SendDeferred,
    SendRejected,
    SendResult,
    SendUnknown,
)
from functions.shared.domain.sms import Sms

SMS = Sms("+3197010240888", "+31612345678", "Hoe was het? STOP", (("invitation", "i-1"), ("mail", "invitation")))


class Service:
    """A client of botocore that answers one thing and remembers what it was asked."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer
        self.asked: dict[str, Any] = {}

    def send_text_message(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def refusal(code: str, reason: str = "", status: int = 400, **told: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}, **told}
    if reason:
        answer["Reason"] = reason
    return ClientError(answer, "SendTextMessage")


def handed_over(answer: dict[str, Any] | Exception) -> tuple[SendResult, Service]:
    service = Service(answer)
    return EndUserMessaging(service, "texts", "0.20").send(SMS), service  # type: ignore[arg-type]


def test_an_sms_goes_from_the_clients_number_with_a_price_limit_and_what_its_reports_carry() -> None:
    answer, service = handed_over({"MessageId": "m-1"})

    assert answer == SendAccepted("m-1")
    assert service.asked == {
        "DestinationPhoneNumber": "+31612345678",
        "OriginationIdentity": "+3197010240888",
        "MessageBody": "Hoe was het? STOP",
        "MessageType": "TRANSACTIONAL",
        "ConfigurationSetName": "texts",
        "MaxPrice": "0.20",
        "TimeToLive": 86400,
        "Context": {"invitation": "i-1", "mail": "invitation"},
    }


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (refusal("ThrottlingException"), SendDeferred("ThrottlingException", throttled=True)),
        (
            refusal("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
            SendDeferred("ServiceQuotaExceededException MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", closed=True),
        ),
        (
            refusal("ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT"),
            SendDeferred("ServiceQuotaExceededException DAILY_DESTINATION_CALL_LIMIT"),
        ),
        (
            refusal("AccessDeniedException", "ACCOUNT_DISABLED"),
            SendDeferred("AccessDeniedException ACCOUNT_DISABLED", closed=True),
        ),
        (refusal("AccessDeniedException"), SendDeferred("AccessDeniedException")),
        (
            refusal("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT"),
            RecipientOptedOut("ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT"),
        ),
        (
            refusal("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
            SendDeferred("ConflictException DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
        ),
        (
            refusal("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
            SendRejected("ConflictException DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
        ),
        (
            refusal("ValidationException", "PRICE_OVER_THRESHOLD"),
            SendRejected("ValidationException PRICE_OVER_THRESHOLD"),
        ),
        (
            refusal("ValidationException", "FIELD_VALIDATION_FAILED", Fields=[{"Name": "DestinationPhoneNumber"}]),
            SendRejected("ValidationException FIELD_VALIDATION_FAILED"),
        ),
        (
            refusal("ValidationException", "FIELD_VALIDATION_FAILED", Fields=[{"Name": "ConfigurationSetName"}]),
            SendDeferred("ValidationException FIELD_VALIDATION_FAILED"),
        ),
        (refusal("ResourceNotFoundException"), SendDeferred("ResourceNotFoundException")),
        (refusal("InternalServerException", status=500), SendUnknown("InternalServerException")),
        (ConnectTimeoutError(endpoint_url="x"), SendDeferred("ConnectTimeoutError")),
        (ReadTimeoutError(endpoint_url="x"), SendUnknown("ReadTimeoutError")),
    ],
    ids=lambda value: str(value)[:60],
)
def test_every_refusal_is_understood(error: Exception, answer: SendResult) -> None:
    assert handed_over(error)[0] == answer


def test_the_rate_is_what_the_deployment_says() -> None:
    assert SmsAccount(2.5).allowance() == Allowance(enabled=True, rate=2.5, remaining_today=None)


def event(kind: str, **told: Any) -> str:
    """Return an event as the topic hands it on."""
    return json.dumps(
        {
            "eventType": kind,
            "eventVersion": "1.0",
            "eventTimestamp": 1795426303470,
            "isFinal": True,
            "originationPhoneNumber": "+3197010240888",
            "destinationPhoneNumber": "+31612345678",
            "messageId": "m-1",
            "messageRequestTimestamp": 1795426203170,
            "messageStatus": kind.removeprefix("TEXT_"),
            "context": {"invitation": "i-1", "mail": "reminder-2", "client": "vaart"},
            "totalMessageParts": 2,
        }
        | told
    )


@pytest.mark.parametrize(
    ("kind", "report"),
    [
        ("TEXT_QUEUED", ReportKind.SENT),
        ("TEXT_PENDING", ReportKind.SENT),
        ("TEXT_SENT", ReportKind.SENT),
        ("TEXT_DELIVERED", ReportKind.DELIVERED),
        ("TEXT_SUCCESSFUL", ReportKind.DELIVERED),
        ("TEXT_INVALID", ReportKind.BOUNCED),
        ("TEXT_BLOCKED", ReportKind.BOUNCED),
        ("TEXT_INVALID_MESSAGE", ReportKind.REJECTED),
        ("TEXT_CARRIER_BLOCKED", ReportKind.REJECTED),
        ("TEXT_SPAM", ReportKind.REJECTED),
        ("TEXT_PROTECT_BLOCKED", ReportKind.REJECTED),
        ("TEXT_UNREACHABLE", ReportKind.UNDERWAY),
        ("TEXT_CARRIER_UNREACHABLE", ReportKind.UNDERWAY),
        ("TEXT_UNKNOWN", ReportKind.UNDERWAY),
        ("TEXT_TTL_EXPIRED", ReportKind.UNDERWAY),
    ],
)
def test_every_event_of_an_sms_is_a_report(kind: str, report: ReportKind) -> None:
    delivery_report = read_report(event(kind))

    assert delivery_report is not None
    assert (delivery_report.kind, delivery_report.invitation_id, delivery_report.number, delivery_report.costs) == (
        report,
        "i-1",
        2,
        False,
    )
    assert delivery_report.accepted_at == datetime(2026, 11, 23, 9, 30, 3, tzinfo=UTC)
    assert delivery_report.at == datetime(2026, 11, 23, 9, 31, 43, tzinfo=UTC)


def test_a_carrier_that_took_an_sms_is_not_the_end_of_it_where_more_is_to_come() -> None:
    delivery_report = read_report(event("TEXT_SUCCESSFUL", isFinal=False))

    assert delivery_report is not None
    assert delivery_report.kind is ReportKind.SENT


@pytest.mark.parametrize("told", [{"context": {}}, {"context": None}, {"context": {"invitation": "i-1"}}])
def test_an_sms_that_is_not_ours_is_passed_over(told: dict[str, Any]) -> None:
    assert read_report(event("TEXT_DELIVERED", **told)) is None


def test_an_event_of_a_later_kind_is_passed_over() -> None:
    assert read_report(event("TEXT_READ")) is None
