"""Facts: what a table looked like at a moment, as a line of JSON. Append only; the newest of an id is how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from functions.shared.domain.masking import mask

INVITATION, RESPONSE, REVIEW, OUTCOMES = "invitation", "response", "review", "outcomes"

INVITATION_COLUMNS = (
    *("invitation_id", "client", "touchpoint", "imported_at"),
    *("channel", "product", "team", "employee_key", "contact_reason", "dimensions"),
    *("accepted_at", "delivered_at", "bounced_at", "complained_at", "reminded_at", "opted_out_at"),
)
RESPONSE_COLUMNS = (
    *("invitation_id", "client", "touchpoint", "questionnaire", "questionnaire_version", "language", "state"),
    *("score", "wave", "started_at", "answered_at", "answers", "door"),
)
"""`invitation_id` is the response's id, and the invitation's where there is one: then `wave` is there. `door` is the
channel."""
REVIEW_COLUMNS = (
    *("source", "native_id", "client", "version", "rating_raw", "rating_best", "rating_worst"),
    *("language", "title", "text", "written_at", "seen_at", "removed"),
)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    INVITATION: INVITATION_COLUMNS,
    RESPONSE: RESPONSE_COLUMNS,
    REVIEW: REVIEW_COLUMNS,
}
"""The stored attributes of a table that a dataset is made of; the person behind an item is not among them."""


@dataclass(frozen=True)
class Fact:
    """The newest image of one item, when it was written.

    `sequence` orders the facts of an item and is 40 digits, so that text compares as the number does.
    """

    table: str
    sequence: str
    at: datetime
    values: Mapping[str, Any] = field(repr=False)

    @property
    def day(self) -> str:
        """The day (UTC) on which it was written."""
        return self.at.astimezone(UTC).strftime("%Y-%m-%d")

    def line(self) -> dict[str, Any]:
        """Return the fact as it is kept: the columns that have a value, masked, and the sequence number."""
        kept = {name: self.values[name] for name in COLUMNS[self.table] if self.values.get(name) is not None}
        return {name: _masked(name, value) for name, value in kept.items()} | {"sequence": self.sequence}


def _masked(name: str, value: Any) -> Any:
    """Mask what people wrote themselves: the text answers of a response, the words of a review, why they called."""
    if name == "answers":
        return {question: mask(answer) if isinstance(answer, str) else answer for question, answer in value.items()}
    return mask(value) if name in ("title", "text", "contact_reason", "product") else value
