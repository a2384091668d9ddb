"""The site: a request in, the service asked, a page out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from functions.shared.adapters.observability import logger, tell_client_metrics, tell_metric
from functions.shared.domain.answer_evidence import NO_SCRIPT, evidence
from functions.shared.domain.answers import Posted
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.identity import Purpose
from functions.shared.domain.response import SurveyInvitation, Suspicion
from functions.survey import pages
from functions.survey.outcomes import (
    AnswerRecorded,
    ExpiredLink,
    LinkHolder,
    OptOutPage,
    OptOutTaken,
    QuestionsPage,
    ThanksPage,
    UnknownLink,
)
from functions.survey.public_scores import PublicScores
from functions.survey.replies import REPORT, HttpReply, PublicFile
from functions.survey.reports import Reports
from functions.survey.requests import PageRequest, RequestRejected, read_form
from functions.survey.service import SIGNS_FIELD, Survey

READS = ("GET", "HEAD")
Reply = TypeVar("Reply")


@dataclass(frozen=True)
class Site:
    """The survey's pages over HTTP. `url` is where they are reached; time and randomness are response.

    Nothing that it logs holds a token, a path or an answer.
    """

    survey: Survey
    scores: PublicScores
    reports: Reports
    url: str
    now: Callable[[], datetime]
    random: Callable[[], str]

    def answer(self, request: PageRequest, token: str) -> HttpReply:
        """Serve /s/<token>: the questionnaire of a personal link."""
        return self._guarded(request, lambda csp_nonce: self._answer(request, token, csp_nonce))

    def opt_out(self, request: PageRequest, token: str) -> HttpReply:
        """Serve /u/<token>: the opt-out of a personal link."""
        return self._guarded(request, lambda csp_nonce: self._opt_out(request, token, csp_nonce))

    def report(self, request: PageRequest, token: str) -> HttpReply:
        """Serve /r/<token>: a client's report, for one of its readers."""
        return self._guarded(request, lambda csp_nonce: self._report(request, token, csp_nonce))

    def _report(self, request: PageRequest, token: str, csp_nonce: str) -> HttpReply:
        opened = self.reports.open(token)
        if opened is None:
            return neutral_reply(404, "unknown", request, csp_nonce)
        if not opened.html:
            return neutral_reply(410, "report_expired", request, csp_nonce)
        logger.info("report_opened", client=opened.client)
        return HttpReply(200, opened.html, policy=REPORT)

    def score(self, request: PageRequest, client: str, touchpoint: str = "") -> HttpReply | PublicFile:
        """Serve /score/<client>[/<touchpoint>][.json|.svg]: what a client publishes."""
        release = request.query.get("release")
        return self._guarded(
            request,
            lambda csp_nonce: (
                self.scores.file(client, touchpoint, release, csp_nonce)
                or neutral_reply(404, "unknown", request, csp_nonce)
            ),
        )

    def score_keys(self, request: PageRequest) -> HttpReply | PublicFile:
        """Serve /score-keys."""
        return self._guarded(
            request, lambda csp_nonce: self.scores.keys() or neutral_reply(404, "unknown", request, csp_nonce)
        )

    def _answer(self, request: PageRequest, token: str, csp_nonce: str) -> HttpReply:
        now = self.now()
        if request.method in READS:
            return self._page(self.survey.show(token, request.query, now), request, csp_nonce)
        posted = self._form(request, "answer", token)
        shown = evidence(request.headers, "".join(posted.get(SIGNS_FIELD, ())[:1]) or NO_SCRIPT)
        outcome = self.survey.answer(token, posted, request.query, now, shown)
        if isinstance(outcome, AnswerRecorded):
            invitation = outcome.holder.invitation
            event = "answer_recorded" if outcome.changed else "answer_repeated"
            logger.info(
                event, invitation=invitation.invitation_id, client=invitation.client, touchpoint=invitation.touchpoint
            )
            return HttpReply(303, "", csp_nonce, location=_here(outcome.holder, request.query, "1"))
        if isinstance(outcome, QuestionsPage):
            why = outcome.notice.value if outcome.notice else "mistakes"
            logger.info("answer_returned", invitation=outcome.holder.invitation.invitation_id, why=why)
            if outcome.suspicion:
                self._tell_suspicion(outcome.holder.invitation, outcome.suspicion)
        return self._page(outcome, request, csp_nonce)

    @staticmethod
    def _tell_suspicion(invitation: SurveyInvitation, suspicion: Suspicion) -> None:
        logger.info(
            "answer_kept_apart",
            invitation=invitation.invitation_id,
            client=invitation.client,
            suspicion=suspicion.value,
        )
        tell_metric("SuspectAnswers", 1)
        tell_client_metrics(invitation.client, {"ClientSuspectAnswers": 1})

    def _opt_out(self, request: PageRequest, token: str, csp_nonce: str) -> HttpReply:
        now = self.now()
        if request.method in READS:
            return self._page(self.survey.show_opt_out(token, request.query, now), request, csp_nonce)
        outcome = self.survey.opt_out(token, self._form(request, "opt-out", token), request.query, now)
        if isinstance(outcome, OptOutTaken):
            invitation = outcome.holder.invitation
            event = "opted_out" if outcome.action == "out" else "opted_in_again"
            logger.info(
                event, invitation=invitation.invitation_id, client=invitation.client, one_click=outcome.one_click
            )
            if not outcome.one_click:
                return HttpReply(303, "", csp_nonce, location=_here(outcome.holder, request.query, outcome.action))
            return self._page(self.survey.show_opt_out(token, request.query, now), request, csp_nonce)
        return self._page(outcome, request, csp_nonce)

    def _form(self, request: PageRequest, purpose: Purpose, token: str) -> Posted:
        """Return the posted fields; of a post to a link that is none of ours nothing is read."""
        return read_form(request, self.url) if self.survey.is_signed(purpose, token) else {}

    def _page(
        self,
        outcome: UnknownLink | ExpiredLink | QuestionsPage | ThanksPage | OptOutPage,
        request: PageRequest,
        csp_nonce: str,
    ) -> HttpReply:
        match outcome:
            case QuestionsPage():
                return HttpReply(422 if outcome.refused else 200, pages.ask_page(outcome, csp_nonce), csp_nonce)
            case ThanksPage():
                return HttpReply(409 if outcome.closed else 200, pages.thanks_page(outcome, csp_nonce), csp_nonce)
            case ExpiredLink():
                return HttpReply(410, pages.expired_page(outcome, csp_nonce), csp_nonce)
            case OptOutPage():
                back = request.query.get("done") == "back"
                return HttpReply(200, pages.opt_out_page(outcome, back, csp_nonce), csp_nonce)
            case UnknownLink():
                return neutral_reply(404, "unknown", request, csp_nonce)

    def _guarded(self, request: PageRequest, serve: Callable[[str], Reply]) -> Reply | HttpReply:
        csp_nonce = self.random()
        try:
            return serve(csp_nonce)
        except RequestRejected as refused:
            logger.info("post_refused", why=refused.words)
            return neutral_reply(refused.status, refused.words, request, csp_nonce)
        except NotFound as error:
            logger.warning("not_published", why=str(error))
            return neutral_reply(404, "unknown", request, csp_nonce)
        except TryAgain:
            logger.warning("answer_contended")
            return neutral_reply(503, "failed", request, csp_nonce)
        except Exception:  # noqa: BLE001  a person sees a page; the gateway's 5xx alarm sees the status, the log the rest
            logger.exception("page_failed")
            return neutral_reply(500, "failed", request, csp_nonce)


TITLES = {"unknown": "unknown_title", "failed": "failed_title", "report_expired": "report_expired_title"}


def neutral_reply(status: int, words: str, request: PageRequest, csp_nonce: str, allow: str | None = None) -> HttpReply:
    """Return a page that belongs to no client."""
    title = TITLES.get(words, "refused_title")
    html = pages.neutral_page(words, title, request.headers.get("accept-language", ""), csp_nonce)
    return HttpReply(status, html, csp_nonce, allow=allow)


def _here(holder: LinkHolder, query: Mapping[str, str], done: str) -> str:
    """Return the address of the page that follows a post, relative, in the language that was chosen."""
    return f"?lang={holder.language}&done={done}" if "lang" in query else f"?done={done}"
