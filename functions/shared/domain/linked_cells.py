"""By which dimensions answers can be told at once, so that no sum and difference of all that is told leads to few.

The same answers are told by batch (functions.shared.domain.release_batches) and by each dimension: linked tables, as
statistical disclosure control calls them. What can be reckoned from such tables is every combination of their cells,
and the danger is one to which fewer than the threshold contribute: there is one where leaving out some few people
leaves a table with fewer independent cells. That is so only where the leverages of those people (the diagonal of the
hat matrix of a regression on the cells; Hoaglin and Welsch 1978) add up to 1 or more. So where the highest leverages
of one person less than the threshold stay below 1 together, nothing leads to fewer people than the threshold, whatever
is added and subtracted. The condition is sufficient: what it refuses may be harmless, what it admits is.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest

from functions.shared.domain.dimension import OTHER

Recoding = Mapping[str, str]
"""What each value of a dimension is told as: itself, or OTHER."""

_MARGIN = 1e-6
_DEPENDENT = 1e-7
"""A column of which others leave less than this (as a sum of squares) is a combination of them."""


@dataclass(frozen=True)
class Alike:
    """`n` people of a batch with the same value of each dimension whose answers nothing tells one by one."""

    batch: int
    values: tuple[str, ...]
    n: int


def recodings(people: Sequence[Alike], least: int) -> list[Recoding | None]:
    """Return how each dimension can be told, all of them together with the batches; None: it cannot.

    The first dimensions come first: each is told with as many of its values as those before it leave room for. A value
    of fewer than `least` people is merged with others, and the smallest ones as long as too much would be told.
    """
    told: list[tuple[int, Recoding]] = []
    found: list[Recoding | None] = []
    for place in range(len(people[0].values) if people else 0):
        counts: Counter[str] = Counter()
        for one in people:
            counts[one.values[place]] += one.n
        recoding = _first(counts, least)
        while recoding and not _is_protected(people, [*told, (place, recoding)], least):
            recoding = _merged(recoding, counts)
        found.append(recoding)
        if recoding:
            told.append((place, recoding))
    return found


def _first(counts: Mapping[str, int], least: int) -> Recoding | None:
    recoding: Recoding | None = {value: value for value in counts}
    while recoding and min(_cells(recoding, counts).values()) < least:
        recoding = _merged(recoding, counts)
    return recoding if recoding and len(_cells(recoding, counts)) > 1 else None


def _merged(recoding: Recoding, counts: Mapping[str, int]) -> Recoding | None:
    """Merge the smallest value into OTHER, where it is OTHER the next one; None where one value would be left."""
    cells = _cells(recoding, counts)
    if len(cells) < 3:
        return None
    smallest = sorted(cells, key=lambda value: (cells[value], value))
    gone = smallest[0] if smallest[0] != OTHER else smallest[1]
    return {value: OTHER if to == gone else to for value, to in recoding.items()}


def _cells(recoding: Recoding, counts: Mapping[str, int]) -> dict[str, int]:
    cells: Counter[str] = Counter()
    for value, to in recoding.items():
        cells[to] += counts[value]
    return dict(cells)


def _is_protected(people: Sequence[Alike], told: Sequence[tuple[int, Recoding]], least: int) -> bool:
    """Say whether no `least` - 1 people can have leverages that add up to 1.

    The part of a leverage that comes of the batches is 1/n of the batch; of some people together it weighs as much as
    of those in one batch only. The rest is of the dimensions, within the batches.
    """
    some = least - 1
    cells = [[(place, recoding[one.values[place]]) for place, recoding in told] for one in people]
    leverages = _within_batches(people, cells)
    by_batch: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for one, leverage in zip(people, leverages, strict=True):
        if one.n:
            by_batch[one.batch].append((leverage, one.n))
    highest = _highest([one for batch in by_batch.values() for one in batch], some)
    for batch in by_batch.values():
        n = sum(number for _, number in batch)
        own = _highest(batch, some)
        for together in range(1, some + 1):
            rest = sum(highest[: some - together])
            if together / n + sum(own[:together]) + rest >= 1 - _MARGIN:
                return False
    return True


def _highest(people: Sequence[tuple[float, int]], some: int) -> list[float]:
    found: list[float] = []
    for leverage, number in nlargest(some, people):
        found += [leverage] * number
    return found[:some]


def _within_batches(people: Sequence[Alike], cells: Sequence[Sequence[tuple[int, str]]]) -> list[float]:
    """Return each person's leverage in the cells of the dimensions, from the means of the batch."""
    names = sorted({cell for own in cells for cell in own})
    number = {name: place for place, name in enumerate(names)}
    columns = [[number[cell] for cell in own] for own in cells]
    sizes: Counter[int] = Counter()
    sums: defaultdict[int, Counter[int]] = defaultdict(Counter)
    products = [[0.0] * len(names) for _ in names]
    for one, own in zip(people, columns, strict=True):
        sizes[one.batch] += one.n
        for i in own:
            sums[one.batch][i] += one.n
            for j in own:
                products[i][j] += one.n
    for batch, counts in sums.items():
        for i, n in counts.items():
            for j, m in counts.items():
                products[i][j] -= n * m / sizes[batch] if sizes[batch] else 0.0
    inverse = _inverse(products)
    means: dict[int, tuple[dict[int, float], float]] = {}
    for batch, counts in sums.items():
        share = {i: n / sizes[batch] for i, n in counts.items() if n}
        times = {i: sum(inverse[i][j] * of for j, of in share.items()) for i in range(len(names))}
        means[batch] = times, sum(of * times[i] for i, of in share.items())
    leverages = []
    for one, own in zip(people, columns, strict=True):
        times, mean = means[one.batch]
        leverages.append(sum(inverse[i][j] for i in own for j in own) - 2 * sum(times[i] for i in own) + mean)
    return leverages


def _inverse(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return the inverse of a symmetric matrix over the columns that are independent; zeros elsewhere."""
    width = len(matrix)
    rest = [[*row, *(float(i == j) for j in range(width))] for i, row in enumerate(matrix)]
    left, taken = set(range(width)), []
    while left:
        pivot = max(left, key=lambda i: (rest[i][i], -i))
        if rest[pivot][pivot] < _DEPENDENT:
            break
        left.remove(pivot)
        taken.append(pivot)
        scale = rest[pivot][pivot]
        rest[pivot] = [value / scale for value in rest[pivot]]
        for i in range(width):
            if i != pivot and rest[i][pivot]:
                factor = rest[i][pivot]
                rest[i] = [value - factor * own for value, own in zip(rest[i], rest[pivot], strict=True)]
    found = [[0.0] * width for _ in range(width)]
    for i in taken:
        for j in taken:
            found[i][j] = rest[i][width + j]
    return found
