"""Answers are released in batches of at least so many: what is published is a sum over whole batches.

So whatever is added to and subtracted from each other, of one release or of many, a group that comes out of it is of
whole batches, and holds at least that many answers. In statistical disclosure control this is microaggregation: no
cell is hidden, and there is none that can be found again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

POOLED_AFTER = timedelta(weeks=4)
"""Answers that wait for longer than this are released without their team; twice as long, without their touchpoint."""


@dataclass(frozen=True)
class ReleaseBatch:
    """The days whose answers are released together: after `after`, until `until` (yyyy-mm-dd), which dates it."""

    after: str
    until: str


def batches(days: Iterable[tuple[str, int]], least: int, *, more_follow: bool = False) -> list[ReleaseBatch]:
    """Divide days, in order of time and with their new answers, in batches of at least `least` answers.

    Answers of one day stay together. What is left at the end joins the last batch; it waits where there is none, or
    where later days are to come that are known already.
    """
    found: list[ReleaseBatch] = []
    answers, after, day = 0, "", ""
    for day, n in days:
        answers += n
        if answers >= least:
            found.append(ReleaseBatch(after, day))
            answers, after = 0, day
    if found and not more_follow and found[-1].until != day:
        found[-1] = ReleaseBatch(found[-1].after, day)
    return found
