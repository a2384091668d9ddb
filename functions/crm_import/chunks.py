"""How the rows of a file, and what was decided about them, travel between the two functions: gzipped lines of JSON.

They lie under work/ in the upload bucket, encrypted, for some days: a queue carries only where.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from functions.crm_import.canonical import Row
from functions.shared.domain.interaction import Decision, Interaction, Outcome

ROWS = 1000
"""In a chunk."""

_INTERACTION = tuple(field.name for field in fields(Interaction))
_values = attrgetter(*_INTERACTION)
_MOMENT = _INTERACTION.index("occurred_at")


def pack_rows(rows: Iterable[Row]) -> bytes:
    """Return the rows of a chunk as bytes."""
    return _packed(
        [
            row.number,
            row.outcome,
            row.why,
            row.values,
            _flat(row.interaction),
            row.invitation_id,
            row.person,
            row.address_key,
            row.employee_key,
        ]
        for row in rows
    )


def unpack_rows(data: bytes) -> list[Row]:
    """Return the rows of a chunk."""
    return [
        Row(number, Outcome(outcome) if outcome else None, why, values, _interaction(flat), *keys)
        for number, outcome, why, values, flat, *keys in _unpacked(data)
    ]


def pack_decisions(decisions: Iterable[Decision]) -> bytes:
    """Return decisions as bytes."""
    return _packed(
        [
            one.row,
            one.outcome,
            one.reason,
            _text(one.eligible_again_at),
            _text(one.send_at),
            one.interaction_id,
            one.team,
        ]
        for one in decisions
    )


def unpack_decisions(data: bytes) -> Iterator[Decision]:
    """Return decisions, in order."""
    for row, outcome, reason, eligible, send, *rest in _unpacked(data):
        yield Decision(row, Outcome(outcome), reason, _moment(eligible), _moment(send), *rest)


def pack_facts(lines: Iterable[dict[str, object]]) -> bytes:
    """Return import facts as bytes, the same ones for the same facts."""
    return _packed(lines)


def _packed(lines: Iterable[object]) -> bytes:
    encode = json.JSONEncoder(separators=(",", ":"), default=str).encode
    return gzip.compress("\n".join(map(encode, lines)).encode(), compresslevel=1, mtime=0)


def _unpacked(data: bytes) -> Iterator[Any]:
    text = gzip.decompress(data).decode()
    return map(json.loads, text.split("\n")) if text else iter(())


def _flat(interaction: Interaction | None) -> list[object] | None:
    if interaction is None:
        return None
    flat = list(_values(interaction))
    flat[_MOMENT] = interaction.occurred_at.timestamp()
    return flat


def _interaction(flat: list[Any] | None) -> Interaction | None:
    if flat is None:
        return None
    flat[_MOMENT] = datetime.fromtimestamp(flat[_MOMENT], UTC)
    return Interaction(*flat)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
