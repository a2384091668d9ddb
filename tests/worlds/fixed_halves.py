"""The pace of before, to measure against."""

from collections.abc import Callable

from tests.worlds.sending_simulation import Simulation


class FixedHalf:
    """A pace that knows how many senders there could be, and not how many there are."""

    def __init__(self, world: Simulation, clock: Callable[[], float], senders: int, headroom: float) -> None:
        self._world = world
        self._clock = clock
        self._interval = senders / (world.plan.rate * headroom)
        self._free_at = 0.0

    def next_slot(self) -> int:
        """Return the next moment of this sender."""
        now = self._clock()
        slot = max(now, self._free_at)
        self._free_at = slot + self._interval
        self._world.time.sleep(slot - now)
        return round(slot * 1_000_000)

    def wait_for(self, slot: int, waited: Callable[[], None]) -> bool:
        """Go at once: its moment is there."""
        return True

    def back_off(self) -> None:
        """Wait a second before the next."""
        self._free_at = max(self._free_at, self._clock()) + 1.0
