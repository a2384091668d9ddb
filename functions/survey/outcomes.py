"""What can come of a request for the page: the service decides which, the page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from functions.shared.domain.client import ClientBundle
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.questions.question import Mistake
from functions.shared.domain.response import SurveyInvitation, Suspicion


@dataclass(frozen=True)
class LinkHolder:
    """Somebody with a real link: the invitation, its client, and the language of the page."""

    invitation: SurveyInvitation
    bundle: ClientBundle
    language: str


class PageNotice(StrEnum):
    """Why a page comes back although nothing on it is wrong."""

    STALE = "stale"  # it lay open for too long
    CONFIRM = "confirm"  # it was sent in a way that looks like a machine's
    EARLIER = "earlier"  # an answer stands; sending changes it


@dataclass(frozen=True)
class UnknownLink:
    """No such link, or no longer: the page does not say which."""


@dataclass(frozen=True)
class ExpiredLink:
    """The link no longer takes an answer."""

    holder: LinkHolder


@dataclass(frozen=True)
class QuestionsPage:
    """The questions, with what was answered so far. `refused`: it is the reply to a post that was not taken.

    `suspicion`: why that was kept apart.
    """

    holder: LinkHolder
    questionnaire: Questionnaire
    nonce: str
    opt_out_token: str = field(repr=False)
    values: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    mistakes: tuple[Mistake, ...] = ()
    notice: PageNotice | None = None
    refused: bool = False
    suspicion: Suspicion | None = None


@dataclass(frozen=True)
class ThanksPage:
    """An answer stands. `closed`: a post came too late to change it."""

    holder: LinkHolder
    opt_out_token: str = field(repr=False)
    changeable_until: datetime | None
    closed: bool = False


@dataclass(frozen=True)
class AnswerRecorded:
    """A post was taken, or stood already."""

    holder: LinkHolder
    state: str
    changed: bool


@dataclass(frozen=True)
class OptOutPage:
    """What an opt-out means, and whether it stands."""

    holder: LinkHolder
    nonce: str
    opted_out: bool


@dataclass(frozen=True)
class OptOutTaken:
    """An opt-out was written (`out`) or taken back (`back`)."""

    holder: LinkHolder
    action: Literal["out", "back"]
    one_click: bool
