"""What is synthesised and built once for all tests, whichever worker asks first."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.build import build
from tests.worlds.templates import Templates, read, synthesise

FULL = (
    *("-c", "clients=vaart,pebble"),
    *("-c", "alarm_mail=operations@example.org"),
    *("-c", "replies=reply.example.org"),
    *("-c", "sms=1"),
    *("-c", "contact=reviews@example.org"),
    *("-c", "domain=feedback.example.org"),
    *("-c", "certificate=arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"),
    *("-c", "quicksight=arn:aws:quicksight:eu-west-1:123456789012:user/default/owner"),
    *("-c", "quicksight_readers=arn:aws:quicksight:eu-west-1:123456789012:group/default/readers"),
)

Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Return a function that makes a folder once a run: the workers that come later wait, and find it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        made = shared / f"once-{name}"
        with (shared / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (made / "whole").exists():
                make(made)
                (made / "whole").touch()
        return made

    return folder


@pytest.fixture(scope="session")
def cloud(once: Once) -> Templates:
    """Return the templates for the cloud with every choice made, as cdk-nag and cfn-lint passed them."""
    return read(once("cloud", lambda folder: synthesise(folder, *FULL, checked=True)))


@pytest.fixture(scope="session")
def plain(once: Once) -> Templates:
    """Return the templates for the cloud without any choice."""
    return read(once("plain", synthesise))


@pytest.fixture(scope="session")
def local(once: Once) -> Templates:
    """Return the templates for the emulator."""
    return read(once("local", lambda folder: synthesise(folder, "--local")))


@pytest.fixture(scope="session")
def assets(once: Once) -> Callable[[str], Path]:
    """Return a function that gives the zip of an asset by its kind."""
    return lambda kind: once(f"asset-{kind}", lambda folder: build(kind, folder / "asset.zip")) / "asset.zip"
