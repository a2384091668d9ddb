"""The arithmetic of scores: pure functions over counts.

Counts add up, scores do not: sum the counts of days, touchpoints or teams first and compute the score of the sum.
Scores are on the -1..1 or 0..1 scale; people see them times 100. A score of nobody is None, never 0.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from statistics import NormalDist
from typing import Literal, Self

Bucket = Literal["detractor", "passive", "promoter"]

Z = NormalDist().inv_cdf(0.975)
"""1.959964: the normal quantile of a 95 % interval."""

SIGNIFICANT = 0.05
MIN_TO_COMPARE = 30
"""Both sides of a comparison have at least so many answers before a difference is called significant."""


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


class _Additive:
    """Counts: non-negative integers that add up field by field."""

    def __post_init__(self) -> None:
        for name, value in self._values():
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{name} is a count, an integer of 0 or more, not {value!r}")

    def __add__(self, other: Self) -> Self:
        return type(self)(*(a + b for (_, a), (_, b) in zip(self._values(), other._values(), strict=True)))

    def _values(self) -> list[tuple[str, int]]:
        return [(field.name, getattr(self, field.name)) for field in fields(self)]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Counts(_Additive):
    """Answers to the NPS question: 0-6, 7-8 and 9-10."""

    detractors: int = 0
    passives: int = 0
    promoters: int = 0

    @property
    def n(self) -> int:
        """The people who answered the question."""
        return self.detractors + self.passives + self.promoters

    @classmethod
    def of(cls, scores: Iterable[int]) -> "Counts":
        """Count scores. Raises ValueError at the first that is not an integer from 0 to 10."""
        total = {"detractor": 0, "passive": 0, "promoter": 0}
        for score in scores:
            total[bucket(score)] += 1
        return cls(total["detractor"], total["passive"], total["promoter"])


def bucket(score: int) -> Bucket:
    """Return what a score makes of its giver. Raises ValueError where it is not an integer from 0 to 10."""
    if isinstance(score, bool) or not isinstance(score, int) or not 0 <= score <= 10:
        raise ValueError(f"a score is an integer from 0 to 10, not {score!r}")
    if score <= 6:
        return "detractor"
    return "passive" if score <= 8 else "promoter"


def nps(counts: Counts) -> float | None:
    """Return the Net Promoter Score: the share of promoters less that of detractors."""
    return (counts.promoters - counts.detractors) / counts.n if counts.n else None


def standard_error(counts: Counts) -> float | None:
    """Return the Wald standard error of the NPS."""
    return _moments(counts.detractors, counts.passives, counts.promoters)[1] if counts.n else None


def wald_interval(counts: Counts) -> Interval | None:
    """Return the plain Wald interval of the NPS: for comparison only, it is too narrow for small groups."""
    if not counts.n:
        return None
    score, error = _moments(counts.detractors, counts.passives, counts.promoters)
    return Interval(score - Z * error, score + Z * error)


def interval(counts: Counts) -> Interval | None:
    """Return the adjusted Wald interval of the NPS, the one that people see.

    Rocks (2016), "Interval estimation for the Net Promoter Score", The American Statistician 70(4): 3/4 is added to
    detractors and promoters and 3/2 to passives, and the ends are held within -1 and 1.
    """
    if not counts.n:
        return None
    return _interval(*_adjusted(counts))


def expected_interval(n: float, detractors: float, promoters: float) -> Interval:
    """Return the adjusted Wald interval to expect of n answers (more than 0) with these shares of scores."""
    return _interval(*_moments(n * detractors + 0.75, n * (1 - detractors - promoters) + 1.5, n * promoters + 0.75))


@dataclass(frozen=True)
class Difference:
    """The difference between two independent groups, with its standard error and two-sided p."""

    value: float
    error: float
    z: float
    p: float
    least: int
    """The smaller n of the two."""

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the difference."""
        return Interval(self.value - Z * self.error, self.value + Z * self.error)

    def is_significant(self, p: float | None = None) -> bool:
        """Say whether it may be called a difference; give the corrected p where it is one of several comparisons."""
        return (self.p if p is None else p) < SIGNIFICANT and self.least >= MIN_TO_COMPARE


def difference(a: Counts, b: Counts) -> Difference | None:
    """Compare the NPS of two groups, each adjusted as in `interval`; None where one of them is empty.

    The groups must be independent: other people, or periods that do not overlap.
    """
    if not (a.n and b.n):
        return None
    (score_a, error_a), (score_b, error_b) = _adjusted(a), _adjusted(b)
    error = math.hypot(error_a, error_b)
    z = (score_a - score_b) / error
    return Difference(score_a - score_b, error, z, math.erfc(abs(z) / math.sqrt(2)), min(a.n, b.n))


@dataclass(frozen=True)
class Weighted:
    """A score of strata that are weighted to a population: its Wald standard error, effective n (Kish), interval."""

    value: float
    error: float
    effective_n: float
    interval: Interval


