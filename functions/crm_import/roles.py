"""What the import needs from outside, by role; the adapters add the technology."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from functions.shared.domain.admission import ExistingInvitation, Known, RefusedWrite
from functions.shared.domain.customer_attributes import CustomerRecord
from functions.shared.domain.feedback_block import BlockState
from functions.shared.domain.figures import Figures
from functions.shared.domain.notices import ReceiptNotice
from functions.shared.domain.upload import ChunkPointer, Claim, PlannedInvitation, UploadRecord


class Files(Protocol):
    """The objects of the upload bucket, and the facts in the data bucket."""

    def open(self, key: str, version: str | None) -> tuple[int, Iterator[bytes]]:
        """Return an upload's size in bytes, and its contents block by block. Raises NotFound."""

    def put(self, key: str, body: bytes) -> None:
        """Write an object of the upload bucket."""

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        """Write an object of the upload bucket whose size is not known, in bounded memory."""

    def get(self, key: str) -> bytes:
        """Return a small object of the upload bucket. Raises NotFound."""

    def get_each(self, keys: Iterable[str]) -> Iterator[bytes]:
        """Yield small objects of the upload bucket in the order of their keys, a few read ahead. Raises NotFound."""

    def put_facts_once(self, key: str, body: bytes) -> bool:
        """Write an object of the data bucket unless it is there; say whether it was written."""

    def get_facts(self, key: str) -> bytes:
        """Return an object of the data bucket that is there."""

    def figures(self, client: str) -> Figures | None:
        """Return what the client's own invitations came to, or None where nothing is known of them."""


class Ledger(Protocol):
    """Which uploads are under way, and which of their chunks are decided."""

    def begin(self, record: UploadRecord, now: datetime) -> UploadRecord:
        """Enter an upload, and return it; one that stands and has not expired at `now` is returned as it is."""

    def get(self, upload_id: str) -> UploadRecord:
        """Return an upload as it stands. Raises NotFound."""

    def decided(self, upload_id: str, chunk: int) -> UploadRecord:
        """Add a chunk to those that are decided, atomically, and return the upload with it."""

    def complete(self, upload_id: str) -> None:
        """Say that the receipt is written."""


class ChunkQueue(Protocol):
    """The queue of chunks that wait for admission."""

    def send(self, pointers: Sequence[ChunkPointer]) -> None:
        """Send pointers. Raises TryAgain unless all of them were taken."""


class Notices(Protocol):
    """Mails to a client's contact."""

    def put(self, notice: ReceiptNotice) -> None:
        """Let a mail be sent. Putting the same notice twice makes one mail."""


class Admissions(Protocol):
    """Blocks, contacts and invitations. Every write may be repeated."""

    def known(self, people: Sequence[tuple[str, ...]]) -> Mapping[str, Known]:
        """Return what is known, by invitation id, of (invitation id, person, address key, other keys ...)s."""

    def claim(self, claims: Sequence[Claim], now: datetime, until: datetime) -> Sequence[BlockState | None]:
        """Claim the blocks under different keys until `until`, each with one conditional write.

        None where the claim holds: there was no block, it ran out, or this invitation held it. Else what stops it.
        """

    def release_blocks(self, claims: Sequence[Claim]) -> None:
        """Delete the blocks that no other row claimed for the same invitation."""

    def keep_contacts(self, invitations: Sequence[PlannedInvitation]) -> Sequence[RefusedWrite | None]:
        """Write the addresses and names of different people: None for each that was written."""

    def create(self, invitations: Sequence[PlannedInvitation]) -> Sequence[ExistingInvitation | RefusedWrite | None]:
        """Write invitations that do not exist: None for each that was written, else what exists in its place."""


class KnownCustomers(Protocol):
    """What is known of customers, from the client's customer files."""

    def find(self, keys: Iterable[str]) -> Mapping[str, CustomerRecord]:
        """Return what is kept, by key, as it is at this moment. Raises TryAgain."""


class Quotas(Protocol):
    """QuotaReservation in a touchpoint's day or month."""

    def admitted(self, period: str) -> int:
        """Return how many seats are taken."""

    def reserve(self, period: str, holder: str, taken: int, wanted: int, most: int) -> int:
        """Return how many of `wanted` seats `holder` has for more invitations than the `taken` ones that it made."""

    def release(self, period: str, holder: str, used: int) -> None:
        """Give back the seats that a holder has beyond the ones that it used."""

    def commit(self, period: str, holder: str) -> None:
        """Forget which seats are a holder's, now that it asks for no more: they stay taken."""
