"""The deployed function over DynamoDB: what is written, by whom first, and what never is."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as example
from hypothesis import strategies as st

from functions.shared.adapters.responses import DynamoResponses
from functions.shared.adapters.tables import AnswerPattern, FeedbackBlock, Invitation, OptOut, Response
from functions.shared.domain.channels import MAIL
from functions.shared.domain.invitation import RANK, InvitationState
from functions.shared.domain.response import StoredResponse, Submission, Suspicion, UninvitedRespondent, receive
from tests.worlds.survey_aws import SurveyFunction, at, deployed_survey, everything, invite
from tests.worlds.survey_world import INVITATION, NOW, bundle

PERSON = f"person of {INVITATION}"


@pytest.fixture
def survey() -> Iterator[SurveyFunction]:
    with deployed_survey() as function:
        invite()
        yield function


def nonce(page: dict[str, Any]) -> str:
    """Return the nonce of a page."""
    found = re.search(r'name="page-nonce" value="([^"]+)"', page["body"])
    assert found
    return found[1]


def submit(survey: SurveyFunction, seconds: float = 30, **fields: Any) -> dict[str, Any]:
    """Open the page, think for a while and send the form."""
    page = survey.call("GET", survey.path() + "?change=1")
    survey.travel(seconds=seconds)
    return survey.call("POST", survey.path(), {"page-nonce": nonce(page), "page-website": ""} | fields)


def response() -> Response:
    """Return the one response."""
    return Response.get(INVITATION)


def invitation() -> Invitation:
    """Return the invitation."""
    return Invitation.get(INVITATION)


def test_an_answer_is_one_response_that_completes_its_invitation(survey: SurveyFunction) -> None:
    submit(survey, nps=9, why="Vriendelijk", ease=6, solved="yes")

    kept, asked = response(), invitation()
    assert kept.answers == {"nps": 9, "why": "Vriendelijk", "ease": 6, "solved": "yes"}
    assert (kept.score, kept.state, kept.answered_after, kept.channel, kept.language) == (
        9,
        "complete",
        "first",
        "mail",
        "nl",
    )
    assert (kept.questionnaire, kept.questionnaire_version) == ("service", 3)
    assert (kept.started_at, kept.answered_at, kept.changed_at) == (at(NOW), at(NOW) + timedelta(seconds=30), None)
    assert (kept.suspicion, kept.history) == (None, None)
    assert kept.keep_until == survey.moment + timedelta(days=730)
    assert (asked.state, asked.rank) == (InvitationState.COMPLETED, RANK[InvitationState.COMPLETED])
    assert (asked.started_at, asked.completed_at) == (at(NOW), at(NOW) + timedelta(seconds=30))


def test_who_answered_is_not_reminded(survey: SurveyFunction) -> None:
    assert len(list(Invitation.due.query("0"))) == 1

    submit(survey, nps=9)

    assert list(Invitation.due.query("0")) == []


def test_an_answer_after_the_reminder_counts_as_given_after_it(survey: SurveyFunction) -> None:
    invite(reminders_sent=1, reminded_at=at(NOW))

    submit(survey, nps=9)

    assert response().answered_after == "reminder"


def test_a_form_sent_three_times_is_one_response_without_history(survey: SurveyFunction) -> None:
    for _ in range(3):
        assert submit(survey, seconds=9, nps=9)["statusCode"] == 303

    assert Response.count() == 1
    assert response().history is None
    assert response().answered_at == at(NOW) + timedelta(seconds=9)


def test_a_change_within_fourteen_days_keeps_the_answer_before_it(survey: SurveyFunction) -> None:
    submit(survey, nps=9, why="Fijn")
    survey.travel(days=13)
    submit(survey, nps=3)
    submit(survey, nps=4)

    kept = response()
    assert (kept.score, kept.answered_at, kept.changed_at) == (4, at(NOW) + timedelta(seconds=30), at(survey.moment))
    assert [(entry["answers"], entry["at"]) for entry in kept.history or ()] == [
        ({"nps": 9, "why": "Fijn"}, at(NOW).timestamp() + 30),
        ({"nps": 3}, at(survey.moment).timestamp() - 30),
    ]
    assert invitation().completed_at == at(NOW) + timedelta(seconds=30)


def test_after_fourteen_days_nothing_changes(survey: SurveyFunction) -> None:
    submit(survey, nps=9)
    page = survey.call("GET", survey.path() + "?change=1")
    survey.travel(days=14)
    before = everything()

    late = survey.call("POST", survey.path(), {"page-nonce": nonce(page), "nps": 1})

    assert late["statusCode"] == 409
    assert everything() == before


def test_a_suspect_post_leaves_the_invitation_open_and_an_honest_one_completes_it(survey: SurveyFunction) -> None:
    submit(survey, seconds=1, nps=0)

    assert (response().state, response().suspicion, response().score) == ("suspect", "too_fast", 0)
    assert (invitation().state, invitation().due_at is not None) == (InvitationState.DELIVERED, True)

    submit(survey, nps=9)

    kept = response()
    assert (kept.state, kept.suspicion, kept.score, kept.answered_at) == ("complete", None, 9, at(survey.moment))
    assert [entry["suspicion"] for entry in kept.history or ()] == ["too_fast"]
    assert (invitation().state, invitation().due_at) == (InvitationState.COMPLETED, None)


def test_a_mail_server_that_answers_for_a_whole_company_counts_for_nothing(survey: SurveyFunction) -> None:
    names = [f"3f0c5a2e-9a51-5c11-8d2b-1f6f2f1f00{number:02d}" for number in range(10, 15)]
    for name in names:
        invite(name, domain_key="company")
        page = survey.call("GET", survey.path(name))
        survey.travel(seconds=5)
        survey.call("POST", survey.path(name), {"page-nonce": nonce(page), "nps": 0})

    kept = {item.response_id: item for item in Response.scan()}
    assert {name: (kept[name].state, kept[name].suspicion) for name in names} == dict.fromkeys(
        names, ("suspect", "same_answers")
    )
    (pattern,) = AnswerPattern.scan()
    assert pattern.invitations == set(names)


def test_an_answer_that_was_changed_since_is_not_set_apart_with_the_others(survey: SurveyFunction) -> None:
    submit(survey, nps=9)
    submit(survey, nps=8)

    DynamoResponses().set_apart(INVITATION, Suspicion.SAME_ANSWERS)

    assert (response().state, response().score) == ("complete", 8)


def test_a_form_with_a_mistake_starts_the_invitation_and_records_nothing(survey: SurveyFunction) -> None:
    page = submit(survey, why="Geen cijfer")

    assert page["statusCode"] == 422
    assert "Geen cijfer" in page["body"]
    assert Response.count() == 0
    assert (invitation().state, invitation().started_at, invitation().completed_at) == (
        InvitationState.STARTED,
        at(NOW),
        None,
    )
    assert invitation().due_at is not None


def test_a_later_start_moves_neither_state_nor_moment(survey: SurveyFunction) -> None:
    submit(survey, nps=9)
    submit(survey, nps=99)

    assert (invitation().state, invitation().started_at) == (InvitationState.COMPLETED, at(NOW))


def test_who_opted_out_and_still_answers_stays_opted_out(survey: SurveyFunction) -> None:
    survey.call("POST", survey.path(opt_out=True), {"List-Unsubscribe": "One-Click"})

    submit(survey, nps=2)

    assert response().score == 2
    assert (invitation().state, invitation().rank) == (InvitationState.OPTED_OUT, RANK[InvitationState.OPTED_OUT])
    assert invitation().completed_at == at(survey.moment)


def test_of_posts_that_read_the_same_one_is_written_and_none_is_lost(survey: SurveyFunction) -> None:
    store = DynamoResponses()
    waiting = {
        number: Submission({"nps": 9, "why": str(number)}, 9, "service", 3, "nl", NOW, NOW) for number in range(6)
    }

    rounds = 0
    while waiting:
        rounds += 1
        asked, given = store.find(INVITATION)
        assert asked is not None
        written = []
        for number, post in waiting.items():
            after = receive(given, asked, post)
            assert after is not None
            if store.save(asked, given, after):
                written.append(number)
        assert len(written) == 1
        del waiting[written[0]]

    assert (rounds, Response.count()) == (6, 1)
    said = [entry["answers"]["why"] for entry in response().history or ()] + [response().answers["why"]]
    assert sorted(said) == [str(number) for number in range(6)]


def test_two_tabs_are_one_response(survey: SurveyFunction) -> None:
    tabs = [nonce(survey.call("GET", survey.path())) for _ in range(2)]
    for tab, score in zip(tabs, (9, 6), strict=True):
        survey.travel(seconds=10)
        assert survey.call("POST", survey.path(), {"page-nonce": tab, "nps": score})["statusCode"] == 303

    assert (Response.count(), response().score) == (1, 6)
    assert [entry["answers"] for entry in response().history or ()] == [{"nps": 9}]


def test_a_write_over_something_newer_than_was_read_is_refused(survey: SurveyFunction) -> None:
    store = DynamoResponses()
    asked, nothing = store.find(INVITATION)
    assert asked is not None
    assert nothing is None
    submit(survey, nps=9)
    _, first = store.find(INVITATION)
    assert first is not None
    submit(survey, nps=3)

    stale = StoredResponse(**{**vars(first), "score": 0})

    assert not store.save(asked, None, stale)
    assert not store.save(asked, first, stale)
    assert response().score == 3


def test_a_response_without_an_invitation_is_kept_and_completes_none(survey: SurveyFunction) -> None:
    store, visitor = DynamoResponses(), UninvitedRespondent("0b0c", "acme", "service", MAIL)
    first = receive(None, visitor, Submission({"nps": 9}, 9, "service", 3, "nl", NOW, NOW + timedelta(minutes=1)))
    assert first is not None
    changed = receive(first, visitor, Submission({"nps": 3}, 3, "service", 3, "nl", NOW, NOW + timedelta(hours=1)))
    assert changed is not None

    assert store.save(visitor, None, first)
    assert not store.save(visitor, None, first)
    assert store.save(visitor, first, changed)

    kept = Response.get("0b0c")
    assert (kept.score, kept.state, kept.answered_after, kept.channel) == (3, "complete", None, "mail")
    assert [item.invitation_id for item in Invitation.scan()] == [INVITATION]
    assert invitation().state == InvitationState.DELIVERED


def test_news_of_the_mail_between_reading_and_writing_does_not_stop_an_answer(survey: SurveyFunction) -> None:
    store = DynamoResponses()
    asked, _ = store.find(INVITATION)
    assert asked is not None
    invite(state=InvitationState.OPTED_OUT.value, rank=RANK[InvitationState.OPTED_OUT], opted_out_at=at(NOW))
    answer = Submission({"nps": 9}, 9, "service", 3, "nl", NOW, NOW + timedelta(minutes=1))
    after = receive(None, asked, answer)
    assert after is not None

    assert not store.save(asked, None, after)

    again, none = store.find(INVITATION)
    assert again is not None
    assert store.save(again, none, after)
    assert invitation().state == InvitationState.OPTED_OUT


def test_an_answer_extends_the_block_of_a_client_that_wants_it() -> None:
    with deployed_survey([bundle(block_after_answer={"days": 120})]) as survey:
        invite()
        FeedbackBlock(PERSON, invitation_id=INVITATION, expires_at=NOW + timedelta(days=91)).save()

        submit(survey, nps=9)

        end = survey.moment + timedelta(days=120)
        assert FeedbackBlock.get(PERSON).expires_at == end
        submit(survey, nps=5)
        assert FeedbackBlock.get(PERSON).expires_at == end


def test_a_block_never_becomes_shorter_and_keeps_its_holder() -> None:
    with deployed_survey([bundle(block_after_answer={"days": 10})]) as survey:
        invite()
        FeedbackBlock(PERSON, invitation_id="a later invitation", expires_at=NOW + timedelta(days=91)).save()

        submit(survey, nps=9)

        block = FeedbackBlock.get(PERSON)
        assert (block.expires_at, block.invitation_id) == (NOW + timedelta(days=91), "a later invitation")


@pytest.mark.parametrize("left", [None, timedelta(days=-2)])
def test_a_block_that_is_gone_or_only_waits_for_removal_is_made_anew(left: timedelta | None) -> None:
    with deployed_survey([bundle(block_after_answer={"days": 10})]) as survey:
        invite()
        if left:
            FeedbackBlock(PERSON, invitation_id="an old invitation", expires_at=NOW + left).save()

        submit(survey, nps=9)

        block = FeedbackBlock.get(PERSON)
        assert (block.expires_at, block.invitation_id) == (survey.moment + timedelta(days=10), INVITATION)


def test_an_opt_out_counts_at_once_for_what_was_planned(survey: SurveyFunction) -> None:
    page = survey.call("GET", survey.path(opt_out=True))
    survey.travel(seconds=1)

    survey.call("POST", survey.path(opt_out=True), {"page-nonce": nonce(page), "page-action": "out"})

    no = OptOut.get(PERSON)
    assert (no.client, no.since, no.how) == ("acme", at(NOW) + timedelta(seconds=1), "page")
    asked = invitation()
    assert (asked.state, asked.opted_out_at, asked.due_at, asked.due_shard) == (
        InvitationState.OPTED_OUT,
        at(NOW) + timedelta(seconds=1),
        None,
        None,
    )
    assert list(Invitation.due.query("0")) == []


def test_a_second_no_leaves_the_first_as_it_was(survey: SurveyFunction) -> None:
    survey.call("POST", survey.path(opt_out=True), {"List-Unsubscribe": "One-Click"})
    before = everything()
    survey.travel(days=1)

    survey.call("POST", survey.path(opt_out=True), {"List-Unsubscribe": "One-Click"})

    assert everything() == before


def test_a_change_of_mind_removes_the_opt_out_and_the_invitation_stays_ended(survey: SurveyFunction) -> None:
    survey.call("POST", survey.path(opt_out=True), {"List-Unsubscribe": "One-Click"})
    page = survey.call("GET", survey.path(opt_out=True))

    survey.call("POST", survey.path(opt_out=True), {"page-nonce": nonce(page), "page-action": "back"})

    assert OptOut.count() == 0
    assert (invitation().state, invitation().due_at) == (InvitationState.OPTED_OUT, None)


def test_a_no_of_somebody_known_by_number_stands_for_the_address_too(survey: SurveyFunction) -> None:
    Invitation(INVITATION).update([Invitation.address_key.set("address of it")])

    survey.call("POST", survey.path(opt_out=True), {"List-Unsubscribe": "One-Click"})

    assert {item.person: item.how for item in OptOut.scan()} == {
        PERSON: "one_click",
        "address of it": "one_click",
    }


def test_an_opt_out_link_works_two_years_after_its_mail(survey: SurveyFunction) -> None:
    survey.travel(days=731)

    assert survey.call("GET", survey.path())["statusCode"] == 410
    assert survey.call("POST", survey.path(opt_out=True), {"List-Unsubscribe": "One-Click"})["statusCode"] == 200
    assert OptOut.count() == 1


LINKS = st.sampled_from(["answer", "opt-out", "other"])
QUERIES = st.dictionaries(
    st.sampled_from(["score", "lang", "change", "done", "page-nonce", "nps", "List-Unsubscribe", "page-action"]),
    st.sampled_from(["", "0", "9", "11", "nl", "en", "1", "out", "back", "One-Click", "é<"]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    answered=st.booleans(),
    visits=st.lists(st.tuples(st.sampled_from(["GET", "HEAD"]), LINKS, QUERIES), min_size=1, max_size=4),
)
def test_no_number_of_visits_changes_a_table(
    survey: SurveyFunction, answered: bool, visits: list[tuple[str, str, dict[str, str]]]
) -> None:
    if answered and not Response.count():
        submit(survey, nps=9)
    before = everything()

    for method, link, query in visits:
        path = {"answer": survey.path(), "opt-out": survey.path(opt_out=True), "other": "/s/other"}[link]
        survey.call(method, f"{path}?{urlencode(query)}")

    assert everything() == before


def test_a_scanner_that_follows_every_link_changes_nothing(survey: SurveyFunction) -> None:
    before = everything()
    waiting = [f"{survey.path()}?score={score}" for score in range(11)] + [survey.path(opt_out=True)]
    seen: set[str] = set()

    while waiting:
        path = waiting.pop()
        seen.add(path)
        place = path.partition("?")[0]
        for link in re.findall(r'(?:href|action)="([^"]+)"', survey.call("GET", path)["body"]):
            link = link.replace("&amp;", "&")
            target = place + link if link.startswith("?") else link.replace("../", "/", 1)
            if target.startswith("/") and target not in seen:
                waiting.append(target)

    assert everything() == before
    assert len(seen) > 20


def test_a_broken_table_is_a_page_that_says_so(survey: SurveyFunction) -> None:
    Response.delete_table()

    page = survey.call("GET", survey.path(), headers={"Accept-Language": "en"})

    assert page["statusCode"] == 500
    assert "Something went wrong on our side" in page["body"]
    assert page["headers"]["Cache-Control"] == "no-store"
