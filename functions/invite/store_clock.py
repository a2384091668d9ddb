"""The time on which senders agree, though their clocks may not."""

from collections.abc import Callable

from functions.shared.domain.rate_limiter import SECOND


class StoreClock:
    """A worker's clock, put right where the store's clock proves it wrong.

    Every answer of the store says the second in which it was given, and it was given between the asking and the
    answer: so the clock is off by no less and no more than some bounds, that close in as answers come. A clock inside
    the bounds is believed as it is; one outside is moved just inside. In microseconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` tells seconds since 1970."""
        self._clock = clock
        self._bounds: tuple[int, int] | None = None

    def local(self) -> int:
        """Return the time by the worker's own clock."""
        return round(self._clock() * SECOND)

    def now(self) -> int:
        """Return the time on which all agree."""
        if self._bounds is None:
            return self.local()
        least, most = self._bounds
        return self.local() + min(max(0, least), most)

    def learn(self, asked: int, answered: int, reported: int) -> None:
        """Take in that the store answered in the second `told`, between two moments of the worker's own clock."""
        least, most = reported * SECOND - answered, (reported + 1) * SECOND - asked
        if self._bounds:
            closer = max(least, self._bounds[0]), min(most, self._bounds[1])
            if closer[0] <= closer[1]:  # else the clock was set meanwhile: what was learned before is void
                least, most = closer
        self._bounds = least, most
