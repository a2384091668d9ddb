"""Items that must not exist yet, many at a time: `INSERT` by BatchExecuteStatement, twenty-five a request.

A statement that is refused stops none of the others.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from time import sleep
from typing import TypeVar

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

_T = TypeVar("_T")


def batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield items in order, `size` at a time."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def insert_items(dynamodb: DirectDynamoDb, table: str, statements: Sequence[str]) -> list[int]:
    """Write items that do not exist, by the statements of `insert_writer`; return the places of those that do exist.

    Safe to repeat: what was written when a response got lost exists at the next attempt. Raises TryAgain where
    DynamoDB keeps lacking capacity, RuntimeError where it refuses a statement for what it says.
    """
    existing: list[int] = []
    for start in range(0, len(statements), WRITES_AT_ONCE):
        waiting = list(range(start, min(start + WRITES_AT_ONCE, len(statements))))
        for attempt in range(_ATTEMPTS):
            refused = _insert(dynamodb, table, [statements[place] for place in waiting])
            existing += [waiting[number] for number, code in refused if code == "DuplicateItem"]
            waiting = [waiting[number] for number, code in refused if code in _TRANSIENT]
            if not waiting:
                break
            sleep(min(_MAX_PAUSE, 0.05 * 2**attempt))
        else:
            raise TryAgain(f"{table} did not take all writes.")
    return existing


def _insert(dynamodb: DirectDynamoDb, table: str, statements: Sequence[str]) -> list[tuple[int, str]]:
    """Return the numbers of the statements that were refused, with the code."""
    response = dynamodb.call("BatchExecuteStatement", f'{{"Statements":[{",".join(statements)}]}}')
    refused = []
    for number, result in enumerate(response["Responses"]):
        error = result.get("Error")
        if error is None:
            continue
        code = str(error.get("Code"))
        if code != "DuplicateItem" and code not in _TRANSIENT:
            raise RuntimeError(f"{table} refused a write: {code} {error.get('Message', '')}")
        refused.append((number, code))
    return refused
