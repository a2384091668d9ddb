"""The use case: a person opens a personal link, answers, changes the answer, or says no."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain.answer_evidence import PATTERN_KEPT, SAME_ANSWERS, Evidence, pattern_of
from functions.shared.domain.answers import CheckedAnswers, Posted, check_answers, nps_score, preselected
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.identity import LinkKeys, Purpose, read_token, sign_token
from functions.shared.domain.opt_outs import How
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.questions.question import Mistake
from functions.shared.domain.response import (
    MIN_ANSWER_TIME,
    Respondent,
    StoredResponse,
    Submission,
    SurveyInvitation,
    Suspicion,
    receive,
)
from functions.shared.services.clients import Clients
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts
from functions.survey.outcomes import (
    AnswerRecorded,
    ExpiredLink,
    LinkHolder,
    OptOutPage,
    OptOutTaken,
    PageNotice,
    QuestionsPage,
    ThanksPage,
    UnknownLink,
)
from functions.survey.page_nonce import PageNonce, read_page, sign_page

NONCE_FIELD = "page-nonce"
HONEYPOT_FIELD = "page-website"
ACTION_FIELD = "page-action"
SIGNS_FIELD = "page-signs"
"""What the page's script noted: `functions.shared.domain.answer_evidence`."""
CONFIRM_FIELD = "page-confirm"
"""Of the button of a page that came back for a post that looked like a program's."""
ONE_CLICK = "List-Unsubscribe"
"""RFC 8058. Fields with a hyphen or a capital cannot be the id of a question."""

NOTHING_SEEN = Evidence()
_NOBODY = "00000000-0000-5000-8000-000000000000"
"""Looked up for a forged token, so that it takes as long as one that is not known."""
_ATTEMPTS = 6


class Responses(Protocol):
    """Where invitations are read and responses are kept."""

    def find(self, invitation_id: str) -> tuple[SurveyInvitation | None, StoredResponse | None]:
        """Return an invitation and its response."""

    def save(self, respondent: Respondent, before: StoredResponse | None, after: StoredResponse) -> bool:
        """Write a response unless the one before has changed; the first that counts completes an invitation."""

    def start(self, invitation_id: str, at: datetime) -> None:
        """Note that someone began to answer."""

    def set_apart(self, invitation_id: str, suspicion: Suspicion) -> None:
        """Let a response that counts, and was not changed since it was given, count no more."""


class AnswerPatterns(Protocol):
    """Which invitations were answered alike. Adding twice is adding once."""

    def add(self, pattern: str, invitation_id: str, expires_at: datetime) -> Set[str]:
        """Add an invitation to those of a pattern; return all of them."""


