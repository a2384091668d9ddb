"""What the aggregate asks of the world, by role. Needs no DuckDB."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from functions.shared.domain.dataset_run import DatasetRun


class ListedObject(Protocol):
    """An object of a listing; `modified` in epoch seconds."""

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def modified(self) -> float: ...


class Objects(Protocol):
    """The data bucket (functions.shared.adapters.data_bucket.DataBucket)."""

    def listing(self, prefix: str, after: str = "") -> Iterator[Any]: ...
    def folders(self, prefix: str) -> Iterator[str]: ...
    def read(self, key: str) -> tuple[bytes, str] | None: ...
    def write(self, key: str, body: bytes, content_type: str = ...) -> None: ...
    def write_if(self, key: str, body: bytes, etag: str | None) -> bool: ...
    def fetch(self, keys: Iterable[str], folder: Path) -> Mapping[str, Path]: ...
    def store(self, files: Mapping[str, Path]) -> None: ...
    def delete(self, keys: Iterable[str]) -> None: ...


class RunQueue(Protocol):
    """The queue of runs (functions.shared.adapters.run_queue.SqsRunQueue)."""

    def send(self, runs: Sequence[DatasetRun], delay: int = 0) -> None:
        """Ask for runs, in `delay` seconds at the earliest. Raises TryAgain unless all of them were taken."""
