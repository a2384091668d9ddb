"""Conditional writes to DynamoDB: the one place that knows by which error a condition that does not hold is told."""

from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Self

from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

_CONDITION_FAILED = "ConditionalCheckFailedException"
_TRANSACTION_LOST = frozenset(("ConditionalCheckFailed", "TransactionConflict"))


class conditional:  # noqa: N801
    """Suppress the error of a write whose condition does not hold; `held` says afterwards whether it held.

    It may be the error of PynamoDB (of a transaction: where another write is why every part of it failed) or of
    botocore. Every other error passes.

        with conditional() as write:
            item.save(condition=...)
        return write.held
    """

    held = True
    """Whether the write was done."""
    existing_item: Mapping[str, Any] = MappingProxyType({})
    """The item in the way, in DynamoDB's own form, of a call of botocore with ReturnValuesOnConditionCheckFailure."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is None:
            return False
        self.held = not _is_condition_failed(error)
        if isinstance(error, ClientError):
            response: Mapping[str, Any] = error.response
            self.existing_item = response.get("Item", {})
        return not self.held


def _is_condition_failed(error: BaseException) -> bool:
    if isinstance(error, TransactWriteError):
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        return bool(reasons) and reasons <= _TRANSACTION_LOST
    if isinstance(error, PynamoDBException):
        return error.cause_response_code == _CONDITION_FAILED
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == _CONDITION_FAILED
