"""The use case: a person opens a personal link, answers, changes the answer, or says no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain.answers import CheckedAnswers, Posted, check_answers, nps_score, preselected
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.identity import Keys, Purpose, read_token, sign_token
from functions.shared.domain.opt_outs import How
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.questions.question import Mistake
from functions.shared.domain.response import PERSON, Asked, Given, Post, Suspicion, receive
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts
from functions.survey.outcomes import (
    Ask,
    Expired,
    Holder,
    Notice,
    OptOutPage,
    OptOutTaken,
    Recorded,
    Thanks,
    Unknown,
)
from functions.survey.page_nonce import PageNonce, read_page, sign_page

NONCE_FIELD = "page-nonce"
HONEYPOT_FIELD = "page-website"
ACTION_FIELD = "page-action"
ONE_CLICK = "List-Unsubscribe"
"""RFC 8058. Fields with a hyphen or a capital cannot be the id of a question."""

_NOBODY = "00000000-0000-5000-8000-000000000000"
"""Looked up for a forged token, so that it takes as long as one that is not known."""
_ATTEMPTS = 6


class Responses(Protocol):
    """Where invitations are read and responses are kept."""

    def find(self, invitation_id: str) -> tuple[Asked | None, Given | None]:
        """Return an invitation and its response."""

    def save(self, asked: Asked, before: Given | None, after: Given) -> bool:
        """Write a response unless the one before has changed; the first that counts completes the invitation."""

    def start(self, invitation_id: str, at: datetime) -> None:
        """Note that someone began to answer."""


class Clients(Protocol):
    """The published clients."""

    def load(self, slug: str) -> ClientBundle:
        """Return a client's bundle; raise NotFound."""


