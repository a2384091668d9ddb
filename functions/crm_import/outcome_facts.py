"""What became of the rows of a chunk, told to the datasets: facts that are never changed, only corrected by later ones.

They are kept by the contents of the file, so that a copy under another name counts once. Where such a copy, or the same
file after its client's setup was mended, is decided otherwise, a later object takes the lines that changed back
(`weight` -1) and tells them anew: the datasets say what the newest receipt says. An invitation is not taken back: it
exists, whatever became of its touchpoint.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from functions.crm_import.chunk_files import pack_facts
from functions.crm_import.columns.row import Row
from functions.shared.domain import object_keys
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.facts import OUTCOMES
from functions.shared.domain.interaction import Decision, RowOutcome
from functions.shared.domain.upload import UploadRecord

Line = dict[str, object]
_MAX_OBJECTS = 100
"""Of a chunk. More of them, and something decides otherwise each time."""


class OutcomeFiles(Protocol):
    """The facts in the data bucket."""

    def put_facts_once(self, key: str, body: bytes) -> bool:
        """Write an object unless it is there; say whether it was written."""

    def get_facts(self, key: str) -> bytes:
        """Return an object that is there."""


def record_outcomes(
    files: OutcomeFiles, record: UploadRecord, chunk: int, rows: Sequence[Row], decisions: Sequence[Decision]
) -> None:
    """Write what was decided of a chunk's rows, as far as no earlier object says it. May be repeated at any point."""
    decided = {row.number: _line(row, decision, record) for row, decision in zip(rows, decisions, strict=True)}
    lines: Iterable[Line] = decided.values()
    recorded: dict[object, Line] = {}
    for key in _keys(record, chunk):
        if files.put_facts_once(key, pack_facts(lines)):
            return
        for line in _unpacked(files.get_facts(key)):
            if line.pop("weight", 1) == 1:
                recorded[line["row"]] = line
        lines = _corrections(recorded, decided)
        if not lines:
            return
    raise TryAgain("Too many corrections of one chunk.")


def _keys(record: UploadRecord, chunk: int) -> Iterator[str]:
    place = f"{object_keys.facts_of(OUTCOMES, record.place.client)}{record.contents}-{chunk:05d}"
    yield f"{place}.ndjson.gz"
    for number in range(1, _MAX_OBJECTS):
        yield f"{place}-{number:02d}.ndjson.gz"


def _corrections(recorded: dict[object, Line], decided: dict[int, Line]) -> list[Line]:
    corrections: list[Line] = []
    for number, line in decided.items():
        earlier = recorded.get(number)
        if earlier is None:
            corrections.append(line)
        elif earlier["outcome"] != RowOutcome.INVITED and _said(earlier) != _said(line):
            corrections += [{**earlier, "weight": -1}, line]
    return corrections


def _said(line: Line) -> Line:
    return {**line, "imported_at": None}


def _line(row: Row, decision: Decision, record: UploadRecord) -> Line:
    interaction = row.interaction
    place = record.place
    return {
        "client": place.client,
        "touchpoint": interaction.touchpoint if interaction else place.touchpoint,
        "upload": record.contents,
        "row": row.number,
        "interaction_id": decision.interaction_id,
        "outcome": decision.outcome.value,
        "imported_at": int(record.received_at.timestamp()),
        "occurred_at": int(interaction.occurred_at.timestamp()) if interaction else None,
        "team": interaction.team if interaction else None,
        "employee_key": row.employee_key,
        "with_address": interaction.address is not None if interaction else None,
        "product": interaction.product if interaction else None,
        "channel": interaction.channel if interaction else None,
        "contact_reason": interaction.contact_reason if interaction else None,
    }


def _unpacked(body: bytes) -> Iterator[Line]:
    for line in gzip.decompress(body).splitlines():
        yield json.loads(line)
