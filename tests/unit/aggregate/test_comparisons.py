"""What a score is compared with, and when nothing may be said of that."""

from datetime import date, timedelta

import pytest

from functions.aggregate import comparisons, queries
from functions.aggregate.importance import question_drivers
from functions.aggregate.page import make_report
from functions.shared.domain.client import Thresholds
from functions.shared.domain.scores import Counts
from tests.worlds.aggregate_world import NOW, World, bundle

TODAY = date(2026, 11, 22)


def opened(world, tmp_path):
    world.run()
    folder = tmp_path / "datasets"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    return queries.open_datasets(folder)


def given(world, number, score, day="2026-11-20", touchpoint="claims", wave="first", **answers):
    name = f"{touchpoint}-{wave}-{number}"
    imported = date.fromisoformat(day) - timedelta(days=2)
    world.put(
        world.invitation(name, f"{imported}T10:00", touchpoint=touchpoint),
        world.response(name, score, f"{day}T10:00", touchpoint=touchpoint, wave=wave, answers=answers),
    )


@pytest.mark.parametrize(
    ("counts", "target", "standing"),
    [
        (Counts(10, 20, 70), 40, "above"),
        (Counts(10, 20, 70), 45, "above"),
        (Counts(10, 20, 70), 46, "open"),
        (Counts(10, 20, 70), 60, "open"),
        (Counts(10, 20, 70), 72, "below"),
        (Counts(10, 20, 70), None, None),
        (Counts(), 40, None),
    ],
)
def test_a_target_is_reached_or_missed_only_where_the_whole_interval_says_so(counts, target, standing):
    assert comparisons.against_target(counts, target) == standing


def test_the_season_is_the_same_four_weeks_of_the_year_before(tmp_path):
    world = World(tmp_path / "room")
    for number in range(6):
        given(world, number, 9)
        given(world, f"year-ago-{number}", 3, "2025-11-21")
        given(world, f"before-{number}", 7, "2025-10-20")

    with opened(world, tmp_path) as connection:
        found = comparisons.change(connection, "acme", TODAY, Thresholds(), comparisons.SEASON)
        short = comparisons.change(connection, "acme", TODAY, Thresholds(), comparisons.RECENT)

    assert (found.earlier, found.later, found.points) == (Counts(6, 0, 0), Counts(0, 0, 6), 200)
    assert not found.tested
    assert short is None


def test_first_and_reminder_are_told_apart_of_settled_invitations(tmp_path):
    world = World(tmp_path / "room")
    for number in range(8):
        given(world, number, 9, "2026-10-02")
        given(world, number, 3, "2026-10-09", wave="reminder")
        given(world, f"late-{number}", 9, "2026-11-20")

    with opened(world, tmp_path) as connection:
        found = comparisons.by_wave(connection, "acme", Thresholds(), "2025-11-23", "2026-10-31")

    assert found == [("first", Counts(0, 0, 8)), ("reminder", Counts(8, 0, 0))]


@pytest.mark.parametrize(("reminders", "late"), [(4, 9), (8, 4), (0, 9)])
def test_a_wave_that_is_small_or_leaves_a_small_rest_is_not_told(tmp_path, reminders, late):
    world = World(tmp_path / "room")
    for number in range(12):
        given(world, number, 9, "2026-10-02")
    for number in range(reminders):
        given(world, number, 3, "2026-10-09", wave="reminder")
    for number in range(late):
        given(world, f"late-{number}", 9, "2026-11-20")

    with opened(world, tmp_path) as connection:
        assert comparisons.by_wave(connection, "acme", Thresholds(), "2025-11-23", "2026-10-31") == []


CLAIMS, SERVICE = Counts(5, 5, 90), Counts(60, 20, 20)


def test_a_score_is_weighted_to_the_contacts_where_that_makes_a_difference():
    whole = Counts(65, 25, 110)

    found = comparisons.weighted({"claims": CLAIMS, "service": SERVICE}, {"claims": 100, "service": 900}, whole)
    alike = comparisons.weighted({"claims": CLAIMS, "service": SERVICE}, {"claims": 500, "service": 500}, whole)

    assert found is not None
    assert found.value == pytest.approx(0.1 * 0.85 + 0.9 * -0.4)
    assert alike is None


def test_the_weighted_score_does_not_give_away_a_touchpoint_that_is_hidden():
    assert comparisons.weighted({"claims": CLAIMS}, {"claims": 100, "service": 900}, CLAIMS) is None
    three = {"claims": CLAIMS, "service": SERVICE}
    assert comparisons.weighted(three, {"claims": 100, "service": 800, "visit": 100}, Counts(65, 25, 110)) is None


def test_the_report_tells_target_season_waves_and_drivers(tmp_path):
    own = bundle(languages=("en", "nl"), target=50)
    claims = own.touchpoints["claims"].model_copy(update={"target": -90})
    own = own.model_copy(update={"touchpoints": {**own.touchpoints, "claims": claims}})
    world = World(tmp_path / "room", own)
    for number in range(240):
        day = date(2026, 10, 1) + timedelta(days=number % 20)
        solved = "at_once" if number % 3 else "not_yet"
        score = max(0, min(10, 2 + number % 7 + (2 if number % 3 else -2)))
        wave = "first" if number % 2 else "reminder"
        given(world, number, score, day.isoformat(), wave=wave, ease=1 + number % 7, happy=3, solved=solved)

    with opened(world, tmp_path) as connection:
        found = question_drivers(connection, "acme", "claims", own.questionnaires["core"], "2025-11-23")
    page = make_report(own, tmp_path / "datasets", NOW)

    assert [question.id for question in found.questions] == ["ease", "happy", "solved"]
    ease, happy, solved = (one.value for one in found.found.importances)
    assert (found.found.n, happy) == (240, 0)
    assert ease > solved > 0.1
    for words in (
        "Below the target of +50.",
        "Above the target of −90.",
        "What goes with the score",
        "Of 240 who answered all of these questions.",
        "Answered a reminder",
    ):
        assert words in page, words


def test_of_fewer_than_two_hundred_no_drivers_are_told(tmp_path):
    world = World(tmp_path / "room")
    for number in range(199):
        given(world, number, number % 11, ease=1 + number % 7, happy=1 + number % 5, solved="at_once")
    given(world, "no answer to the last question", 9, ease=4, happy=3)

    with opened(world, tmp_path) as connection:
        core = world.clients.load("acme").questionnaires["core"]
        assert question_drivers(connection, "acme", "claims", core, "2025-11-23") is None
