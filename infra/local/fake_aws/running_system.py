"""What the fake AWS knows of the running system: its addresses, its queue, its clients and their reports."""

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.domain.object_keys import REPLIES, REPORTS, current_bundle

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_FRESH_SECONDS = 10.0


class NotDeployed(Exception):
    """The system is not there yet, or not far enough."""


@dataclass(frozen=True)
class ClientLabel:
    """How a client is told apart in a list; the colours are those of its brand, on light and on dark."""

    name: str
    light: str = "#5b6472"
    dark: str = "#a7b0aa"

    @property
    def colour(self) -> str:
        """The brand's colour as CSS."""
        return f"light-dark({self.light}, {self.dark})"


class RunningSystem:
    """Reads `<local-dir>/outputs.json` each time anew, so that the fake AWS can start before the system does."""

    def __init__(self, local_dir: Path, endpoint: str, region: str = "eu-west-1") -> None:
        self._outputs = local_dir / "outputs.json"
        options: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": region,
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "config": Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=2, read_timeout=10),
        }
        self._s3: S3Client = boto3.client("s3", **options)
        self._sqs: SQSClient = boto3.client("sqs", **options)
        self._sns: SNSClient = boto3.client("sns", **options)
        self._brands: dict[str, tuple[float, ClientLabel]] = {}
        self._lock = threading.Lock()

    def outputs(self) -> dict[str, Any]:
        """Return the outputs; empty while there are none."""
        try:
            return dict(json.loads(self._outputs.read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    def configuration_set(self) -> str | None:
        """Return the name of the configuration set that the stack made; None before it is there."""
        return self.outputs().get("configuration_set")

    def deliver(self, bodies: list[str]) -> None:
        """Put SES events on their queue. Raises NotDeployed while there is none."""
        try:
            url = self.outputs()["queues"]["ses-events"]
        except KeyError as error:
            raise NotDeployed("outputs.json names no queue ses-events yet.") from error
        answer = self._sqs.send_message_batch(
            QueueUrl=url,
            Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)],
        )
        if answer.get("Failed"):
            raise NotDeployed(f"{len(answer['Failed'])} events were refused by the queue.")

    def receive(self, name: str, mail: bytes) -> None:
        """Keep a mail that came in where SES does. Raises NotDeployed where replies are not read."""
        bucket = self.outputs().get("reply_bucket")
        if not bucket:
            raise NotDeployed("This deployment reads no replies: make up REPLIES=reply.example does.")
        self._s3.put_object(Bucket=bucket, Key=f"{REPLIES}{name}", Body=mail)

    def receive_sms(self, sms: dict[str, str]) -> None:
        """Hand an SMS that came in to the topic of clients' numbers. Raises NotDeployed where SMS are not sent."""
        topic = self.outputs().get("sms_topic")
        if not topic:
            raise NotDeployed("This deployment sends no SMS.")
        self._sns.publish(TopicArn=topic, Message=json.dumps(sms))

    def clients(self) -> dict[str, ClientLabel]:
        """Return the published clients by slug."""
        return {slug: self.brand(slug) for slug in sorted(self.outputs().get("clients", {}))}

    def brand(self, slug: str) -> ClientLabel:
        """Return a client's name and colour; its slug and grey where it is not published."""
        with self._lock:
            known = self._brands.get(slug)
        if known and time.monotonic() - known[0] < _FRESH_SECONDS:
            return known[1]
        brand = self._load(slug)
        with self._lock:
            self._brands[slug] = (time.monotonic(), brand)
        return brand

    def _load(self, slug: str) -> ClientLabel:
        try:
            answer = self._s3.get_object(Bucket=self.outputs()["config_bucket"], Key=current_bundle(slug))
            bundle = json.loads(answer["Body"].read())
            brand = bundle["brand"]
            return ClientLabel(bundle["client"]["name"], brand["light"]["primary"], brand["dark"]["primary"])
        except (KeyError, ValueError, BotoCoreError, ClientError):
            return ClientLabel(slug or "no client")

    def reports(self) -> dict[str, ClientLabel]:
        """Return the clients that have a report."""
        try:
            answer = self._s3.list_objects_v2(Bucket=self.outputs()["data_bucket"], Prefix=REPORTS, Delimiter="/")
        except (KeyError, BotoCoreError, ClientError):
            return {}
        slugs = (entry["Prefix"].removeprefix(REPORTS).rstrip("/") for entry in answer.get("CommonPrefixes", ()))
        return {slug: self.brand(slug) for slug in slugs}

    def report_file(self, path: str) -> tuple[bytes, str] | None:
        """Return a file of a report, by its path under reports/, with its content type; None where it is not there."""
        try:
            answer = self._s3.get_object(Bucket=self.outputs()["data_bucket"], Key=REPORTS + path)
        except (KeyError, BotoCoreError, ClientError):
            return None
        return answer["Body"].read(), answer.get("ContentType", "application/octet-stream")
