"""A response from the form to the store: one a respondent, changeable for a while, never silently dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from functions.shared.domain.channels import MAIL, Channel
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.opt_outs import Recipient
from functions.shared.domain.questions.question import Answer

CHANGEABLE = timedelta(days=14)
"""So long after the first submit an answer may be changed."""
KEPT = timedelta(days=730)
"""So long a response, with its comment, is kept."""
MIN_ANSWER_TIME = timedelta(seconds=2)
"""Nobody reads and answers a page faster than this."""
SEVERAL_SCORES = timedelta(seconds=5)
"""Another score within this time of the last is not a person who thought again."""
MAX_CHANGES = 25
"""Entries of the history, so that an item stays far below the size that DynamoDB takes."""


class Suspicion(StrEnum):
    """Why a post is kept apart from the answers that count."""

    HONEYPOT = "honeypot"
    TOO_FAST = "too_fast"
    SEVERAL_SCORES = "several_scores"
    PROGRAM = "program"
    NOT_A_BROWSER = "not_a_browser"
    NO_HAND = "no_hand"
    NO_CLICK = "no_click"
    SAME_ANSWERS = "same_answers"


def response_id(invitation_id: str) -> str:
    """Return the one id that the response to an invitation can have, so that a second answer finds the first."""
    return invitation_id


class Respondent(Protocol):
    """Who gives a response, as far as the response needs to know: with an invitation, or without one."""

    @property
    def response_id(self) -> str:
        """What their response is kept under."""

    @property
    def client(self) -> str: ...
    @property
    def touchpoint(self) -> str: ...
    @property
    def channel(self) -> Channel: ...

    def answered_after(self, at: datetime) -> str | None:
        """Return after which message an answer comes: `first` or `reminder`; None where none was sent."""


@dataclass(frozen=True)
class UninvitedRespondent:
    """Somebody who answers without an invitation: over an open link, at a kiosk, on paper."""

    response_id: str
    """A UUID of its own: never that of an invitation."""
    client: str
    touchpoint: str
    channel: Channel

    def answered_after(self, at: datetime) -> None:
        """Return None: nothing was sent."""


@dataclass(frozen=True)
class SurveyInvitation:
    """What the page needs to know of an invitation. Moments are zone-aware."""

    invitation_id: str
    person: str
    client: str
    touchpoint: str
    state: InvitationState
    expires_at: datetime
    language: str | None = None
    product: str | None = None
    team: str | None = None
    reminders_sent: int = 0
    reminded_at: datetime | None = None
    address_key: str | None = None
    """None where it is the person's own key."""
    channel: Channel = MAIL
    """By which the link reached them."""
    domain_key: str | None = None
    """Keyed hash of the company's mail domain; None where there is none, or the mailbox is a provider's."""

    @property
    def response_id(self) -> str:
        """What their response is kept under."""
        return response_id(self.invitation_id)

    @property
    def recipient(self) -> Recipient:
        """Whom an opt-out by this invitation's link is for."""
        return Recipient(self.client, self.person, self.address_key)

    def answered_after(self, at: datetime) -> str:
        """Return after which mail an answer comes: `first` or `reminder`."""
        reminded = self.reminders_sent > 0 and (self.reminded_at is None or self.reminded_at <= at)
        return "reminder" if reminded else "first"


@dataclass(frozen=True)
class Submission:
    """A form that was sent and found in order: its answers, and when its page was rendered and posted."""

    answers: Mapping[str, Answer] = field(repr=False)
    score: int | None
    questionnaire: str
    questionnaire_version: int
    language: str
    rendered_at: datetime
    at: datetime
    suspicion: Suspicion | None = None


@dataclass(frozen=True)
class StoredResponse:
    """A response as it is stored. `history` holds what it replaced, oldest first: {at, answers, suspicion?}."""

    state: str
    """complete or suspect"""
    suspicion: Suspicion | None
    answers: Mapping[str, Answer] = field(repr=False)
    score: int | None
    questionnaire: str
    questionnaire_version: int
    language: str
    answered_after: str | None
    """first or reminder; None of somebody who was not invited"""
    started_at: datetime
    answered_at: datetime
    changed_at: datetime | None = None
    history: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def counts(self) -> bool:
        """Whether it is an answer of a person, as far as can be seen."""
        return self.state == "complete"

    @property
    def last_at(self) -> datetime:
        """The moment of the answers that stand."""
        return self.changed_at or self.answered_at

    @property
    def changeable_until(self) -> datetime:
        """The moment from which the answer stands for good."""
        return self.answered_at + CHANGEABLE

    def is_changeable(self, now: datetime) -> bool:
        """Say whether a post may still replace it; one that does not count always may be."""
        return not self.counts or (now < self.changeable_until and len(self.history) < MAX_CHANGES)


def receive(response: StoredResponse | None, respondent: Respondent, submission: Submission) -> StoredResponse | None:
    """Return the response that stands after a submission, or None where it changes nothing.

    A suspect post never takes the place of an answer that counts, with one exception: another score within
    seconds makes both doubtful, and the response waits for a post that is not.
    """
    suspicion = submission.suspicion or _several_scores(response, submission)
    if response is None:
        return _new_response(respondent, submission, suspicion)
    if dict(submission.answers) == dict(response.answers) and (response.counts or suspicion):
        return None
    if suspicion and len(response.history) >= MAX_CHANGES:
        return None
    if suspicion and suspicion is not Suspicion.SEVERAL_SCORES and response.counts:
        return replace(response, history=(*response.history, _entry(submission.at, submission.answers, suspicion)))
    history = (*response.history, _entry(response.last_at, response.answers, response.suspicion))
    if not response.counts or suspicion:
        return replace(_new_response(respondent, submission, suspicion), history=history)
    return replace(
        response,
        answers=submission.answers,
        score=submission.score,
        questionnaire_version=submission.questionnaire_version,
        language=submission.language,
        changed_at=submission.at,
        history=history,
    )


def _new_response(respondent: Respondent, submission: Submission, suspicion: Suspicion | None) -> StoredResponse:
    return StoredResponse(
        state="suspect" if suspicion else "complete",
        suspicion=suspicion,
        answers=submission.answers,
        score=submission.score,
        questionnaire=submission.questionnaire,
        questionnaire_version=submission.questionnaire_version,
        language=submission.language,
        answered_after=respondent.answered_after(submission.at),
        started_at=submission.rendered_at,
        answered_at=submission.at,
    )


def _several_scores(response: StoredResponse | None, submission: Submission) -> Suspicion | None:
    if response is None or None in (response.score, submission.score) or response.score == submission.score:
        return None
    return Suspicion.SEVERAL_SCORES if submission.at - response.last_at < SEVERAL_SCORES else None


def _entry(at: datetime, answers: Mapping[str, Answer], suspicion: Suspicion | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"at": int(at.timestamp()), "answers": dict(answers)}
    return entry | {"suspicion": suspicion.value} if suspicion else entry
