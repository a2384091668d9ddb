"""What a personal link does, over stores in memory."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as example
from hypothesis import strategies as st

from functions.shared.domain.answer_evidence import Evidence, pattern_of
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.identity import sign_token
from functions.shared.domain.questions.question import AnswerFault, Mistake
from functions.shared.domain.response import StoredResponse, Suspicion
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts
from functions.survey.outcomes import (
    AnswerRecorded,
    ExpiredLink,
    OptOutPage,
    OptOutTaken,
    PageNotice,
    QuestionsPage,
    ThanksPage,
    UnknownLink,
)
from functions.survey.page_nonce import LIFE, sign_page
from functions.survey.service import Survey
from tests.worlds.consent import FakeBlocks, FakeOptOuts
from tests.worlds.survey_world import (
    AFTER_ANSWER,
    ANSWER,
    INVITATION,
    KEYS,
    NOW,
    OPT_OUT,
    FakeClients,
    FakePatterns,
    FakeResponses,
    asked,
    bundle,
)

LATER = NOW + timedelta(minutes=1)


def survey(
    responses: FakeResponses | None = None,
    opt_outs: FakeOptOuts | None = None,
    blocks: FakeBlocks | None = None,
    patterns: FakePatterns | None = None,
    **client: Any,
) -> Survey:
    """Return the use case over stores in memory."""
    clients = FakeClients({"acme": bundle(**client)})
    return Survey(
        KEYS,
        clients,
        responses or FakeResponses(),
        OptOuts(opt_outs or FakeOptOuts()),
        FeedbackBlocks(blocks or FakeBlocks()),
        patterns or FakePatterns(),
    )


def form(rendered_at: datetime = NOW, **fields: Any) -> dict[str, list[str]]:
    """Return the page's form as a browser posts it."""
    nonce = sign_page(KEYS, "answer", INVITATION, rendered_at)
    return {"page-nonce": [nonce], "page-website": [""]} | {name: [str(value)] for name, value in fields.items()}


def opt_out_form(rendered_at: datetime = NOW, action: str = "out") -> dict[str, list[str]]:
    """Return the form of the opt-out page."""
    return {"page-nonce": [sign_page(KEYS, "opt-out", INVITATION, rendered_at)], "page-action": [action]}


def test_a_link_shows_the_questions_of_its_touchpoint_in_the_persons_language() -> None:
    page = survey().show(ANSWER, {}, NOW)

    assert isinstance(page, QuestionsPage)
    assert page.holder.language == "nl"
    assert page.questionnaire.questionnaire == "service"
    assert page.values == {}


@pytest.mark.parametrize(
    ("language", "wanted", "shown"),
    [("nl-BE", None, "nl"), ("fr", None, "nl"), (None, None, "nl"), ("nl", "en", "en"), ("en", "fr", "en")],
)
def test_the_language_is_the_persons_unless_the_link_chooses_one_of_the_client(
    language: str | None, wanted: str | None, shown: str
) -> None:
    responses = FakeResponses(asked(language=language))

    page = survey(responses).show(ANSWER, {"lang": wanted} if wanted else {}, NOW)

    assert isinstance(page, QuestionsPage)
    assert page.holder.language == shown


def test_the_score_of_a_link_is_selected_and_nothing_is_written() -> None:
    responses = FakeResponses()

    page = survey(responses).show(ANSWER, {"score": "9"}, NOW)

    assert isinstance(page, QuestionsPage)
    assert page.values == {"nps": ["9"]}
    assert (responses.writes, responses.events) == (0, [])


@pytest.mark.parametrize("token", ["", "x", "é", ANSWER[:-2], ANSWER + "A", OPT_OUT, ANSWER.swapcase()])
def test_a_token_that_is_not_ours_for_answering_shows_nothing(token: str) -> None:
    assert survey().show(token, {}, NOW) == UnknownLink()
    assert survey().answer(token, form(nps=9), {}, LATER) == UnknownLink()


def test_a_forged_token_costs_the_same_reads_as_one_that_is_not_known() -> None:
    forged, unknown = FakeResponses(), FakeResponses()

    survey(forged).show("forged", {}, NOW)
    survey(unknown).show(sign_token(KEYS, "answer", "3f0c5a2e-9a51-5c11-8d2b-1f6f2f1f9999"), {}, NOW)

    assert len(forged.reads) == len(unknown.reads) == 1


