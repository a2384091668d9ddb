"""AWS End User Messaging: one SendTextMessage a person, and what it answers."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, HTTPClientError

from functions.shared.adapters import aws
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

if TYPE_CHECKING:
    from mypy_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client

HOURS = 24
"""So long an SMS is tried to be delivered: a question that comes days late is none."""
_MONTH_IS_SPENT = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"
_CLOSED = frozenset(("INSUFFICIENT_ACCOUNT_REPUTATION", "ACCOUNT_DISABLED"))
_UNREACHABLE = frozenset(
    (
        *("DESTINATION_COUNTRY_BLOCKED", "COUNTRY_CODE_MISMATCH", "COUNTRY_NOT_ENABLED", "MAXIMUM_SIZE_EXCEEDED"),
        *("INTERNATIONAL_SENDING_NOT_SUPPORTED", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", "PRICE_OVER_THRESHOLD"),
        *("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",),
        *("DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",),
    )
)
"""Reasons that are of the number or the text: no other hour changes them."""
_OF_THE_SMS = frozenset(("DestinationPhoneNumber", "MessageBody"))


def sms_client() -> "PinpointSMSVoiceV2Client":
    """Return a client that never repeats a call by itself: a repeat is a second SMS."""
    client: PinpointSMSVoiceV2Client = aws.sending_client("pinpoint-sms-voice-v2")
    return client


class EndUserMessaging:
    """Hands SMS over, each from the number of its client, under one configuration set."""

    def __init__(self, client: "PinpointSMSVoiceV2Client", configuration_set: str, max_price: str) -> None:
        """Take the client, the configuration set, and the most that a part may cost, in dollars (such as 0.20)."""
        self._client = client
        self._configuration_set = configuration_set
        self._max_price = max_price

    def send(self, sms: Sms, /) -> SendResult:
        """Hand one SMS over, once, and return what came of it."""
        try:
            answer = self._client.send_text_message(
                DestinationPhoneNumber=sms.to,
                OriginationIdentity=sms.number,
                MessageBody=sms.body,
                MessageType="TRANSACTIONAL",
                ConfigurationSetName=self._configuration_set,
                MaxPrice=self._max_price,
                TimeToLive=HOURS * 3600,
                Context=dict(sms.context),
            )
        except ClientError as error:
            return _handover(error)
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            return SendDeferred(type(error).__name__)
        except HTTPClientError as error:
            return SendUnknown(type(error).__name__)
        return SendAccepted(answer["MessageId"])


class SmsAccount:
    """What may be sent: a rate that the deployment names, as no call tells what a number may do."""

    def __init__(self, rate: float) -> None:
        """Take the number of SMS a second."""
        self._rate = rate

    def allowance(self) -> Allowance:
        """Return the rate; how much money is left of a month shows in the answers."""
        return Allowance(enabled=True, rate=self._rate, remaining_today=None)


def _handover(error: ClientError) -> SendResult:
    response: Any = error.response
    code = response.get("Error", {}).get("Code", "")
    reason = response.get("Reason", "")
    said = f"{code} {reason}".strip()
    if code == "ThrottlingException":
        return SendDeferred(said, throttled=True)
    if reason == "DESTINATION_PHONE_NUMBER_OPTED_OUT":
        return RecipientOptedOut(said)
    if code == "ServiceQuotaExceededException" or code == "AccessDeniedException":
        return SendDeferred(said, closed=reason == _MONTH_IS_SPENT or reason in _CLOSED)
    if reason in _UNREACHABLE or (code == "ValidationException" and _OF_THE_SMS & _fields(response)):
        return SendRejected(said)
    if response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) >= 500:
        return SendUnknown(said)
    return SendDeferred(said)


def _fields(response: dict[str, Any]) -> set[str]:
    """Return which fields of the call a validation found fault with."""
    return {str(field.get("Name", "")) for field in response.get("Fields") or ()}
