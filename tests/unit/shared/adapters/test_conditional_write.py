"""Which errors of a write say that its condition did not hold, and which are another's business."""

import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import CancellationReason, PutError, TransactWriteError, VerboseClientError

from functions.shared.adapters.conditional_write import conditional

ROOT = Path(__file__).resolve().parents[4]
FAILED = "ConditionalCheckFailedException"


def refusal(code: str, **more: object) -> ClientError:
    response = {"Error": {"Code": code, "Message": "no"}, **more}
    return ClientError(response, "PutItem")  # type: ignore[arg-type]


def cancelled(*codes: str | None) -> TransactWriteError:
    reasons = [CancellationReason(code) if code else None for code in codes]
    response = {"Error": {"Code": "TransactionCanceledException"}}
    return TransactWriteError("no", cause=VerboseClientError(response, "w", cancellation_reasons=reasons))


@pytest.mark.parametrize(
    "error",
    [
        refusal(FAILED),
        PutError(cause=refusal(FAILED)),
        cancelled(None, "ConditionalCheckFailed"),
        cancelled("TransactionConflict", "ConditionalCheckFailed"),
    ],
    ids=repr,
)
def test_a_condition_that_does_not_hold_is_an_answer(error: Exception) -> None:
    with conditional() as write:
        raise error

    assert not write.held


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException"),
        PutError(cause=refusal("ValidationException")),
        PutError(),
        cancelled("ConditionalCheckFailed", "ThrottlingError"),
        cancelled(),
        TransactWriteError("no"),
        KeyError("x"),
    ],
    ids=repr,
)
def test_every_other_error_passes(error: Exception) -> None:
    with pytest.raises(type(error)), conditional():
        raise error


def test_a_write_without_an_error_held() -> None:
    with conditional() as write:
        pass

    assert write.held
    assert write.existing_item == {}


def test_the_item_in_the_way_is_handed_over() -> None:
    with conditional() as write:
        raise refusal(FAILED, Item={"id": {"S": "old"}})

    assert write.existing_item == {"id": {"S": "old"}}


def test_the_name_of_the_error_stands_in_one_module() -> None:
    sources = [path for room in ("functions", "infra", "operations") for path in (ROOT / room).rglob("*.py")]

    naming = [path.name for path in sources if re.search(r"ConditionalCheckFailed", path.read_text())]

    assert naming == ["conditional_write.py"]
