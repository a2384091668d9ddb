"""The lists of a client: people who said no elsewhere, who are opted out; and people to compare with who did.

An opt-out that was read counts at once, also where the file breaks off further on. Every step may be repeated: an
active opt-out is left as it is, and remembers the row that brought it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from functions.crm_import.columns.contents import Contents
from functions.crm_import.errors import FileRejected
from functions.crm_import.lists.reading import ListReading, ListResult, refuse_place, report_fault
from functions.crm_import.lists.receipt import ListKind, line
from functions.crm_import.messages import translate
from functions.crm_import.opt_outs.columns import ListReader, ListRow, list_place, understand_list
from functions.crm_import.readers.in_chunks import NumberedCells
from functions.crm_import.readers.table import Place, Table
from functions.crm_import.roles import Files, Notices
from functions.crm_import.time_budget import TimeBudget
from functions.shared.domain import object_keys
from functions.shared.domain.errors import BadInput
from functions.shared.domain.object_keys import OptOutKey
from functions.shared.domain.opt_outs import NEED_A_PERSON, ListDecision, ListOutcome, OptOutRecord
from functions.shared.domain.upload import ReadCheckpoint
from functions.shared.services.clients import Clients
from functions.shared.services.opt_outs import OptOutBatches, opt_out_all


class OptOutRecords(OptOutBatches, Protocol):
    """Who opted out, by the key of a person or an address."""

    def find(self, keys: Iterable[str]) -> Mapping[str, OptOutRecord]:
        """Return the active ones, by key. Raises TryAgain."""


@dataclass(frozen=True)
class ListStores:
    """What a list is worked with."""

    files: Files
    clients: Clients
    opt_outs: OptOutRecords
    pepper: bytes = field(repr=False)
    notices: Notices


LISTED, COMPARED = (
    ListKind(name, ("row", "outcome", "reason", "since", "how"), need, "list_attention")
    for name, need in (("opt-outs", NEED_A_PERSON), ("match", frozenset[str]()))
)
"""Lists of people who said no, and those that are compared only."""


def take_list(
    key: str,
    version: str | None,
    now: datetime,
    attempt: str,
    stores: ListStores,
    budget: TimeBudget[ReadCheckpoint] | None = None,
    checkpoint: ReadCheckpoint | None = None,
) -> ListResult:
    """Opt out whom a list names, or look them up, and write the receipt, whatever happens.

    `attempt` is a random name under which the lines of this attempt lie. `budget` says how long it may take (None: as
    long as it takes), `checkpoint` where an earlier one stopped.
    """
    try:
        upload = object_keys.read_opt_out_key(key)
    except BadInput:
        # Its receipt lies directly under receipts/opt-outs/.
        file = key.removeprefix(object_keys.OPT_OUTS).strip("/") or key
        refused = FileRejected("bad_list_place", prefix=object_keys.OPT_OUTS)
        return refuse_place(OptOutKey(key, "", file, match=False), LISTED, stores.files, refused)
    checkpoint = checkpoint or ReadCheckpoint(key, version, attempt, "", received_at=now)
    return _OptOutReading(upload, checkpoint, stores).run(budget)


def report_opt_out_fault(key: str, stores: ListStores) -> None:
    """Write the receipt of a list that could not be taken through no fault of its own, and is tried again later."""
    try:
        upload = object_keys.read_opt_out_key(key)
    except BadInput:
        return
    report_fault(upload, _kind(upload), stores)


def _kind(upload: OptOutKey) -> ListKind:
    return COMPARED if upload.match else LISTED


class _OptOutReading(ListReading[ListRow]):
    """One checkpoint of one list."""

    def __init__(self, upload: OptOutKey, checkpoint: ReadCheckpoint, stores: ListStores) -> None:
        super().__init__(_kind(upload), upload, checkpoint, stores)
        self.taken_before = "taken_before_match" if upload.match else "taken_before"
        self._opt_outs = stores.opt_outs
        self._pepper = stores.pepper
        self._decide = self._compared if upload.match else self._opted_out

    def place(self) -> Place:
        """Return where the rows are, as the mapping of opt-outs tells."""
        return list_place(self.bundle)

    def plan(self, table: Table) -> tuple[Mapping[str, object], Callable[[NumberedCells], Iterator[ListRow]]]:
        """Return who and since when, by column, and what reads it."""
        client, received = self.bundle.client, self.checkpoint.received_at
        contents = Contents(table.sample, client, received.astimezone(client.zone).date())
        columns = understand_list(table.header, self.bundle, contents)
        reader = ListReader(columns, self.bundle, self._pepper)
        return columns.explained, lambda numbered: (reader.read(number, cells) for number, cells in numbered)

    def lines(self, rows: Sequence[ListRow]) -> Iterator[bytes]:
        """Opt out whom the rows name, or look them up."""
        client = self.bundle.client
        for one in self._decide(rows, client.client, self.language):
            since = one.since.astimezone(client.zone).isoformat(timespec="seconds") if one.since else ""
            yield line(one.row, one.outcome.value, one.reason, since, one.how)

    def _opted_out(self, rows: Sequence[ListRow], client: str, language: str) -> Iterator[ListDecision]:
        received = self.checkpoint.received_at
        active = opt_out_all(
            self._opt_outs,
            (
                OptOutRecord(key, client, min(row.since or received, received), "file", self.source, row.number)
                for row in rows
                for key in row.keys
            ),
        )
        for row in rows:
            if row.outcome:
                yield ListDecision(row.number, row.outcome, translate(language, row.why, **row.values))
                continue
            opt_outs = [active[key] for key in row.keys]
            earliest = min(opt_outs, key=lambda one: one.since)
            ours = [one for one in opt_outs if one.upload == self.source]
            if any(one.row == row.number for one in ours):
                why, outcome = row.why, ListOutcome.OPTED_OUT
            else:
                why, outcome = "listed_before" if ours else "opted_out_before", ListOutcome.DUPLICATE
            if row.partly:
                why, outcome = row.why, ListOutcome.PARTLY
            values = row.values if why == row.why else {}
            yield ListDecision(row.number, outcome, translate(language, why, **values), earliest.since, earliest.how)

    def _compared(self, rows: Sequence[ListRow], client: str, language: str) -> Iterator[ListDecision]:
        stands = self._opt_outs.find(key for row in rows for key in row.keys)
        for row in rows:
            opt_outs = [stands[key] for key in row.keys if key in stands]
            if row.outcome:
                yield ListDecision(row.number, row.outcome, translate(language, row.why, **row.values))
            elif row.partly:
                yield ListDecision(row.number, ListOutcome.PARTLY, translate(language, row.why, **row.values))
            elif opt_outs:
                earliest = min(opt_outs, key=lambda one: one.since)
                yield ListDecision(row.number, ListOutcome.OPTED_OUT, "", earliest.since, earliest.how)
            else:
                yield ListDecision(row.number, ListOutcome.NOT_OPTED_OUT)
