"""Three reminders, from the first mail to the last: each at its own time and in its own words, with one link."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from functions.shared.domain.deliveries import StopReason
from functions.shared.domain.invitation import InvitationState
from tests.worlds.mail_world import INVITATION, MAIL, MONDAY, World, bundle, renderer, texts

DELAYS = ({"after_days": 2}, {"after_days": 3}, {"after_days": 4})
LEAVE_AT = (
    MONDAY,
    datetime(2026, 11, 25, 9, tzinfo=UTC),
    datetime(2026, 11, 30, 8, tzinfo=UTC),  # three days later is a Saturday
    datetime(2026, 12, 4, 8, tzinfo=UTC),
)
SUBJECTS = ("Hoe was uw schade?", "Een keer nog", "Alleen een cijfer is genoeg", "De laatste keer")
WORDS = texts(
    MAIL | {"subject": SUBJECTS[0]},
    reminder=MAIL | {"subject": SUBJECTS[1]},
    second_reminder=MAIL | {"subject": SUBJECTS[2]},
    third_reminder=MAIL | {"subject": SUBJECTS[3]},
)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mail")


@pytest.fixture
def world(templates: Path) -> World:
    return World(renderer(templates), client=bundle(WORDS, reminders=DELAYS)).invite()


def send_first(world: World, mails: int) -> None:
    for _ in range(mails):
        world.now = world.delivery.due_at or world.now
        assert world.send_due()[0] == "sent"


def test_each_reminder_leaves_after_its_own_delay_in_its_own_words_and_with_the_same_link(world: World) -> None:
    left: list[datetime] = []
    while world.delivery.due_at:
        send_first(world, 1)
        left.append(world.now)

    assert tuple(left) == LEAVE_AT
    assert [dict(mail.tags)["mail"] for mail in world.sent] == ["invitation", "reminder-1", "reminder-2", "reminder-3"]
    subjects = [re.findall(rb"^Subject: (.*)\r$", mail.raw, re.MULTILINE) for mail in world.sent]
    assert subjects == [[subject.encode()] for subject in SUBJECTS]
    links = {tuple(re.findall(rb"https://survey\.example/v1/[su]/[\w.-]+", mail.raw)) for mail in world.sent}
    assert len(links) == 1


def answer(world: World) -> None:
    done = replace(world.delivery, state=InvitationState.COMPLETED, completed_at=world.now)
    world.deliveries[INVITATION] = done


def opt_out(world: World) -> None:
    world.opted_out["person-key"] = "file"


def suppress(world: World) -> None:
    world.suppressed["address-key"] = "bounce"


def expire(world: World) -> None:
    world.deliveries[INVITATION] = replace(world.delivery, expires_at=world.now)


@pytest.mark.parametrize("before", [1, 2, 3])
@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (answer, StopReason.ANSWERED),
        (opt_out, StopReason.OPTED_OUT),
        (suppress, StopReason.SUPPRESSED),
        (expire, StopReason.EXPIRED),
    ],
    ids=["answered", "opted out", "suppressed", "expired"],
)
def test_the_rules_are_asked_again_at_every_reminder(
    world: World, before: int, happens: Callable[[World], None], reason: StopReason
) -> None:
    send_first(world, before)
    world.now = world.delivery.due_at or world.now

    happens(world)

    assert world.send_due() == ("stopped", reason.value)
    assert (len(world.sent), world.delivery.due_at) == (before, None)


def test_a_reminder_that_would_come_after_the_expiry_is_never_due(world: World) -> None:
    expires_at = LEAVE_AT[3] - timedelta(seconds=1)
    world.deliveries[INVITATION] = replace(world.delivery, expires_at=expires_at)

    send_first(world, 3)

    assert world.delivery.due_at is None
