"""Every closed question: the answers as rows and counts, and what the report shows of them."""

import pytest

from functions.aggregate import queries
from functions.aggregate.page import make_report
from functions.aggregate.question_tables import question_tables, scales
from functions.shared.domain.scores import ScaleCounts
from functions.shared.domain.small_groups import Showing
from tests.worlds.aggregate_world import NOW, Clients, World, bundle


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "room")


def answered(world, touchpoint, *given, team=None):
    """Store an answer for each of these, at a touchpoint."""
    for answers in given:
        name = f"{touchpoint}-{next(world.sequence)}"
        score = answers.pop("nps", 9)
        world.put(
            world.invitation(name, touchpoint=touchpoint, team=team),
            world.response(name, score, touchpoint=touchpoint, answers=answers),
        )


def tables(world, tmp_path, shown=("claims", "service")):
    world.run()
    own = world.clients.load("acme")
    folder = tmp_path / "datasets"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    with queries.open_datasets(folder) as connection:
        found = question_tables(connection, own, shown, "")
    return {one.touchpoint: {table.question.id: table for table in one.questions} for one in found}


def test_an_answer_is_a_row_with_its_option_in_the_language_of_the_page(world):
    world.put(world.invitation("a"), world.invitation("b"))
    world.put(
        world.response("a", 9, answers={"solved": "not_yet", "ease": 6, "why": "Bel 06-12345678"}),
        world.response("b", 3, answers={"solved": "not_yet"}, language="en"),
    )

    world.run()

    rows = {(row["response_id"], row["question"]): row for row in world.rows("answers")}
    told = {key: (row["type"], row["value"], row["option_text"], row["comment"]) for key, row in rows.items()}
    assert told == {
        ("a", "nps"): ("nps", "9", None, None),
        ("a", "solved"): ("choice", "not_yet", "Nog niet", None),
        ("a", "ease"): ("scale", "6", None, None),
        ("a", "why"): ("text", None, None, "Bel [phone]"),
        ("b", "nps"): ("nps", "3", None, None),
        ("b", "solved"): ("choice", "not_yet", "Not yet", None),
    }


def test_own_words_never_become_a_value_even_where_the_question_is_gone(world):
    world.put(world.invitation("a"), world.response("a", 9, answers={"gone": "goed", "rate": 3, "solved": "Jan Bos"}))

    world.run()

    rows = {row["question"]: (row["value"], row["comment"]) for row in world.rows("answers")}
    assert (rows["gone"], rows["rate"], rows["solved"]) == ((None, "goed"), ("3", None), (None, "Jan Bos"))
    assert {row["question"] for row in world.rows("answers_daily")} == {"nps"}


def test_words_that_masking_learned_of_later_are_masked_in_their_own_row_only(world):
    fact = world.response("a", 9, answers={"why": "x", "gone": "mail a@b.nl"})
    world.put(world.invitation("a"), fact)

    world.run()

    rows = {row["question"]: row["comment"] for row in world.rows("answers")}
    assert (rows["why"], rows["gone"]) == ("x", "mail [e-mail]")


def test_answers_are_counted_one_dimension_at_a_time_and_only_those_of_complete_responses(world):
    answered(world, "claims", {"solved": "at_once"}, {"solved": "not_yet"}, team="N")
    answered(world, "claims", {"solved": "at_once"})
    world.put(world.invitation("s"), world.response("s", 1, state="suspect", answers={"solved": "at_once"}))

    world.run()

    counts = {
        (row["dimension"], row["value"], row["answer"]): row["n"]
        for row in world.rows("answers_daily")
        if row["question"] == "solved"
    }
    assert counts == {
        ("all", "", "at_once"): 2,
        ("all", "", "not_yet"): 1,
        ("team", "N", "at_once"): 1,
        ("team", "N", "not_yet"): 1,
    }


def test_an_option_that_was_renamed_is_the_same_answer_and_one_that_was_dropped_is_told(world, tmp_path):
    answered(world, "claims", *({"solved": "at_once"} for _ in range(4)), {"solved": "no_idea"})
    own = bundle(version="2")
    solved = own.questionnaires["core"].questions[-1]
    renamed = solved.options[0].model_copy(update={"text": {"nl": "Direct", "en": "Directly"}})
    core = own.questionnaires["core"]
    questions = (*core.questions[:-1], solved.model_copy(update={"options": (renamed, *solved.options[1:])}))
    core = core.model_copy(update={"version": 2, "questions": questions})
    world.clients = Clients(own.model_copy(update={"questionnaires": {"core": core}}))

    table = tables(world, tmp_path)["claims"]["solved"]

    assert [(one.value, one.count) for one in table.answers] == [("at_once", 4), ("not_yet", 0), ("no_idea", 1)]
    page = make_report(world.clients.load("acme"), tmp_path / "datasets", NOW)
    assert "Direct" in page
    assert "no_idea (niet meer gevraagd)" in page


def test_a_question_is_shown_with_the_interval_of_each_share_and_hidden_below_the_threshold(world, tmp_path):
    answered(world, "claims", *({"solved": "at_once"} for _ in range(15)), *({"solved": "not_yet"} for _ in range(5)))
    answered(world, "claims", *({"ease": 7} for _ in range(4)))

    found = tables(world, tmp_path)["claims"]

    assert (found["solved"].n, found["solved"].showing) == (20, Showing.SHOWN)
    (at_once, _) = found["solved"].answers
    assert (at_once.share.value, round(at_once.share.interval.low, 6), round(at_once.share.interval.high, 6)) == (
        0.75,
        0.531299,
        0.888138,
    )
    assert (found["ease"].n, found["ease"].showing, found["ease"].answers) == (0, Showing.HIDDEN, [])
    assert (found["nps"].n, len(found["nps"].answers)) == (24, 11)
    assert "why" not in found


def test_the_companys_figure_is_of_what_is_told_of_the_touchpoints(world, tmp_path):
    answered(world, "claims", *({"happy": 4, "solved": "at_once"} for _ in range(12)))
    answered(world, "service", {"happy": 1}, {"happy": 2})

    found = tables(world, tmp_path, shown=("claims",))["claims"]

    assert (found["happy"].n, len(found["happy"].answers)) == (12, 5)
    with queries.open_datasets(tmp_path / "datasets") as connection:
        assert scales(connection, "acme", "")[0] == ScaleCounts(12, 48, 12)


def test_a_touchpoint_that_is_hidden_has_no_questions(world, tmp_path):
    answered(world, "claims", *({"solved": "at_once"} for _ in range(12)))
    answered(world, "service", {"solved": "at_once"})

    assert list(tables(world, tmp_path, shown=("claims",))) == ["claims"]
