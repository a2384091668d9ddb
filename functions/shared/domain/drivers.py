"""How much each question goes with the score: the Shapley value of R², known as LMG.

Lindeman, Merenda and Gold (1980); Grömping (2007), "Estimators of relative importance in linear regression based on
variance decomposition", The American Statistician 61(2). The shares add up to the R² of all drivers together. They say
what goes together, not what causes what. Everything is computed from sums of products, which add up over days.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from functions.shared.domain.scores import Interval

MIN_ANSWERS = 200
"""Of fewer, the shares say too little."""
MAX_DRIVERS = 12
"""All their subsets are gone through: 4,096."""
RESAMPLES = 200
_SINGULAR = 1e-9


@dataclass(frozen=True)
class Moments:
    """Sums over answers: `n`, the `sums` of the columns and the sums of their `products`, row by row from the diagonal.

    Column 0 is the score. They add up, over days as over anything.
    """

    n: int
    sums: tuple[float, ...]
    products: tuple[float, ...]

    @classmethod
    def total(cls, days: Sequence["Moments"]) -> "Moments":
        """Return the moments of several together, at least one."""
        sums = tuple(map(math.fsum, zip(*(day.sums for day in days), strict=True)))
        products = tuple(map(math.fsum, zip(*(day.products for day in days), strict=True)))
        return cls(sum(day.n for day in days), sums, products)

    def covariances(self) -> list[list[float]]:
        """Return the matrix of the columns' covariances, times n."""
        width = len(self.sums)
        matrix = [[0.0] * width for _ in range(width)]
        products = iter(self.products)
        for i in range(width):
            for j in range(i, width):
                matrix[i][j] = matrix[j][i] = next(products) - self.sums[i] * self.sums[j] / self.n
        return matrix


@dataclass(frozen=True)
class Importance:
    """What a driver has of R², between 0 and 1, with a 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Drivers:
    """R² of all drivers together, and what each has of it, in the order given; `n` answers had all of them."""

    n: int
    explained: float
    importances: tuple[Importance, ...]


def drivers(days: Sequence[Moments], columns: Sequence[Sequence[int]], seed: str) -> Drivers | None:
    """Return the importance of drivers; None of fewer than MIN_ANSWERS, or where the score does not vary.

    `days` are the moments of blocks of time: whole days are drawn again for the intervals (a block bootstrap, for the
    answers of a day are alike), by a sequence of numbers that `seed` fixes. A driver has one column or, where it is a
    choice, one for each option but the first. Raises ValueError for no drivers or more than MAX_DRIVERS.
    """
    if not 1 <= len(columns) <= MAX_DRIVERS:
        raise ValueError(f"There can be 1 to {MAX_DRIVERS} drivers, not {len(columns)}.")
    whole = Moments.total(days) if days else None
    found = shares(whole, columns) if whole and whole.n >= MIN_ANSWERS else None
    if whole is None or found is None:
        return None
    draw = random.Random(seed)  # noqa: S311  # which days are drawn is no secret
    drawn = []
    for _ in range(RESAMPLES):
        again = shares(Moments.total(draw.choices(days, k=len(days))), columns)
        if again is not None:
            drawn.append(again)
    importances = []
    for position, value in enumerate(found):
        ordered = sorted(one[position] for one in drawn) or [value]
        low, high = (ordered[round(share * (len(ordered) - 1))] for share in (0.025, 0.975))
        importances.append(Importance(value, Interval(min(low, value), max(high, value))))
    return Drivers(whole.n, math.fsum(found), tuple(importances))


def shares(moments: Moments, columns: Sequence[Sequence[int]]) -> list[float] | None:
    """Return what each driver has of R²; None where the score does not vary."""
    matrix = moments.covariances()
    total = matrix[0][0]
    if moments.n < 2 or total <= _SINGULAR * max(1.0, moments.products[0]):
        return None
    count = len(columns)
    explained = [0.0] * (1 << count)
    _explain(matrix, columns, 0, 0, [], [], explained)
    weights = [math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count) for size in range(count)]
    result = []
    for driver in range(count):
        bit = 1 << driver
        gains = (
            weights[subset.bit_count()] * (explained[subset | bit] - explained[subset])
            for subset in range(1 << count)
            if not subset & bit
        )
        result.append(max(0.0, math.fsum(gains) / total))
    return result


def _explain(
    matrix: list[list[float]],
    columns: Sequence[Sequence[int]],
    first: int,
    subset: int,
    used: list[int],
    factor: list[list[float]],
    explained: list[float],
) -> None:
    """Fill in what each subset of drivers explains, by adding one driver after the other to a Cholesky factor.

    A row of `factor` is of a column in `used`; its last entry but one is the pivot, its last the part of the score.
    """
    for driver in range(first, len(columns)):
        using, rows = list(used), list(factor)
        gained = explained[subset]
        for column in columns[driver]:
            row: list[float] = []
            for other, known in zip(using, rows, strict=True):
                inner = math.fsum(a * b for a, b in zip(row, known, strict=False))
                row.append((matrix[column][other] - inner) / known[-2])
            left = matrix[column][column] - math.fsum(a * a for a in row)
            if left <= _SINGULAR * max(matrix[column][column], _SINGULAR):
                continue  # the columns before it say it already
            pivot = math.sqrt(left)
            told = math.fsum(a * known[-1] for a, known in zip(row, rows, strict=True))
            score = (matrix[column][0] - told) / pivot
            gained += score * score
            using.append(column)
            rows.append([*row, pivot, score])
        now = subset | 1 << driver
        explained[now] = gained
        _explain(matrix, columns, driver + 1, now, using, rows, explained)
