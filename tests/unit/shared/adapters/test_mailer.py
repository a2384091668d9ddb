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
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.mail_stream import MailStream, read_stream, stream_name
from functions.shared.domain.send_results import (
    Allowance,
    SendAccepted,
    SendDeferred,
    SendRejected,
    SendResult,
    SendUnknown,
)

MAIL = PackedMail("vraag@vaart.example", "anna@example.org", b"From: x\r\n\r\n", (("invitation", "id"), ("mail", "m")))
URL = "https://email.example"


class Streams:
    """The streams that clients' mail goes in, or what goes wrong in looking them up."""

    def __init__(self, **known: MailStream | Exception) -> None:
        self._known = known

    def of(self, client: str) -> MailStream | None:
        found = self._known.get(client)
        if isinstance(found, Exception):
            raise found
        return found


def mail_of(client: str) -> PackedMail:
    return PackedMail("vraag@vaart.example", "anna@example.org", b"", (("mail", "m"), ("client", client)))


def call_of(mail: PackedMail, streams: Streams) -> dict[str, Any]:
    """Return what SES is asked for a mail."""
    calls: list[dict[str, Any]] = []

    class Ses:
        def send_email(self, **call: Any) -> dict[str, str]:
            calls.append(call)
            return {"MessageId": "0102"}

    assert SesMailer(Ses(), "shared", streams).send(mail) == SendAccepted("0102")  # type: ignore[arg-type]
    return calls[0]


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
        assert SesMailer(client, "set").send(MAIL) == SendAccepted("0102")


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (refusal("TooManyRequestsException", 429), SendDeferred("TooManyRequestsException", throttled=True)),
        (refusal("ThrottlingException"), SendDeferred("ThrottlingException", throttled=True)),
        (
            refusal("TooManyRequestsException", 429, "Daily message quota exceeded."),
            SendDeferred("TooManyRequestsException", closed=True),
        ),
        (refusal("LimitExceededException"), SendDeferred("LimitExceededException")),
        (refusal("SendingPausedException"), SendDeferred("SendingPausedException", closed=True)),
        (
            refusal("SendingPausedException", message="Sending is paused for configuration set x."),
            SendDeferred("SendingPausedException"),
        ),
        (refusal("AccountSuspendedException"), SendDeferred("AccountSuspendedException", closed=True)),
        (refusal("MailFromDomainNotVerifiedException"), SendDeferred("MailFromDomainNotVerifiedException")),
        (refusal("NotFoundException", 404), SendDeferred("NotFoundException")),
        (refusal("BadRequestException"), SendDeferred("BadRequestException")),
        (refusal("MessageRejected", message="Email address is not verified."), SendDeferred("MessageRejected")),
        (refusal("MessageRejected", message="Contains a virus."), SendRejected("MessageRejected")),
        (refusal("ConfigurationSetDoesNotExistException"), SendDeferred("ConfigurationSetDoesNotExistException")),
        (
            refusal("MessageRejected", message="Configuration set Klankbord-vaart does not exist."),
            SendDeferred("MessageRejected"),
        ),
        (refusal("MessageRejected", message="Sending is paused for this tenant."), SendDeferred("MessageRejected")),
        (refusal("AccessDeniedException", 403), SendDeferred("AccessDeniedException")),
        (refusal("InternalFailure", 500), SendUnknown("InternalFailure")),
        (refusal("ServiceUnavailable", 503), SendUnknown("ServiceUnavailable")),
        (ReadTimeoutError(endpoint_url=URL), SendUnknown("ReadTimeoutError")),
        (ConnectionClosedError(endpoint_url=URL), SendUnknown("ConnectionClosedError")),
        (ConnectTimeoutError(endpoint_url=URL), SendDeferred("ConnectTimeoutError")),
        (EndpointConnectionError(endpoint_url=URL), SendDeferred("EndpointConnectionError")),
    ],
)
def test_what_ses_says_decides_whether_a_mail_may_have_left(error: Exception, answer: SendResult) -> None:
    assert SesMailer(Failing(error), "set").send(MAIL) == answer  # type: ignore[arg-type]


