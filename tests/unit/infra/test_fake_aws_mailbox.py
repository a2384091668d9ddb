"""The fake AWS's mailbox, spoken to by boto3 as the functions do."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from infra.local.fake_aws.events import EICAR
from infra.local.fake_aws.mail import read_mail
from tests.worlds.fake_aws_world import BEGIN, World, invitation, running_fake_aws

DETAILS_OF_MAIL = {"timestamp", "source", "sourceArn", "sendingAccountId", "messageId", "destination"} | {
    "headersTruncated",
    "headers",
    "commonHeaders",
    "tags",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a running fake AWS."""
    with running_fake_aws(tmp_path) as world:
        yield world


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_sent_mail_is_in_the_outbox_as_it_was_sent(world: World) -> None:
    message_id = world.send("Anna.deVries@example.com")

    (message,) = world.messages()

    assert list(message) == ["id", "to", "from", "subject", "headers", "text", "html", "tags", "sent_at"]
    assert message["id"] == message_id
    assert message["to"] == "Anna.deVries@example.com"
    assert message["from"] == "Vaart Verzekeringen <ervaringen@mail.vaart.example>"
    assert message["subject"] == "Hoe beoordeelt u de afhandeling – café?"
    assert message["headers"]["List-Unsubscribe"] == "<https://survey.example/u/t0ken>, <mailto:afmelden@vaart.example>"
    assert message["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://survey.example/s/t0ken" in message["text"]
    assert "<h1>Hoe tevreden bent u?</h1>" in message["html"]
    assert message["tags"] == {
        "invitation": "0b5c2a4e-5c1e-5f2a-9d1b-111111111111",
        "mail": "invitation",
        "client": "vaart",
    }
    assert message["sent_at"] == "2026-11-23T09:30:00.000Z"


def test_the_exact_bytes_can_be_had(world: World) -> None:
    message_id = world.send("anna@example.com")

    assert world.app.outbox.raw(message_id) == invitation("anna@example.com").as_bytes()
    assert world.get(f"/messages/{message_id}/raw").encode() == invitation("anna@example.com").as_bytes()


def test_a_simple_mail_is_composed_as_ses_would(world: World) -> None:
    body = {"Text": {"Data": "Hallo"}, "Html": {"Data": "<p>Hallo</p>"}}
    world.send("anna@example.com", Content={"Simple": {"Subject": {"Data": "Dag"}, "Body": body}})

    (message,) = world.messages()

    assert (message["subject"], message["text"].strip(), message["html"].strip()) == ("Dag", "Hallo", "<p>Hallo</p>")


def test_messages_are_found_by_address_client_and_what_is_new(world: World) -> None:
    first = world.send("anna@example.com")
    world.send("bert@example.com", client="vaart")
    world.send("Anna@Example.com", EmailTags=[{"Name": "client", "Value": "pebble"}])

    assert [message["to"] for message in world.messages("?to=anna@example.com")] == [
        "anna@example.com",
        "Anna@Example.com",
    ]
    assert [message["to"] for message in world.messages("?client=pebble")] == ["Anna@Example.com"]
    assert [message["to"] for message in world.messages(f"?since_id={first}&limit=1")] == ["bert@example.com"]
    assert world.messages("?to=nobody@example.com") == []


def test_a_reader_of_a_large_outbox_gets_only_what_is_new(world: World) -> None:
    mail = read_mail({"Content": {"Raw": {"Data": base64.b64encode(invitation("x@example.com").as_bytes())}}})
    for number in range(20_000):
        world.app.outbox.add(f"m{number}", mail, BEGIN)

    found = world.messages("?since_id=m19997")
    counted = world.get("/messages/count")

    assert [message["id"] for message in found] == ["m19998", "m19999"]
    assert json.loads(counted) == {"total": 20_000}
    assert world.get("/").count("<li style") == 50


def test_a_new_fake_aws_begins_with_an_empty_outbox(tmp_path: Path) -> None:
    with running_fake_aws(tmp_path) as first:
        first.send("anna@example.com")

    with running_fake_aws(tmp_path) as second:
        assert second.messages() == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("anna@example.com", ["Email Sent", "Email Delivered"]),
        ("success@simulator.amazonses.com", ["Email Sent", "Email Delivered"]),
        ("bounce+row-7@simulator.amazonses.com", ["Email Sent", "Email Bounced"]),
        ("complaint@simulator.amazonses.com", ["Email Sent", "Email Delivered", "Email Complaint Received"]),
        ("ooto+x@simulator.amazonses.com", ["Email Sent", "Email Delivered", "Email Bounced"]),
        ("suppressionlist@simulator.amazonses.com", ["Email Sent", "Email Bounced"]),
    ],
)
def test_an_address_has_the_events_that_ses_gives_it(world: World, address: str, expected: list[str]) -> None:
    message_id = world.send(address)

    events = world.events()

    assert [kind for kind, _ in events] == expected
    for _, detail in events:
        assert set(detail["mail"]) == DETAILS_OF_MAIL
        assert detail["mail"]["messageId"] == message_id
        assert detail["mail"]["destination"] == [address]
        assert detail["mail"]["tags"]["invitation"] == ["0b5c2a4e-5c1e-5f2a-9d1b-111111111111"]
        assert detail["mail"]["tags"]["mail"] == ["invitation"]
        assert detail["mail"]["tags"]["ses:configuration-set"] == ["klankbord"]


