"""What MiniStack has no settings for: changed inside its process. It is pinned exactly; look again at an upgrade."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partialmethod
from typing import Any

_GATHER_SECONDS = 0.25
_PAGES_AT_ONCE = 6
"""Requests of the gateway that a function works on at the same time; the others wait for their turn."""


def suit_one_machine() -> None:
    """Let two cores carry the whole loop.

    The emulator waits 5 ms instead of 50 for the log of a call (a line that comes later is logged with the next
    call), reads a queue with two workers where the mapping says no number, and gathers stream records for a moment: it
    ignores the batching window of a mapping, and would call the function for every single record. Where many open a
    page at once they wait for a few workers: the emulator would start a process for each of them, at a second of CPU.
    """
    from ministack.core.lambda_runtime import Worker
    from ministack.services import apigateway_v1, lambda_svc

    Worker._drain_stderr_bounded = partialmethod(Worker._drain_stderr_bounded, first_line_wait=0.005)
    lambda_svc._ESM_SQS_DEFAULT_CONCURRENCY = 2
    lambda_svc._poll_dynamodb_streams = gathering(lambda_svc._poll_dynamodb_streams, lambda_svc._esm_wake)
    apigateway_v1._invoke_lambda_proxy_v1 = in_turn(apigateway_v1._invoke_lambda_proxy_v1, _PAGES_AT_ONCE)


def in_turn(call: Callable[..., Awaitable[Any]], most: int) -> Callable[..., Awaitable[Any]]:
    """Return a call of which at most so many are under way, in the order in which they came."""
    turns = asyncio.Semaphore(most)

    async def waiting(*arguments: Any, **named: Any) -> Any:
        async with turns:
            return await call(*arguments, **named)

    return waiting


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
        messages = poll()
        rested = time.monotonic()
        return messages

    return gathered
