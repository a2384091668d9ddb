"""The state of slots of a channel, in DynamoDB: one item, changed by one conditional update at a time."""

import json
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import TurnBook
from functions.shared.domain.rate_limiter import RateLimiterState

_StateAt = tuple[RateLimiterState, int | None]


class DynamoRateLimiterStates:
    """The state of one channel, as every sender of that channel sees it."""

    def __init__(self, channel: str) -> None:
        self._channel = channel

    def find(self) -> _StateAt:
        """Return the state as it stands, and the second at which DynamoDB said so."""
        table = table_connection(TurnBook)
        response = table.get_item(self._channel, consistent_read=True)
        return _state(response.get("Item", {})), _server_time(response)

    def follow(self, seen: RateLimiterState, slots: int, earliest: int, latest: int) -> _StateAt | None:
        """Give the slots that follow those of others, where they begin between two moments."""
        here = TurnBook.free_at.between(earliest, latest)
        return self._updated(
            [TurnBook.free_at.add(seen.span(slots)), TurnBook.given.add(slots)], here & _takable(seen, slots)
        )

    def restart(self, seen: RateLimiterState, slots: int, at: int) -> _StateAt | None:
        """Give slots from a moment on, where nobody has one so late."""
        return self._updated(
            [TurnBook.free_at.set(at + seen.span(slots)), TurnBook.given.add(slots)],
            (TurnBook.free_at < at) & _takable(seen, slots),
        )

    def claim(self, seen: RateLimiterState, now: int) -> RateLimiterState | None:
        """Let one of those that saw the same state ask the account."""
        first = TurnBook.asked_at.does_not_exist()
        unasked = (TurnBook.asked_at == seen.asked_at) if seen.asked_at else first
        updated = self._updated([TurnBook.asked_at.set(now)], unasked)
        return updated and updated[0]

    def note(self, after: RateLimiterState) -> None:
        """Write down what the account may send, as the next version of the state."""
        before = after.version - 1
        unchanged = (TurnBook.version == before) if before else TurnBook.version.does_not_exist()
        most = TurnBook.most.remove() if after.most is None else TurnBook.most.set(after.most)
        self._updated(
            [
                TurnBook.version.set(after.version),
                TurnBook.enabled.set(after.enabled),
                TurnBook.rate.set(after.rate),
                TurnBook.marks.set([list(mark) for mark in after.marks]),
                TurnBook.free_at.add(0),
                TurnBook.given.add(0),
                most,
            ],
            unchanged,
        )

    def hold(self, until: int) -> None:
        """Give no slots before a moment."""
        self._updated([TurnBook.free_at.set(until)], TurnBook.free_at < until)

    def _updated(self, actions: Sequence[Action], condition: Condition) -> _StateAt | None:
        table = table_connection(TurnBook)
        with conditional():
            response = table.update_item(self._channel, actions=actions, condition=condition, return_values="ALL_NEW")
            return _state(response["Attributes"]), _server_time(response)
        return None


def _takable(seen: RateLimiterState, slots: int) -> Condition:
    """Say that the account's answer is the one that was seen, and that it allows so many slots more."""
    allowed: Condition = TurnBook.version == seen.version
    return allowed if seen.most is None else allowed & (TurnBook.given <= seen.most - slots)


def _state(item: Mapping[str, Mapping[str, Any]]) -> RateLimiterState:
    numbers = {name: float(value["N"]) for name, value in item.items() if "N" in value}
    return RateLimiterState(
        **{name: int(numbers.get(name, 0)) for name in ("free_at", "given", "version", "asked_at")},
        most=int(numbers["most"]) if "most" in numbers else None,
        rate=numbers.get("rate", 0.0),
        enabled=item["enabled"]["BOOL"] if "enabled" in item else False,
        marks=tuple((at, given) for at, given in json.loads(item["marks"]["S"])) if "marks" in item else (),
    )


def _server_time(response: Mapping[str, Any]) -> int | None:
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return int(parsedate_to_datetime(date).timestamp()) if date else None
    except ValueError:
        return None