@dataclass(frozen=True)
class Survey:
    """The survey, over its keys and stores.

    Every method raises NotFound where a real link belongs to a client that is no longer published, and those of an
    answer where its touchpoint is not. A no can be said after that.
    """

    keys: Keys
    clients: Clients
    responses: Responses
    opt_outs: OptOuts
    blocks: FeedbackBlocks

    def is_signed(self, purpose: Purpose, token: str) -> bool:
        """Say whether a token is one of ours, for this purpose. Asks no store."""
        return read_token(self.keys, purpose, token) is not None

    def show(self, token: str, query: Mapping[str, str], now: datetime) -> Unknown | Expired | Ask | Thanks:
        """Return what a link shows. Reads only.

        `query`: `score` selects an answer to the first question, `lang` a language, `change` opens an answer that
        was given.
        """
        holder, given = self._open(token, query)
        if holder is None:
            return Unknown()
        if given and given.counts:
            selected = preselected(self._questionnaire(holder), query.get("score"))
            other = any(given.answers.get(question) != score for question, score in selected.items())
            if given.is_changeable(now) and ("change" in query or (other and "done" not in query)):
                values = _texts(given.answers) | _texts(selected)
                return self._ask(holder, now, values=values, notice=Notice.EARLIER)
            return self._thanks(holder, given, now)
        if now >= holder.asked.expires_at:
            return Expired(holder)
        return self._ask(holder, now, values=_texts(preselected(self._questionnaire(holder), query.get("score"))))

    def answer(
        self, token: str, posted: Posted, query: Mapping[str, str], now: datetime
    ) -> Unknown | Expired | Ask | Thanks | Recorded:
        """Take a posted form, or return the page with everything that was typed and why it was not taken."""
        holder, given = self._open(token, query)
        if holder is None:
            return Unknown()
        if given and not given.is_changeable(now):
            return self._thanks(holder, given, now, closed=True)
        if now >= holder.asked.expires_at and not (given and given.counts):
            return Expired(holder)
        nonce = self._read_nonce("answer", holder, posted, now)
        if nonce is None or not nonce.fresh:
            # whoever had the page open for a day need not wait to be taken for a person
            rendered_at = now - PERSON if nonce else now
            return self._ask(holder, rendered_at, values=posted, notice=Notice.STALE, refused=True)
        checked = check_answers(self._questionnaire(holder), posted)
        if checked.mistakes:
            self.responses.start(holder.asked.invitation_id, nonce.rendered_at)
            return self._ask(holder, nonce.rendered_at, values=posted, mistakes=checked.mistakes, refused=True)
        post = self._post(holder, checked, nonce, _suspicion(posted, nonce, now), now)
        standing, changed = self._record(holder.asked, given, post)
        if not standing.counts or dict(standing.answers) != dict(post.answers):
            return self._ask(holder, nonce.rendered_at, values=posted, notice=Notice.CONFIRM, refused=True)
        # After the response, and again when it is sent again: the end is the same each time.
        self.blocks.extend(holder.asked, holder.bundle.client, standing.answered_at, now)
        return Recorded(holder, standing.state, changed)

    def show_opt_out(self, token: str, query: Mapping[str, str], now: datetime) -> Unknown | OptOutPage:
        """Return what an opt-out link shows. Reads only."""
        asked, _ = self._asked("opt-out", token)
        return Unknown() if asked is None else self._opt_out_page(self._holder(asked, query), now)

    def opt_out(
        self, token: str, posted: Posted, query: Mapping[str, str], now: datetime
    ) -> Unknown | OptOutPage | OptOutTaken:
        """Take an opt-out, from the page's button or a mail program's one click; or take it back. Idempotent."""
        asked, _ = self._asked("opt-out", token)
        if asked is None:
            return Unknown()
        one_click = is_one_click(posted)
        if one_click:
            self._opt_out(asked, "one_click", now)
        holder = self._holder(asked, query)
        if not one_click:
            nonce = self._read_nonce("opt-out", holder, posted, now)
            if nonce is None or not nonce.fresh:
                return self._opt_out_page(holder, now)
            if posted.get(ACTION_FIELD) == ["back"]:
                self.opt_outs.take_back(asked.recipient)
                return OptOutTaken(holder, "back", one_click=False)
            self._opt_out(asked, "page", now)
        return OptOutTaken(holder, "out", one_click)

    def _opt_out(self, asked: Asked, how: How, now: datetime) -> None:
        self.opt_outs.opt_out(asked.recipient, how, now, invitation_id=asked.invitation_id)

    def _open(self, token: str, query: Mapping[str, str]) -> tuple[Holder | None, Given | None]:
        """Return who may answer with a link, and what was answered."""
        asked, given = self._asked("answer", token)
        if asked is None:
            return None, None
        holder = self._holder(asked, query)
        if asked.touchpoint not in holder.bundle.touchpoints:
            raise NotFound(f"{asked.client} has no touchpoint {asked.touchpoint} any more; invitations for it are out.")
        return holder, given

    def _asked(self, purpose: Purpose, token: str) -> tuple[Asked | None, Given | None]:
        return self.responses.find(read_token(self.keys, purpose, token) or _NOBODY)

    def _holder(self, asked: Asked, query: Mapping[str, str]) -> Holder:
        bundle = self.clients.load(asked.client)
        wanted = query.get("lang")
        return Holder(asked, bundle, bundle.language(wanted if wanted in bundle.texts else asked.language))

    def _questionnaire(self, holder: Holder) -> Questionnaire:
        touchpoint = holder.bundle.touchpoints[holder.asked.touchpoint]
        return holder.bundle.questionnaires[touchpoint.questionnaire]

    def _ask(
        self,
        holder: Holder,
        rendered_at: datetime,
        values: Posted,
        mistakes: tuple[Mistake, ...] = (),
        notice: Notice | None = None,
        refused: bool = False,
    ) -> Ask:
        invitation = holder.asked.invitation_id
        return Ask(
            holder,
            self._questionnaire(holder),
            nonce=sign_page(self.keys, "answer", invitation, rendered_at),
            opt_out_token=sign_token(self.keys, "opt-out", invitation),
            values=values,
            mistakes=mistakes,
            notice=notice,
            refused=refused,
        )

    def _thanks(self, holder: Holder, given: Given, now: datetime, closed: bool = False) -> Thanks:
        until = given.changeable_until if given.is_changeable(now) else None
        return Thanks(holder, sign_token(self.keys, "opt-out", holder.asked.invitation_id), until, closed)

    def _read_nonce(self, purpose: Purpose, holder: Holder, posted: Posted, now: datetime) -> PageNonce | None:
        nonce = "".join(posted.get(NONCE_FIELD, ())[:1])
        return read_page(self.keys, purpose, holder.asked.invitation_id, nonce, now)

    def _post(
        self, holder: Holder, checked: CheckedAnswers, nonce: PageNonce, suspicion: Suspicion | None, now: datetime
    ) -> Post:
        questionnaire = self._questionnaire(holder)
        return Post(
            answers=checked.answers,
            score=nps_score(questionnaire, checked.answers),
            questionnaire=questionnaire.questionnaire,
            questionnaire_version=questionnaire.version,
            language=holder.language,
            rendered_at=nonce.rendered_at,
            at=now,
            suspicion=suspicion,
        )

    def _record(self, asked: Asked, given: Given | None, post: Post) -> tuple[Given, bool]:
        """Return the response that stands after a post, and whether the post changed it."""
        for _ in range(_ATTEMPTS):
            after = receive(given, asked, post)
            if after is None and given is not None:
                return given, False
            if after is not None and self.responses.save(asked, given, after):
                return after, True
            again, given = self.responses.find(asked.invitation_id)
            asked = again or asked
        raise TryAgain("The answer could not be kept just now. Send it again in a moment.")

    def _opt_out_page(self, holder: Holder, now: datetime) -> OptOutPage:
        nonce = sign_page(self.keys, "opt-out", holder.asked.invitation_id, now)
        return OptOutPage(holder, nonce, self.opt_outs.is_active(holder.asked.recipient))


def is_one_click(posted: Posted) -> bool:
    """Say whether a post is the one that mail programs send on a reader's behalf (RFC 8058)."""
    return NONCE_FIELD not in posted and list(posted.get(ONE_CLICK, ())) == ["One-Click"]


def _suspicion(posted: Posted, nonce: PageNonce, now: datetime) -> Suspicion | None:
    if any(posted.get(HONEYPOT_FIELD, ())):
        return Suspicion.HONEYPOT
    return Suspicion.TOO_FAST if now - nonce.rendered_at < PERSON else None


def _texts(answers: Mapping[str, int | str]) -> dict[str, Sequence[str]]:
    return {question: [str(answer)] for question, answer in answers.items()}
