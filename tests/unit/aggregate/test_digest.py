"""The weekly mail to a client's readers: what changed clearly, once, or that nothing did."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.shared.domain.notices import of_message, to_message
from tests.worlds.aggregate_world import Clients, World, bundle

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
WEEK = timedelta(weeks=1)


def given(world, count, score, day, touchpoint="claims", team=None):
    facts = []
    for _ in range(count):
        name = f"a{next(world.sequence)}"
        imported = date.fromisoformat(day) - timedelta(days=2)
        facts.append(world.invitation(name, f"{imported}T10:00", touchpoint=touchpoint, team=team))
        facts.append(world.response(name, score, f"{day}T10:00", touchpoint=touchpoint))
    world.put(*facts)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "room", bundle(readers=("a@acme.nl", "b@acme.nl")))
    given(made, 40, 9, "2026-10-12")
    given(made, 40, 8, "2026-11-16")
    return made


def told(world):
    """Return the news of each notice, by kind and verdict."""
    return [[(one.kind, one.verdict, one.name) for one in notice.digest.news] for notice in world.notices]


def test_a_change_is_told_on_monday_morning_and_not_again(world):
    world.run(now=MONDAY - timedelta(minutes=1))
    assert world.notices == []

    for later in (timedelta(0), timedelta(hours=1), timedelta(days=3), timedelta(days=6)):
        world.run(now=MONDAY + later)

    assert told(world) == [[("recent", "lower", "")]]
    (news,) = world.notices[0].digest.news
    assert (news.score, news.n, world.notices[0].digest.week) == (0, 40, "2026-W48")
    assert (world.notices[0].digest.score, world.notices[0].digest.n) == (50, 80)
    given(world, 1, 8, "2026-11-24")
    world.run(now=MONDAY + WEEK)
    assert told(world)[1:] == [[]]


def test_news_that_went_and_comes_back_is_news(world):
    world.run(now=MONDAY)
    world.run(now=MONDAY + 8 * WEEK)
    given(world, 40, 9, "2027-01-06")
    given(world, 40, 0, "2027-02-03")
    world.run(now=MONDAY + 12 * WEEK)

    assert [("recent", "lower", "") in news for news in told(world)] == [True, False, True]


def test_touchpoints_teams_and_the_target_are_told(tmp_path):
    world = World(tmp_path / "room", bundle(readers=("a@acme.nl",), target=90))
    given(world, 40, 10, "2026-11-16", team="North")
    given(world, 40, 2, "2026-11-16", team="South")
    given(world, 40, 10, "2026-11-16", "service")

    world.run(now=MONDAY)

    assert told(world) == [
        [
            ("target", "below", ""),
            ("touchpoint", "lower", "claims"),
            ("touchpoint", "higher", "service"),
            ("team", "higher", "North"),
            ("team", "lower", "South"),
        ]
    ]
    assert of_message(to_message(world.notices[0])) == world.notices[0]


def test_without_readers_or_a_score_there_is_no_digest(tmp_path, world):
    few = World(tmp_path / "few", bundle(readers=("a@acme.nl",)))
    given(few, 4, 9, "2026-11-16")
    world.clients = Clients(bundle())

    few.run(now=MONDAY)
    world.run(now=MONDAY)

    assert few.notices == world.notices == []
    assert few.find(MONDAY + timedelta(hours=1)).clients == [], "Nothing is made each hour for want of answers."


def test_a_rebuild_tells_nothing_again(world):
    world.run(now=MONDAY)
    world.run(now=MONDAY + timedelta(hours=1), rebuild=True)
    world.run(now=MONDAY + WEEK)

    assert told(world)[1:] == [[]]


def test_a_client_is_run_for_its_digest(world):
    world.run(now=MONDAY - timedelta(hours=1))

    assert world.find(MONDAY - timedelta(minutes=30)).clients == []
    assert world.find(MONDAY).clients == ["acme"]
