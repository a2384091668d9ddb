"""DynamoDB decides a conditional write at once; moto looks first and writes then, which two threads can do together."""

import threading
from functools import wraps
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend

_WRITES = ("put_item", "update_item", "delete_item")


def make_writes_atomic(patch: pytest.MonkeyPatch) -> None:
    """Let moto do one write at a time."""
    one_at_a_time = threading.RLock()
    for name in _WRITES:
        patch.setattr(DynamoDBBackend, name, _alone(getattr(DynamoDBBackend, name), one_at_a_time))


def _alone(write: Any, one_at_a_time: Any) -> Any:
    @wraps(write)
    def alone(*told: Any, **more: Any) -> Any:
        with one_at_a_time:
            return write(*told, **more)

    return alone
