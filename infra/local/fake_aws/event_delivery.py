"""The way of SES's events to the queue: from a thread of its own, in order, in batches, until it succeeds."""

import itertools
import json
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from infra.local.fake_aws.account import AccountSettings
from infra.local.fake_aws.events import Event

_BATCH = 10
"""The most messages of one SendMessageBatch."""
_GATHER_SECONDS = 0.05
_BATCH_BYTES = 200 * 1024


class EventDelivery:
    """Carries events to the queue from a thread of its own, in order, in batches, until it succeeds.

    `deliver` puts a batch of at most ten message bodies on the queue; it raises as long as the queue is not there.
    """

    def __init__(self, deliver: Callable[[list[str]], None], settings: AccountSettings) -> None:
        self._deliver = deliver
        self._settings = settings
        self._waiting: deque[str] = deque()
        self._changed = threading.Condition()
        self._under_way = 0
        self._open = True
        self._thread = threading.Thread(target=self._carry, name="ses events", daemon=True)
        self._thread.start()

    def put(self, events: Iterable[Event]) -> None:
        """Add a mail's events to what waits."""
        if self._settings.reverse_events:
            events = reversed([*events])
        bodies = [json.dumps(event, separators=(",", ":"), ensure_ascii=False) for event in events]
        with self._changed:
            for body in bodies:
                self._waiting.extend(itertools.repeat(body, self._settings.repeat_events))
            self._changed.notify_all()

    def waiting(self) -> int:
        """Return how many events are not on the queue yet."""
        with self._changed:
            return len(self._waiting) + self._under_way

    def settled(self, seconds: float) -> bool:
        """Wait until every event is on the queue, at most so long; False where some are not."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._under_way, seconds)

    def wake(self) -> None:
        """Look at the settings again."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Stop; what waits is dropped with the outbox."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        self._thread.join(timeout=5)

    def _carry(self) -> None:
        pause = 0.1
        while batch := self._next():
            try:
                self._deliver(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, the events wait and it is tried again
                print(f"SES events wait: {type(error).__name__}", file=sys.stderr)
                with self._changed:
                    self._waiting.extendleft(reversed(batch))
                    self._under_way = 0
                    self._changed.wait_for(lambda: not self._open, pause)
                pause = min(2.0, pause * 2)
            else:
                pause = 0.1
                with self._changed:
                    self._under_way = 0
                    self._changed.notify_all()

    def _next(self) -> list[str]:
        with self._changed:
            while self._open and (not self._waiting or self._settings.hold_events):
                self._changed.wait()
                # A batch costs what one event does: the mails of an import follow each other closely.
                self._changed.wait_for(lambda: not self._open or len(self._waiting) >= _BATCH, _GATHER_SECONDS)
            batch = list(self._take()) if self._open else []
            self._under_way = len(batch)
            return batch

    def _take(self) -> Iterator[str]:
        size = 0
        for _ in range(_BATCH):
            if not self._waiting:
                return
            size += len(self._waiting[0].encode())
            if size > _BATCH_BYTES and size != len(self._waiting[0].encode()):
                return
            yield self._waiting.popleft()
