"""What a client's customer files say of a customer, as it was at a moment: history is kept, and never rewritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

KEPT = timedelta(days=400)
"""After the last file that named a customer, what is known of it goes."""
MAX_SNAPSHOTS = 24
"""Of a customer: the oldest go."""

Attributes = Mapping[str, str]
"""Texts of cells, masked, by the header of the column as it is compared."""
NO_ATTRIBUTES: Attributes = {}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What held from a moment (zone-aware) on, until the next snapshot; and which row of which file said so."""

    at: datetime
    attributes: Attributes
    upload: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """What is kept of a customer: `history`, the newest first. `version` counts the writes; 0: nothing is kept yet."""

    key: str
    client: str
    history: Sequence[Snapshot] = ()
    version: int = 0


class CustomerRowOutcome(StrEnum):
    """What became of a row of a customer file."""

    KEPT = "kept"
    DUPLICATE = "duplicate"  # the same customer, told the same, stands earlier in the file
    CONFLICT = "conflict"  # ... told otherwise: the first row counts
    NO_CUSTOMER = "no_customer"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A row of a customer file: the key of its customer, and what it says from `at` on (None: since the file came).

    `outcome` is set where the row says nothing, for the reason `why` with its values.
    """

    number: int
    key: str = ""
    attributes: Attributes = field(default_factory=dict)
    at: datetime | None = None
    outcome: CustomerRowOutcome | None = None
    why: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


def as_of(history: Sequence[Snapshot], moment: datetime) -> Attributes:
    """Return what held at a moment: nothing is known of the time before the first snapshot."""
    return next((one.attributes for one in history if one.at <= moment), NO_ATTRIBUTES)


def recorded(history: Sequence[Snapshot], told: Snapshot) -> tuple[Sequence[Snapshot], Snapshot | None]:
    """Return a history with what a row says, an empty text for an empty cell; and what an earlier row of its file said.

    What other files said, in other columns or of the time before, holds on. A later file about the same moment puts
    right what was said of it; of two rows of one file about one moment the first counts.
    """
    same = next((one for one in history if one.at == told.at), None)
    if same is not None and same.upload == told.upload:
        return history, None if same.row == told.row else same
    held = {**as_of(history, told.at), **told.attributes}
    now = replace(told, attributes={name: text for name, text in held.items() if text})
    kept: list[Snapshot] = []
    for one in sorted([*(one for one in history if one.at != told.at), now], key=lambda one: one.at):
        if not kept or one.upload == told.upload or one.attributes != kept[-1].attributes:
            kept.append(one)
    return kept[: -MAX_SNAPSHOTS - 1 : -1], None


def agrees(earlier: Snapshot, attributes: Attributes) -> bool:
    """Say whether an earlier row of a file said of its columns what another one says."""
    return all(earlier.attributes.get(name, "") == text for name, text in attributes.items())
