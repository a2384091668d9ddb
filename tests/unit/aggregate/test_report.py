"""What the report tells, and how a language writes it."""

import json
from dataclasses import astuple, replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from functions.aggregate import charts
from functions.aggregate.comparisons import ScoreChange
from functions.aggregate.page import STRINGS, coverage, make_report
from functions.aggregate.queries import ReportedPeriod, ScoreRow
from functions.aggregate.report import compare, twelve_months_before
from functions.shared.domain import scores
from functions.shared.domain.interaction import RowOutcome
from functions.shared.domain.scores import Counts
from functions.shared.domain.small_groups import Showing
from functions.shared.presentation.words import read_words
from tests.worlds.aggregate_world import NOW, World, at, bundle

NL, EN = read_words(STRINGS, "nl"), read_words(STRINGS, "en")


def report(tmp_path, facts, outcomes=(), **client):
    world = World(tmp_path / "room", bundle(**client))
    world.put_outcomes("f-00001", *outcomes)
    world.put(*facts(world))
    world.run()
    folder = world.room / "page"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    return make_report(world.clients.load("acme"), folder, NOW)


def answers(world, count, score=9, team="Noord", prefix="i", **values):
    for number in range(count):
        yield world.invitation(f"{prefix}{number}", team=team)
        yield world.response(f"{prefix}{number}", score, "2026-11-20T10:00", **values)


def test_the_headline_is_a_score_with_its_interval_and_n(tmp_path):
    page = report(tmp_path, lambda world: [*answers(world, 12), *answers(world, 8, 3, prefix="j")])

    assert "+20" in page
    assert "95%-interval" in page
    assert "20 antwoorden" in page
    assert "Stand van 22 november 2026, 13:00" in page


def test_a_client_with_too_few_answers_is_told_so_and_shown_no_score(tmp_path):
    page = report(tmp_path, lambda world: answers(world, 4, answers={"why": "Herkenbaar verhaal", "happy": 1}))

    assert "Te weinig antwoorden" in page
    assert "+100<" not in page
    assert "Herkenbaar verhaal" not in page
    assert "Tevredenheid (CSAT)" not in page


def test_a_client_without_any_data_has_a_report_too(tmp_path):
    page = report(tmp_path, lambda world: [], languages=("en", "nl"))

    assert "No answers in the past twelve months yet" in page
    assert "Too few answers" in page


def test_a_hidden_team_tells_neither_its_score_nor_its_n(tmp_path):
    page = report(tmp_path, lambda world: [*answers(world, 30), *answers(world, 3, 0, team="Klein", prefix="k")])

    row = page[page.index("Klein") : page.index("</tr>", page.index("Klein"))]
    assert "niet getoond" in row
    assert "−100" not in row


def test_comments_of_a_small_touchpoint_are_withheld(tmp_path):
    def facts(world):
        yield from answers(world, 20, answers={"why": "Veel gehoord"})
        for number in range(3):
            yield world.invitation(f"s{number}", touchpoint="service")
            said = {"why": "Van een enkeling"}
            yield world.response(f"s{number}", 9, "2026-11-20T10:00", touchpoint="service", answers=said)

    page = report(tmp_path, facts)

    assert "Van een enkeling" not in page
    assert "Veel gehoord" in page
    assert "3 antwoorden die binnen zijn, wachten" in page


def test_what_people_write_is_text_and_masked_in_their_language(tmp_path):
    said = {"why": "<script>alert(1)</script> {{ 7 * 7 }} bel 06-12345678"}
    page = report(tmp_path, lambda world: answers(world, 10, answers=said))

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }} bel [telefoonnummer]" in page


def test_reviews_are_all_there_with_how_they_are_checked(tmp_path):
    def facts(world):
        yield world.review("good", 10, text="Top")
        yield world.review("bad", 1, text="Nooit meer", written="2026-11-10T10:00")
        yield world.review("gone", 5, text="Verdwenen", removed=True)

    page = report(tmp_path, facts)

    assert page.index("Nooit meer") < page.index("Top")
    assert "Verdwenen" not in page
    assert "Alleen klanten met een ordernummer." in page
    assert "2 reviews · gemiddeld 50" in page