def test_a_client_that_is_no_longer_published_is_said_by_name_to_operations() -> None:
    with pytest.raises(NotFound, match="gone"):
        survey(FakeResponses(asked(client="gone"))).show(ANSWER, {}, NOW)
    with pytest.raises(NotFound, match="left"):
        survey(FakeResponses(asked(touchpoint="left"))).show(ANSWER, {}, NOW)


def test_a_submitted_form_is_recorded_once() -> None:
    responses = FakeResponses()
    service = survey(responses)

    first = service.answer(ANSWER, form(nps=9, why="Kind"), {}, LATER)
    again = service.answer(ANSWER, form(nps=9, why="Kind"), {}, LATER + timedelta(seconds=1))

    assert isinstance(first, AnswerRecorded)
    assert isinstance(again, AnswerRecorded)
    assert (first.changed, again.changed, responses.writes) == (True, False, 1)
    assert responses.given is not None
    assert (responses.given.score, responses.given.started_at) == (9, NOW)
    assert (responses.given.questionnaire, responses.given.questionnaire_version) == ("service", 3)


def test_what_is_wrong_is_said_and_what_was_typed_is_kept() -> None:
    responses = FakeResponses()

    page = survey(responses).answer(ANSWER, form(why="Long story", ease="9"), {}, LATER)

    assert isinstance(page, QuestionsPage)
    assert page.mistakes == (Mistake("nps", AnswerFault.MISSING), Mistake("ease", AnswerFault.NO_NUMBER))
    assert page.values["why"] == ["Long story"]
    assert page.refused
    assert responses.writes == 0
    assert responses.events == [("started", INVITATION, NOW)]


def test_a_mistake_mended_within_two_seconds_is_no_machine() -> None:
    service = survey()
    page = service.answer(ANSWER, form(why="x"), {}, LATER)
    assert isinstance(page, QuestionsPage)

    mended = service.answer(ANSWER, {"page-nonce": [page.nonce], "nps": ["8"]}, {}, LATER + timedelta(seconds=1))

    assert isinstance(mended, AnswerRecorded)


def test_a_page_that_lay_open_too_long_comes_back_with_everything_on_it_and_may_be_sent_at_once() -> None:
    responses = FakeResponses()
    service = survey(responses)
    tomorrow = NOW + LIFE

    page = service.answer(ANSWER, form(nps=7, why="Kind"), {}, tomorrow)

    assert isinstance(page, QuestionsPage)
    assert (page.notice, responses.writes) == (PageNotice.STALE, 0)
    assert (page.values["nps"], page.values["why"]) == (["7"], ["Kind"])
    again = service.answer(ANSWER, dict(page.values) | {"page-nonce": [page.nonce]}, {}, tomorrow)
    assert isinstance(again, AnswerRecorded)


@pytest.mark.parametrize("nonce", ["", "1.2.3", "x", "9.1.x", "é.é.é", "1." + "9" * 400 + ".x"])
def test_a_nonce_that_is_not_ours_records_nothing(nonce: str) -> None:
    responses = FakeResponses()

    page = survey(responses).answer(ANSWER, {"page-nonce": [nonce], "nps": ["9"]}, {}, LATER)

    assert isinstance(page, QuestionsPage)
    assert (page.notice, responses.writes, page.values["nps"]) == (PageNotice.STALE, 0, ["9"])


def test_the_nonce_of_another_link_or_page_records_nothing() -> None:
    other = sign_page(KEYS, "answer", "3f0c5a2e-9a51-5c11-8d2b-1f6f2f1f9999", NOW)
    opt_out = sign_page(KEYS, "opt-out", INVITATION, NOW)
    responses = FakeResponses()

    for nonce in (other, opt_out):
        survey(responses).answer(ANSWER, {"page-nonce": [nonce], "nps": ["9"]}, {}, LATER)

    assert responses.writes == 0