def test_each_client_sends_under_its_own_configuration_set_and_tenant() -> None:
    streams = Streams(vaart=MailStream("Klankbord-vaart", "Klankbord-vaart"), pebble=MailStream("Klankbord-pebble"))

    vaart, pebble = call_of(mail_of("vaart"), streams), call_of(mail_of("pebble"), streams)

    assert (vaart["ConfigurationSetName"], vaart["TenantName"]) == ("Klankbord-vaart", "Klankbord-vaart")
    assert pebble["ConfigurationSetName"] == "Klankbord-pebble"
    assert "TenantName" not in pebble
    assert vaart["EmailTags"] == [{"Name": "mail", "Value": "m"}, {"Name": "client", "Value": "vaart"}]


@pytest.mark.parametrize("mail", [mail_of("new"), MAIL], ids=["a client before its onboarding", "no client"])
def test_a_mail_without_a_stream_of_its_own_goes_under_the_shared_configuration_set(mail: PackedMail) -> None:
    call = call_of(mail, Streams(vaart=MailStream("Klankbord-vaart", "Klankbord-vaart")))

    assert call["ConfigurationSetName"] == "shared"
    assert "TenantName" not in call


@pytest.mark.parametrize(
    "error", [refusal("InternalError", 500), EndpointConnectionError(endpoint_url=URL), ValueError()]
)
def test_a_mail_whose_stream_cannot_be_looked_up_is_not_handed_over(error: Exception) -> None:
    mailer = SesMailer(Failing(AssertionError()), "shared", Streams(vaart=error))  # type: ignore[arg-type]

    assert mailer.send(mail_of("vaart")) == SendDeferred(f"stream: {type(error).__name__}")


@pytest.mark.parametrize("stream", [MailStream("Klankbord-vaart"), MailStream("Klankbord-vaart", "Klankbord-vaart")])
def test_a_stream_is_read_as_it_was_written(stream: MailStream) -> None:
    assert read_stream(stream.as_json()) == stream


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"configuration_set": "a"}'])
def test_what_is_no_stream_is_not_read_as_one(kept: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says, the mail waits
        read_stream(kept)


def test_no_client_of_a_deployment_has_the_name_of_one_of_another() -> None:
    assert stream_name("Klankbord", "vaart") == "Klankbord-vaart"
    assert not stream_name("Klankbord2", "vaart").startswith(stream_name("Klankbord", ""))


def test_the_client_never_repeats_a_call_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    client = ses_client()
    calls = 0

    def fail(**_: Any) -> None:
        nonlocal calls
        calls += 1
        raise ReadTimeoutError(endpoint_url=URL)

    client.meta.events.register("before-send", fail)
    assert SesMailer(client, "set").send(MAIL) == SendUnknown("ReadTimeoutError")
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


def account_of(**answer: Any) -> Allowance:
    """Return what an account that answers so may send, of which a deployment takes a quarter."""
    client: Any = boto3.client("sesv2", region_name="eu-west-1")
    with Stubber(client) as ses:
        quota = {"MaxSendRate": 60.0, "Max24HourSend": -1.0, "SentLast24Hours": 3.0}
        ses.add_response("get_account", {"SendQuota": quota, **answer}, {})
        return SesAccount(client, 0.25).allowance()


def test_a_share_of_the_accounts_rate_is_what_a_deployment_may_send() -> None:
    assert account_of(SendingEnabled=True) == Allowance(True, 15.0, None)


@pytest.mark.parametrize(("status", "enabled"), [("HEALTHY", True), ("PROBATION", True), ("SHUTDOWN", False)])
def test_an_account_that_ses_has_stopped_may_send_nothing(status: str, enabled: bool) -> None:
    assert account_of(SendingEnabled=True, EnforcementStatus=status).enabled is enabled


@pytest.mark.parametrize("code", ["TooManyRequestsException", "InternalFailure"])
def test_an_account_that_does_not_answer_is_asked_again_later(code: str) -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as ses:
        ses.add_client_error("get_account", code)
        with pytest.raises(TryAgain):
            SesAccount(client).allowance()
