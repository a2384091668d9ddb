"""Start the emulator for a workdir and wait until it answers."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3

from infra.local import processes
from infra.local.workdir import Workdir

REGION = "eu-west-1"
CREDENTIALS: dict[str, Any] = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
"""What the emulator accepts; nothing outside this machine does."""

_START_SECONDS = 30.0


class StartFailed(RuntimeError):
    """A process of the local system did not come up; the message holds the end of its log."""


@dataclass(frozen=True)
class Ports:
    """The loopback ports of one system."""

    emulator: int
    fake_aws: int
    reviews: int

    @property
    def endpoint(self) -> str:
        """The address of every AWS service."""
        return f"http://127.0.0.1:{self.emulator}"

    @property
    def fake_aws_url(self) -> str:
        """The address of the mailbox, the outbox and the reports."""
        return f"http://127.0.0.1:{self.fake_aws}"


@contextmanager
def free_ports() -> Iterator[tuple[Ports, socket.socket]]:
    """Yield three free ports, held until the block ends, and the emulator's as a listening socket to hand over."""
    sockets = [socket.socket() for _ in range(3)]
    try:
        for held in sockets:
            # Lets the fake AWS bind the same port while it is held here; nobody gets it by chance meanwhile.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(("127.0.0.1", 0))
        sockets[0].listen(128)
        emulator, fake_aws, reviews = (held.getsockname()[1] for held in sockets)
        yield Ports(emulator, fake_aws, reviews), sockets[0]
    finally:
        for held in sockets:
            held.close()


def settings(workdir: Workdir, ports: Ports, *, roles: bool) -> dict[str, str]:
    """Return the emulator's settings; its function workers inherit them as their host environment."""
    return {
        "AUTH": "true" if roles else "false",
        "GATEWAY_PORT": str(ports.emulator),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "CLOUDTRAIL_RECORDING": "0",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "STATE_DIR": str(workdir.path / "state"),
        "S3_DATA_DIR": str(workdir.path / "s3"),
        "DOCKER_HOST": f"unix://{workdir.path / 'no-docker.sock'}",
        "MINISTACK_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_ENDPOINT_URL_SESV2": ports.fake_aws_url,
        "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": ports.fake_aws_url,
        "KLANKBORD_REVIEW_SITE_PORT": str(ports.reviews),
    }


def start_emulator(
    workdir: Workdir, ports: Ports, listening: socket.socket, *, with_parent: bool, roles: bool
) -> subprocess.Popen[bytes]:
    """Start the emulator on a listening socket.

    `with_parent` ends the workdir's processes when the caller ends; `roles` holds every function to its role.
    """
    number = listening.fileno()
    arguments = ["-m", "infra.local.emulator_server", "--socket", str(number)]
    if with_parent:
        arguments += ["--parent", str(os.getpid())]
    env = processes.environment(workdir, settings(workdir, ports, roles=roles))
    return processes.start(workdir, "emulator", arguments, env, pass_fds=[number])


def start_fake_aws(workdir: Workdir, ports: Ports) -> subprocess.Popen[bytes]:
    """Start the fake AWS: mailbox, outbox, report pages and the review site."""
    arguments = ["-m", "infra.local.fake_aws", "--local-dir", str(workdir.path), "--port", str(ports.fake_aws)]
    arguments += ["--review-port", str(ports.reviews), "--endpoint", ports.endpoint]
    env = processes.environment(workdir, {"AWS_REGION": REGION, **_credentials()})
    return processes.start(workdir, "fake_aws", arguments, env)


def wait_for(workdir: Workdir, name: str, process: subprocess.Popen[bytes], url: str) -> None:
    """Return as soon as `url` answers 200. Raises StartFailed with the end of the log where it never does."""
    pool = urllib3.PoolManager(retries=False, timeout=2.0)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if pool.request("GET", url).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.05)
    reason = f"ended with code {process.returncode}" if process.poll() is not None else f"does not answer at {url}"
    raise StartFailed(f"The {name} {reason}. Its last lines:\n{processes.last_lines(workdir, name)}")


def _credentials() -> dict[str, str]:
    return {name.upper(): value for name, value in CREDENTIALS.items()}
