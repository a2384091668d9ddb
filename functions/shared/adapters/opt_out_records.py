"""Opt-outs many at a time, in DynamoDB: written from a client's list, and looked up for one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from functions.shared.adapters.item_inserts import WRITES_AT_ONCE, Wire, insert_items
from functions.shared.adapters.item_reads import RawItem, optional_value, read_items, required_value
from functions.shared.adapters.items import ItemText, insert_writer, item_writer
from functions.shared.adapters.tables import OptOut
from functions.shared.domain.opt_outs import OptOutRecord

_CALLS_AT_ONCE = 8

_T = TypeVar("_T")


class DynamoOptOutRecords:
    """The table of opt-outs; its model must be bound. Raises TryAgain where DynamoDB keeps lacking capacity."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._table = str(OptOut.Meta.table_name)
        self._statement = insert_writer(self._table)

    def add(self, records: Sequence[OptOutRecord]) -> Mapping[str, OptOutRecord]:
        """Write opt-outs of different keys that do not stand yet; return, by key, those that stood already.

        The first no stands: nothing is ever written over it.
        """
        with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
            stood = [key for found in pool.map(self._insert, _batches(records, WRITES_AT_ONCE)) for key in found]
        return self.find(stood)

    def find(self, keys: Iterable[str]) -> Mapping[str, OptOutRecord]:
        """Return the opt-outs that stand, by key, as they are at this moment."""
        found = read_items({OptOut: keys})[OptOut]
        return {key: _record(key, item) for key, item in found.items()}

    def _insert(self, records: Sequence[OptOutRecord]) -> list[str]:
        """Write opt-outs that do not stand yet; return the keys of those that do."""
        statements = [self._statement(_item(record)) for record in records]
        return [records[place].key for place in insert_items(self._wire, self._table, statements)]


_write = item_writer(OptOut, "person", "client", "since", "how", "upload", "row")


def _item(record: OptOutRecord) -> ItemText:
    return _write(record.key, record.client, int(record.since.timestamp()), record.how, record.upload, record.row)


def _record(key: str, item: RawItem) -> OptOutRecord:
    row = optional_value(item, OptOut.row)
    return OptOutRecord(
        key=key,
        client=required_value(item, OptOut.client),
        since=required_value(item, OptOut.since),
        how=required_value(item, OptOut.how),
        upload=optional_value(item, OptOut.upload),
        row=None if row is None else int(row),
    )


def _batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
