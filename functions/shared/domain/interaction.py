"""What a client tells us happened, and what became of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

FIELDS = (
    "interaction_id",
    "email",
    "customer_id",
    "salutation",
    "first_name",
    "infix",
    "last_name",
    "name",
    "language",
    "touchpoint",
    "occurred_at",
    "channel",
    "employee_id",
    "employee_name",
    "team",
    "location",
    "product",
    "contact_reason",
    "phone",
)
"""The canonical fields that a column can be mapped to; other columns are facts where the mapping names them."""


class RowOutcome(StrEnum):
    """What became of a row of a file, in the order in which the rules are asked."""

    INVALID = "invalid"
    NO_ADDRESS = "no_address"
    DUPLICATE = "duplicate"
    STALE = "stale"
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"
    BLOCKED = "blocked"
    SAMPLED_OUT = "sampled_out"
    OVER_QUOTA = "over_quota"
    INVITED = "invited"


NO_FACTS: Mapping[str, str] = {}


class Interaction(NamedTuple):
    """One contact between a customer and the client, in canonical form.

    `occurred_at` is zone-aware. `address` is normalised, and None where none can be mailed. Employee, team and
    location are as they were at that moment.

    A tuple, because a million of them are made for a file: a frozen dataclass takes ten times as long. Shown, it tells
    nothing of a person.
    """

    interaction_id: str
    client: str
    touchpoint: str
    occurred_at: datetime
    address: str | None
    customer_id: str | None = None
    salutation: str | None = None
    first_name: str | None = None
    infix: str | None = None
    last_name: str | None = None
    phone: str | None = None
    language: str | None = None
    channel: str | None = None
    employee_id: str | None = None
    employee_name: str | None = None
    team: str | None = None
    location: str | None = None
    product: str | None = None
    contact_reason: str | None = None
    facts: Mapping[str, str] = NO_FACTS

    def __repr__(self) -> str:
        return f"Interaction({self.interaction_id!r}, {self.client!r}, {self.touchpoint!r}, {self.occurred_at!r}, ...)"


class Decision(NamedTuple):
    """The answer to "what became of this row?": one line of the receipt.

    `row` counts from 1 for the first row under the header. `eligible_again_at` and `send_at` are zone-aware.
    The rest is for counting, and not in the line: team and employee (a key, None unless the client has results per
    employee), and what the row adds to the coverage of its file (0 or 1 of each).
    """

    row: int
    outcome: RowOutcome
    reason: str = ""
    eligible_again_at: datetime | None = None
    send_at: datetime | None = None
    interaction_id: str = ""
    team: str | None = None
    employee: str | None = None
    interactions: int = 0
    with_address: int = 0
