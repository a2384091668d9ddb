"""Opt-outs from the surveys of a client, as they are kept and as a list of them is answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

How = Literal["page", "one_click", "complaint", "file", "reply", "keyword"]
"""Where an opt-out came from: the opt-out page, a mail program, a spam report, a client's list, a reply to a mail, a
keyword by SMS."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who was asked, or could be: the key (HMAC) of the person, and of the address where that is known."""

    client: str
    person: str
    address_key: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys under which their opt-out is kept; one where the identity is the address."""
        return (self.person,) if self.address_key in (None, self.person) else (self.person, str(self.address_key))


@dataclass(frozen=True, slots=True)
class OptOutRecord:
    """An opt-out: the HMAC of a person or of an address, since when (zone-aware), and how it came.

    `upload` and `row` tell which row of which list brought it, so that the same list gives the same receipt again.
    """

    key: str
    client: str
    since: datetime
    how: str
    upload: str | None = None
    row: int | None = None


class ListOutcome(StrEnum):
    """What became of a row of a list of opt-outs, or whether the person it names had opted out."""

    OPTED_OUT = "opted_out"
    NOT_OPTED_OUT = "not_opted_out"  # only where a file is compared
    DUPLICATE = "duplicate"
    PARTLY = "partly"  # opted out as far as the row was understood: an address beside the others was not
    NO_ADDRESS = "no_address"
    INVALID = "invalid"


NEED_A_PERSON = frozenset((ListOutcome.PARTLY, ListOutcome.NO_ADDRESS, ListOutcome.INVALID))
"""Outcomes of rows whose opt-out was not, or not wholly, understood: somebody has to look."""


@dataclass(frozen=True, slots=True)
class ListDecision:
    """One line of the receipt of a list. `row` counts from 1 under the header; `since` is zone-aware."""

    row: int
    outcome: ListOutcome
    reason: str = ""
    since: datetime | None = None
    how: str = ""