def test_an_event_has_the_envelope_of_eventbridge(world: World) -> None:
    world.send("anna@example.com")
    world.events()

    sent = world.system.delivered[0]

    assert (sent["version"], sent["source"], sent["time"]) == ("0", "aws.ses", "2026-11-23T09:30:00Z")
    assert sent["resources"] == ["arn:aws:ses:eu-west-1:000000000000:configuration-set/klankbord"]
    assert sent["detail"]["eventType"] == "Send"
    assert sent["detail"]["send"] == {}


def test_a_hard_bounce_is_permanent_and_an_absence_note_transient(world: World) -> None:
    world.send("bounce@simulator.amazonses.com")
    world.send("ooto@simulator.amazonses.com")
    world.send("suppressionlist@simulator.amazonses.com")

    bounces = [detail["bounce"] for kind, detail in world.events() if kind == "Email Bounced"]

    kinds = [(bounce["bounceType"], bounce["bounceSubType"]) for bounce in bounces]
    assert kinds == [("Permanent", "General"), ("Transient", "General"), ("Permanent", "Suppressed")]
    assert bounces[0]["bouncedRecipients"][0]["status"] == "5.1.1"


@pytest.mark.parametrize(
    ("fate", "expected"),
    [
        ("reject", ["Send", "Reject"]),
        ("rendering_failure", ["Rendering Failure"]),
        ("delay", ["Send", "DeliveryDelay", "Delivery"]),
        ("mailbox_full", ["Send", "DeliveryDelay", "Bounce"]),
        ("undetermined", ["Send", "Bounce"]),
        ("not_spam", ["Send", "Delivery", "Complaint"]),
        ("complaint", ["Send", "Delivery", "Complaint"]),
    ],
)
def test_what_no_address_stands_for_can_be_ordered(world: World, fate: str, expected: list[str]) -> None:
    world.control(fates={"anna@example.com": fate})
    world.send("anna@example.com")
    world.send("bert@example.com")

    kinds = [detail["eventType"] for _, detail in world.events()]

    assert kinds == [*expected, "Send", "Delivery"]


def test_a_fate_that_there_is_not_is_refused(world: World) -> None:
    with pytest.raises(HTTPError) as refused:
        world.control(fates={"anna@example.com": "lost at sea"})

    assert refused.value.code == 400


