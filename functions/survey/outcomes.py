"""What can come of a request for the page: the service decides which, the page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from functions.shared.domain.client import ClientBundle
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.questions.question import Mistake
from functions.shared.domain.response import Asked


@dataclass(frozen=True)
class Holder:
    """Somebody with a real link: the invitation, its client, and the language of the page."""

    asked: Asked
    bundle: ClientBundle
    language: str


class Notice(StrEnum):
    """Why a page comes back although nothing on it is wrong."""

    STALE = "stale"  # it lay open for too long
    CONFIRM = "confirm"  # it was sent in a way that looks like a machine's
    EARLIER = "earlier"  # an answer stands; sending changes it


@dataclass(frozen=True)
class Unknown:
    """No such link, or no longer: the page does not say which."""


@dataclass(frozen=True)
class Expired:
    """The link no longer takes an answer."""

    holder: Holder


@dataclass(frozen=True)
class Ask:
    """The questions, with what was answered so far. `refused`: it is the reply to a post that was not taken."""

    holder: Holder
    questionnaire: Questionnaire
    nonce: str
    opt_out_token: str = field(repr=False)
    values: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    mistakes: tuple[Mistake, ...] = ()
    notice: Notice | None = None
    refused: bool = False


@dataclass(frozen=True)
class Thanks:
    """An answer stands. `closed`: a post came too late to change it."""

    holder: Holder
    opt_out_token: str = field(repr=False)
    changeable_until: datetime | None
    closed: bool = False


@dataclass(frozen=True)
class Recorded:
    """A post was taken, or stood already."""

    holder: Holder
    state: str
    changed: bool


@dataclass(frozen=True)
class OptOutPage:
    """What an opt-out means, and whether it stands."""

    holder: Holder
    nonce: str
    opted_out: bool


@dataclass(frozen=True)
class OptOutTaken:
    """An opt-out was written (`out`) or taken back (`back`)."""

    holder: Holder
    action: Literal["out", "back"]
    one_click: bool
