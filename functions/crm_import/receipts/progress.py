"""The receipt of a large file while it is under way: written at a few steps, never for every chunk."""

from typing import Literal, Protocol

from functions.crm_import.receipts.notification import notify_contact
from functions.crm_import.receipts.receipt import Receipts
from functions.crm_import.roles import Files, Ledger, Notices
from functions.shared.domain.upload import UploadRecord
from functions.shared.services.clients import Clients

LARGE = 20
"""Chunks. A smaller file is decided before anybody looks."""
STEPS = 10
Due = Literal["step", "large", "now"]


class Stores(Protocol):
    """What writing a receipt takes."""

    @property
    def files(self) -> Files:
        """The upload bucket."""

    @property
    def ledger(self) -> Ledger:
        """The uploads under way."""

    @property
    def clients(self) -> Clients:
        """The published clients."""

    @property
    def notices(self) -> Notices:
        """Mails to a client's contact."""


def tell_progress(record: UploadRecord, stores: Stores, due: Due = "step") -> None:
    """Write the receipt of an upload as it stands: the last one, or one under way where that is `due`. Raises NotFound.

    `step`: when the chunk that was decided last completed another tenth of a large file; the chunks are counted
    atomically, so that each step is seen by one worker. `large`: for every large file. `now`: for every file.
    """
    if not record.all_decided:
        if not (due == "now" or (record.chunks >= LARGE and (due == "large" or _is_step(record)))):
            return
        record = _write_progress(record.upload_id, stores)
    if record.all_decided:
        _close(record, stores)


def _is_step(record: UploadRecord) -> bool:
    done = len(record.done)
    return done * STEPS // record.chunks > (done - 1) * STEPS // record.chunks


def _write_progress(upload_id: str, stores: Stores) -> UploadRecord:
    """Write the receipt as it is now; return the upload as it is after that.

    The last chunk may have been decided, and its receipt written, while ours was: then ours must be put right.
    """
    record = stores.ledger.get(upload_id)
    client = stores.clients.load(record.place.client).client
    Receipts(stores.files).decided(record, client)
    return stores.ledger.get(upload_id)


def _close(record: UploadRecord, stores: Stores) -> None:
    """Write the receipt of a file that is decided as a whole, and tell of it."""
    upload = record.place
    client = stores.clients.load(upload.client).client
    Receipts(stores.files).decided(record, client)
    notify_contact(upload, record.upload_id, client, stores.notices)
    stores.ledger.complete(record.upload_id)