def test_a_virus_is_accepted_and_then_rejected_wherever_it_stands(world: World) -> None:
    attached, said = invitation("anna@example.com"), invitation("anna@example.com")
    attached.add_attachment(EICAR.encode(), "text", "plain", filename="sample.txt")
    said.get_body(("plain",)).set_content(f"Hallo,\n\n{EICAR}\n")

    for mail in (attached, said):
        world.send("anna@example.com", Content={"Raw": {"Data": mail.as_bytes()}})

    events = world.events()
    assert [kind for kind, _ in events] == ["Email Sent", "Email Rejected"] * 2
    assert events[1][1]["reject"] == {"reason": "Bad content"}


def test_the_events_of_a_mail_can_come_in_the_opposite_order(world: World) -> None:
    world.control(reverse_events=True)
    world.send("ooto@simulator.amazonses.com")

    assert [kind for kind, _ in world.events()] == ["Email Bounced", "Email Delivered", "Email Sent"]


def test_an_address_on_the_accounts_list_is_accepted_and_not_sent(world: World) -> None:
    world.ses.put_suppressed_destination(EmailAddress="Anna@example.com", Reason="BOUNCE")
    world.ses.put_suppressed_destination(EmailAddress="bert@example.com", Reason="COMPLAINT")

    world.send("anna@example.com")
    world.send("bert@example.com")

    kinds = [(kind, detail) for kind, detail in world.events() if kind != "Email Sent"]
    assert [kind for kind, _ in kinds] == ["Email Bounced", "Email Complaint Received"]
    assert kinds[0][1]["bounce"]["bounceSubType"] == "OnAccountSuppressionList"
    assert kinds[1][1]["complaint"]["complaintSubType"] == "OnAccountSuppressionList"


def test_the_suppression_list_can_be_read_and_cleared(world: World) -> None:
    world.ses.put_suppressed_destination(EmailAddress="anna@example.com", Reason="BOUNCE")
    world.ses.put_suppressed_destination(EmailAddress="bert@example.com", Reason="COMPLAINT")

    found = world.ses.get_suppressed_destination(EmailAddress="anna@example.com")["SuppressedDestination"]
    complaints = world.ses.list_suppressed_destinations(Reasons=["COMPLAINT"])["SuppressedDestinationSummaries"]
    pages = world.ses.list_suppressed_destinations(PageSize=1)
    world.ses.delete_suppressed_destination(EmailAddress="anna@example.com")

    assert (found["EmailAddress"], found["Reason"], found["LastUpdateTime"]) == ("anna@example.com", "BOUNCE", BEGIN)
    assert [entry["EmailAddress"] for entry in complaints] == ["bert@example.com"]
    assert len(pages["SuppressedDestinationSummaries"]) == 1
    assert "NextToken" in pages
    with pytest.raises(ClientError) as gone:
        world.ses.get_suppressed_destination(EmailAddress="anna@example.com")
    assert code(gone) == "NotFoundException"


def test_without_a_configuration_set_nothing_is_reported(world: World) -> None:
    world.ses.send_email(
        FromEmailAddress="a@vaart.example",
        Destination={"ToAddresses": ["anna@example.com"]},
        Content={"Raw": {"Data": invitation("anna@example.com").as_bytes()}},
    )

    assert world.events() == []
    assert len(world.messages()) == 1


def test_events_wait_until_the_queue_is_there(world: World) -> None:
    world.system.refusals = 2

    for number in range(8):
        world.send(f"klant{number}@example.com")

    assert [kind for kind, _ in world.events()] == ["Email Sent", "Email Delivered"] * 8
    assert max(world.system.batches) <= 10


def test_events_can_be_held_back_and_repeated(world: World) -> None:
    world.control(hold_events=True, repeat_events=2)
    world.send("anna@example.com")
    held = world.control()["events_waiting"]

    world.control(hold_events=False)

    assert held == 4
    assert [kind for kind, _ in world.events()] == ["Email Sent", "Email Sent", "Email Delivered", "Email Delivered"]


def test_the_account_tells_its_quota_and_what_is_used_of_it(world: World) -> None:
    world.control(max_send_rate=14, max_24_hour_send=50_000)
    world.send("anna@example.com")
    world.send("success@simulator.amazonses.com")

    account = world.ses.get_account()

    assert account["SendQuota"] == {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 1.0}
    assert (account["ProductionAccessEnabled"], account["SendingEnabled"]) == (True, True)


