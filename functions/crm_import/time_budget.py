"""How long a function may work on one thing, and whom it hands the rest to: itself, by a message."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class TimeBudget(Generic[T]):
    """A stretch of work: `has_time` turns False when it is time to stop, `hand_over` tells where to go on."""

    has_time: Callable[[], bool]
    hand_over: Callable[[T], None]
