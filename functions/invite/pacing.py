"""How fast a sender hands mails over: evenly, below its share of the account's rate, and never over the day's quota."""

from collections.abc import Callable
from typing import Protocol

from functions.shared.domain.handover import Allowance

SENDERS = 2
"""So many senders run at once (the concurrency of the mails queue); each takes its share of the rate."""
HEADROOM = 0.95
ASK_AGAIN_SECONDS = 30.0
BACK_OFF_SECONDS = 1.0


class Account(Protocol):
    """What the account may send."""

    def allowance(self) -> Allowance:
        """Return the present rate and what is left of the day."""


class Pace:
    """Waits until the next mail may leave. Kept for the life of a worker; seconds from a clock that never runs back."""

    def __init__(self, account: Account, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._account = account
        self._monotonic = monotonic
        self._sleep = sleep
        self._allowance: Allowance | None = None
        self._asked_at = 0.0
        self._free_at = 0.0
        self._sent = 0

    def may_send(self) -> bool:
        """Wait for this sender's turn; return False, at once, where the account may not send any more for now."""
        allowance = self._present()
        left = allowance.left_today
        if not allowance.enabled or allowance.rate <= 0 or (left is not None and self._sent * SENDERS >= left):
            return False
        now = self._monotonic()
        if now < self._free_at:
            self._sleep(self._free_at - now)
        self._free_at = max(now, self._free_at) + SENDERS / (allowance.rate * HEADROOM)
        self._sent += 1
        return True

    def back_off(self) -> None:
        """Hold the next mail back: SES said that it was too fast."""
        self._free_at = max(self._free_at, self._monotonic()) + BACK_OFF_SECONDS

    def _present(self) -> Allowance:
        now = self._monotonic()
        if self._allowance is None or now - self._asked_at >= ASK_AGAIN_SECONDS:
            self._allowance = self._account.allowance()
            self._asked_at = now
            self._sent = 0
        return self._allowance
