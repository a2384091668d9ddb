"""Patches of the emulator's IAM where it decides otherwise than AWS does: with them every function is held to its role.

MiniStack is pinned exactly; tests/stack/test_engine_roles.py fails when a patch no longer works.
"""

import json
import re
from contextvars import ContextVar
from typing import Any

_BATCHES_OF = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
_PARTIQL = {"insert": "PartiQLInsert", "update": "PartiQLUpdate", "delete": "PartiQLDelete", "select": "PartiQLSelect"}
_STATEMENT = re.compile(
    r'\s*(insert\s+into|update|delete\s+from|select\b.*?\bfrom)\s+"?([\w.-]+)', re.IGNORECASE | re.DOTALL
)


def patch_iam() -> None:
    """Patch the IAM of this process's emulator.

    A batch of SQS is the action of its entries. A PartiQL statement is the PartiQL action on its table. Loopback
    counts as TLS: policies that refuse plain HTTP mean the open network, and there is no TLS on one machine.
    """
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator

    extract, transaction = iam_actions.extract_iam_action, iam_actions.dynamodb_transaction_checks

    def extract_iam_action(*arguments: Any, **more: Any) -> Any:
        action = extract(*arguments, **more)
        return _BATCHES_OF.get(action, action)

    def dynamodb_transaction_checks(action: str, body: bytes, region: str, account_id: str) -> list[tuple[str, str]]:
        if action in ("dynamodb:BatchExecuteStatement", "dynamodb:ExecuteStatement"):
            return [
                (f"dynamodb:{operation}", f"arn:aws:dynamodb:{region}:{account_id}:table/{table}")
                for operation, table in statements(body)
            ]
        return list(transaction(action, body, region, account_id))

    def pin_request_origin(source_ip: str, secure_transport: bool) -> None:
        iam_evaluator._request_origin.set((source_ip, True))

    iam_actions.extract_iam_action = extract_iam_action
    iam_actions.dynamodb_transaction_checks = dynamodb_transaction_checks
    iam_evaluator._request_origin = ContextVar("request_origin", default=("127.0.0.1", True))
    iam_evaluator.pin_request_origin = app.pin_request_origin = pin_request_origin


def statements(body: bytes) -> set[tuple[str, str]]:
    """Return the PartiQL actions and the tables of an ExecuteStatement or BatchExecuteStatement."""
    request = json.loads(body)
    calls = set()
    for entry in request.get("Statements", [request]):
        if named := _STATEMENT.match(entry["Statement"]):
            calls.add((_PARTIQL[named[1][:6].lower()], named[2]))
    return calls
