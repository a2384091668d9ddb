"""Items that must not exist yet, many at a time: `INSERT` by BatchExecuteStatement, twenty-five a request.

Each statement stands by itself: one that is refused stops none of the others.
"""

from collections.abc import Sequence
from time import sleep

from functions.shared.adapters.direct_dynamodb import DirectDynamoDb
from functions.shared.domain.errors import TryAgain

WRITES_AT_ONCE = 25
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


def insert_items(dynamodb: DirectDynamoDb, table: str, statements: Sequence[str]) -> list[int]:
    """Write items that do not exist, by the statements of `insert_writer`; return the places of those that stood.

    Safe to repeat: what a lost answer had written stands at the next attempt. Raises TryAgain where DynamoDB keeps
    lacking capacity, RuntimeError where it refuses a statement for what it says.
    """
    stood: list[int] = []
    for start in range(0, len(statements), WRITES_AT_ONCE):
        waiting = list(range(start, min(start + WRITES_AT_ONCE, len(statements))))
        for attempt in range(_ATTEMPTS):
            refused = _insert(dynamodb, table, [statements[place] for place in waiting])
            stood += [waiting[number] for number, code in refused if code == "DuplicateItem"]
            waiting = [waiting[number] for number, code in refused if code in _PASSING]
            if not waiting:
                break
            sleep(min(_LONGEST_PAUSE, 0.05 * 2**attempt))
        else:
            raise TryAgain(f"{table} did not take all writes.")
    return stood


def _insert(dynamodb: DirectDynamoDb, table: str, statements: Sequence[str]) -> list[tuple[int, str]]:
    """Return the numbers of the statements that were refused, with the code."""
    answer = dynamodb.call("BatchExecuteStatement", f'{{"Statements":[{",".join(statements)}]}}')
    refused = []
    for number, response in enumerate(answer["Responses"]):
        error = response.get("Error")
        if error is None:
            continue
        code = str(error.get("Code"))
        if code != "DuplicateItem" and code not in _PASSING:
            raise RuntimeError(f"{table} refused a write: {code} {error.get('Message', '')}")
        refused.append((number, code))
    return refused
