"""What is synthesised and built once for all tests, whichever worker asks first."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.build import build
from tests.worlds.templates import Templates, read, synthesise

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
OWNER = "arn:aws:quicksight:eu-west-1:123456789012:user/default/owner"
READERS = "arn:aws:quicksight:eu-west-1:123456789012:group/default/readers"
FULL: dict[str, object] = {
    "clients": ["vaart", "pebble"],
    "alarm_mail": "operations@example.org",
    "monthly_budget": 300,
    "replies": "reply.example.org",
    "sms": {},
    "contact": "reviews@example.org",
    "survey": {"domain": "feedback.example.org", "certificate": CERTIFICATE},
    "quicksight": {"owner": OWNER, "readers": READERS},
}
"""Every choice, as deployment.yaml has them."""

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
    return read(once("cloud", lambda folder: synthesise(folder, choices=FULL, checked=True)))


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


@pytest.fixture(scope="session", params=["replies", "sms", "quicksight", "survey", "alarm_mail", "clients"])
def one_choice(request: pytest.FixtureRequest, once: Once) -> Templates:
    """Return the templates for the cloud with one choice alone."""
    name = str(request.param)
    return read(once(f"only-{name}", lambda folder: synthesise(folder, choices={name: FULL[name]})))
