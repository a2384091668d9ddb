"""A list of people that is taken in one step: read once, a thousand rows at a time, and what a row asks done at once.

What was read counts, also where the file breaks off further on. Every step may be repeated.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from functions.crm_import.errors import FileRejected
from functions.crm_import.lists.receipt import ListKey, ListKind, ListReceipts
from functions.crm_import.messages import translate
from functions.crm_import.readers.in_chunks import NumberedCells, read_in_chunks
from functions.crm_import.readers.table import Place, Table
from functions.crm_import.roles import Files, Notices
from functions.crm_import.time_budget import TimeBudget
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import NotFound
from functions.shared.domain.notices import ReceiptNotice
from functions.shared.domain.upload import ReadCheckpoint
from functions.shared.services.clients import Clients

ROWS_PER_CHUNK = 1000
"""At a time."""

R = TypeVar("R")


class ReadingStores(Protocol):
    """What every list is read with."""

    @property
    def files(self) -> Files: ...
    @property
    def clients(self) -> Clients: ...
    @property
    def notices(self) -> Notices: ...


@dataclass(frozen=True)
class ListResult:
    """What a list came to: for the log and the metrics. `kind` is its name, `why` what it was refused for."""

    client: str
    kind: str
    rows: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
    handed_over: bool = False


class ListReading(ABC, Generic[R]):
    """One checkpoint of one list. A subclass says how its rows are read, and does what they ask."""

    taken_before: str
    """The sentence that tells of rows before the place where a list breaks off."""

    def __init__(self, kind: ListKind, upload: ListKey, checkpoint: ReadCheckpoint, stores: ReadingStores) -> None:
        self.checkpoint = checkpoint
        self.rows_per_chunk = ROWS_PER_CHUNK
        self.source = hashlib.sha256(f"{upload.key}\x1f{checkpoint.version or ''}".encode()).hexdigest()[:32]
        """The name under which it is remembered which list a row came from."""
        self.language = "en"
        self.bundle: ClientBundle
        self._kind = kind
        self._upload = upload
        self._stores = stores
        self._receipts = ListReceipts(stores.files, upload, kind)
        self._columns: dict[str, object] = {}
        self._is_published = False

    @abstractmethod
    def place(self) -> Place:
        """Return where in the file the rows are."""

    @abstractmethod
    def plan(self, table: Table) -> tuple[Mapping[str, object], Callable[[NumberedCells], Iterator[R]]]:
        """Return what each column was taken for, and what reads the rows. Raises FileRejected."""

    @abstractmethod
    def lines(self, rows: Sequence[R]) -> Iterator[bytes]:
        """Do what the rows ask; return the lines of the receipt that say so, in order."""

    def run(self, budget: TimeBudget[ReadCheckpoint] | None) -> ListResult:
        """Take the list, and write its receipt, whatever happens."""
        try:
            self.bundle = self._published()
            self.language, self._is_published = self.bundle.client.languages[0], True
            if not read_in_chunks(self._stores.files, self.place(), self, budget):
                return self._told(handed_over=True)
        except FileRejected as refused:
            message = refused.message(self.language)
            if self.checkpoint.rows:
                message += " " + translate(self.language, self.taken_before, rows=self.checkpoint.rows)
            if refused.why != "gone" or not self._receipts.exists():
                self._receipts.write("failed", message, self._columns, self._parts())
                self._tell_contact()
            return self._told(why=refused.why)
        counts = self._receipts.write_whole(self.checkpoint.rows, self.language, self._columns, self._parts)
        if any(counts[outcome] for outcome in self._kind.need_a_person):
            self._tell_contact()
        return self._told(outcomes=counts)

    def understand(self, table: Table, size: int) -> Callable[[NumberedCells], Iterator[R]]:
        """Return what reads the rows of the list."""
        explained, read = self.plan(table)
        self._columns.update(explained)
        return read

    def take(self, chunk: Sequence[R]) -> None:
        """Do what the rows ask, and keep the lines that say so."""
        told = b"".join(self.lines(chunk))
        checkpoint = self.checkpoint
        self._stores.files.put(self._part_key(checkpoint.chunks), told)
        self.checkpoint = replace(checkpoint, chunks=checkpoint.chunks + 1, rows=checkpoint.rows + len(chunk))

    def pause(self) -> None:
        """Say on the receipt how far the reading came."""
        message = translate(self.language, "reading", rows=self.checkpoint.rows)
        self._receipts.write("partial", message, self._columns, self._parts())

    def _tell_contact(self) -> None:
        """Mail the client's contact, whether or not it wants mails of receipts."""
        if self._kind.need_a_person and self._is_published:
            which = f"{self.source} {self.checkpoint.version or ''}"
            self._stores.notices.put(ReceiptNotice(self._upload.client, self._upload.receipt("json"), which))

    def _published(self) -> ClientBundle:
        try:
            return self._stores.clients.load(self._upload.client)
        except NotFound as error:
            raise FileRejected("unknown_client", client=self._upload.client) from error

    def _parts(self) -> Iterator[bytes]:
        return self._stores.files.get_each(map(self._part_key, range(self.checkpoint.chunks)))

    def _part_key(self, number: int) -> str:
        return f"{object_keys.WORK}{self.checkpoint.attempt}/list-{number:05d}.csv"

    def _told(self, outcomes: Mapping[str, int] | None = None, why: str = "", handed_over: bool = False) -> ListResult:
        client = "" if why == "unknown_client" else self._upload.client  # a folder may be called after a person
        return ListResult(client, self._kind.name, self.checkpoint.rows, outcomes or {}, why, handed_over)


def report_fault(upload: ListKey, kind: ListKind, stores: ReadingStores) -> None:
    """Write the receipt of a list that could not be taken through no fault of its own, and is tried again later."""
    try:
        language = stores.clients.load(upload.client).client.languages[0]
    except NotFound:
        return
    ListReceipts(stores.files, upload, kind).write("partial", translate(language, "fault"), {})


def refuse_place(upload: ListKey, kind: ListKind, files: Files, refused: FileRejected) -> ListResult:
    """Write the receipt of a list that lies where none belongs: without a client, under the receipts of its kind."""
    ListReceipts(files, upload, kind).write("failed", str(refused), {})
    return ListResult("", kind.name, why=refused.why)
