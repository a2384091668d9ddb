"""The arithmetic of scores against an implementation that others made and keep (statsmodels)."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from functions.shared.domain import scores
from functions.shared.domain.scores import Counts

COUNTS = st.builds(Counts, st.integers(0, 400), st.integers(0, 400), st.integers(1, 400))
VALUES = np.array([-1.0, 0.0, 1.0])


def weighted_values(counts: Counts) -> DescrStatsW:
    """The answers as -1, 0 and 1, with what the adjusted Wald interval adds to each."""
    weights = np.array([counts.detractors + 0.75, counts.passives + 1.5, counts.promoters + 0.75])
    return DescrStatsW(VALUES, weights=weights, ddof=0)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_is_wilsons(given_counts: tuple[int, int]) -> None:
    successes, n = given_counts
    found = scores.share(successes, n)

    low, high = proportion_confint(successes, n, alpha=0.05, method="wilson")

    assert found is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_p_values_are_corrected_as_holm_did(ps: list[float]) -> None:
    assert scores.holm(ps) == pytest.approx(list(multipletests(ps, method="holm")[1]))


@given(COUNTS)
def test_the_interval_of_a_score_is_that_of_the_mean_of_its_answers(counts: Counts) -> None:
    values = weighted_values(counts)
    half = scores.Z * math.sqrt(values.var / values.sum_weights)

    found = scores.interval(counts)

    assert found is not None
    assert found.low == pytest.approx(max(-1.0, values.mean - half))
    assert found.high == pytest.approx(min(1.0, values.mean + half))


@given(COUNTS, COUNTS)
def test_a_difference_is_that_of_two_means(a: Counts, b: Counts) -> None:
    first, second = weighted_values(a), weighted_values(b)
    error = math.hypot(*(math.sqrt(one.var / one.sum_weights) for one in (first, second)))

    found = scores.difference(a, b)

    assert found is not None
    assert found.value == pytest.approx(first.mean - second.mean)
    assert found.error == pytest.approx(error)
    assert found.p == pytest.approx(2 * norm.sf(abs(first.mean - second.mean) / error))


@given(st.lists(st.tuples(COUNTS, st.integers(1, 10_000)), min_size=1, max_size=6))
def test_a_score_of_strata_is_the_mean_of_their_weighted_answers(strata: list[tuple[Counts, int]]) -> None:
    found = scores.post_stratified(strata)

    answers = np.concatenate([VALUES] * len(strata))
    population = sum(people for _, people in strata)
    per_answer = [people / population / counts.n for counts, people in strata]
    each = np.array(
        [weight * n for weight, (counts, _) in zip(per_answer, strata, strict=True) for n in _three(counts)]
    )
    squares = sum(weight**2 * counts.n for weight, (counts, _) in zip(per_answer, strata, strict=True))
    assert found is not None
    assert found.value == pytest.approx(DescrStatsW(answers, weights=each).mean)
    assert found.effective_n == pytest.approx(1 / squares)


def _three(counts: Counts) -> tuple[int, int, int]:
    return counts.detractors, counts.passives, counts.promoters


def test_the_published_strata_give_the_published_score() -> None:
    found = scores.post_stratified([(Counts(1, 2, 7), 50), (Counts(10, 5, 5), 50)])

    assert found is not None
    assert (found.value, round(found.error, 6)) == (pytest.approx(0.175), 0.139978)
    assert scores.nps(Counts(11, 7, 12)) == pytest.approx(0.033333, abs=1e-6)


def test_a_stratum_without_answers_leaves_no_score_and_one_without_people_no_trace() -> None:
    assert scores.post_stratified([(Counts(1, 2, 7), 50), (Counts(), 50)]) is None
    assert scores.post_stratified([]) is None
    one = scores.post_stratified([(Counts(1, 2, 7), 50), (Counts(9, 9, 9), 0)])
    assert one is not None
    assert one.value == pytest.approx(0.6)