def post_stratified(strata: Iterable[tuple[Counts, int]]) -> Weighted | None:
    """Return the score of strata (answers, people in the population), each with the weight of its people.

    The interval is that of as many answers as the weighted ones are worth, adjusted as in `interval`. None where a
    stratum with people has no answers, or nobody is there.
    """
    parts = [(counts, people) for counts, people in strata if people]
    if not parts or not all(counts.n for counts, _ in parts):
        return None
    population = sum(people for _, people in parts)
    value = variance = squares = detractors = promoters = 0.0
    for counts, people in parts:
        weight = people / population
        score, error = _moments(counts.detractors, counts.passives, counts.promoters)
        value += weight * score
        variance += (weight * error) ** 2
        squares += weight * weight / counts.n
        detractors += weight * counts.detractors / counts.n
        promoters += weight * counts.promoters / counts.n
    effective = 1 / squares
    return Weighted(value, math.sqrt(variance), effective, expected_interval(effective, detractors, promoters))


def holm(ps: Sequence[float]) -> list[float]:
    """Correct the p values of a family of comparisons (Holm 1979, step down); the answer is in the order given."""
    corrected = [0.0] * len(ps)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[index]))
        corrected[index] = highest
    return corrected


@dataclass(frozen=True)
class Share:
    """A share of n with its Wilson interval."""

    value: float
    interval: Interval
    n: int


def share(successes: int, n: int) -> Share | None:
    """Return a share with its Wilson interval; None of nobody. Raises ValueError where successes are not within n."""
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} is not a number of successes in {n}")
    if not n:
        return None
    p, square = successes / n, Z * Z
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    return Share(p, Interval(max(0.0, centre - half), min(1.0, centre + half)), n)


@dataclass(frozen=True)
class ScaleCounts(_Additive):
    """Answers on a CSAT (1..5) or CES (1..7) scale: how many, their sum, and how many in the top (4..5 or 5..7)."""

    n: int = 0
    total: int = 0
    top: int = 0

    @property
    def mean(self) -> float | None:
        """The mean answer."""
        return self.total / self.n if self.n else None

    @property
    def top_share(self) -> Share | None:
        """The share of answers in the top: the CSAT, or the share that agrees that it was easy."""
        return share(self.top, self.n)


CSAT_RANGE, CSAT_TOP = (1, 5), 4
CES_RANGE, CES_TOP = (1, 7), 5


def csat_counts(answers: Iterable[int]) -> ScaleCounts:
    """Count CSAT answers. Raises ValueError at the first that is not an integer from 1 to 5."""
    return _scale(answers, *CSAT_RANGE, CSAT_TOP)


def ces_counts(answers: Iterable[int]) -> ScaleCounts:
    """Count CES 2.0 answers. Raises ValueError at the first that is not an integer from 1 to 7."""
    return _scale(answers, *CES_RANGE, CES_TOP)


@dataclass(frozen=True)
class Dispositions(_Additive):
    """What became of a set of invitations, each counted in one place only.

    AAPOR's names: completed is I, partial (a score only) P, refused (opted out or broke off) R, silent (delivered,
    nothing heard) NC, bounced UO.
    """

    completed: int = 0
    partial: int = 0
    refused: int = 0
    silent: int = 0
    bounced: int = 0

    @property
    def delivered(self) -> int:
        """The invitations that arrived."""
        return self.completed + self.partial + self.refused + self.silent

    @property
    def response_rate(self) -> float | None:
        """The headline: completed of those delivered."""
        return self.completed / self.delivered if self.delivered else None

    @property
    def rr1(self) -> float | None:
        """AAPOR Response Rate 1: I/(I+P+R+NC+UO)."""
        total = self.delivered + self.bounced
        return self.completed / total if total else None

    @property
    def rr2(self) -> float | None:
        """AAPOR Response Rate 2: (I+P)/(I+P+R+NC+UO)."""
        total = self.delivered + self.bounced
        return (self.completed + self.partial) / total if total else None


def normalised_rating(rating: float, worst: float, best: float) -> float | None:
    """Return a review's own rating on the 0..1 scale; None where its scale is no scale or it is not on it."""
    if not worst < best or not worst <= rating <= best:
        return None
    return (rating - worst) / (best - worst)


def _interval(score: float, error: float) -> Interval:
    return Interval(max(-1.0, score - Z * error), min(1.0, score + Z * error))


def _adjusted(counts: Counts) -> tuple[float, float]:
    return _moments(counts.detractors + 0.75, counts.passives + 1.5, counts.promoters + 0.75)


def _moments(detractors: float, passives: float, promoters: float) -> tuple[float, float]:
    n = detractors + passives + promoters
    score = (promoters - detractors) / n
    variance = max(0.0, (promoters + detractors) / n - score * score)
    return score, math.sqrt(variance / n)


def _scale(answers: Iterable[int], lowest: int, highest: int, top: int) -> ScaleCounts:
    n = total = above = 0
    for answer in answers:
        if isinstance(answer, bool) or not isinstance(answer, int) or not lowest <= answer <= highest:
            raise ValueError(f"an answer is an integer from {lowest} to {highest}, not {answer!r}")
        n, total, above = n + 1, total + answer, above + (answer >= top)
    return ScaleCounts(n, total, above)
