"""The receipt of a large file while it is under way: written at a few steps, never for every chunk."""

from typing import Protocol

from functions.crm_import.receipts.notification import notify_contact
from functions.crm_import.receipts.receipt import Receipts
from functions.crm_import.roles import Files, Ledger, Notices
from functions.shared.domain.upload import UploadRecord
from functions.shared.services.clients import Clients

LARGE = 20
"""Chunks. A smaller file is decided before anybody looks."""
STEPS = 10


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


def is_step(record: UploadRecord) -> bool:
    """Say whether the chunk that was decided last completed another tenth of a large file.

    The chunks are counted atomically, so that each step is seen by one worker.
    """
    done = len(record.done)
    return record.chunks >= LARGE and done * STEPS // record.chunks > (done - 1) * STEPS // record.chunks


def write_progress(upload_id: str, stores: Stores) -> None:
    """Write the receipt of a file of which chunks wait, with the rows that do. Raises NotFound."""
    record = stores.ledger.get(upload_id)
    client = stores.clients.load(record.place.client).client
    Receipts(stores.files).decided(record, client)
    # The last chunk may have been decided, and its receipt written, while ours was: then ours is put right.
    record = stores.ledger.get(upload_id)
    if record.all_decided:
        close(record, stores)


def close(record: UploadRecord, stores: Stores) -> None:
    """Write the receipt of a file that is decided as a whole, and tell of it."""
    upload = record.place
    client = stores.clients.load(upload.client).client
    Receipts(stores.files).decided(record, client)
    notify_contact(upload, record.upload_id, client, stores.notices)
    stores.ledger.complete(record.upload_id)