@pytest.mark.parametrize(
    ("changes", "suspicion"),
    [({"rendered_at": LATER - timedelta(seconds=1)}, "too_fast"), ({"page-website": "spam"}, "honeypot")],
)
def test_a_suspect_post_is_kept_apart_and_the_page_asks_once_more(changes: dict[str, Any], suspicion: str) -> None:
    responses = FakeResponses()
    service = survey(responses)

    page = service.answer(ANSWER, form(**({"nps": 9} | changes)), {}, LATER)

    assert isinstance(page, QuestionsPage)
    assert (page.notice, page.values["nps"]) == (PageNotice.CONFIRM, ["9"])
    assert responses.given is not None
    assert (responses.given.state, responses.given.suspicion) == ("suspect", suspicion)
    confirmed = service.answer(ANSWER, {"page-nonce": [page.nonce], "nps": ["9"]}, {}, LATER + timedelta(seconds=4))
    assert isinstance(confirmed, AnswerRecorded)
    assert responses.given.counts


def test_whoever_looks_like_a_program_is_counted_after_pressing_the_button_that_says_otherwise() -> None:
    responses = FakeResponses()
    service = survey(responses)
    fields = form(nps=9)

    page = service.answer(ANSWER, fields, {}, LATER, Evidence(Suspicion.NO_HAND))
    assert isinstance(page, QuestionsPage)
    assert (page.notice, page.suspicion) == (PageNotice.CONFIRM, Suspicion.NO_HAND)
    again = service.answer(ANSWER, fields, {}, LATER + timedelta(seconds=4), Evidence(Suspicion.NO_HAND))
    assert isinstance(again, QuestionsPage)
    assert responses.given is not None
    assert (responses.given.state, responses.given.suspicion) == ("suspect", "no_hand")

    pressed = {**fields, "page-confirm": ["yes"]}
    confirmed = service.answer(ANSWER, pressed, {}, LATER + timedelta(seconds=9), Evidence(Suspicion.NO_HAND))

    assert isinstance(confirmed, AnswerRecorded)
    assert responses.given.counts


def colleagues(patterns: FakePatterns, count: int, domain: str = "company", **answers: Any) -> None:
    """Let so many other invitations of a company have been answered alike without a sign of a hand."""
    for number in range(count):
        patterns.add(pattern_of("acme", domain, answers, LATER), f"colleague-{number}", LATER)


def test_one_answer_over_a_companys_domain_is_kept_apart_with_those_before_it() -> None:
    responses, patterns = FakeResponses(asked=asked(domain_key="company")), FakePatterns()
    colleagues(patterns, 4, nps=0)
    service = survey(responses, patterns=patterns)

    page = service.answer(ANSWER, form(nps=0), {}, LATER)

    assert isinstance(page, QuestionsPage)
    assert (page.notice, page.suspicion) == (PageNotice.CONFIRM, Suspicion.SAME_ANSWERS)
    assert responses.given is not None
    assert responses.given.state == "suspect"
    told = [event for event in responses.events if event[0] == "set apart"]
    assert told == [("set apart", f"colleague-{n}", Suspicion.SAME_ANSWERS) for n in range(4)]
    pressed = form(nps=0) | {"page-confirm": ["yes"]}
    assert isinstance(service.answer(ANSWER, pressed, {}, LATER + timedelta(seconds=9)), AnswerRecorded)


@pytest.mark.parametrize(
    ("domain", "before", "fields", "shown"),
    [
        ("company", 3, {"nps": 0}, Evidence()),  # a colleague may agree
        ("company", 4, {"nps": 1}, Evidence()),  # another answer
        ("company", 4, {"nps": 0, "why": "traag"}, Evidence()),  # in words of their own
        ("company", 4, {"nps": 0}, Evidence(hand=True)),  # somebody was there
        ("elsewhere", 4, {"nps": 0}, Evidence()),
        (None, 4, {"nps": 0}, Evidence()),  # a mailbox at a provider, or an invitation from before
    ],
)
def test_colleagues_who_agree_are_people(
    domain: str | None, before: int, fields: dict[str, Any], shown: Evidence
) -> None:
    responses, patterns = FakeResponses(asked=asked(domain_key=domain)), FakePatterns()
    colleagues(patterns, before, nps=0)

    answer = survey(responses, patterns=patterns).answer(ANSWER, form(**fields), {}, LATER, shown)

    assert isinstance(answer, AnswerRecorded)
    assert not responses.events


