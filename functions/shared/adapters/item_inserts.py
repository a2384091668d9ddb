"""Items that must not exist yet, many at a time: `INSERT` by BatchExecuteStatement, twenty-five a request.

A statement that is refused stops none of the others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from time import sleep
from typing import NamedTuple, TypeVar

from functions.shared.adapters.direct_dynamodb import DirectDynamoDb
from functions.shared.domain.errors import TryAgain

WRITES_AT_ONCE = 25
"""In one request, whether BatchExecuteStatement or BatchWriteItem."""
_ATTEMPTS = 10
_MAX_PAUSE = 3.0
_TRANSIENT = frozenset(
    (
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
    )
)

OF_THE_ITEM = frozenset(("ValidationError", "ValidationException", "ItemCollectionSizeLimitExceeded"))
"""Refusals that are as they are for good, such as of an item of more than 400 kB; another item may well be taken."""

_T = TypeVar("_T")


def batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield items in order, `size` at a time."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


class Inserts(NamedTuple):
    """What became of statements that did not write an item, by their places."""

    existing: Sequence[int]
    """Their key exists already."""
    refused: Mapping[int, str]
    """DynamoDB's code: it will never take the item as it is."""

    def existing_only(self, table: str) -> Sequence[int]:
        """Return the places of those whose key exists. Raises RuntimeError where an item was refused."""
        if self.refused:
            raise RuntimeError(f"{table} refused items: {', '.join(sorted(set(self.refused.values())))}")
        return self.existing


def insert_items(dynamodb: DirectDynamoDb, table: str, statements: Sequence[str]) -> Inserts:
    """Write items that do not exist, by the statements of `insert_writer`; return what became of the others.

    Safe to repeat: what was written when a response got lost exists at the next attempt. Raises TryAgain where
    DynamoDB keeps lacking capacity, RuntimeError where it refuses a statement for another reason than its item.
    """
    existing: list[int] = []
    never: dict[int, str] = {}
    for start in range(0, len(statements), WRITES_AT_ONCE):
        waiting = list(range(start, min(start + WRITES_AT_ONCE, len(statements))))
        for attempt in range(_ATTEMPTS):
            refused = _insert(dynamodb, table, [statements[place] for place in waiting])
            existing += [waiting[number] for number, code in refused if code == "DuplicateItem"]
            never |= {waiting[number]: code for number, code in refused if code in OF_THE_ITEM}
            waiting = [waiting[number] for number, code in refused if code in _TRANSIENT]
            if not waiting:
                break
            sleep(min(_MAX_PAUSE, 0.05 * 2**attempt))
        else:
            raise TryAgain(f"{table} did not take all writes.")
    return Inserts(existing, never)


def _insert(dynamodb: DirectDynamoDb, table: str, statements: Sequence[str]) -> list[tuple[int, str]]:
    """Return the numbers of the statements that were refused, with the code."""
    response = dynamodb.call("BatchExecuteStatement", f'{{"Statements":[{",".join(statements)}]}}')
    refused = []
    for number, result in enumerate(response["Responses"]):
        error = result.get("Error")
        if error is None:
            continue
        code = str(error.get("Code"))
        if code != "DuplicateItem" and code not in _TRANSIENT | OF_THE_ITEM:
            raise RuntimeError(f"{table} refused a write: {code}")
        refused.append((number, code))
    return refused
