"""A running system on this machine, for the demo, the tests and anybody who wants to try something."""

import csv
import io
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import urllib3

from functions.shared.domain.object_keys import CUSTOMERS, RECEIPTS, REHEARSE, UPLOADS
from infra.local import assembly, clock, deploy, emulator, processes
from infra.local.connection import client_factory
from infra.local.outputs import Outputs
from infra.local.workdir import Workdir
from operations.publish import PublishedClient, publish

_POLL_SECONDS = 0.05
ON_ONE_MACHINE = {"sms": {"rate": 100}}
"""What a deployment must ask for, and is always there here."""
_CALM_POLLS = 2
"""So many times in a row nothing may be under way: one look may just miss work that passes from place to place."""


class NotSettled(RuntimeError):
    """Work is still under way; the message says where."""


class InvocationFailed(RuntimeError):
    """A function raised; the message is its error."""


class LocalStack:
    """The stack as it runs in one workdir. `outputs` says where everything is."""

    def __init__(self, workdir: Workdir, outputs: Outputs) -> None:
        self.workdir = workdir
        self.outputs = outputs
        self.client = client_factory(outputs.endpoint)
        self._http = urllib3.PoolManager(retries=False, timeout=30.0)

    @classmethod
    def start(
        cls,
        folder: Path,
        *,
        with_parent: bool = False,
        roles: bool = False,
        choices: Mapping[str, object] | None = None,
        tell: Callable[[str], None] = lambda line: None,
    ) -> Self:
        """Start an empty system in a folder, in the place of one that runs or crashed there.

        `with_parent` ends it when the calling process ends, however that goes. `roles` holds every function to its
        IAM role, as AWS does, at the cost of a third more work per request. `choices` are those of deployment.yaml
        (docs/deploy.md). `tell` gets a line per step.
        """
        workdir = Workdir(folder.resolve())
        if processes.stop_all(workdir):
            tell("The system that was up here is stopped.")
        workdir.clear()
        try:
            return cls(workdir, _bring_up(workdir, with_parent, roles, choices, tell))
        except BaseException:
            processes.stop_all(workdir)
            raise

    @classmethod
    def connect(cls, folder: Path) -> Self:
        """Return the system that runs in a folder. Raises NotUp where there is none."""
        workdir = Workdir(folder.resolve())
        return cls(workdir, Outputs.read(workdir))

    def stop(self) -> None:
        """End the system and everything it started; its logs stay in the workdir."""
        stop(self.workdir)

    def now(self) -> datetime:
        """Return the moment that the system lives in."""
        return clock.now(self.workdir)

    def publish(self, folder: Path) -> list[PublishedClient]:
        """Check and publish the clients in a folder, as `make publish` does. Raises BadConfiguration."""
        published = publish(folder, self.client("s3"), self.outputs.config_bucket)
        self.outputs = self.outputs.with_clients(self.client("s3"))
        self.outputs.write(self.workdir)
        return published

    def upload(self, client: str, touchpoint: str, name: str, body: bytes, rehearse: bool = False) -> str:
        """Upload a file as a client would and return its key."""
        key = f"{REHEARSE if rehearse else UPLOADS}{client}/{touchpoint}/{name}"
        self.client("s3").put_object(Bucket=self.outputs.upload_bucket, Key=key, Body=body)
        return key

    def upload_customers(self, client: str, name: str, body: bytes) -> None:
        """Upload a customer file as a client would; its receipt is that of the touchpoint `customers`."""
        key = f"{CUSTOMERS}{client}/{name}"
        self.client("s3").put_object(Bucket=self.outputs.upload_bucket, Key=key, Body=body)

    def receipt(
        self, client: str, touchpoint: str, name: str, timeout: float = 60
    ) -> tuple[dict[str, Any], list[dict[str, str]]]:
        """Wait for the finished receipt of an upload; return its summary and its rows. Raises TimeoutError."""
        key = f"{RECEIPTS}{client}/{touchpoint}/{name}"
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            summary = self._object(f"{key}.json")
            if summary is not None and json.loads(summary)["state"] != "partial":
                rows = self._object(f"{key}.csv")
                text = (rows or b"").decode("utf-8-sig")
                return json.loads(summary), list(csv.DictReader(io.StringIO(text)))
            time.sleep(_POLL_SECONDS)
        seen = "no receipt" if summary is None else f"only {json.loads(summary)}"
        raise TimeoutError(f"{key} has {seen} after {timeout:.0f} s.")

    def receive(self, mail: bytes, **findings: str) -> None:
        """Let a mail come in where replies are read; `findings` are what SES finds of it, such as dmarc="fail"."""
        query = urlencode(findings)
        answer = self._http.request("POST", f"{self.outputs.outbox_url}/inbound?{query}", body=mail)
        if answer.status != 200:
            raise RuntimeError(f"The mailbox answers {answer.status}: {answer.data[:200]!r}")

    def messages(self) -> list[dict[str, Any]]:
        """Return the mails in the outbox."""
        return list(json.loads(self._get(f"{self.outputs.outbox_url}/messages")))

    def sms(self) -> list[dict[str, Any]]:
        """Return the SMS that were sent."""
        return list(json.loads(self._get(f"{self.outputs.outbox_url}/sms.json")))

    def receive_sms(self, sender: str, number: str, body: str) -> None:
        """Let an SMS come in to a client's number."""
        payload = json.dumps({"from": sender, "to": number, "body": body}).encode()
        answer = self._http.request("POST", f"{self.outputs.outbox_url}/inbound-sms", body=payload)
        if answer.status != 200:
            raise RuntimeError(f"The fake AWS answers {answer.status}: {answer.data[:200]!r}")

    def mail_count(self) -> int:
        """Return how many mails the outbox holds."""
        return int(json.loads(self._get(f"{self.outputs.outbox_url}/messages/count"))["total"])

    def invoke(self, function: str, event: Any = None) -> Any:
        """Run a function by its name in the code and return its answer. Raises InvocationFailed."""
        answer = self.client("lambda").invoke(
            FunctionName=self.outputs.functions[function], Payload=json.dumps(event or {}).encode()
        )
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise InvocationFailed(f"{function} failed: {json.dumps(payload)}")
        return payload

    def aggregate(self, timeout: float = 60, **event: Any) -> None:
        """Bring datasets and reports up to date, as the schedule does every hour, and wait until that is done.

        `event` as of functions.aggregate.handlers.find. Raises InvocationFailed, NotSettled.
        """
        self.invoke("aggregate-find", {"report": True, **event})
        self.settle(timeout)

    def settle(self, timeout: float = 60) -> None:
        """Wait until nothing is under way: no message visible or in flight, every stream read, no function at work.

        Delayed messages and dead letters do not count. Raises NotSettled, saying where work is left.
        """
        deadline = time.monotonic() + timeout
        calm = 0
        while calm < _CALM_POLLS:
            left = self._work_left()
            calm = 0 if left else calm + 1
            if time.monotonic() > deadline:
                raise NotSettled(f"After {timeout:.0f} s there is still work: {left}")
            time.sleep(_POLL_SECONDS)

    def _work_left(self) -> dict[str, Any]:
        # In the direction of the work: what the mailbox lets go of while we look, the queue still shows.
        mailbox = json.loads(self._get(f"{self.outputs.outbox_url}/control"))
        left = json.loads(self._get(f"{self.outputs.endpoint}/_klankbord/idle"))
        if not mailbox["hold_events"]:
            left["events of the mailbox"] = mailbox["events_waiting"]
        return {what: rest for what, rest in left.items() if rest}

    def _object(self, key: str) -> bytes | None:
        s3 = self.client("s3")
        try:
            return bytes(s3.get_object(Bucket=self.outputs.upload_bucket, Key=key)["Body"].read())
        except s3.exceptions.NoSuchKey:
            return None

    def _get(self, url: str) -> bytes:
        answer = self._http.request("GET", url)
        if answer.status != 200:
            raise RuntimeError(f"{url} answers {answer.status}: {answer.data[:200]!r}")
        return answer.data


