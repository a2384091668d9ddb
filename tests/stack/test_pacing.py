"""The account's limits on the deployed system: what it refuses for now is mailed later, once."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.local.stack import LocalStack
from tests.conftest import running_system
from tests.stack.test_mail import Invited, control, invitation, invite, mails_to, travel_past

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def stack(workdirs: Path) -> Iterator[LocalStack]:
    """Return a system in which nothing else is due: at two mails a second it would stand in front."""
    with running_system(workdirs / "pacing") as running:
        yield running


def invited(stack: LocalStack, domain: str = "example.org") -> Invited:
    return invite(stack, f"{uuid.uuid4().hex[:8]}@{domain}")


def test_an_account_that_became_slow_throttles_and_yet_each_mail_leaves_once(stack: LocalStack) -> None:
    waiting = [invited(stack) for _ in range(8)]
    control(stack, max_send_rate=2)
    try:
        travel_past(stack, waiting[0].due_at)
        stack.settle()
    finally:
        control(stack, max_send_rate=500)
    assert [len(mails_to(stack, one)) for one in waiting] == [1] * 8
    assert {invitation(stack, one)["state"] for one in waiting} == {"delivered"}


def test_whom_the_sandbox_refuses_is_mailed_when_the_account_has_left_it(stack: LocalStack) -> None:
    verified, other = invited(stack, "office.example"), invited(stack)
    control(stack, production_access=False, verified=["office.example"])
    try:
        travel_past(stack, verified.due_at)
        assert len(mails_to(stack, verified)) == 1
        assert mails_to(stack, other) == []
        held = invitation(stack, other)
        assert held["due_at"] >= other.due_at.timestamp() + 3000
        assert "lease_until" not in held
    finally:
        control(stack, production_access=True)
    travel_past(stack, other.due_at + timedelta(days=4))
    assert len([mail for mail in mails_to(stack, other) if mail["tags"]["mail"] == "invitation"]) == 1