@dataclass(frozen=True)
class Survey:
    """The survey, over its keys and stores.

    Every method raises NotFound where a real link belongs to a client that is no longer published, and those of an
    answer where its touchpoint is not. A no can be said after that.
    """

    keys: LinkKeys
    clients: Clients
    responses: Responses
    opt_outs: OptOuts
    blocks: FeedbackBlocks
    patterns: AnswerPatterns

    def is_signed(self, purpose: Purpose, token: str) -> bool:
        """Say whether a token is one of ours, for this purpose. Asks no store."""
        return read_token(self.keys, purpose, token) is not None

    def show(
        self, token: str, query: Mapping[str, str], now: datetime
    ) -> UnknownLink | ExpiredLink | QuestionsPage | ThanksPage:
        """Return what a link shows. Reads only.

        `query`: `score` selects an answer to the first question, `lang` a language, `change` opens an answer that
        was given.
        """
        holder, response = self._open(token, query)
        if holder is None:
            return UnknownLink()
        if response and response.counts:
            selected = preselected(self._questionnaire(holder), query.get("score"))
            other = any(response.answers.get(question) != score for question, score in selected.items())
            if response.is_changeable(now) and ("change" in query or (other and "done" not in query)):
                values = _texts(response.answers) | _texts(selected)
                return self._ask(holder, now, values=values, notice=PageNotice.EARLIER)
            return self._thanks(holder, response, now)
        if now >= holder.invitation.expires_at:
            return ExpiredLink(holder)
        return self._ask(holder, now, values=_texts(preselected(self._questionnaire(holder), query.get("score"))))

    def answer(
        self,
        token: str,
        posted: Posted,
        query: Mapping[str, str],
        now: datetime,
        evidence: Evidence = NOTHING_SEEN,
    ) -> UnknownLink | ExpiredLink | QuestionsPage | ThanksPage | AnswerRecorded:
        """Take a posted form, or return the page with everything that was typed and why it was not taken.

        `evidence` is what the request shows; it does not count where an earlier post was kept apart for it and the
        button that says so was pressed.
        """
        holder, response = self._open(token, query)
        if holder is None:
            return UnknownLink()
        if response and not response.is_changeable(now):
            return self._thanks(holder, response, now, closed=True)
        if now >= holder.invitation.expires_at and not (response and response.counts):
            return ExpiredLink(holder)
        nonce = self._read_nonce("answer", holder, posted, now)
        if nonce is None or not nonce.fresh:
            # whoever had the page open for a day need not wait to be taken for a person
            rendered_at = now - MIN_ANSWER_TIME if nonce else now
            return self._ask(holder, rendered_at, values=posted, notice=PageNotice.STALE, refused=True)
        checked = check_answers(self._questionnaire(holder), posted)
        if checked.mistakes:
            self.responses.start(holder.invitation.invitation_id, nonce.rendered_at)
            return self._ask(holder, nonce.rendered_at, values=posted, mistakes=checked.mistakes, refused=True)
        suspicion, alike = _suspicion(posted, nonce, now), frozenset[str]()
        if suspicion is None and not (response and not response.counts and _is_confirmed(posted)):
            suspicion = evidence.seems
            if suspicion is None and not evidence.hand:
                alike = self._answered_alike(holder.invitation, checked, now)
                suspicion = Suspicion.SAME_ANSWERS if alike else None
        submission = self._submission(holder, checked, nonce, suspicion, now)
        stored, changed = self._record(holder.invitation, response, submission)
        for other in sorted(alike):
            self.responses.set_apart(other, Suspicion.SAME_ANSWERS)
        if not stored.counts or dict(stored.answers) != dict(submission.answers):
            return self._ask(
                holder,
                nonce.rendered_at,
                values=posted,
                notice=PageNotice.CONFIRM,
                refused=True,
                suspicion=suspicion or stored.suspicion,
            )
        # After the response, and again when it is sent again: the end is the same each time.
        self.blocks.extend(holder.invitation, holder.bundle.client, stored.answered_at, now)
        return AnswerRecorded(holder, stored.state, changed)

    def show_opt_out(self, token: str, query: Mapping[str, str], now: datetime) -> UnknownLink | OptOutPage:
        """Return what an opt-out link shows. Reads only."""
        invitation, _ = self._find("opt-out", token)
        return UnknownLink() if invitation is None else self._opt_out_page(self._holder(invitation, query), now)

    def opt_out(
        self, token: str, posted: Posted, query: Mapping[str, str], now: datetime
    ) -> UnknownLink | OptOutPage | OptOutTaken:
        """Take an opt-out, from the page's button or a mail program's one click; or take it back. Idempotent."""
        invitation, _ = self._find("opt-out", token)
        if invitation is None:
            return UnknownLink()
        one_click = is_one_click(posted)
        if one_click:
            self._opt_out(invitation, "one_click", now)
        holder = self._holder(invitation, query)
        if not one_click:
            nonce = self._read_nonce("opt-out", holder, posted, now)
            if nonce is None or not nonce.fresh:
                return self._opt_out_page(holder, now)
            if posted.get(ACTION_FIELD) == ["back"]:
                self.opt_outs.take_back(invitation.recipient)
                return OptOutTaken(holder, "back", one_click=False)
            self._opt_out(invitation, "page", now)
        return OptOutTaken(holder, "out", one_click)

    def _opt_out(self, invitation: SurveyInvitation, how: How, now: datetime) -> None:
        self.opt_outs.opt_out(invitation.recipient, how, now, invitation_id=invitation.invitation_id)

    def _open(self, token: str, query: Mapping[str, str]) -> tuple[LinkHolder | None, StoredResponse | None]:
        """Return who may answer with a link, and what was answered."""
        invitation, response = self._find("answer", token)
        if invitation is None:
            return None, None
        holder = self._holder(invitation, query)
        if invitation.touchpoint not in holder.bundle.touchpoints:
            raise NotFound(
                f"{invitation.client} has no touchpoint {invitation.touchpoint} any more; invitations for it are out."
            )
        return holder, response

    def _find(self, purpose: Purpose, token: str) -> tuple[SurveyInvitation | None, StoredResponse | None]:
        return self.responses.find(read_token(self.keys, purpose, token) or _NOBODY)

    def _holder(self, invitation: SurveyInvitation, query: Mapping[str, str]) -> LinkHolder:
        bundle = self.clients.load(invitation.client)
        wanted = query.get("lang")
        return LinkHolder(
            invitation, bundle, bundle.language(wanted if wanted in bundle.texts else invitation.language)
        )

    def _questionnaire(self, holder: LinkHolder) -> Questionnaire:
        touchpoint = holder.bundle.touchpoints[holder.invitation.touchpoint]
        return holder.bundle.questionnaires[touchpoint.questionnaire]

    def _ask(
        self,
        holder: LinkHolder,
        rendered_at: datetime,
        values: Posted,
        mistakes: tuple[Mistake, ...] = (),
        notice: PageNotice | None = None,
        refused: bool = False,
        suspicion: Suspicion | None = None,
    ) -> QuestionsPage:
        invitation_id = holder.invitation.invitation_id
        return QuestionsPage(
            holder,
            self._questionnaire(holder),
            nonce=sign_page(self.keys, "answer", invitation_id, rendered_at),
            opt_out_token=sign_token(self.keys, "opt-out", invitation_id),
            values=values,
            mistakes=mistakes,
            notice=notice,
            refused=refused,
            suspicion=suspicion,
        )

    def _thanks(self, holder: LinkHolder, response: StoredResponse, now: datetime, closed: bool = False) -> ThanksPage:
        until = response.changeable_until if response.is_changeable(now) else None
        return ThanksPage(holder, sign_token(self.keys, "opt-out", holder.invitation.invitation_id), until, closed)

    def _read_nonce(self, purpose: Purpose, holder: LinkHolder, posted: Posted, now: datetime) -> PageNonce | None:
        nonce = "".join(posted.get(NONCE_FIELD, ())[:1])
        return read_page(self.keys, purpose, holder.invitation.invitation_id, nonce, now)

    def _submission(
        self, holder: LinkHolder, checked: CheckedAnswers, nonce: PageNonce, suspicion: Suspicion | None, now: datetime
    ) -> Submission:
        questionnaire = self._questionnaire(holder)
        return Submission(
            answers=checked.answers,
            score=nps_score(questionnaire, checked.answers),
            questionnaire=questionnaire.questionnaire,
            questionnaire_version=questionnaire.version,
            language=holder.language,
            rendered_at=nonce.rendered_at,
            at=now,
            suspicion=suspicion,
        )

    def _record(
        self, invitation: SurveyInvitation, response: StoredResponse | None, submission: Submission
    ) -> tuple[StoredResponse, bool]:
        """Return the response that stands after a submission, and whether the submission changed it."""
        for _ in range(_ATTEMPTS):
            after = receive(response, invitation, submission)
            if after is None and response is not None:
                return response, False
            if after is not None and self.responses.save(invitation, response, after):
                return after, True
            again, response = self.responses.find(invitation.invitation_id)
            invitation = again or invitation
        raise TryAgain("The answer could not be kept just now. Send it again in a moment.")

    def _answered_alike(self, invitation: SurveyInvitation, checked: CheckedAnswers, now: datetime) -> frozenset[str]:
        """Return the other invitations of the same company that were answered alike, where they are too many."""
        if invitation.domain_key is None:
            return frozenset()
        pattern = pattern_of(invitation.client, invitation.domain_key, checked.answers, now)
        alike = self.patterns.add(pattern, invitation.invitation_id, now + PATTERN_KEPT)
        return frozenset(alike - {invitation.invitation_id}) if len(alike) >= SAME_ANSWERS else frozenset()

    def _opt_out_page(self, holder: LinkHolder, now: datetime) -> OptOutPage:
        nonce = sign_page(self.keys, "opt-out", holder.invitation.invitation_id, now)
        return OptOutPage(holder, nonce, self.opt_outs.is_active(holder.invitation.recipient))


def is_one_click(posted: Posted) -> bool:
    """Say whether a post is the one that mail programs send on a reader's behalf (RFC 8058)."""
    return NONCE_FIELD not in posted and list(posted.get(ONE_CLICK, ())) == ["One-Click"]


def _suspicion(posted: Posted, nonce: PageNonce, now: datetime) -> Suspicion | None:
    if any(posted.get(HONEYPOT_FIELD, ())):
        return Suspicion.HONEYPOT
    return Suspicion.TOO_FAST if now - nonce.rendered_at < MIN_ANSWER_TIME else None


def _is_confirmed(posted: Posted) -> bool:
    return list(posted.get(CONFIRM_FIELD, ())) == ["yes"]


def _texts(answers: Mapping[str, int | str]) -> dict[str, Sequence[str]]:
    return {question: [str(answer)] for question, answer in answers.items()}
