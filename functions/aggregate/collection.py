"""The use case of a stream's batch: what changed, appended to the facts. Needs no DuckDB, and so starts without it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from functions.shared.domain import object_keys
from functions.shared.domain.errors import BadInput
from functions.shared.domain.facts import Fact


class FactFiles(Protocol):
    """Where facts are put, by role (functions.shared.adapters.data_bucket.DataBucket)."""

    def write(self, key: str, body: bytes, content_type: str = ...) -> None: ...


def collect(
    records: Sequence[Mapping[str, Any]],
    read: Callable[[Mapping[str, Any]], Fact | None],
    pack: Callable[[Iterable[Mapping[str, Any]]], bytes],
    objects: FactFiles,
) -> Mapping[str, Any] | None:
    """Append what a batch of a stream tells, one object for each table and client.

    Returns the first record that cannot be read, if any.

    The records before it are written, so that a stream can go on from it. The same batch gives the same objects under
    the same names, whenever it comes again.
    """
    batches: dict[tuple[str, str], list[tuple[Fact, Mapping[str, Any]]]] = {}
    unreadable = None
    for record in records:
        try:
            fact = read(record)
            if fact:
                line = fact.line()
                batches.setdefault((fact.table, line["client"]), []).append((fact, line))
        except (BadInput, KeyError, TypeError, ValueError, AttributeError):
            unreadable = record
            break
    for (table, client), batch in batches.items():
        first, last = batch[0][0], batch[-1][0]
        key = object_keys.stream_facts(table, client, first.day, first.sequence, last.sequence)
        objects.write(key, pack(line for _, line in batch), "application/gzip")
    return unreadable