def test_coverage_is_what_is_left_after_each_of_the_rules():
    names = [*(outcome.value for outcome in RowOutcome), "imported"]
    funnel = dict(zip(names, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 55], strict=True))

    stages = coverage(funnel)

    assert (stages["valid"], stages["reachable"], stages["eligible"], stages["invited"]) == (47, 45, 18, 10)
    assert stages["eligible"] - funnel["sampled_out"] == funnel["invited"]


def row(value, *counts, showing=Showing.SHOWN, rest=None):
    given = Counts(*counts)
    return ScoreRow(value, given.n, scores.nps(given), scores.interval(given), 0, 0, 0, None, showing, given, rest)


def beside_the_others(*rows):
    """Rows that are together the whole that each is compared with."""
    whole = sum((one.counts for one in rows), Counts())
    rest = lambda own: Counts(*(a - b for a, b in zip(astuple(whole), astuple(own), strict=True)))  # noqa: E731
    return [replace(one, rest=rest(one.counts)) for one in rows]


def test_a_team_is_called_higher_only_where_that_survives_the_correction():
    rows = [row("clear", 5, 10, 85), row("low", 60, 20, 20), row("same", 25, 25, 50), row("few", 0, 0, 29)]

    found = {one.row.value: (one.verdict, one.tested) for one in compare(beside_the_others(*rows))}

    assert found == {"clear": ("higher", True), "low": ("lower", True), "same": (None, True), "few": (None, False)}


def test_two_groups_are_one_comparison_and_groups_that_may_not_be_told_count_for_none():
    nearly = [row("a", 13, 20, 32), row("b", 24, 22, 24)]
    p = scores.difference(nearly[0].counts, nearly[1].counts).p
    assert 0.025 < p < 0.05

    assert [one.verdict for one in compare(beside_the_others(*nearly))] == ["higher", "lower"]
    few = [row(f"few{n}", 1, 1, 1, rest=Counts(100, 100, 100)) for n in range(20)]
    assert [one.verdict for one in compare([*beside_the_others(*nearly), *few])][:2] == ["higher", "lower"]


def test_a_hidden_team_is_compared_with_nobody():
    hidden = ScoreRow("hidden", 3, None, None, 0, 0, 0, None, Showing.HIDDEN, None)

    (compared,) = compare([hidden])

    assert (compared.verdict, compared.tested) == (None, False)


def test_a_change_is_the_difference_of_the_scores_that_are_shown():
    earlier, later = Counts(9, 15, 16), Counts(6, 8, 26)
    change = ScoreChange(earlier, later, scores.difference(later, earlier))

    assert (NL.score(scores.nps(later)), NL.score(scores.nps(earlier)), change.points) == ("+50", "+18", 32)
    assert round(change.difference.value * 100) != 32


def test_what_is_too_little_to_test_is_not_called_no_difference(tmp_path):
    def facts(world):
        yield from answers(world, 12)
        yield from answers(world, 12, 0, team="Zuid", prefix="j")

    page = report(tmp_path, facts)

    assert "te weinig om te vergelijken" in page
    assert "geen duidelijk verschil" not in page


def test_a_rate_is_of_the_invitations_that_had_their_time(tmp_path):
    def facts(world):
        for number in range(20):
            yield world.invitation(f"old{number}", "2026-10-01T10:00", delivered_at=at("2026-10-01T11:00"))
            yield world.invitation(f"new{number}", "2026-11-20T10:00", delivered_at=at("2026-11-20T11:00"))
        for number in range(5):
            yield world.response(f"old{number}", answered="2026-10-03T10:00")

    page = report(tmp_path, facts)

    assert "5 ingevuld van 20 bezorgd" in page
    assert "latere kunnen nog beantwoord worden" in page


def test_a_client_whose_first_invitations_have_time_left_has_no_rate_yet(tmp_path):
    page = report(tmp_path, lambda world: answers(world, 12))

    assert "Nog geen uitnodiging heeft al haar tijd gehad" in page
    assert "ingevuld van" not in page


def test_twelve_months_are_twelve_months():
    assert twelve_months_before(date(2026, 11, 22)) == date(2025, 11, 23)
    assert twelve_months_before(date(2028, 2, 29)) == date(2027, 3, 1)
    assert twelve_months_before(date(2026, 12, 31)) == date(2026, 1, 1)


def test_a_period_that_is_not_over_is_marked(tmp_path):
    page = report(tmp_path, lambda world: [*answers(world, 8), *old_answers(world)])

    rows = page[page.index("<tbody>") :].split("</tr>")
    assert [("ten dele" in one) for one in rows[:3]] == [False, False, True]