def test_a_button_that_no_page_had_says_nothing() -> None:
    responses = FakeResponses()
    told = form(nps=0) | {"page-confirm": ["yes"]}

    page = survey(responses).answer(ANSWER, told, {}, LATER, Evidence(Suspicion.PROGRAM))

    assert isinstance(page, QuestionsPage)
    assert responses.given is not None
    assert (responses.given.state, responses.given.suspicion) == ("suspect", "program")


def test_the_button_does_not_make_a_filled_trap_or_a_flash_an_answer() -> None:
    for told in (form(rendered_at=LATER, nps=9), form(nps=9) | {"page-website": ["spam"]}):
        responses = FakeResponses()
        page = survey(responses).answer(ANSWER, told | {"page-confirm": ["yes"]}, {}, LATER)

        assert isinstance(page, QuestionsPage)
        assert responses.given is not None
        assert responses.given.state == "suspect"


def test_what_a_machine_sent_is_not_shown_to_the_person() -> None:
    responses = FakeResponses()
    service = survey(responses)
    service.answer(ANSWER, form(rendered_at=LATER, nps=0), {}, LATER)

    page = service.show(ANSWER, {"done": "1"}, LATER + timedelta(hours=1))

    assert isinstance(page, QuestionsPage)
    assert page.values == {}


def test_an_answer_that_stands_shows_thanks_and_can_be_changed_for_fourteen_days() -> None:
    responses = FakeResponses()
    service = survey(responses)
    service.answer(ANSWER, form(nps=9, why="Kind"), {}, LATER)

    thanks = service.show(ANSWER, {"done": "1"}, LATER)
    change = service.show(ANSWER, {"change": "1"}, LATER)

    assert isinstance(thanks, ThanksPage)
    assert thanks.changeable_until == LATER + timedelta(days=14)
    assert isinstance(change, QuestionsPage)
    assert (change.values, change.notice) == ({"nps": ["9"], "why": ["Kind"]}, PageNotice.EARLIER)


def test_another_score_in_the_mail_opens_the_answer_with_that_score() -> None:
    service = survey(FakeResponses())
    service.answer(ANSWER, form(nps=9, why="Kind"), {}, LATER)

    page = service.show(ANSWER, {"score": "4"}, LATER)

    assert isinstance(page, QuestionsPage)
    assert page.values == {"nps": ["4"], "why": ["Kind"]}
    assert isinstance(service.show(ANSWER, {"score": "9"}, LATER), ThanksPage)


def test_after_fourteen_days_an_answer_stands() -> None:
    responses = FakeResponses()
    service = survey(responses)
    service.answer(ANSWER, form(nps=9), {}, LATER)
    after = LATER + timedelta(days=14)

    shown = service.show(ANSWER, {"change": "1"}, after)
    posted = service.answer(ANSWER, form(rendered_at=after - timedelta(minutes=1), nps=1), {}, after)

    assert isinstance(shown, ThanksPage)
    assert isinstance(posted, ThanksPage)
    assert (shown.changeable_until, posted.closed) == (None, True)
    assert responses.given is not None
    assert responses.given.score == 9


def test_an_answer_given_on_the_last_day_can_be_changed_for_fourteen_days_as_well() -> None:
    responses = FakeResponses()
    service = survey(responses)
    last = asked().expires_at - timedelta(minutes=1)
    service.answer(ANSWER, form(last - timedelta(minutes=1), nps=9), {}, last)
    later = last + timedelta(days=13)

    changed = service.answer(ANSWER, form(later - timedelta(minutes=1), nps=2), {}, later)

    assert isinstance(changed, AnswerRecorded)
    assert responses.given is not None
    assert responses.given.score == 2


def test_an_expired_invitation_takes_no_answer_and_says_so() -> None:
    responses = FakeResponses()
    end = asked().expires_at

    assert isinstance(survey(responses).show(ANSWER, {}, end), ExpiredLink)
    assert isinstance(survey(responses).answer(ANSWER, form(end - timedelta(minutes=1), nps=9), {}, end), ExpiredLink)
    assert responses.writes == 0
    assert isinstance(survey(responses).show(ANSWER, {}, end - timedelta(seconds=1)), QuestionsPage)


