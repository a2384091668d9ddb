"""Memory: the peak of reading files of 1 M and 5 M rows and a workbook, and of a rehearsal. `python -m bench.memory`

Each is measured in a process of its own, with all that the deployed function imports. The file is made while it is
read; what is written lies on the disk, so that it counts nowhere. Takes some minutes: `make bench ONLY=...` leaves it
out.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.imports import crm_file
from functions.crm_import import reading as file_reading
from functions.crm_import import service
from functions.shared.adapters.binding import Names
from functions.shared.adapters.client_files import read_folder
from functions.shared.adapters.tables import MODELS
from functions.shared.domain.admission import Known
from functions.shared.domain.client import ClientBundle, Rules
from functions.shared.domain.object_keys import read_upload_key
from functions.shared.domain.upload import ChunkPointer, UploadRecord

SMALL, LARGE = 1_000_000, 5_000_000
LIMIT = 512
"""MiB: what a file of 1 M rows may take."""
NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
TOUCHPOINT = "klantenservice"
_AT_ONCE = 1000


class Blocks:
    """An export of any number of rows, each of another person and interaction, made block by block."""

    def __init__(self, rows: int) -> None:
        self._header, _, self._rows = crm_file(_AT_ONCE).partition(b"\r\n")
        self._blocks = rows // _AT_ONCE

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return sum(map(len, self)) if self._blocks < 10 else len(self._block(self._blocks)) * self._blocks

    def __iter__(self) -> Iterator[bytes]:
        yield self._header + b"\r\n"
        yield from map(self._block, range(self._blocks))

    def _block(self, number: int) -> bytes:
        rows = b"\n" + self._rows
        return rows.replace(b"\nD", b"\nD%05d-" % number).replace(b"@klant", b".%d@klant" % number)[1:]


class Workbook:
    """A workbook of any number of rows, on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._path.stat().st_size

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            yield from iter(partial(file.read, 262_144), b"")


class Disk:
    """The stores of the import of one file, of a client that nothing is known of; what they hold lies in a folder."""

    def __init__(self, folder: Path, file: Blocks | Workbook) -> None:
        self._folder = folder
        self._file = file
        self._record: UploadRecord | None = None
        self.pointers: list[ChunkPointer] = []
        bundle = read_folder(Path(__file__).resolve().parents[1] / "examples" / "clients" / "vaart")
        touchpoint = bundle.touchpoints[TOUCHPOINT].model_copy(update={"rules": Rules()})
        self._bundle = bundle.model_copy(update={"touchpoints": {TOUCHPOINT: touchpoint}})

    def load(self, slug: str) -> ClientBundle:
        """See Clients."""
        return self._bundle

    def open(self, key: str, version: str | None) -> tuple[int, Iterator[bytes]]:
        """See Files."""
        return self._file.size, iter(self._file)

    def put(self, key: str, body: bytes) -> None:
        """See Files."""
        self._path(key).write_bytes(body)

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        """See Files."""
        with self._path(key).open("wb") as file:
            file.writelines(parts)

    def get(self, key: str) -> Any:
        """See Files; or, by its id, the upload: see Ledger."""
        return self._record if self._record and key == self._record.upload_id else self._path(key).read_bytes()

    def get_each(self, keys: Iterable[str]) -> Iterator[bytes]:
        """See Files."""
        return map(self.get, keys)

    def figures(self, client: str) -> None:
        """See Files."""

    def begin(self, record: UploadRecord, now: datetime) -> UploadRecord:
        """See Ledger."""
        self._record = record
        return record

    def complete(self, upload_id: str) -> None:
        """See Ledger."""

    def send(self, pointers: Sequence[ChunkPointer]) -> None:
        """See ChunkQueue."""
        self.pointers += pointers

    def known(self, people: Sequence[tuple[str, str, str]]) -> Mapping[str, Known]:
        """See Admissions."""
        return {}

    def _path(self, key: str) -> Path:
        return self._folder / key.replace("/", "_")


def peak(what: str, rows: int, workbook: Path | None = None) -> int:
    """Return the peak of one measurement, `read` or `rehearse`, in MiB: resident, of a process of its own."""
    command = [sys.executable, "-m", "bench.memory", what, str(rows), *([str(workbook)] if workbook else [])]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(told) // 1024


def _import_handlers() -> None:
    """Import both functions of the import, with all that they import; their environment names nothing that is there."""
    settings = ["UPLOAD_BUCKET", "DATA_BUCKET", "CONFIG_BUCKET", "PEPPER_SECRET"]
    settings += ["CHUNK_QUEUE_URL", "UPLOAD_QUEUE_URL", "NOTICE_QUEUE_URL", "AWS_DEFAULT_REGION"]
    os.environ |= dict.fromkeys((*settings, *(Names.variable(model) for model in MODELS)), "x")
    for function in ("read", "admit"):
        importlib.import_module(f"functions.crm_import.handlers.{function}")


def measure(what: str, rows: int, workbook: str = "") -> int:
    """Do it in this process, and return its peak in KiB."""
    _import_handlers()
    key = f"{'rehearse' if what == 'rehearse' else 'uploads'}/vaart/{TOUCHPOINT}/file.csv"
    with tempfile.TemporaryDirectory() as folder:
        disk: Any = Disk(Path(folder), Workbook(Path(workbook)) if workbook else Blocks(rows))
        stores = file_reading.ReadStores(disk, disk, disk, disk, b"pepper", disk)
        found = file_reading.read_upload(key, None, NOW, "attempt", stores)
        assert found.rows == rows, found
        if what == "rehearse":
            service.decide_chunk(disk.pointers[0], NOW, service.AdmitStores(disk, disk, disk, disk, disk, disk, disk))
            receipt = json.loads(disk.get(read_upload_key(key).receipt("json")))
            assert receipt["outcomes"]["invited"] == rows * 49 // 50, receipt
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def lines() -> Iterator[dict[str, Any]]:
    """Yield the measurements."""
    # Only here: what is measured is a process that imports what the deployed function does, and no openpyxl.
    from bench.workbooks import write_large

    small = peak("read", SMALL)
    yield _line("import_memory", small, LIMIT, "MiB at the peak of reading 1 M rows (150 MB), peer: the limit")
    unit = "MiB at the peak of reading 5 M rows, peer: 1 M rows"
    yield _line("import_memory_of_five_times_as_much", peak("read", LARGE), small, unit)
    unit = "MiB at the peak of reading and rehearsing 1 M rows, peer: the limit"
    yield _line("rehearsal_memory", peak("rehearse", SMALL), LIMIT, unit)
    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "file.xlsx"
        write_large(SMALL, workbook)
        megabytes = workbook.stat().st_size // 1_000_000
        unit = f"MiB at the peak of reading 1 M rows of a workbook ({megabytes} MB), texts in a table, peer: the limit"
        yield _line("workbook_memory", peak("read", SMALL, workbook), LIMIT, unit)


def _line(name: str, ours: int, peer: int, unit: str) -> dict[str, Any]:
    return {"name": name, "ours": ours, "peer": peer, "ratio": round(ours / peer, 4), "unit": unit}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(measure(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
    else:
        for line in lines():
            print(json.dumps(line), flush=True)
