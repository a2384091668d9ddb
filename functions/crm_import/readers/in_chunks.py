"""A file of any size, read once: its rows go to a sink in chunks, in as many calls as that takes.

A file that takes longer than the function may run is read in several calls: between two chunks the function hands over
to itself, with a checkpoint. The next call opens the file again, passes over the rows that were read (and so sees every
byte of the whole) and goes on with the same chunk, which has the same rows however often it is read.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.table import Broken, Cells, Place, Table, sampled
from functions.crm_import.roles import Files
from functions.crm_import.seen import MAX_ROWS
from functions.crm_import.time_budget import TimeBudget
from functions.shared.domain.errors import NotFound
from functions.shared.domain.upload import ReadCheckpoint

MAX_BYTES = 1_000_000_000

R = TypeVar("R")
NumberedCells = Iterator[tuple[int, Cells | Broken]]
"""The rows of a file as they stand there, counted from 1."""


class RowSink(Protocol[R]):
    """What becomes of the rows of a file. Every step may be repeated by a later call."""

    @property
    def rows_per_chunk(self) -> int:
        """So many rows are taken at a time."""

    @property
    def checkpoint(self) -> ReadCheckpoint:
        """How far the file was read."""

    def understand(self, table: Table, size: int) -> Callable[[NumberedCells], Iterator[R]]:
        """Take the table, and the file's size in bytes; return what makes rows of its cells. Raises FileRejected."""

    def take(self, chunk: Sequence[R]) -> None:
        """Take the next rows; the checkpoint is behind them then."""

    def pause(self) -> None:
        """Tell that the reading goes on in another call."""


def read_in_chunks(
    files: Files,
    place: Place,
    sink: RowSink[R],
    budget: TimeBudget[ReadCheckpoint] | None = None,
    each_block: Callable[[bytes], object] | None = None,
) -> bool:
    """Read a file from its sink's checkpoint on; False where the rest was handed over, because the budget was spent.

    `each_block` sees every block of the file. Raises FileRejected; the rows before the place that could not be read
    have been taken then.
    """
    start = sink.checkpoint
    try:
        size, blocks = files.open(start.key, start.version)
    except NotFound as error:
        raise FileRejected("gone") from error
    if size > MAX_BYTES:
        raise FileRejected("too_big", limit=MAX_BYTES // 1_000_000)
    table = sampled(read_table(_seen(blocks, each_block) if each_block else blocks, place))
    rows_of = sink.understand(table, size)
    numbered = islice(enumerate(table.rows, 1), start.rows, None)
    for chunk in _chunks(rows_of(_limited(numbered)), sink.rows_per_chunk):
        sink.take(chunk)
        if budget and not budget.has_time():
            sink.pause()
            budget.hand_over(sink.checkpoint)
            return False
    return True


def _seen(blocks: Iterable[bytes], each_block: Callable[[bytes], object]) -> Iterator[bytes]:
    for block in blocks:
        each_block(block)
        yield block


def _limited(rows: NumberedCells) -> NumberedCells:
    for row in rows:
        if row[0] > MAX_ROWS:
            raise FileRejected("too_many_rows", limit=MAX_ROWS)
        yield row


def _chunks(rows: Iterable[R], size: int) -> Iterator[list[R]]:
    """Cut rows into chunks. Where the file cannot be read on, what was read comes first and the reason then."""
    chunk: list[R] = []
    refused = None
    try:
        for row in rows:
            chunk.append(row)
            if len(chunk) == size:
                yield chunk
                chunk = []
    except FileRejected as error:
        refused = error
    if chunk:
        yield chunk
    if refused:
        raise refused
