"""What a client tells us happened, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

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
"""The canonical fields that a column can be mapped to; every other column is a fact."""


class Outcome(StrEnum):
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


@dataclass(frozen=True)
class Interaction:
    """One contact between a customer and the client, in canonical form.

    `occurred_at` is zone-aware. `address` is normalised, and None where none can be mailed. Employee, team and
    location are as they were at that moment.
    """

    interaction_id: str
    client: str
    touchpoint: str
    occurred_at: datetime
    address: str | None = field(repr=False)
    customer_id: str | None = field(default=None, repr=False)
    salutation: str | None = field(default=None, repr=False)
    first_name: str | None = field(default=None, repr=False)
    infix: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    language: str | None = None
    channel: str | None = None
    employee_id: str | None = field(default=None, repr=False)
    employee_name: str | None = field(default=None, repr=False)
    team: str | None = None
    location: str | None = None
    product: str | None = None
    contact_reason: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Decision:
    """The answer to "what became of this row?": one line of the receipt.

    `row` counts from 1 for the first row under the header. `eligible_again_at` and `send_at` are zone-aware.
    `team` is for counting, and not in the line.
    """

    row: int
    outcome: Outcome
    reason: str = ""
    eligible_again_at: datetime | None = None
    send_at: datetime | None = None
    interaction_id: str = ""
    team: str | None = None