def old_answers(world):
    for number in range(8):
        yield world.invitation(f"w{number}", "2026-11-01T10:00")
        yield world.response(f"w{number}", 9, "2026-11-05T10:00")


def test_a_comment_tells_no_day_and_stands_there_once(tmp_path):
    page = report(tmp_path, lambda world: answers(world, 12, answers={"why": "Precies hetzelfde"}))

    assert page.count("Precies hetzelfde") == 1
    quote = page[page.index("Precies hetzelfde") :]
    assert "2026" not in quote[: quote.index("</li>")]


@pytest.mark.parametrize(
    ("number", "nl", "en"),
    [
        (0.425, "+43", "+43"),
        (23 / 40, "+58", "+58"),
        (-23 / 40, "−58", "−58"),
        (0.145, "+15", "+15"),
        (-0.425, "−43", "−43"),
        (-0.1, "−10", "−10"),
        (0.001, "0", "0"),
        (-0.004, "0", "0"),
        (None, "–", "–"),
    ],
)
def test_a_score_is_a_signed_whole_number(number, nl, en):
    assert (NL.score(number), EN.score(number)) == (nl, en)


def test_numbers_and_dates_are_written_as_the_language_writes_them():
    assert (NL.integer(1234567), EN.integer(1234567)) == ("1.234.567", "1,234,567")
    assert (NL.decimal(-1234.56), EN.decimal(-1234.56)) == ("−1.234,6", "−1,234.6")
    assert (NL.percent(0.1234), EN.percent(0.1234)) == ("12,3%", "12.3%")
    assert (NL.day(date(2026, 3, 1)), EN.day(date(2026, 3, 1))) == ("1 maart 2026", "1 March 2026")
    assert NL.moment(NOW, ZoneInfo("Europe/Amsterdam")) == "22 november 2026, 13:00"
    assert (NL.short(date(2026, 3, 2), "week"), NL.short(date(2026, 3, 1), "month")) == ("2 mrt", "mrt")
    assert NL.short(date(2026, 1, 1), "month") == "jan 2026"


def test_a_language_of_a_region_and_an_unknown_one_fall_back():
    assert read_words(STRINGS, "nl-BE").code == "nl"
    assert read_words(STRINGS, "fy").code == "en"


def test_every_language_has_the_same_words():
    def shape(value):
        return {name: shape(part) for name, part in value.items()} if isinstance(value, dict) else type(value).__name__

    shapes = {path.stem: shape(json.loads(path.read_text("utf-8"))) for path in STRINGS.glob("*.json")}

    assert shapes["nl"] == shapes["en"]
    assert all(shapes[code] == shapes["en"] for code in shapes)


def periods(*counts):
    shown = [Showing.SHOWN if sum(each) >= 5 else Showing.HIDDEN for each in counts]
    return [ReportedPeriod(f"2026-01-{day:02}", Counts(*each), shown[day - 1]) for day, each in enumerate(counts, 1)]


def test_a_trend_leaves_a_gap_where_a_period_is_not_shown():
    drawing = charts.draw_trend(periods((5, 5, 10), (2, 3, 10), (0, 0, 2), (3, 3, 3), (4, 4, 4)))

    assert [dot.y is None for dot in drawing.dots] == [False, False, True, False, False]
    assert len(drawing.paths) == len(drawing.bands) == 2
    assert all(0 <= dot.y <= 100 for dot in drawing.dots if dot.y is not None)


def test_every_score_of_a_trend_has_its_interval_also_without_neighbours():
    drawing = charts.draw_trend(periods((5, 5, 10), (0, 0, 2), (3, 3, 3)))

    shown = [dot for dot in drawing.dots if dot.y is not None]
    assert len(shown) == 2
    assert all(dot.high < dot.y < dot.low for dot in shown)


def test_there_is_no_trend_of_one_period():
    assert charts.draw_trend(periods((5, 5, 10))) is None
    assert charts.draw_trend(periods((5, 5, 10), (0, 0, 1))) is None
    assert charts.draw_trend([]) is None


def test_a_whisker_stands_on_the_scale_from_minus_to_plus_100():
    drawn = charts.whisker(0.5, scores.Interval(0.0, 1.0))

    assert (drawn.at, drawn.low, drawn.width) == (75, 50, 50)
    assert charts.whisker(None, None) is None
