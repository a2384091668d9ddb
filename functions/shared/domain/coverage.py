"""Coverage: of the interactions that a client told of, how many came with an address that can be mailed.

The one definition, for a receipt, the funnel dataset and the report:

- What counts is an interaction: a row of which touchpoint and moment could be read. A row with a broken address is one,
  without an address; a row that is invalid for another reason is none.
- Each counts once, as the first row that told of it did: on a receipt within its file, in the dataset over all files,
  on the day of the first. So a file that is sent again adds nothing to a month.
- It has an address if any of its rows had one. Whatever became of it after that (too old, opted out, blocked) does not
  matter: coverage is about the file, not about the rules.
"""

from dataclasses import dataclass

LOW = 0.8
"""Below this share addresses are what a client can gain most by."""
ENOUGH = 10
"""Interactions; of fewer a share says little."""


@dataclass(frozen=True)
class Coverage:
    """Interactions, and how many of them had an address. Counts add up, shares do not."""

    interactions: int = 0
    with_address: int = 0

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(self.interactions + other.interactions, self.with_address + other.with_address)

    @property
    def share(self) -> float | None:
        """The share with an address; None of no interactions."""
        return self.with_address / self.interactions if self.interactions else None

    @property
    def without(self) -> int:
        """The interactions without an address: customers who cannot be asked."""
        return self.interactions - self.with_address

    @property
    def is_low(self) -> bool:
        """Whether the share asks for action."""
        return self.interactions >= ENOUGH and self.with_address < LOW * self.interactions
