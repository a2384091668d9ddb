import pytest

from functions.aggregate import queries
from functions.aggregate.question_tables import scales
from functions.shared.domain import scores
from functions.shared.domain.client import Thresholds
from functions.shared.domain.scores import Counts, ScaleCounts
from functions.shared.domain.small_groups import Showing
from tests.worlds.aggregate_world import World, bundle

TEAMS = {"Noord": 40, "Oost": 12, "Zuid": 6, "West": 3}


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("aggregate") / "room", bundle())
    facts = []
    for team, size in TEAMS.items():
        world.put_outcomes(f"{team}-00001", *[world.outcome(team=team)] * size)
        for number in range(size):
            name, touchpoint = f"{team}{number}", ("claims", "service")[number % 2]
            facts.append(world.invitation(name, team=team, touchpoint=touchpoint, product="p"))
            answered = f"2026-11-{2 + number % 9:02}T10:00"
            facts.append(world.response(name, 10 - number % 8, answered, touchpoint=touchpoint, answers={"happy": 4}))
    facts += [world.invitation("silent", delivered_at=1), world.invitation("bounced", bounced_at=1)]
    facts += [
        world.review("nice", 10),
        world.review("angry", 1, written="2026-11-05T10:00"),
        world.review("gone", removed=True),
    ]
    world.put(*facts)
    world.run()
    folder = world.room / "datasets-of-acme"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    return queries.open_datasets(folder)


def test_a_team_is_shown_with_what_is_released_of_it(datasets):
    rows = queries.score_table(datasets, "acme", "team")

    assert [(row.value, row.n, row.showing) for row in rows] == [
        ("Noord", 40, Showing.SHOWN),
        ("Oost", 12, Showing.SHOWN),
        ("West", 0, Showing.HIDDEN),
        ("Zuid", 0, Showing.HIDDEN),  # three at each of two touchpoints
    ]
    assert all(row.is_answered for row in rows)
    assert all((row.nps, row.interval, row.counts) == (None, None, None) for row in rows[2:])
    assert (rows[0].invited, rows[0].delivered, rows[0].completed, rows[0].response_rate) == (40, 40, 40, 1)


def test_the_score_of_a_row_is_the_score_of_its_summed_counts(datasets):
    (row, *_) = queries.score_table(datasets, "acme", "team")
    expected = Counts.of(10 - number % 8 for number in range(40))

    assert row.counts == expected
    assert row.nps == scores.nps(expected)
    assert row.interval == scores.interval(expected)


def test_touchpoints_add_up_to_the_total(datasets):
    rows = queries.score_table(datasets, "acme", "touchpoint")

    assert {row.value for row in rows} == {"claims", "service"}
    assert sum((row.counts for row in rows), Counts()) == queries.totals(datasets, "acme")
    assert queries.totals(datasets, "acme").n == TEAMS["Noord"] + TEAMS["Oost"]
    assert queries.waiting(datasets, "acme") == TEAMS["Zuid"] + TEAMS["West"]


def test_the_thresholds_of_the_client_count(datasets):
    rows = queries.score_table(datasets, "acme", "team", Thresholds(score=20, indicative=50))

    assert [row.showing for row in rows] == [Showing.INDICATIVE, *[Showing.HIDDEN] * 3]


def test_a_period_begins_where_it_is_asked_to(datasets):
    early, late = (
        queries.totals(datasets, "acme", **period) for period in ({"until": "2026-11-06"}, {"since": "2026-11-07"})
    )
    assert early + late == queries.totals(datasets, "acme")
    assert min(early.n, late.n) >= 5
    assert queries.score_table(datasets, "acme", "team", since="2027-01-01") == []


def test_the_trend_has_every_week_in_between(datasets):
    weeks = queries.trend(datasets, "acme", "week", Thresholds())

    assert [week.start for week in weeks] == ["2026-11-02", "2026-11-09"]
    assert sum((week.counts for week in weeks), Counts()) == queries.totals(datasets, "acme")


