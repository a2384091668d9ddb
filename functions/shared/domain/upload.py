"""An uploaded file on its way through the import, and what it asks of the tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple

from functions.shared.domain.channels import MAIL, Channel
from functions.shared.domain.interaction import NO_FACTS, Interaction
from functions.shared.domain.object_keys import UploadKey, read_upload_key

UploadState = Literal["partial", "complete"]


@dataclass(frozen=True)
class UploadRecord:
    """A file that was read and cut into chunks. `received_at` and `expires_at` are zone-aware.

    `contents` is the digest of client, touchpoint and contents: the same for a copy under another name. `expires_at`
    is when its rows are no longer kept, so that the file, sent again, is a new one.
    """

    upload_id: str
    key: str
    contents: str
    received_at: datetime
    rows: int
    chunks: int
    expires_at: datetime
    columns: Mapping[str, object] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    """Sentences about the file as a whole, in the client's language: what was left out, how something was read."""
    state: UploadState = "partial"
    done: frozenset[int] = frozenset()

    @cached_property
    def place(self) -> UploadKey:
        """Whose file it is, for which touchpoint, and whether it is a rehearsal: its key, read once."""
        return read_upload_key(self.key)

    @property
    def all_decided(self) -> bool:
        """Whether every chunk's decisions are written."""
        return len(self.done) >= self.chunks


@dataclass(frozen=True)
class ChunkPointer:
    """Where the rows of a chunk lie: all that a queue carries."""

    key: str
    upload_id: str
    chunk: int


@dataclass(frozen=True)
class ReadCheckpoint:
    """How far a file was read, where one function call could not read all of it.

    `attempt` is the name under which its `chunks` chunks of together `rows` rows lie; `bundle` is the version of the
    client's settings that they were read by; `received_at` (zone-aware) is when the file came.
    """

    key: str
    version: str | None
    attempt: str
    bundle: str
    received_at: datetime
    chunks: int = 0
    rows: int = 0
    refusals: int = 0
    """Which of the rows could not be used, and why: 64 bits, zero where there is none."""
    of_several: tuple[int, ...] = ()
    """The first few rows that share a customer number with other people."""


class Claim(NamedTuple):
    """Asks for the feedback block under a key, for one invitation; `known` says that a block item stands already.

    `by` names the row of a file that asks. Rows of several files may ask for the same invitation, and each may turn out
    not to be invited: the block goes with the last of them that releases it.
    """

    key: str
    invitation_id: str
    by: str
    known: bool = False


class PlannedInvitation(NamedTuple):
    """An admitted interaction, as the tables keep it: a contact and an invitation. Moments are zone-aware."""

    invitation_id: str
    person: str
    address_key: str
    employee_key: str | None
    interaction: Interaction
    upload: str
    row: int
    imported_at: datetime
    planned_at: datetime
    expires_at: datetime
    channel: Channel = MAIL
    domain_key: str = ""
    dimensions: Mapping[str, str] = NO_FACTS
    """The value of each of the client's dimensions, by name."""
