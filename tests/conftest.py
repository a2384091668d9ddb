"""What every test stands on: nobody's AWS account, no network but loopback, one running stack."""

# ruff: noqa: E402  (the environment is set before anything reads it)

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

# Before any import of boto3 or of a function: neither may find the account, the profile or the proxy of whoever tests.
for _name in [name for name in os.environ if name.startswith(("AWS_", "KLANKBORD_", "TABLE_"))]:
    del os.environ[_name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_XRAY_SDK_ENABLED": "false",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_METRICS_NAMESPACE": "Klankbord",
}

import moto  # noqa: F401 hooks into sessions of botocore that are made from now on, and the functions make one
import psutil
import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import HealthCheck, settings

from infra.local import processes
from infra.local.stack import LocalStack
from infra.local.workdir import CHECKOUT, Workdir

WORKDIRS = CHECKOUT / "build" / "test-workdirs"
EXAMPLE_CLIENTS = CHECKOUT / "examples" / "clients"
_SLOW_FIRST = ("stack", "browser")

# The same examples each time: a red build is red for everybody. HYPOTHESIS_PROFILE=explore looks further.
settings.register_profile("same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


class NetworkUsed(AssertionError):
    """A test reached for an address that is not on this machine."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Remove the workdirs that a killed run left."""
    if hasattr(session.config, "workerinput") or not WORKDIRS.exists():
        return
    for folder in WORKDIRS.iterdir():
        owner = folder.name.partition("-")[0]
        if not (owner.isdigit() and psutil.pid_exists(int(owner))):
            processes.stop_all(Workdir(folder))
            shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that the workers end together (make test keeps the files in this order)."""
    items.sort(key=lambda item: not any(item.get_closest_marker(mark) for mark in _SLOW_FIRST))


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Refuse every connection and every name that leads off this machine."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked_connect(self: socket.socket, address: Any) -> None:
        _refuse_remote(self, address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_remote(self, address)
        return connect_ex(self, address)

    def checked_getaddrinfo(host: Any, *arguments: Any, **more: Any) -> Any:
        if host not in (None, "", "localhost", socket.gethostname()) and not _is_address(host):
            raise NetworkUsed(f"A test looks up {host!r}; tests stay on this machine.")
        return getaddrinfo(host, *arguments, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked_connect)
        patch.setattr(socket.socket, "connect_ex", checked_connect_ex)
        patch.setattr(socket, "getaddrinfo", checked_getaddrinfo)
        yield


@pytest.fixture(scope="session", autouse=True)
def models_of_aws_read_once() -> Iterator[None]:
    """Keep botocore's descriptions of AWS, which every new session reads from disk: half the time of the moto tests."""
    with pytest.MonkeyPatch.context() as patch:
        load = cache(partial(JSONFileLoader.load_file, JSONFileLoader()))
        patch.setattr(JSONFileLoader, "load_file", lambda _loader, path: load(path))
        yield


@pytest.fixture(scope="session")
def workdirs(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Return a folder for this worker's running systems; at the end they are ended and the folder is gone."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = WORKDIRS / f"{os.getpid()}-{worker}"
    folder.mkdir(parents=True)
    yield folder
    for path in folder.iterdir():
        processes.stop_all(Workdir(path))
    if not request.session.testsfailed:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stack(workdirs: Path) -> Iterator[LocalStack]:
    """Return this worker's running system, with the example clients published and every role enforced."""
    with running_system(workdirs / "shared") as running:
        yield running


@contextmanager
def running_system(folder: Path, clients: Path = EXAMPLE_CLIENTS, **choices: str) -> Iterator[LocalStack]:
    """Run a system with these clients published and every role enforced; `choices` are the deployment's switches."""
    running = LocalStack.start(folder, with_parent=True, roles=True, choices=choices)
    try:
        running.publish(clients)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the system's Chromium; without one the browser tests fail, they are not left out."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    raise RuntimeError("There is no Chromium on this machine. Install it with: sudo apt-get install chromium")


def _refuse_remote(connection: socket.socket, address: Any) -> None:
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        host = address[0]
        if host != "localhost" and not (_is_address(host) and ipaddress.ip_address(host).is_loopback):
            raise NetworkUsed(f"A test connects to {host}; tests stay on this machine.")


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True
