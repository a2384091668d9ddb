"""The import of a file in two steps: read it and cut it into chunks; admit a chunk, with the receipt after the last.

Nothing of a file is admitted before all of it was read, so a file that breaks off in the middle leaves nothing half
done. Both steps may be repeated at any point.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from functions.crm_import.admission.chunk_admission import ChunkAdmission
from functions.crm_import.chunk_files import pack_decisions, unpack_rows
from functions.crm_import.outcome_facts import record_outcomes
from functions.crm_import.receipts.progress import tell_progress
from functions.crm_import.receipts.receipt import decisions_key
from functions.crm_import.rehearsal.chunk_rehearsal import rehearse
from functions.crm_import.roles import Admissions, Files, KnownCustomers, Ledger, Notices, Quotas
from functions.crm_import.time_budget import TimeBudget
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.interaction import RowOutcome
from functions.shared.domain.upload import ChunkPointer, UploadRecord
from functions.shared.services.clients import Clients


@dataclass(frozen=True)
class AdmitStores:
    """What the second step works with."""

    files: Files
    ledger: Ledger
    clients: Clients
    admissions: Admissions
    quotas: Quotas
    customers: KnownCustomers
    notices: Notices


@dataclass(frozen=True)
class Admitted:
    """What admitting a chunk came to: the outcomes of its rows, none where an earlier attempt decided them.

    `refused` counts the rows that the tables would not take, by DynamoDB's code.
    """

    upload: UploadRecord
    outcomes: Mapping[RowOutcome, int]
    rehearsal: bool
    refused: Mapping[str, int] = field(default_factory=dict)


def decide_chunk(
    pointer: ChunkPointer, now: datetime, stores: AdmitStores, budget: TimeBudget[ChunkPointer] | None = None
) -> Admitted:
    """Decide the rows of a chunk; after the last chunk of a file, write its receipt.

    The chunks of a rehearsal are decided one after the other, as far as the `budget` reaches (None: all of them).
    """
    record = stores.ledger.get(pointer.upload_id)
    bundle = stores.clients.load(record.place.client)
    if record.place.rehearsal:
        return Admitted(record, rehearse(pointer, record, bundle, now, stores, budget), rehearsal=True)
    return _admit_chunk(pointer, record, bundle, now, stores)


def _admit_chunk(
    pointer: ChunkPointer, record: UploadRecord, bundle: ClientBundle, now: datetime, stores: AdmitStores
) -> Admitted:
    admission = ChunkAdmission(bundle, record, pointer.chunk, now, stores.admissions, stores.quotas, stores.customers)
    outcomes: Counter[RowOutcome] = Counter()
    if pointer.chunk not in record.done:
        rows = unpack_rows(stores.files.get(pointer.key))
        decisions = admission.decide(rows)
        stores.files.put(decisions_key(record.upload_id, pointer.chunk), pack_decisions(decisions))
        record_outcomes(stores.files, record, pointer.chunk, rows, decisions)
        record = stores.ledger.decided(record.upload_id, pointer.chunk)
        outcomes.update(decision.outcome for decision in decisions)
    admission.decided()  # also where it is decided: the attempt that did may have died before it said so
    tell_progress(record, stores)
    return Admitted(record, outcomes, rehearsal=False, refused=admission.refused)
