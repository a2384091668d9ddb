"""The door to the local system for commands that work on AWS and here alike: where it is, and clients of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.local import clock
from infra.local.emulator import CREDENTIALS, REGION
from infra.local.outputs import NotUp, Outputs
from infra.local.workdir import Workdir, default_workdir

__all__ = ["CREDENTIALS", "Connection", "NotUp", "client_factory", "connect"]


@dataclass(frozen=True)
class Connection:
    """A way to the system that runs in a workdir."""

    workdir: Workdir
    outputs: Outputs
    client: Callable[[str], Any]
    """Gives the boto3 client of a service."""

    def now(self) -> datetime:
        """Return the moment that the system lives in."""
        return clock.now(self.workdir)

    def ses(self) -> Any:
        """Return the boto3 client of SES, which answers at an address of its own."""
        return client_factory(self.outputs.outbox_url)("sesv2")


def connect(folder: Path | None = None) -> Connection:
    """Return a way to the system that runs in a folder, by default that of `make up`. Raises NotUp."""
    workdir = Workdir(folder.resolve()) if folder else default_workdir()
    outputs = Outputs.read(workdir)
    return Connection(workdir, outputs, client_factory(outputs.endpoint))


def client_factory(endpoint: str) -> Callable[[str], Any]:
    """Return a function that gives the boto3 client of a service, made once, for one endpoint."""
    session: Any = boto3.Session(region_name=REGION, **CREDENTIALS)
    config = Config(proxies={}, retries={"mode": "standard"}, read_timeout=900, max_pool_connections=32)

    @cache
    def client(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint, config=config)

    return client
