"""A clock that jumps from one thing that happens to the next, for code that thinks it sleeps, locks and runs threads.

Everything runs in greenlets of one thread, so the same seed gives the same run, to the last microsecond.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Any

import greenlet


class Killed(BaseException):
    """The machine under the code is gone: nothing after this line runs."""


class VirtualTime:
    """Runs processes by the order of their waking."""

    def __init__(self, start: float) -> None:
        self.now = start
        """Seconds since 1970."""
        self._order = count()
        self._agenda: list[tuple[float, int, Process | None, Callable[[], object] | None]] = []
        self._hub = greenlet.getcurrent()

    def at(self, moment: float, what: Callable[[], object]) -> None:
        """Call something, that does not wait, at a moment."""
        heapq.heappush(self._agenda, (moment, next(self._order), None, what))

    def start(self, what: Callable[[], object], after: float = 0.0) -> "Process":
        """Let a process begin."""
        process = Process(what, self._hub)
        self.wake(process, after)
        return process

    def wake(self, process: "Process", after: float = 0.0) -> None:
        """Let a process that waits go on."""
        heapq.heappush(self._agenda, (self.now + after, next(self._order), process, None))

    def sleep(self, seconds: float) -> None:
        """Let the process that calls this wait."""
        self.wake(self.current(), max(0.0, seconds))
        self._hub.switch()

    def current(self) -> "Process":
        """Return the process that calls this."""
        me = greenlet.getcurrent()
        if not isinstance(me, Process):
            raise RuntimeError("only a process can wait")
        return me

    def pause(self) -> None:
        """Let the process that calls this wait until somebody wakes it."""
        self._hub.switch()

    def kill(self, process: "Process") -> None:
        """End a process where it is, as soon as the one that calls this waits."""
        process.doomed = True
        if process.started:
            self.at(self.now, lambda: None if process.dead else process.throw(Killed))

    def run(self, until: float) -> None:
        """Let happen what happens until a moment."""
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, process, what = heapq.heappop(self._agenda)
            if what:
                what()
            elif process is not None and not process.dead and not process.doomed:
                process.started = True
                process.switch()
        self.now = until

    def gather(self, calls: Sequence[Callable[[], Any]], began: Callable[["Process"], None]) -> list[Any]:
        """Run calls side by side, as threads, and return what came of them, errors too, when all have ended."""
        me = self.current()
        results: list[Any] = [None] * len(calls)
        left = len(calls)

        def one(number: int) -> None:
            nonlocal left
            try:
                results[number] = calls[number]()
            except Exception as error:  # noqa: BLE001 - told to who gathers
                results[number] = error
            left -= 1
            if not left:
                self.wake(me)

        for number in range(len(calls)):
            began(self.start(lambda number=number: one(number)))  # type: ignore[misc]
        if calls:
            self.pause()
        return results


class Process(greenlet.greenlet):  # type: ignore[misc]
    """A thread of the code that is simulated."""

    def __init__(self, what: Callable[[], object], parent: greenlet.greenlet) -> None:
        super().__init__(self._ended_quietly(what), parent)
        self.started = False
        self.doomed = False

    @staticmethod
    def _ended_quietly(what: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            with suppress(Killed):
                what()

        return run


class VirtualLock:
    """A lock for processes; a process that is killed while it holds it, lets go of it."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._held = False
        self._queue: deque[Process] = deque()

    def __enter__(self) -> None:
        while self._held:
            self._queue.append(self._time.current())
            self._time.pause()
        self._held = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held = False
        if self._queue:
            self._time.wake(self._queue.popleft())
