"""The state of slots in memory: as atomic as the one in DynamoDB, and held to the same tests."""

from dataclasses import replace

from functions.shared.domain.rate_limiter import RateLimiterState

Answer = tuple[RateLimiterState, int | None]


class MemoryRateLimiterStates:
    """One state."""

    def __init__(self) -> None:
        self.state = RateLimiterState()
        self.writes = 0
        """As DynamoDB bills them: those that were refused too."""
        self.reads = 0

    def told(self) -> int | None:
        """Return the second by the store's own clock, where it tells it."""
        return None

    def find(self) -> Answer:
        self.reads += 1
        return self.state, self.told()

    def follow(self, seen: RateLimiterState, slots: int, earliest: int, latest: int) -> Answer | None:
        here = earliest <= self.state.free_at <= latest
        return self._written(_after(self.state, seen, slots, self.state.free_at) if here else None)

    def restart(self, seen: RateLimiterState, slots: int, at: int) -> Answer | None:
        return self._written(_after(self.state, seen, slots, at) if self.state.free_at < at else None)

    def claim(self, seen: RateLimiterState, now: int) -> RateLimiterState | None:
        claimed = self._written(replace(self.state, asked_at=now) if self.state.asked_at == seen.asked_at else None)
        return claimed and claimed[0]

    def note(self, after: RateLimiterState) -> None:
        told = {name: getattr(after, name) for name in ("version", "enabled", "rate", "marks", "most")}
        self._written(replace(self.state, **told) if self.state.version == after.version - 1 else None)

    def hold(self, until: int) -> None:
        self._written(replace(self.state, free_at=until) if self.state.free_at < until else None)

    def _written(self, state: RateLimiterState | None) -> Answer | None:
        """Write, or refuse with None: that is billed as well."""
        self.writes += 1
        if state is None:
            return None
        self.state = state
        return state, self.told()


def _after(state: RateLimiterState, seen: RateLimiterState, slots: int, start: int) -> RateLimiterState | None:
    if state.version != seen.version or (seen.most is not None and state.given > seen.most - slots):
        return None
    return replace(state, free_at=start + seen.span(slots), given=state.given + slots)