def stop(workdir: Workdir) -> int:
    """End what runs in a workdir, crashed or whole, and return the number of processes that were ended."""
    ended = processes.stop_all(workdir)
    workdir.outputs.unlink(missing_ok=True)
    return ended


def _bring_up(
    workdir: Workdir, with_parent: bool, roles: bool, choices: Mapping[str, object] | None, tell: Callable[[str], None]
) -> Outputs:
    started = time.monotonic()

    def step(text: str) -> None:
        tell(f"{time.monotonic() - started:5.1f} s  {text}")

    with ThreadPoolExecutor(1) as pool, emulator.free_ports() as (ports, listening):
        synth = pool.submit(assembly.synthesise, {**ON_ONE_MACHINE, **(choices or {})})
        running = emulator.start_emulator(workdir, ports, listening, with_parent=with_parent, roles=roles)
        fake_aws = emulator.start_fake_aws(workdir, ports)
        emulator.wait_for(workdir, "emulator", running, f"{ports.endpoint}/_ministack/health")
        step("emulator up")
        client = client_factory(ports.endpoint)
        emulator.wait_for(workdir, "fake_aws", fake_aws, f"{ports.fake_aws_url}/messages")
        step("mailbox up")
        built = assembly.read(synth.result())
        step("stack synthesised")
    deploy.deploy(built, client, {"Endpoint": ports.endpoint})
    step("stack deployed")
    outputs = Outputs.of_stacks([stack.name for stack in built.stacks], client, ports)
    deploy.enable_ttl(outputs.tables, client)
    outputs.write(workdir)
    return outputs