def test_sending_faster_than_the_rate_is_throttled(world: World) -> None:
    world.control(max_send_rate=0.001)  # a slow machine must not let it fill up again
    world.send("a@example.com")

    with pytest.raises(ClientError) as refused:
        world.send("c@example.com")

    assert code(refused) == "TooManyRequestsException"
    assert refused.value.response["Error"]["Message"] == "Maximum sending rate exceeded."
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert len(world.messages()) == 1


def test_the_daily_quota_stops_sending_until_the_day_has_passed(world: World) -> None:
    world.control(max_24_hour_send=1)
    world.send("a@example.com")

    with pytest.raises(ClientError) as refused:
        world.send("b@example.com")
    world.send("success@simulator.amazonses.com")
    world.pass_time(timedelta(hours=24, minutes=1))
    world.send("b@example.com")

    assert refused.value.response["Error"]["Message"] == "Daily message quota exceeded."
    assert [message["to"] for message in world.messages()] == [
        "a@example.com",
        "success@simulator.amazonses.com",
        "b@example.com",
    ]


def test_a_planned_failure_sends_nothing_and_is_over_after_one_send(world: World) -> None:
    world.control(failing=[{"status": 503, "type": "ServiceUnavailable", "message": "Busy."}])

    with pytest.raises(ClientError) as refused:
        world.send("anna@example.com")
    world.send("anna@example.com")

    assert code(refused) == "ServiceUnavailable"
    assert len(world.messages()) == 1


def test_a_lost_answer_leaves_a_mail_that_was_sent(world: World) -> None:
    world.control(failing=[{"lose": True}])

    with pytest.raises(ConnectionClosedError):
        world.send("anna@example.com")

    assert len(world.messages()) == 1
    assert [kind for kind, _ in world.events()] == ["Email Sent", "Email Delivered"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"EmailTags": [{"Name": "invitation", "Value": "anna@example.com"}]}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["élodie@example.com"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["anna"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": [f"a{n}@example.com" for n in range(51)]}}, "BadRequestException"),
    ],
)
def test_what_ses_would_refuse_is_refused(world: World, changed: dict[str, object], expected: str) -> None:
    with pytest.raises(ClientError) as refused:
        world.send("anna@example.com", **changed)

    assert code(refused) == expected
    assert world.messages() == []


def test_a_sender_that_is_not_verified_is_rejected(world: World) -> None:
    world.ses.create_email_identity(EmailIdentity="mail.vaart.example")
    world.control(unverified=["mail.vaart.example"])

    with pytest.raises(ClientError) as refused:
        world.send("anna@example.com")

    assert code(refused) == "MessageRejected"
    assert world.ses.get_email_identity(EmailIdentity="mail.vaart.example")["VerifiedForSendingStatus"] is False


def test_sending_can_be_paused(world: World) -> None:
    world.control(sending_enabled=False)

    with pytest.raises(ClientError) as refused:
        world.send("anna@example.com")

    assert code(refused) == "SendingPausedException"


def test_in_the_sandbox_only_verified_addresses_and_the_simulators_are_mailed(world: World) -> None:
    world.control(production_access=False, verified=["anna@example.com", "office.example"], max_send_rate=14)
    account = world.ses.get_account()
    assert account["ProductionAccessEnabled"] is False
    assert account["SendQuota"] == {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0}

    with pytest.raises(ClientError) as refused:
        world.send("Bert@example.com")

    assert code(refused) == "MessageRejected"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Message"] == (
        "Email address is not verified. The following identities failed the check in region EU-WEST-1: Bert@example.com"
    )
    world.send("Anna@Example.com")
    with pytest.raises(ClientError) as hurried:
        world.send("success@simulator.amazonses.com")
    assert code(hurried) == "TooManyRequestsException"

    world.control(production_access=True)
    world.send("Bert@example.com")
    assert [message["to"] for message in world.messages()] == ["Anna@Example.com", "Bert@example.com"]