def test_two_posts_at_once_with_the_same_answers_are_one_response() -> None:
    rival = stored(nps=9)
    responses = FakeResponses(rivals=[rival])

    outcome = survey(responses).answer(ANSWER, form(nps=9), {}, LATER)

    assert isinstance(outcome, AnswerRecorded)
    assert (outcome.changed, responses.given) == (False, rival)


def test_two_posts_at_once_with_different_scores_count_for_neither_until_confirmed() -> None:
    responses = FakeResponses(rivals=[stored(nps=2)])

    page = survey(responses).answer(ANSWER, form(nps=9), {}, LATER)

    assert isinstance(page, QuestionsPage)
    assert page.notice is PageNotice.CONFIRM
    assert responses.given is not None
    assert responses.given.suspicion is Suspicion.SEVERAL_SCORES
    assert [entry["answers"]["nps"] for entry in responses.given.history] == [2]


def test_a_post_that_keeps_losing_asks_for_another_attempt() -> None:
    rivals = [replace(stored(nps=n % 2), changed_at=LATER + timedelta(minutes=n)) for n in range(20)]

    with pytest.raises(TryAgain):
        survey(FakeResponses(rivals=rivals)).answer(ANSWER, form(nps=9), {}, LATER + timedelta(hours=1))


def test_an_answer_sets_the_clients_longer_block_and_a_change_does_not_move_it() -> None:
    blocks = FakeBlocks()
    service = survey(blocks=blocks, block_after_answer=AFTER_ANSWER)
    service.answer(ANSWER, form(nps=9), {}, LATER)
    tomorrow = LATER + timedelta(days=1)

    service.answer(ANSWER, form(tomorrow - timedelta(minutes=1), nps=5), {}, tomorrow)

    assert blocks.held == {"person-key": (INVITATION, LATER + timedelta(days=120))}


def test_a_suspect_answer_sets_no_block() -> None:
    blocks = FakeBlocks()

    survey(blocks=blocks, block_after_answer=AFTER_ANSWER).answer(ANSWER, form(LATER, nps=9), {}, LATER)

    assert blocks.held == {}


def test_months_of_a_block_are_calendar_months_of_the_client() -> None:
    responses, blocks = FakeResponses(), FakeBlocks()
    answered = datetime(2026, 11, 30, 23, 30, tzinfo=ZoneInfo("UTC"))
    responses.asked = asked(expires_at=answered + timedelta(days=1))

    service = survey(responses, blocks=blocks, block_after_answer={"months": 3})
    service.answer(ANSWER, form(answered - timedelta(minutes=1), nps=9), {}, answered)

    _, until = blocks.held["person-key"]
    assert until.astimezone(ZoneInfo("Europe/Amsterdam")).isoformat() == "2027-03-01T00:30:00+01:00"


@example(st.dictionaries(st.sampled_from(["score", "lang", "change", "done", "x"]), st.text(max_size=8)))
def test_no_way_of_opening_a_link_writes_anything(query: dict[str, str]) -> None:
    for given in (None, stored(nps=9), replace(stored(nps=9), state="suspect", suspicion=Suspicion.TOO_FAST)):
        responses, opt_outs = FakeResponses(given=given), FakeOptOuts()
        service = survey(responses, opt_outs)

        for moment in (LATER, asked().expires_at, LATER + timedelta(days=700)):
            service.show(ANSWER, query, moment)
            service.show_opt_out(OPT_OUT, query, moment)

        assert (responses.writes, responses.events, responses.given, opt_outs.people) == (0, [], given, {})


def test_opening_an_opt_out_link_opts_nobody_out() -> None:
    opt_outs = FakeOptOuts()

    page = survey(opt_outs=opt_outs).show_opt_out(OPT_OUT, {}, NOW)

    assert isinstance(page, OptOutPage)
    assert (page.opted_out, opt_outs.people) == (False, {})


def test_the_button_opts_out_for_all_surveys_of_the_client_from_that_second() -> None:
    responses, opt_outs = FakeResponses(), FakeOptOuts()
    service = survey(responses, opt_outs)

    for _ in range(2):
        assert isinstance(service.opt_out(OPT_OUT, opt_out_form(), {}, LATER), OptOutTaken)

    assert opt_outs.people == {"person-key": "page"}
    assert opt_outs.marked == {INVITATION: LATER}


