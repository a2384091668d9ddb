"""The answer to "what became of every row?": a line a row for a spreadsheet, and a summary."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from functions.crm_import.chunk_files import ROWS_PER_CHUNK, unpack_decisions
from functions.crm_import.messages import translate
from functions.crm_import.receipts.expectation import expectation
from functions.crm_import.receipts.forecast import forecast
from functions.crm_import.receipts.tally import Tally, coverage, outcomes
from functions.crm_import.roles import Files
from functions.shared.domain.client import Client
from functions.shared.domain.interaction import Decision
from functions.shared.domain.object_keys import WORK, UploadKey
from functions.shared.domain.upload import UploadRecord

HEADER = ("row", "outcome", "reason", "eligible_again_at", "send_at", "interaction_id")
State = Literal["complete", "partial", "failed", "attention"]
"""`attention`: complete, and an opt-out of a list was not understood."""

_LINES_AT_ONCE = 2000
_RANGES_SHOWN = 20


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: before a leading = + - @ tab or CR comes an apostrophe."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def receipt_lines(decisions: Iterable[Decision], zone: tzinfo, counts: Tally) -> Iterator[bytes]:
    """Yield the receipt as CSV (UTF-8), header first, moments in `zone`; count the rows as they pass."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(HEADER)
    for number, one in enumerate(decisions, 1):
        counts[one.team, one.outcome, one.employee, one.interactions, one.with_address] += 1
        writer.writerow(
            (
                one.row,
                one.outcome.value,
                safe_cell(one.reason),
                _local(one.eligible_again_at, zone),
                _local(one.send_at, zone),
                safe_cell(one.interaction_id),
            )
        )
        if number % _LINES_AT_ONCE == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


class Receipts:
    """Writes receipts: the lines first, so that whoever sees a summary finds the lines that belong to it."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def failed(self, upload: UploadKey, message: str, columns: Mapping[str, object]) -> None:
        """Write the receipt of a file of which nothing could be used."""
        self._files.put_stream(upload.receipt("csv"), receipt_lines((), UTC, Counter()))
        self._files.put(upload.receipt("json"), summary(upload, "failed", message, 0, {}, columns))

    def waiting(self, upload: UploadKey, message: str, rows: int, columns: Mapping[str, object]) -> None:
        """Write the receipt of a file of which no row is decided yet."""
        self._files.put_stream(upload.receipt("csv"), receipt_lines((), UTC, Counter()))
        self._files.put(upload.receipt("json"), summary(upload, "partial", message, rows, {}, columns))

    def decided(self, record: UploadRecord, client: Client) -> None:
        """Write the receipt of a file as far as it is decided: `complete`, or `partial` with the rows that wait."""
        upload, language = record.place, client.languages[0]
        packed = self._files.get_each(decisions_key(record.upload_id, chunk) for chunk in sorted(record.done))
        decisions = (decision for chunk in packed for decision in unpack_decisions(chunk))
        tally: Tally = Counter()
        self._files.put_stream(upload.receipt("csv"), receipt_lines(decisions, client.zone, tally))
        state: State = "complete" if record.all_decided else "partial"
        message = translate(language, "" if record.rows else "no_rows")
        if state == "partial":
            waiting = waiting_rows(record)
            message = translate(language, "waiting", done=len(record.done), chunks=record.chunks, rows=waiting)
        more: dict[str, object] = {"remarks": list(record.remarks)} if record.remarks else {}
        more["coverage"] = coverage(tally, language)
        if upload.rehearsal:
            today = record.received_at.astimezone(client.zone).date()
            expires_after = timedelta(days=client.expires_after_days)
            expected = expectation(self._files.figures(client.client), upload.touchpoint, today, expires_after)
            more["forecast"] = forecast(tally, language, expected)
        body = summary(upload, state, message, record.rows, outcomes(tally), record.columns, more)
        self._files.put(upload.receipt("json"), body)


def waiting_rows(record: UploadRecord) -> str:
    """Return the rows of the chunks that are not decided, such as `1-1000, 3001-3640`; the first few of many."""
    ranges: list[tuple[int, int]] = []
    for chunk in (chunk for chunk in range(record.chunks) if chunk not in record.done):
        first, last = chunk * ROWS_PER_CHUNK + 1, min((chunk + 1) * ROWS_PER_CHUNK, record.rows)
        if ranges and ranges[-1][1] == first - 1:
            first = ranges.pop()[0]
        ranges.append((first, last))
    shown = [f"{first}-{last}" for first, last in ranges[:_RANGES_SHOWN]]
    return ", ".join(shown + ["..."] * (len(ranges) > _RANGES_SHOWN))


def decisions_key(upload_id: str, chunk: int) -> str:
    """Return the key under which the decisions of a chunk lie, the same one for every attempt."""
    return f"{WORK}{upload_id}/decided-{chunk:05d}.json"


def summary(
    upload: UploadKey,
    state: State,
    message: str,
    rows: int,
    outcomes: Mapping[str, int],
    columns: Mapping[str, object],
    more: Mapping[str, object] | None = None,
) -> bytes:
    """Return the summary of a receipt as JSON (UTF-8); `more` comes after what every summary has.

    That of a rehearsal says so: its outcomes are what would happen.
    """
    content = {
        "file": upload.file,
        "client": upload.client,
        "touchpoint": upload.touchpoint,
        **({"rehearsal": True} if upload.rehearsal else {}),
        "state": state,
        "message": message,
        "rows": rows,
        "outcomes": dict(sorted(outcomes.items())),
        "columns": columns,
        **(more or {}),
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


@lru_cache(maxsize=1024)
def _local(moment: datetime | None, zone: tzinfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""
