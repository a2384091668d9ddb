"""Amazon SES v2: one SendEmail a person, and what the account may send."""

from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

from functions.shared.adapters import aws
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.mail_stream import MailStream
from functions.shared.domain.send_results import (
    Allowance,
    SendAccepted,
    SendDeferred,
    SendRejected,
    SendResult,
    SendUnknown,
)

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"})
_SHUT_DOWN = "SHUTDOWN"
"""Of an account that SES has stopped."""
_CLOSED = frozenset({"SendingPausedException", "AccountSuspendedException"})
_OF_ONE_CLIENT = ("configuration set", "tenant")
"""Words of a pause that is not the account's: the mails of other clients may leave."""
_NOT_OF_THE_MAIL = ("not verified", "paused", "configuration set", "tenant")
"""Words of refusals that are of the account, the client's set-up or the sandbox: another hour they may be gone."""


class Streams(Protocol):
    """The streams that clients' mail goes in; `of` returns None for a client that has none of its own."""

    def of(self, client: str) -> MailStream | None: ...


def ses_client() -> "SESV2Client":
    """Return a client of SES v2 that never repeats a call by itself: a repeat is a second mail."""
    client: SESV2Client = aws.sending_client("sesv2")
    return client


class SesMailer:
    """Hands mails to SES, each in the stream of its client, or under the shared configuration set."""

    def __init__(self, client: "SESV2Client", configuration_set: str, streams: Streams | None = None) -> None:
        """Take the SES client, the shared configuration set, and the streams of the clients that have their own."""
        self._client = client
        self._shared = MailStream(configuration_set)
        self._streams = streams

    def send(self, mail: PackedMail) -> SendResult:
        """Hand one mail over, once, and return what came of it."""
        try:
            stream = (self._streams and self._streams.of(mail.client)) or self._shared
        except (BotoCoreError, ClientError, ValueError) as error:
            return SendDeferred(f"stream: {type(error).__name__}")
        tenant: dict[str, Any] = {"TenantName": stream.tenant} if stream.tenant else {}
        try:
            answer = self._client.send_email(
                FromEmailAddress=mail.sender_address,
                Destination={"ToAddresses": [mail.to_address]},
                Content={"Raw": {"Data": mail.raw}},
                ConfigurationSetName=stream.configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in mail.tags],
                **tenant,
            )
        except ClientError as error:
            return _handover(error)
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            return SendDeferred(type(error).__name__)
        except HTTPClientError as error:
            return SendUnknown(type(error).__name__)
        return SendAccepted(answer["MessageId"])


class SesAccount:
    """What this deployment may send of what the account may, asked of SES: `share` of its rate, 0 to 1.

    The day's quota is not divided: whoever comes first has it.
    """

    def __init__(self, client: "SESV2Client", share: float = 1.0) -> None:
        self._client = client
        self._share = share

    def allowance(self) -> Allowance:
        """Return the present rate and what is left of the day's quota. Raises TryAgain where SES does not say."""
        try:
            answer = self._client.get_account()
        except (ClientError, HTTPClientError, EndpointConnectionError) as error:
            raise TryAgain(f"SES does not say what the account may send: {type(error).__name__}.") from error
        quota = answer.get("SendQuota", {})
        most = quota.get("Max24HourSend", 0.0)
        return Allowance(
            enabled=answer.get("SendingEnabled", True) and answer.get("EnforcementStatus") != _SHUT_DOWN,
            rate=quota.get("MaxSendRate", 1.0) * self._share,
            remaining_today=None if most < 0 else int(most - quota.get("SentLast24Hours", 0.0)),  # -1: unlimited
        )


def _handover(error: ClientError) -> SendResult:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    message = error.response.get("Error", {}).get("Message", "")
    if code in _THROTTLED or status == 429:
        full = "aily" in message  # "Daily message quota exceeded" does not pass soon
        return SendDeferred(code, throttled=not full, closed=full)
    if code in _CLOSED:
        return SendDeferred(code, closed=not any(words in message.lower() for words in _OF_ONE_CLIENT))
    if code == "MessageRejected" and not any(words in message.lower() for words in _NOT_OF_THE_MAIL):
        return SendRejected(code)
    if status >= 500:
        return SendUnknown(code)
    return SendDeferred(code)
