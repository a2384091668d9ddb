"""What the tests of the fake AWS share: a fake AWS on loopback with a queue that only remembers."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.local.fake_aws.account import AccountSettings
from infra.local.fake_aws.application import FakeAws
from infra.local.fake_aws.running_system import RunningSystem
from infra.local.fake_aws.serving import Server
from infra.stream_settings import EVENT_TYPES

BEGIN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-1"}


class FakeRunningSystem(RunningSystem):
    """A deployment of which a test says what there is."""

    def __init__(self, local_dir: Path) -> None:
        super().__init__(local_dir, "http://127.0.0.1:9")
        self.delivered: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.refusals = 0
        self.said: dict[str, Any] = {}

    def outputs(self) -> dict[str, Any]:
        """Return what the test says."""
        return self.said

    def deliver(self, bodies: list[str]) -> None:
        """Remember events; refuse as often as the test says."""
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError("no queue")
        self.batches.append(len(bodies))
        self.delivered += [json.loads(body) for body in bodies]


class World:
    """A running fake AWS."""

    def __init__(self, local_dir: Path) -> None:
        self.now = BEGIN
        self.system = FakeRunningSystem(local_dir)
        self.app = FakeAws(local_dir, self.system, lambda: self.now, AccountSettings())
        self.server = Server(self.app).start()
        self.ses = boto3.client(
            "sesv2", endpoint_url=self.server.url, config=Config(retries={"total_max_attempts": 1}), **CREDENTIALS
        )
        self.make_configuration_set("klankbord")

    def make_configuration_set(self, name: str) -> None:
        """Make a configuration set that reports everything to the event bus."""
        bus = {"EventBusArn": "arn:aws:events:eu-west-1:000000000000:event-bus/default"}
        self.ses.create_configuration_set(ConfigurationSetName=name)
        self.ses.create_configuration_set_event_destination(
            ConfigurationSetName=name,
            EventDestinationName="event-bus",
            EventDestination={"Enabled": True, "MatchingEventTypes": EVENT_TYPES, "EventBridgeDestination": bus},
        )

    def pass_time(self, by: timedelta) -> None:
        """Move the clock."""
        self.now += by

    def send(self, to: str, client: str = "vaart", **more: Any) -> str:
        """Send an invitation and return its message id."""
        call: dict[str, Any] = {
            "FromEmailAddress": "Vaart Verzekeringen <ervaringen@mail.vaart.example>",
            "Destination": {"ToAddresses": [to]},
            "Content": {"Raw": {"Data": invitation(to).as_bytes()}},
            "ConfigurationSetName": "klankbord",
            "EmailTags": [
                {"Name": "invitation", "Value": "0b5c2a4e-5c1e-5f2a-9d1b-111111111111"},
                {"Name": "mail", "Value": "invitation"},
                {"Name": "client", "Value": client},
            ],
        }
        answer: dict[str, Any] = self.ses.send_email(**{**call, **more})
        return str(answer["MessageId"])

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """Return (detail-type, detail) of everything on the queue, once all of it is there."""
        for _ in range(500):
            if not self.app.delivery.waiting():
                break
            self.app.delivery.settled(0.01)
        return [(event["detail-type"], event["detail"]) for event in self.system.delivered]

    def get(self, path: str) -> str:
        """GET a page of the fake AWS."""
        with urllib.request.urlopen(self.server.url + path) as answer:
            return str(answer.read().decode())

    def messages(self, query: str = "") -> list[dict[str, Any]]:
        """Return the messages of the outbox."""
        return list(json.loads(self.get(f"/messages{query}")))

    def control(self, **changes: Any) -> dict[str, Any]:
        """Change the account."""
        request = urllib.request.Request(self.server.url + "/control", json.dumps(changes).encode(), method="POST")
        with urllib.request.urlopen(request) as answer:
            return dict(json.loads(answer.read()))

    def close(self) -> None:
        """End the fake AWS."""
        self.server.stop()
        self.app.close()


@contextmanager
def running_fake_aws(local_dir: Path) -> Iterator[World]:
    """Yield a fake AWS that runs."""
    world = World(local_dir)
    try:
        yield world
    finally:
        world.close()


def invitation(to: str) -> EmailMessage:
    """Return a mail as Klankbord sends it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "Vaart Verzekeringen <ervaringen@mail.vaart.example>"
    message["To"] = to
    message["Reply-To"] = "klantenservice@vaart.example"
    message["Subject"] = "Hoe beoordeelt u de afhandeling – café?"
    message["List-Unsubscribe"] = "<https://survey.example/u/t0ken>, <mailto:afmelden@vaart.example>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("Geachte mevrouw De Vries,\n\nHoe tevreden bent u?\n\nhttps://survey.example/s/t0ken\n")
    message.add_alternative(
        "<!doctype html><html lang='nl'><head><title>Uw mening</title></head><body><h1>Hoe tevreden bent u?</h1>"
        "<p><a href='https://survey.example/s/t0ken?score=9'>9</a></p></body></html>",
        subtype="html",
    )
    message.set_boundary("part")
    return message
