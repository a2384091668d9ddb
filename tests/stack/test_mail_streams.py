"""Clients that are onboarded on the deployed system send in streams of their own; what they lack holds their mail."""

import json
import urllib.parse
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import urllib3

from functions.shared.domain.mail_stream import MailStream
from functions.shared.domain.object_keys import mail_stream
from infra.local.fake_aws.events import ACCOUNT
from infra.local.stack import LocalStack
from operations import onboard
from tests.conftest import running_system
from tests.stack.test_mail import invitation, invite, mails_to, travel_past
from tests.worlds.metric_lines import counted

pytestmark = pytest.mark.stack
CLIENTS = Path(__file__).parents[2] / "examples" / "clients"


@pytest.fixture(scope="module")
def own(workdirs: Path) -> Iterator[LocalStack]:
    """Return a system of this file's own: its senders have not yet looked at any client."""
    with running_system(workdirs / "streams", CLIENTS) as running:
        yield running


def set_up(stack: LocalStack, client: str, *more: str) -> None:
    arguments = [client, "--clients", str(CLIENTS), "--local", "--workdir", str(stack.workdir.path), *more]
    assert onboard.main(arguments) == 0


def sent_in(stack: LocalStack, **stream: str) -> list[str]:
    """Return the invitations whose mail went in a stream."""
    answer = urllib3.request("GET", f"{stack.outputs.outbox_url}/messages?{urllib.parse.urlencode(stream)}")
    return [mail["tags"]["invitation"] for mail in json.loads(answer.data)]


def address() -> str:
    return f"success+{uuid.uuid4().hex[:8]}@simulator.amazonses.com"


def takes(stack: LocalStack, configuration_set: str) -> bool:
    """Say whether the rule of the deployed stack takes a report of SES on mail of a configuration set."""
    events = stack.client("events")
    (rule,) = (r for r in events.list_rules()["Rules"] if "EventPattern" in r)
    event: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "source": "aws.ses",
        "detail-type": "Email Delivered",
        "account": ACCOUNT,
        "region": "eu-west-1",
        "time": "2026-11-23T09:30:00Z",
        "resources": [],
        "detail": {"eventType": "Delivery", "mail": {"tags": {"ses:configuration-set": [configuration_set]}}},
    }
    answer = events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(event))
    return bool(answer["Result"])


def test_two_clients_send_in_streams_of_their_own_and_a_missing_one_loses_no_mail(own: LocalStack) -> None:
    vaart = invite(own, address())
    own.client("s3").put_object(
        Bucket=own.outputs.config_bucket, Key=mail_stream("vaart"), Body=MailStream("Klankbord-vaart").as_json()
    )
    travel_past(own, vaart.due_at)
    assert mails_to(own, vaart) == []
    waiting = invitation(own, vaart)
    assert waiting["due_at"] > vaart.due_at.timestamp()
    assert "lease_until" not in waiting
    assert counted(own, "invite-send", "MailsNotTaken") == [1.0], "The alarm on what is not set up rings."

    set_up(own, "vaart")
    set_up(own, "pebble", "--tenant")
    pebble = invite(own, address(), "pebble", "support")
    again = datetime.fromtimestamp(float(waiting["due_at"]), UTC)
    travel_past(own, max(again, pebble.due_at))
    postponed = invitation(own, pebble)
    if postponed["state"] == "planned":  # its own window opens at ten in London: the tests run at any hour
        travel_past(own, datetime.fromtimestamp(float(postponed["due_at"]), UTC))

    assert sent_in(own, configuration_set="Klankbord-vaart") == [vaart.invitation_id]
    assert sent_in(own, configuration_set="Klankbord-pebble", tenant="Klankbord-pebble") == [pebble.invitation_id]
    for invited in (vaart, pebble):
        (mail,) = mails_to(own, invited)
        assert set(mail["tags"]) == {"invitation", "mail", "client"}
        assert invitation(own, invited)["state"] == "delivered"


@pytest.mark.parametrize(
    ("configuration_set", "taken"),
    [("Klankbord-vaart", True), ("Klankbord-pebble", True), ("Klankbord2-vaart", False), ("marketing", False)],
)
def test_the_rule_takes_the_reports_of_every_client_of_this_deployment(
    own: LocalStack, configuration_set: str, taken: bool
) -> None:
    assert takes(own, configuration_set) is taken


def test_the_rule_takes_the_reports_of_clients_that_are_not_onboarded(own: LocalStack) -> None:
    assert takes(own, own.outputs.configuration_set)
