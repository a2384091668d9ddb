"""Whether clients' sending is paused, in DynamoDB: an item for every client that ever was."""

import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.epoch_attribute import EpochAttribute
from functions.shared.adapters.tables import SendingStatus
from functions.shared.domain.reputation import SendingState

KEPT_SECONDS = 5.0
"""So long a sender relies on what it read. A client that is paused stops within that time."""


class DynamoSendingStates:
    """States by client. Kept for the life of a worker; seconds from a monotonic clock."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._kept: dict[str, tuple[float, bool]] = {}

    def is_paused(self, client: str) -> bool:
        """Say whether a client's mails may not leave, as it was a few seconds ago at the most."""
        with self._lock:  # of the mails of a batch, which are sent at the same time, one asks
            now = self._monotonic()
            read_at, paused = self._kept.get(client, (None, False))
            if read_at is None or not 0 <= now - read_at < KEPT_SECONDS:
                paused = self.read(client).is_paused
                self._kept[client] = (now, paused)
            return paused

    def read(self, client: str) -> SendingState:
        """Return a client's state, by a consistent read."""
        try:
            return _state(SendingStatus.get(client, consistent_read=True))
        except DoesNotExist:
            return SendingState()

    def all(self) -> dict[str, SendingState]:
        """Return the state of every client that ever was paused."""
        return {item.client: _state(item) for item in SendingStatus.scan(consistent_read=True)}

    def replace(self, client: str, before: SendingState, after: SendingState) -> bool:
        """Write a state unless it changed since it was read; say whether it was written."""
        item = SendingStatus(
            client,
            paused_at=after.paused_at,
            why=after.why,
            share=after.share,
            mails=after.mails,
            notified=after.notified,
            resumed_at=after.resumed_at,
        )
        unchanged = _is(SendingStatus.paused_at, before.paused_at) & _is(SendingStatus.resumed_at, before.resumed_at)
        with conditional() as write:
            item.save(condition=unchanged)
        return write.held

    def mark_notified(self, client: str, state: SendingState) -> None:
        """Note that the contact was notified of a pause, where the client is still in it."""
        with conditional():
            SendingStatus(client).update(
                actions=[SendingStatus.notified.set(True)], condition=_is(SendingStatus.paused_at, state.paused_at)
            )


def _state(item: SendingStatus) -> SendingState:
    return SendingState(
        paused_at=item.paused_at,
        why=item.why,
        share=float(item.share or 0),
        mails=int(item.mails or 0),
        notified=bool(item.notified),
        resumed_at=item.resumed_at,
    )


def _is(attribute: EpochAttribute, moment: datetime | None) -> Condition:
    return attribute.does_not_exist() if moment is None else attribute == moment
