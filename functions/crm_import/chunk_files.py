"""How the rows of a file, and what was decided about them, travel between the two functions: JSON.

They lie under work/ in the upload bucket, encrypted, for some days: a queue carries only where. Not packed: that would
take four times the CPU of writing them, to save a cent of storage for some million rows.
"""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pydantic_core import from_json, to_json

from functions.crm_import.columns.row import Row
from functions.shared.domain.interaction import Decision, Interaction, RowOutcome

ROWS_PER_CHUNK = 1000
"""In a chunk."""

_OUTCOME = Row._fields.index("outcome")
_INTERACTION = Row._fields.index("interaction")
_MOMENT = Interaction._fields.index("occurred_at")
_OUTCOMES: dict[str | None, RowOutcome | None] = {None: None, **{outcome.value: outcome for outcome in RowOutcome}}
_parsed = datetime.fromisoformat


def chunk_key(place: str, number: int) -> str:
    """Return the key of a chunk of rows among those that lie in the same place."""
    return f"{place}/{number:05d}.json"


def pack_rows(rows: Sequence[Row]) -> bytes:
    """Return the rows of a chunk as bytes."""
    flat = []
    for row in rows:
        # Plain lists and tuples: named tuples take twice the time.
        values: list[object] = [*row]
        if row.interaction is not None:
            values[_INTERACTION] = (*row.interaction,)
        flat.append(values)
    return to_json(flat, fallback=str)


def unpack_rows(data: bytes) -> list[Row]:
    """Return the rows of a chunk."""
    rows = []
    for flat in from_json(data):
        interaction = flat[_INTERACTION]
        if interaction is not None:
            interaction[_MOMENT] = _parsed(interaction[_MOMENT])
            flat[_INTERACTION] = Interaction._make(interaction)
        flat[_OUTCOME] = _OUTCOMES[flat[_OUTCOME]]
        rows.append(Row(*flat))
    return rows


def pack_decisions(decisions: Sequence[Decision]) -> bytes:
    """Return decisions as bytes."""
    return to_json([(*decision,) for decision in decisions])


def unpack_decisions(data: bytes) -> Iterator[Decision]:
    """Return decisions, in order."""
    for row, outcome, reason, eligible, send, *rest in from_json(data):
        yield Decision(row, RowOutcome(outcome), reason, _moment(eligible), _moment(send), *rest)


def pack_facts(lines: Iterable[dict[str, object]]) -> bytes:
    """Return import facts as gzipped lines of JSON, the same bytes for the same facts."""
    return gzip.compress(b"\n".join(map(to_json, lines)), compresslevel=1, mtime=0)


def _moment(text: str | None) -> datetime | None:
    return _parsed(text) if text else None
