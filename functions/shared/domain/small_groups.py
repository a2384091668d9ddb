"""Which groups may be shown: nobody is found out by a score, a distribution or a subtraction."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from functions.shared.domain.client import Thresholds

Key = TypeVar("Key")


class Showing(StrEnum):
    """How a group is shown."""

    SHOWN = "shown"
    INDICATIVE = "indicative"  # too few answers to lean on, and said so
    HIDDEN = "hidden"  # no score, no distribution, no comments


def showing(n: int, thresholds: Thresholds, *, employee: bool = False) -> Showing:
    """Return how a group of n answers is shown by itself; an employee's threshold is a higher one."""
    if n < (thresholds.employee if employee else thresholds.score):
        return Showing.HIDDEN
    return Showing.INDICATIVE if n < thresholds.indicative else Showing.SHOWN


def showing_parts(
    parts: Mapping[Key, int], thresholds: Thresholds, *, employee: bool = False, remainder: int = 0
) -> dict[Key, Showing]:
    """Return how the parts of a total that is shown are shown, in the order given.

    Where exactly one part with answers would be hidden, subtraction would find it, so the next smallest is hidden as
    well (complementary suppression). `remainder` answers of the total belong to no part: shown nowhere, they already
    hide one part that stands alone, if they are too few to be shown themselves or not. A part without answers has
    nothing to hide and hides nothing.
    """
    result = {key: showing(n, thresholds, employee=employee) for key, n in parts.items()}
    hidden = [key for key, n in parts.items() if n and result[key] is Showing.HIDDEN]
    alone = len(hidden) + (1 if remainder else 0)
    if hidden and alone == 1:
        others = [key for key, n in parts.items() if n and result[key] is not Showing.HIDDEN]
        if others:
            result[min(others, key=lambda key: (parts[key], str(key)))] = Showing.HIDDEN
    return result
