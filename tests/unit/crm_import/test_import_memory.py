"""Reading takes a bounded memory, whatever the size of the file."""

import tracemalloc
from collections.abc import Iterable, Iterator

from functions.crm_import import reading as file_reading
from tests.worlds.import_world import PEPPER, World

KEY = "uploads/acme/service/file.csv"
ROW = "klant{number}@klant.example;23-11-2026 10:00;" + "x" * 1000 + "\r\n"

LARGE = 16_000


class Drained(World):
    """A world that makes a file while it is read, and keeps nothing of what is written.

    It says that every file is as large as the largest, so that the table of what was seen is of one size.
    """

    rows = 0

    def open(self, key: str, version: str | None) -> tuple[int, Iterator[bytes]]:
        return LARGE * len(ROW), self._blocks()

    def _blocks(self) -> Iterator[bytes]:
        yield b"E-mail;Datum contact;Opmerking\r\n"
        for first in range(0, self.rows, 100):
            yield "".join(ROW.format(number=number) for number in range(first, first + 100)).encode()

    def put(self, key: str, body: bytes) -> None:
        """Keep nothing."""

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        """Keep nothing."""


def peak_of(rows: int) -> int:
    world = Drained()
    world.rows = rows
    stores = file_reading.ReadStores(world, world.ledger, world, world, PEPPER, world.notices)
    tracemalloc.start()
    found = file_reading.read_upload(KEY, None, world.now, "attempt", stores)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.rows, found.chunks) == (rows, rows // 1000)
    return peak


def test_a_file_that_is_four_times_as_large_takes_hardly_more_memory() -> None:
    peak_of(1000)  # what is made once

    small, large = peak_of(LARGE // 4), peak_of(LARGE)  # 4 and 16 MB

    assert large - small < 1_000_000
