"""The answer to a list of opt-outs: a line a row for a spreadsheet, and a summary."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo

from functions.crm_import.messages import translate
from functions.crm_import.receipts.receipt import State, safe_cell
from functions.crm_import.roles import Files
from functions.shared.domain.errors import NotFound
from functions.shared.domain.object_keys import OptOutKey
from functions.shared.domain.opt_outs import NEED_A_PERSON, ListDecision

HEADER = ("row", "outcome", "reason", "since", "how")
_ROWS_SHOWN = 20


def lines(decisions: Sequence[ListDecision], zone: tzinfo) -> bytes:
    """Return the lines of some rows as CSV (UTF-8) without a header, moments in `zone`; a row is one line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for one in decisions:
        since = one.since.astimezone(zone).isoformat(timespec="seconds") if one.since else ""
        writer.writerow((one.row, one.outcome.value, safe_cell(" ".join(one.reason.split())), since, one.how))
    return buffer.getvalue().encode()


class ListReceipts:
    """Writes the receipt of one list: the lines first, so that whoever sees a summary finds what belongs to it."""

    def __init__(self, files: Files, upload: OptOutKey) -> None:
        self._files = files
        self._upload = upload

    def write_whole(
        self, rows: int, language: str, columns: Mapping[str, object], parts: Callable[[], Iterable[bytes]]
    ) -> Counter[str]:
        """Write the receipt of a list that was read to its end; return how many rows had which outcome.

        Its state is `attention` where an opt-out of some rows was not, or not wholly, understood: `message` names them.
        """
        unclear = [int(line["row"]) for line in _lines(parts()) if line["outcome"] in NEED_A_PERSON]
        if unclear and not self._upload.match:
            shown = ", ".join(map(str, unclear[:_ROWS_SHOWN])) + (", ..." if len(unclear) > _ROWS_SHOWN else "")
            message = translate(language, "list_attention", count=len(unclear), rows=shown)
            return self.write("attention", message, columns, parts())
        return self.write("complete", "" if rows else translate(language, "no_rows"), columns, parts())

    def write(
        self, state: State, message: str, columns: Mapping[str, object], parts: Iterable[bytes] = ()
    ) -> Counter[str]:
        """Write a receipt of `parts`, each of them whole lines; return how many rows had which outcome."""
        counts: Counter[str] = Counter()
        self._files.put_stream(self._upload.receipt("csv"), _whole(parts, counts))
        summary = {
            "file": self._upload.file,
            "client": self._upload.client,
            "list": "match" if self._upload.match else "opt-outs",
            "state": state,
            "message": message,
            "rows": counts.total(),
            "outcomes": dict(sorted(counts.items())),
            "columns": columns,
        }
        self._files.put(self._upload.receipt("json"), json.dumps(summary, ensure_ascii=False, indent=2).encode())
        return counts

    def exists(self) -> bool:
        """Say whether there is a receipt already."""
        try:
            self._files.get(self._upload.receipt("json"))
        except NotFound:
            return False
        return True


def _lines(parts: Iterable[bytes]) -> Iterator[dict[str, str]]:
    for part in parts:
        yield from csv.DictReader(io.StringIO(part.decode()), HEADER)


def _whole(parts: Iterable[bytes], counts: Counter[str]) -> Iterator[bytes]:
    yield ",".join(HEADER).encode() + b"\r\n"
    for part in parts:
        counts.update(line.split(b",", 2)[1].decode() for line in part.splitlines())
        yield part
