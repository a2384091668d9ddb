"""Synthesised once for all tests of the app."""

from pathlib import Path

import pytest

from tests.infra.templates import Templates, synthesise

FULL = (
    *("-c", "clients=vaart,pebble"),
    *("-c", "mail_domains=vaart.example"),
    *("-c", "alarm_mail=operations@example.org"),
    *("-c", "contact=reviews@example.org"),
    *("-c", "domain=feedback.example.org"),
    *("-c", "certificate=arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"),
    *("-c", "quicksight=arn:aws:quicksight:eu-west-1:123456789012:user/default/owner"),
)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Return the templates for the cloud with every choice made, as cdk-nag and cfn-lint passed them."""
    return synthesise(tmp_path_factory.mktemp("cloud") / "synth", *FULL, checked=True)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Return the templates for the cloud without any choice."""
    return synthesise(tmp_path_factory.mktemp("plain") / "synth")


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Return the templates for the emulator."""
    return synthesise(tmp_path_factory.mktemp("local") / "synth", "--local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share a synth on one worker."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("infra"))