def test_one_click_opts_out_without_a_page() -> None:
    opt_outs = FakeOptOuts()

    taken = survey(opt_outs=opt_outs).opt_out(OPT_OUT, {"List-Unsubscribe": ["One-Click"]}, {}, NOW)

    assert isinstance(taken, OptOutTaken)
    assert (taken.one_click, opt_outs.people) == (True, {"person-key": "one_click"})


def test_a_no_can_be_said_when_the_client_has_dropped_the_touchpoint() -> None:
    opt_outs = FakeOptOuts()
    service = survey(FakeResponses(asked(touchpoint="dropped")), opt_outs)

    page = service.show_opt_out(OPT_OUT, {}, NOW)
    service.opt_out(OPT_OUT, opt_out_form(), {}, LATER)

    assert isinstance(page, OptOutPage)
    assert opt_outs.people == {"person-key": "page"}


def test_one_click_counts_though_the_client_is_not_published_any_more() -> None:
    opt_outs = FakeOptOuts()

    with pytest.raises(NotFound, match="gone"):
        survey(FakeResponses(asked(client="gone")), opt_outs).opt_out(
            OPT_OUT, {"List-Unsubscribe": ["One-Click"]}, {}, NOW
        )

    assert opt_outs.people == {"person-key": "one_click"}


@pytest.mark.parametrize("posted", [{}, {"page-action": ["out"]}, {"List-Unsubscribe": ["Two-Click"]}])
def test_any_other_post_without_a_page_opts_nobody_out(posted: dict[str, list[str]]) -> None:
    opt_outs = FakeOptOuts()

    assert isinstance(survey(opt_outs=opt_outs).opt_out(OPT_OUT, posted, {}, NOW), OptOutPage)
    assert opt_outs.people == {}


def test_the_same_link_takes_an_opt_out_back() -> None:
    opt_outs = FakeOptOuts({"person-key": "page"})
    service = survey(opt_outs=opt_outs)

    taken = service.opt_out(OPT_OUT, opt_out_form(action="back"), {}, LATER)

    assert isinstance(taken, OptOutTaken)
    assert (taken.action, opt_outs.people) == ("back", {})


def test_a_no_stands_for_the_person_and_the_address_and_is_taken_back_for_both() -> None:
    opt_outs = FakeOptOuts()
    service = survey(FakeResponses(asked(address_key="address-key")), opt_outs)

    service.opt_out(OPT_OUT, opt_out_form(), {}, LATER)

    assert opt_outs.people == {"person-key": "page", "address-key": "page"}
    service.opt_out(OPT_OUT, opt_out_form(action="back"), {}, LATER)
    assert opt_outs.people == {}


@pytest.mark.parametrize("key", ["person-key", "address-key"])
def test_the_page_knows_a_no_under_either_key(key: str) -> None:
    service = survey(FakeResponses(asked(address_key="address-key")), FakeOptOuts({key: "file"}))

    page = service.show_opt_out(OPT_OUT, {}, NOW)

    assert isinstance(page, OptOutPage)
    assert page.opted_out


def test_an_opt_out_link_works_two_years_later() -> None:
    opt_outs = FakeOptOuts()
    later = NOW + timedelta(days=731)

    survey(opt_outs=opt_outs).opt_out(OPT_OUT, opt_out_form(later), {}, later)

    assert "person-key" in opt_outs.people


def test_an_answer_link_is_no_opt_out_link() -> None:
    opt_outs = FakeOptOuts()

    assert survey(opt_outs=opt_outs).opt_out(ANSWER, {"List-Unsubscribe": ["One-Click"]}, {}, NOW) == UnknownLink()
    assert opt_outs.people == {}


def test_who_opted_out_may_still_answer_an_invitation_that_was_sent() -> None:
    opt_outs = FakeOptOuts({"person-key": "page"})

    assert isinstance(survey(opt_outs=opt_outs).answer(ANSWER, form(nps=9), {}, LATER), AnswerRecorded)


def stored(nps: int) -> StoredResponse:
    """Return a response that somebody else has just written."""
    return StoredResponse(
        state="complete",
        suspicion=None,
        answers={"nps": nps},
        score=nps,
        questionnaire="service",
        questionnaire_version=3,
        language="nl",
        answered_after="first",
        started_at=NOW,
        answered_at=LATER,
    )
