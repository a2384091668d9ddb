"""What a rehearsal forecasts with."""

import json
from datetime import date, timedelta

from functions.shared.domain import object_keys
from functions.shared.domain.client import Thresholds
from functions.shared.domain.figures import Figures, InvitationWeek, Measured
from functions.shared.domain.scores import Counts
from tests.worlds.aggregate_world import NOW, World, at, bundle


def measured(tmp_path, **client):
    world = World(tmp_path / "room", bundle(**client))
    facts, rows = [], []
    for number in range(40):
        touchpoint = "claims" if number % 4 else "service"
        imported = f"2026-10-{5 + number % 10:02}T10:00"  # two weeks
        rows.append(world.outcome("invited", imported, touchpoint))
        delivered = {"delivered_at": at(imported)} if number != 1 else {"bounced_at": at(imported)}
        facts.append(world.invitation(f"i{number}", imported, touchpoint=touchpoint, **delivered))
        if number % 2 == 0:
            facts.append(world.response(f"i{number}", number % 11, "2026-10-20T10:00", touchpoint=touchpoint))
    world.put_outcomes("f", *rows)
    world.put(*facts)
    world.run()
    return Figures.from_json(json.loads(world.bucket.objects[object_keys.figures("acme")][0]))


def test_a_run_leaves_the_weeks_of_invitations_and_the_scores_of_each_touchpoint(tmp_path):
    found = measured(tmp_path)

    assert found.whole.weeks == (
        InvitationWeek(date(2026, 10, 5), 28, 27, 16),
        InvitationWeek(date(2026, 10, 12), 12, 12, 4),
    )
    assert found.whole.scores is not None
    assert found.whole.scores.n == 20
    assert set(found.touchpoints) == {"claims", "service"}
    assert sum(week.invited for week in found.touchpoints["claims"].weeks) == 30
    assert [found.touchpoints[name].scores for name in ("claims", "service")] == [Counts(7, 2, 1), Counts(7, 1, 2)]


def test_the_scores_of_a_small_group_stay_hidden(tmp_path):
    found = measured(tmp_path, thresholds=Thresholds(score=12))

    assert found.whole.scores is None  # as long as they wait for others of their touchpoint
    assert [one.scores for one in found.touchpoints.values()] == [None, None]


def test_a_week_is_settled_when_its_last_invitation_had_its_time():
    weeks = tuple(InvitationWeek(date(2026, 10, 5) + timedelta(weeks=week), 1, 1, 1) for week in range(3))

    found = Measured(weeks).settled(date(2026, 11, 9), timedelta(days=28))

    assert found == weeks[:1]


def test_what_is_older_than_a_year_is_left_out(tmp_path):
    world = World(tmp_path / "room")
    world.put_outcomes("f", world.outcome(imported="2025-11-01T10:00"))
    world.put(world.invitation("a", "2025-11-01T10:00"))
    world.run()

    assert json.loads(world.bucket.objects[object_keys.figures("acme")][0])["whole"]["waves"] == []
    assert NOW.year == 2026
