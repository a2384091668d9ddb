"""What MiniStack 1.5.33 gets wrong and the stack needs right; AWS does it by itself. It is pinned exactly.

tests/stack/test_import.py fails when a patch no longer works.
"""

from typing import Any


def apply_patches() -> None:
    """Patch the emulator of this process."""
    from ministack.services import dynamodb

    insert = dynamodb._partiql_insert

    def inserted(table: dict[str, Any], parsed: dict[str, Any]) -> Any:
        """An item that a PartiQL INSERT writes goes to the table's stream, as any other write does."""
        answer = insert(table, parsed)
        if answer[0] == 200:
            item = parsed.get("item", {})
            item = item["M"] if set(item) == {"M"} else item
            dynamodb._emit_stream_event(table["TableName"], "INSERT", None, item)
        return answer

    dynamodb._partiql_insert = inserted
