"""What an account at SES, or at another carrier, may send."""

from typing import Protocol

from functions.shared.domain.send_results import Allowance


class Account(Protocol):
    """What the account may send."""

    def allowance(self) -> Allowance:
        """Return the present rate and what is left of the day. Raises TryAgain where it cannot be told now."""
