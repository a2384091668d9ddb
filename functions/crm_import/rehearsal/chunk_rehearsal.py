"""A rehearsal: the same code decides, nothing is written but the receipt."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from functions.crm_import.admission.chunk_admission import ChunkAdmission
from functions.crm_import.admission.quota_reservation import QuotaReservation
from functions.crm_import.chunk_files import chunk_key, pack_decisions, unpack_decisions, unpack_rows
from functions.crm_import.receipts.progress import Stores, tell_progress
from functions.crm_import.receipts.receipt import decisions_key
from functions.crm_import.rehearsal.stores import RehearsedAdmissions, RehearsedQuotas
from functions.crm_import.roles import Admissions, Quotas
from functions.crm_import.time_budget import TimeBudget
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.feedback_block import block_end, block_keys
from functions.shared.domain.interaction import RowOutcome
from functions.shared.domain.upload import ChunkPointer, UploadRecord


class AdmissionStores(Stores, Protocol):
    """What the decisions are made on."""

    @property
    def admissions(self) -> Admissions:
        """What is known of people."""

    @property
    def quotas(self) -> Quotas:
        """The seats that are taken."""


def rehearse(
    pointer: ChunkPointer,
    record: UploadRecord,
    bundle: ClientBundle,
    now: datetime,
    stores: AdmissionStores,
    budget: TimeBudget[ChunkPointer] | None,
) -> Mapping[RowOutcome, int]:
    """Decide the chunks from `pointer` on in order, each knowing what the earlier ones would have done.

    Return the outcomes of those that were decided. Where the budget ends before the file, the rest is handed over.
    """
    admissions, quotas = RehearsedAdmissions(stores.admissions, record.rows), RehearsedQuotas(stores.quotas)
    place = pointer.key.rpartition("/")[0]
    outcomes: Counter[RowOutcome] = Counter()
    for chunk in range(record.chunks):
        key = chunk_key(place, chunk)
        if budget and chunk > pointer.chunk and not budget.has_time():
            budget.hand_over(ChunkPointer(key, record.upload_id, chunk))
            return outcomes
        rows = unpack_rows(stores.files.get(key))
        decided = decisions_key(record.upload_id, chunk)
        if chunk < pointer.chunk:
            earlier = unpack_decisions(stores.files.get(decided))
            invited = [row for row, one in zip(rows, earlier, strict=True) if one.outcome is RowOutcome.INVITED]
            client = bundle.client
            admissions.recall(
                (key for row in invited for key in block_keys(row.person, row.address_key, client)),
                block_end(now, client.feedback_block, client.zone),
            )
            taken = Counter(row.interaction.touchpoint for row in invited if row.interaction)
            quota = QuotaReservation(bundle, record.received_at, str(chunk), quotas)
            for touchpoint, count in taken.items():
                quota.reserve(touchpoint, 0, count)
            continue
        decisions = ChunkAdmission(bundle, record, chunk, now, admissions, quotas).decide(rows)
        stores.files.put(decided, pack_decisions(decisions))
        outcomes.update(decision.outcome for decision in decisions)
    tell_progress(replace(record, done=frozenset(range(record.chunks))), stores)
    return outcomes
