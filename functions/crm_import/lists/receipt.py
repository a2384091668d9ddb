"""The answer to a list that is taken in one step: a line a row for a spreadsheet, and a summary."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.crm_import.messages import translate
from functions.crm_import.receipts.receipt import State, safe_cell
from functions.crm_import.roles import Files
from functions.shared.domain.errors import NotFound

_ROWS_SHOWN = 20


class ListKey(Protocol):
    """Where a list lies: a key of the upload bucket, taken apart (functions.shared.domain.object_keys)."""

    @property
    def key(self) -> str: ...
    @property
    def client(self) -> str: ...
    @property
    def file(self) -> str: ...
    def receipt(self, suffix: str) -> str: ...


@dataclass(frozen=True)
class ListKind:
    """A kind of list: its `name` on the receipt, the columns of its lines, what needs somebody, and how that is said.

    The first three columns are the row's number, the outcome and the reason. `attention` is a sentence of
    functions.crm_import.messages with `count` and `rows`, about rows with an outcome that needs somebody.
    """

    name: str
    columns: Sequence[str]
    need_a_person: Collection[str]
    attention: str


def line(*cells: object) -> bytes:
    """Return a line of a receipt as CSV (UTF-8), in one line whatever the cells hold."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(
        [safe_cell(" ".join(cell.split())) if isinstance(cell, str) else cell for cell in cells]
    )
    return buffer.getvalue().encode()


class ListReceipts:
    """Writes the receipt of one list: the lines first, so that whoever sees a summary finds what belongs to it."""

    def __init__(self, files: Files, upload: ListKey, kind: ListKind) -> None:
        self._files = files
        self._upload = upload
        self._kind = kind

    def write_whole(
        self, rows: int, language: str, columns: Mapping[str, object], parts: Callable[[], Iterable[bytes]]
    ) -> Counter[str]:
        """Write the receipt of a list that was read to its end; return how many rows had which outcome.

        Its state is `attention` where something of a row needs somebody: `message` names the rows.
        """
        unclear = [int(told["row"]) for told in self._lines(parts()) if told["outcome"] in self._kind.need_a_person]
        if unclear:
            shown = ", ".join(map(str, unclear[:_ROWS_SHOWN])) + (", ..." if len(unclear) > _ROWS_SHOWN else "")
            message = translate(language, self._kind.attention, count=len(unclear), rows=shown)
            return self.write("attention", message, columns, parts())
        return self.write("complete", "" if rows else translate(language, "no_rows"), columns, parts())

    def write(
        self, state: State, message: str, columns: Mapping[str, object], parts: Iterable[bytes] = ()
    ) -> Counter[str]:
        """Write a receipt of `parts`, each of them whole lines; return how many rows had which outcome."""
        counts: Counter[str] = Counter()
        self._files.put_stream(self._upload.receipt("csv"), self._whole(parts, counts))
        summary = {
            "file": self._upload.file,
            "client": self._upload.client,
            "list": self._kind.name,
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

    def _lines(self, parts: Iterable[bytes]) -> Iterator[dict[str, str]]:
        for part in parts:
            yield from csv.DictReader(io.StringIO(part.decode()), self._kind.columns)

    def _whole(self, parts: Iterable[bytes], counts: Counter[str]) -> Iterator[bytes]:
        yield ",".join(self._kind.columns).encode() + b"\r\n"
        for part in parts:
            counts.update(told.split(b",", 2)[1].decode() for told in part.splitlines())
            yield part
