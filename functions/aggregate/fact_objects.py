"""The objects under facts/: which of a client's are new, and how many are merged together. Needs no DuckDB."""

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from functions.aggregate.roles import ListedObject, Objects
from functions.aggregate.state import State
from functions.shared.domain import facts, object_keys

BATCH_FILES = 2_000
BATCH_BYTES = 8 * 1024 * 1024
"""Packed facts that are merged together: what a run needs of memory and disk does not grow with what waits."""
STREAMED = (facts.INVITATION, facts.RESPONSE, facts.REVIEW)
_STATE_OF_ALL = (f"{object_keys.CURRENT}state.json", f"{object_keys.CURRENT}lease.json")
"""What one run for all clients kept, in earlier releases."""


def clients_with_facts(objects: Objects) -> set[str]:
    """Return the clients of which there are facts, also those that are published no more."""
    return {
        folder.removeprefix("client=")
        for table in (*STREAMED, facts.OUTCOMES)
        for folder in objects.folders(f"{object_keys.FACTS}{table}/")
        if folder.startswith("client=")
    }


def new_facts(objects: Objects, client: str, state: State) -> Iterator[ListedObject]:
    """Yield a client's facts that have not been taken in."""
    for table in (*STREAMED, facts.OUTCOMES):
        prefix = object_keys.facts_of(table, client)
        for item in objects.listing(prefix, after=_first_day(prefix, state) if table in STREAMED else ""):
            if state.is_new(item.key, item.modified):
                yield item


def _first_day(prefix: str, state: State) -> str:
    """Return after which key a stream's new facts are: a stream keeps its records for a day, so none are older."""
    if not state.mark:
        return ""
    first = datetime.fromtimestamp(state.mark - 3 * 86_400, tz=UTC)
    return f"{prefix}dt={first:%Y-%m-%d}"


def batches(items: Iterable[ListedObject]) -> Iterator[list[ListedObject]]:
    """Yield facts in the order in which they were stored, as many as are merged together."""
    batch: list[ListedObject] = []
    size = 0
    for item in sorted(items, key=lambda one: (one.modified, one.key)):
        if batch and (len(batch) >= BATCH_FILES or size + item.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.size
    if batch:
        yield batch


def is_readable(path: Path) -> bool:
    """Say whether an object of facts is packed lines of JSON."""
    try:
        with gzip.open(path, "rb") as lines:
            return all(isinstance(json.loads(line), dict) for line in lines if line.strip())
    except (OSError, EOFError, zlib.error, ValueError):
        return False


def divide_mixed_facts(objects: Objects, has_time: Callable[[], bool]) -> tuple[bool, list[str]]:
    """Put the facts that earlier releases stored for all clients together under each client's own prefix.

    May be repeated, and broken off anywhere: an object goes when each client has its lines. Returns whether all were
    divided, and the keys of those that cannot be read, which stay.
    """
    unreadable: list[str] = []
    found = False
    for table in STREAMED:
        for item in objects.listing(f"{object_keys.FACTS}{table}/dt="):
            if not has_time():
                return False, unreadable
            stored = objects.read(item.key)
            try:
                lines = _lines_by_client(stored[0]) if stored else {}
            except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError):
                unreadable.append(item.key)
                continue
            found = True
            day, name = item.key.split("/")[2:4]
            for client, of_client in lines.items():
                body = gzip.compress(b"".join(of_client), compresslevel=6, mtime=0)
                objects.write(f"{object_keys.facts_of(table, client)}{day}/{name}", body, "application/gzip")
            objects.delete([item.key])
    if found:
        objects.delete(_STATE_OF_ALL)
    return True, unreadable


def _lines_by_client(body: bytes) -> dict[str, list[bytes]]:
    by_client: defaultdict[str, list[bytes]] = defaultdict(list)
    for line in gzip.decompress(body).splitlines(keepends=True):
        by_client[json.loads(line)["client"]].append(line)
    return by_client
