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
    parts: Mapping[Key, int],
    thresholds: Thresholds,
    *,
    employee: bool = False,
    remainder: int = 0,
) -> dict[Key, Showing]:
    """Return how the parts of a total that is shown are shown, in the order given.

    What is hidden is found as a whole by subtraction. So where it is one part alone, or fewer answers than may be
    shown, the next smallest parts are hidden as well (complementary suppression). `remainder` answers of the total
    belong to no part and are shown nowhere: they are among what is hidden, also where no part is. A part without
    answers has nothing to hide and hides nothing.
    """
    least = thresholds.employee if employee else thresholds.score
    result = {key: showing(n, thresholds, employee=employee) for key, n in parts.items()}
    hidden = [n for key, n in parts.items() if n and result[key] is Showing.HIDDEN]
    others = sorted(
        (key for key, n in parts.items() if result[key] is not Showing.HIDDEN), key=lambda key: (parts[key], str(key))
    )
    for key in others:
        withheld = sum(hidden) + remainder
        if not withheld or (withheld >= least and len(hidden) + bool(remainder) > (1 if hidden else 0)):
            break
        result[key] = Showing.HIDDEN
        hidden.append(parts[key])
    return result
