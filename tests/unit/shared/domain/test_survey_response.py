"""What stands after a post."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.shared.domain.channels import MAIL
from functions.shared.domain.response import (
    MAX_CHANGES,
    StoredResponse,
    Submission,
    Suspicion,
    UninvitedRespondent,
    receive,
)
from tests.worlds.survey_world import NOW, asked


def post(score: int | None, at: datetime = NOW, suspicion: Suspicion | None = None, **changes: Any) -> Submission:
    """Return a post of a person who took a minute."""
    standard: dict[str, Any] = {
        "answers": {"nps": score} if score is not None else {"why": "fine"},
        "score": score,
        "questionnaire": "service",
        "questionnaire_version": 3,
        "language": "nl",
        "rendered_at": at - timedelta(minutes=1),
        "at": at,
        "suspicion": suspicion,
    }
    return Submission(**(standard | changes))


def stands(given: StoredResponse | None, then: Submission) -> StoredResponse:
    """Return what stands, which must be something new."""
    after = receive(given, asked(), then)
    assert after is not None
    return after


def test_a_first_answer_counts() -> None:
    given = stands(None, post(9))

    assert (given.state, given.score, given.suspicion) == ("complete", 9, None)
    assert (given.started_at, given.answered_at, given.changed_at) == (NOW - timedelta(minutes=1), NOW, None)
    assert given.history == ()


def test_the_same_answer_again_changes_nothing() -> None:
    assert receive(stands(None, post(9)), asked(), post(9, NOW + timedelta(hours=1))) is None


def test_a_change_keeps_what_it_replaces() -> None:
    first = stands(None, post(9))
    later = NOW + timedelta(days=3)

    second = stands(first, post(4, later, questionnaire_version=4))

    assert (second.score, second.answered_at, second.changed_at) == (4, NOW, later)
    assert second.questionnaire_version == 4
    assert second.history == ({"at": int(NOW.timestamp()), "answers": {"nps": 9}},)
    third = stands(second, post(5, later + timedelta(days=1)))
    assert [entry["answers"]["nps"] for entry in third.history] == [9, 4]
    assert third.history[1]["at"] == int(later.timestamp())


def test_an_answer_may_be_changed_for_fourteen_days() -> None:
    given = stands(None, post(9))

    assert given.is_changeable(NOW + timedelta(days=14) - timedelta(seconds=1))
    assert not given.is_changeable(NOW + timedelta(days=14))


def test_an_answer_cannot_be_changed_without_end() -> None:
    given, at = stands(None, post(0)), NOW
    for n in range(1, MAX_CHANGES + 1):
        at += timedelta(minutes=1)
        given = stands(given, post(n % 11, at))

    assert not given.is_changeable(at + timedelta(minutes=1))


@pytest.mark.parametrize("suspicion", [Suspicion.HONEYPOT, Suspicion.TOO_FAST])
def test_a_suspect_post_is_kept_apart(suspicion: Suspicion) -> None:
    given = stands(None, post(9, suspicion=suspicion))

    assert (given.state, given.suspicion, given.counts) == ("suspect", suspicion, False)


def test_an_honest_post_takes_the_place_of_a_suspect_one_and_is_the_answer() -> None:
    suspect = stands(None, post(0, suspicion=Suspicion.TOO_FAST))
    later = NOW + timedelta(hours=2)

    given = stands(suspect, post(9, later))

    assert (given.state, given.score, given.answered_at, given.changed_at) == ("complete", 9, later, None)
    assert given.history == ({"at": int(NOW.timestamp()), "answers": {"nps": 0}, "suspicion": "too_fast"},)


def test_an_honest_post_of_the_same_answers_confirms_a_suspect_one() -> None:
    suspect = stands(None, post(9, suspicion=Suspicion.TOO_FAST))

    assert stands(suspect, post(9, NOW + timedelta(seconds=3))).counts


def test_a_suspect_post_never_takes_the_place_of_an_answer_that_counts() -> None:
    honest = stands(None, post(9))

    after = stands(honest, post(0, NOW + timedelta(hours=1), Suspicion.HONEYPOT))

    assert (after.state, after.score, after.answers) == ("complete", 9, {"nps": 9})
    assert after.history[-1]["suspicion"] == "honeypot"


def test_another_score_within_seconds_makes_both_doubtful() -> None:
    honest = stands(None, post(9))

    after = stands(honest, post(3, NOW + timedelta(seconds=4)))

    assert (after.state, after.suspicion, after.score) == ("suspect", Suspicion.SEVERAL_SCORES, 3)
    assert after.history[-1]["answers"] == {"nps": 9}


def test_another_score_after_some_thought_is_a_change() -> None:
    honest = stands(None, post(9))

    assert stands(honest, post(3, NOW + timedelta(seconds=5))).counts


def test_a_comment_may_follow_its_score_at_once() -> None:
    honest = stands(None, post(9))

    after = stands(honest, post(9, NOW + timedelta(seconds=3), answers={"nps": 9, "why": "kind"}))

    assert after.counts


def test_a_machine_that_walks_all_scores_counts_for_nothing() -> None:
    given: StoredResponse | None = None
    for score in range(11):
        given = receive(given, asked(), post(score, NOW + timedelta(seconds=3 * score))) or given

    assert given is not None
    assert not given.counts
    assert len(given.history) == 10


def test_suspect_posts_cannot_fill_the_history_without_end() -> None:
    given = stands(None, post(5))
    for n in range(200):
        at = NOW + timedelta(minutes=n + 1)
        given = receive(given, asked(), post(n % 11, at, Suspicion.HONEYPOT, answers={"why": str(n)})) or given

    assert len(given.history) == MAX_CHANGES
    assert given.score == 5


def test_an_honest_answer_still_counts_after_any_number_of_suspect_posts() -> None:
    given: StoredResponse | None = None
    for n in range(200):
        at = NOW + timedelta(minutes=n)
        given = receive(given, asked(), post(n % 11, at, Suspicion.HONEYPOT, answers={"why": str(n)})) or given

    assert given is not None
    assert given.is_changeable(NOW + timedelta(days=1))
    assert stands(given, post(8, NOW + timedelta(days=1))).counts


@pytest.mark.parametrize(
    ("sent", "reminded_at", "after"),
    [(0, None, "first"), (1, NOW - timedelta(hours=1), "reminder"), (1, NOW + timedelta(hours=1), "first")],
)
def test_answered_after_is_the_mail_before_the_answer(sent: int, reminded_at: datetime | None, after: str) -> None:
    invitation = replace(asked(), reminders_sent=sent, reminded_at=reminded_at)

    given = receive(None, invitation, post(9))

    assert given is not None
    assert given.answered_after == after


def test_an_answer_of_somebody_who_was_not_invited_comes_after_no_message() -> None:
    given = receive(None, UninvitedRespondent("own-id", "acme", "service", MAIL), post(9))

    assert given is not None
    assert given.counts
    assert given.answered_after is None