def test_the_scales_are_summed(datasets):
    csat, ces = scales(datasets, "acme", "")

    assert csat == ScaleCounts(52, 208, 52)
    assert ces == ScaleCounts()


def test_response_rates_come_from_what_became_of_every_invitation(datasets):
    dispositions = queries.dispositions(queries.funnel(datasets, "acme"))

    assert (dispositions.completed, dispositions.silent, dispositions.bounced, dispositions.refused) == (61, 1, 1, 0)
    assert dispositions.response_rate == 61 / 62
    assert dispositions.rr1 == 61 / 63


def test_all_reviews_that_stand_are_listed_newest_first(datasets):
    assert [(line.day, line.rating) for line in queries.reviews(datasets, "acme")] == [
        ("2026-11-05", 0),
        ("2026-11-03", 1),
    ]


def test_datasets_without_files_are_empty(tmp_path):
    nothing = queries.open_datasets(tmp_path)

    assert queries.score_table(nothing, "acme", "team") == []
    assert queries.totals(nothing, "acme") == Counts()
    assert queries.trend(nothing, "acme", "month", Thresholds()) == []
    assert queries.funnel(nothing, "acme")["imported"] == 0
    assert queries.days(nothing, "acme") is None
    assert queries.reviews(nothing, "acme") == []
    assert queries.comments(nothing, "acme", ["claims"], 5) == []


@pytest.fixture(scope="module")
def two_touchpoints(tmp_path_factory):
    """Two teams at each of two touchpoints: one of each pair is small."""
    world = World(tmp_path_factory.mktemp("two") / "room", bundle())
    facts = []
    places = {
        "Noord": ("claims", 40, 9),
        "Schots": ("claims", 3, 0),
        "Reis": ("service", 4, 3),
        "Bel": ("service", 50, 7),
    }
    for team, (touchpoint, size, score) in places.items():
        for number in range(size):
            facts.append(world.invitation(f"{team}{number}", team=team, touchpoint=touchpoint))
            facts.append(world.response(f"{team}{number}", score, touchpoint=touchpoint))
    world.put(*facts)
    world.run()
    folder = world.room / "datasets-of-acme"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    return queries.open_datasets(folder)


def test_a_team_is_not_found_by_the_total_of_its_touchpoint(two_touchpoints):
    rows = {row.value: row for row in queries.score_table(two_touchpoints, "acme", "team")}

    touchpoints = {row.value: row.n for row in queries.score_table(two_touchpoints, "acme", "touchpoint")}
    assert {value: row.n for value, row in rows.items()} == {"Noord": 40, "Bel": 50, "Schots": 0, "Reis": 0}
    assert touchpoints == {"claims": 40, "service": 50}


def test_the_rate_of_a_small_team_is_not_found_by_that_of_its_touchpoint(two_touchpoints):
    rows = {row.value: row for row in queries.score_table(two_touchpoints, "acme", "team")}

    # Two small ones would do for the client as a whole; each would be found at its own touchpoint.
    assert [row.response_rate for row in rows.values()] == [None] * 4


def test_a_team_is_compared_with_the_others_at_its_touchpoints(datasets, two_touchpoints):
    for row in queries.score_table(datasets, "acme", "team"):
        if row.counts:
            assert row.counts + row.rest == queries.totals(datasets, "acme")
    touchpoints = {row.value: row for row in queries.score_table(two_touchpoints, "acme", "touchpoint")}
    assert touchpoints["claims"].rest == touchpoints["service"].counts


def test_rates_are_of_invitations_until_a_day(datasets):
    (row, *_) = queries.score_table(datasets, "acme", "team", settled="2026-10-31")

    assert (row.delivered, row.response_rate) == (0, None)
    assert queries.funnel(datasets, "acme", until="2026-10-31")["delivered"] == 0
