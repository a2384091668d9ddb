"""What MiniStack has no settings for: changed inside its process. It is pinned exactly; look again at an upgrade."""

import threading
import time
from collections.abc import Callable
from functools import partialmethod

_GATHER_SECONDS = 0.25


def suit_one_machine() -> None:
    """Let two cores carry the whole loop.

    The emulator waits 5 ms instead of 50 for the log of a call (a line that comes later is logged with the next
    call), reads a queue with two workers where the mapping says no number, and gathers stream records for a moment: it
    ignores the batching window of a mapping, and would call the function for every single record.
    """
    from ministack.core.lambda_runtime import Worker
    from ministack.services import lambda_svc

    Worker._drain_stderr_bounded = partialmethod(Worker._drain_stderr_bounded, first_line_wait=0.005)
    lambda_svc._ESM_SQS_DEFAULT_CONCURRENCY = 2
    lambda_svc._poll_dynamodb_streams = gathering(lambda_svc._poll_dynamodb_streams, lambda_svc._esm_wake)


def gathering(poll: Callable[[], bool], wake: threading.Event) -> Callable[[], bool]:
    """Return a poll that does nothing until _GATHER_SECONDS have passed since the last one, and wakes the loop then."""
    rested = time.monotonic()
    timer: threading.Timer | None = None

    def gathered() -> bool:
        nonlocal rested, timer
        if (wait := rested + _GATHER_SECONDS - time.monotonic()) > 0:
            if timer is None or not timer.is_alive():
                timer = threading.Timer(wait, wake.set)
                timer.daemon = True
                timer.start()
            return False
        found = poll()
        rested = time.monotonic()
        return found

    return gathered
