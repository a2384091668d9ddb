"""Opt-outs many at a time, in DynamoDB: written from a client's list, and looked up for one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config

from functions.shared.adapters.item_reads import RawItem, read_items
from functions.shared.adapters.tables import OptOut
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.opt_outs import OptOutRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WRITES_AT_ONCE = 25
_CALLS_AT_ONCE = 8
_ATTEMPTS = 10
_LONGEST_PAUSE = 3.0
_PASSING = frozenset(
    (
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
    )
)

_T = TypeVar("_T")
Item = dict[str, dict[str, str]]


def opt_out_client() -> "DynamoDBClient":
    """Return a client for many items a call: without the parameter check that halves its speed."""
    config = Config(parameter_validation=False, retries={"mode": "standard"}, max_pool_connections=_CALLS_AT_ONCE)
    return boto3.client("dynamodb", config=config)


class DynamoOptOutRecords:
    """The table of opt-outs; its model must be bound. Raises TryAgain where DynamoDB keeps lacking capacity."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client

    def add(self, records: Sequence[OptOutRecord]) -> Mapping[str, OptOutRecord]:
        """Write opt-outs of different keys that do not stand yet; return, by key, those that stood already.

        The first no stands: nothing is ever written over it.
        """
        items = [_item(record) for record in records]
        with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
            stood = [key for found in pool.map(self._insert, _batches(items, _WRITES_AT_ONCE)) for key in found]
        return self.find(stood)

    def find(self, keys: Iterable[str]) -> Mapping[str, OptOutRecord]:
        """Return the opt-outs that stand, by key, as they are at this moment."""
        found = read_items({OptOut: keys})[OptOut]
        return {key: _record(key, item) for key, item in found.items()}

    def _insert(self, items: list[Item]) -> list[str]:
        """Write items that do not exist; return the keys that stood already."""
        stood: list[str] = []
        waiting = items
        for attempt in range(_ATTEMPTS):
            refused = self._insert_once(waiting)
            stood += [item[_KEY]["S"] for item, code in refused if code == "DuplicateItem"]
            waiting = [item for item, code in refused if code in _PASSING]
            if not waiting:
                return stood
            sleep(min(_LONGEST_PAUSE, 0.05 * 2**attempt))
        raise TryAgain("The table of opt-outs did not take all writes.")

    def _insert_once(self, items: list[Item]) -> list[tuple[Item, str]]:
        answer: Any = self._client.batch_execute_statement(
            Statements=[{"Statement": _statement(item), "Parameters": list(item.values())} for item in items]
        )
        refused = []
        for item, response in zip(items, answer["Responses"], strict=True):
            code = str(response.get("Error", {}).get("Code", ""))
            if code and code != "DuplicateItem" and code not in _PASSING:
                raise RuntimeError(f"The table of opt-outs refused a write: {code}")
            if code:
                refused.append((item, code))
        return refused


_KEY = str(OptOut.person.attr_name)


def _statement(item: Item) -> str:
    values = ", ".join(f"'{name}': ?" for name in item)
    return f'INSERT INTO "{OptOut.Meta.table_name}" VALUE {{{values}}}'


def _item(record: OptOutRecord) -> Item:
    item: Item = {
        _KEY: {"S": record.key},
        OptOut.client.attr_name: {"S": record.client},
        OptOut.since.attr_name: {"N": str(int(record.since.timestamp()))},
        OptOut.how.attr_name: {"S": record.how},
    }
    if record.upload is not None:
        item |= {OptOut.upload.attr_name: {"S": record.upload}, OptOut.row.attr_name: {"N": str(record.row)}}
    return item


def _record(key: str, item: RawItem) -> OptOutRecord:
    row = item.get(OptOut.row.attr_name)
    return OptOutRecord(
        key=key,
        client=item[OptOut.client.attr_name]["S"],
        since=datetime.fromtimestamp(float(item[OptOut.since.attr_name]["N"]), UTC),
        how=item[OptOut.how.attr_name]["S"],
        upload=item.get(OptOut.upload.attr_name, {}).get("S"),
        row=int(row["N"]) if row else None,
    )


def _batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
