"""The slots that all senders of a channel take from one state, so that they share the account's rate.

The state says which moment is the first that nobody was given yet (`free_at`). A sender that wants n slots moves it on
by n intervals, in one write, and has those n moments for itself. Nobody needs to know how many senders there are.
Moments are whole microseconds since 1970.
"""

from dataclasses import dataclass, replace

from functions.shared.domain.send_results import Allowance

SHARE = 0.99
"""Of the account's rate. Mails that are a second's worth apart leave 10 ms more than a second after each other: so
much may the ways to SES, the clocks and the wakings of the senders differ without one mail too many in any second."""
SECOND = 1_000_000
SETTLED = 60 * SECOND
"""A slot is longer ago than this: its mail left or never will, and SES has counted it."""

Mark = tuple[int, int]
"""When the account was asked, and how many slots had been given by then."""


@dataclass(frozen=True)
class RateLimiterState:
    """What the senders of a channel share. `version` counts the times that the account's answer was written down."""

    free_at: int = 0
    given: int = 0
    version: int = 0
    enabled: bool = False
    rate: float = 0.0
    most: int | None = None
    """So many slots may be given in all, counted as `given` counts; None: no limit."""
    asked_at: int = 0
    marks: tuple[Mark, ...] = ()

    @property
    def answered_at(self) -> int:
        """When the account was asked for its present answer."""
        return self.marks[-1][0] if self.marks else 0

    @property
    def is_open(self) -> bool:
        """Whether slots may be given at all."""
        return self.enabled and self.rate > 0 and self.remaining != 0

    @property
    def remaining(self) -> int | None:
        """How many slots may still be given; None: any number."""
        return None if self.most is None else max(0, self.most - self.given)

    def span(self, slots: int) -> int:
        """Return how much time so many slots take."""
        return round(slots * SECOND / (self.rate * SHARE))


def with_allowance(asked: RateLimiterState, allowance: Allowance) -> RateLimiterState:
    """Return the state with the account's answer in it; `asked` is how it stood just before the account was asked.

    What SES counts lags behind what was given: slots lie in the future, mails are on their way. So every slot that
    was given less than a minute before counts as not counted yet. That errs on the safe side, and the next answers,
    when these slots are older, give back what it took too much: together the senders end at the quota, never past it.
    """
    marks = (*asked.marks, (asked.asked_at, asked.given))
    old = [mark for mark in marks if mark[0] <= asked.asked_at - SETTLED]
    kept = (*old[-1:], *marks[len(old) :])
    left = allowance.remaining_today
    return replace(
        asked,
        version=asked.version + 1,
        enabled=allowance.enabled,
        rate=allowance.rate,
        most=None if left is None else kept[0][1] + max(0, left),
        marks=kept,
    )


def slot_moments(state: RateLimiterState, slots: int) -> list[int]:
    """Return the moments of the slots that were given last: the state as it stands after them."""
    start = state.free_at - state.span(slots)
    return [start + state.span(slot) for slot in range(slots)]
