"""The importance of drivers: against published figures, and what holds of any data."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.shared.domain.drivers import MIN_ANSWERS, Moments, drivers, shares

# Swiss fertility and socioeconomic indicators, 1888 (Mosteller and Tukey 1977; the data set `swiss` of R): fertility,
# agriculture, examination, education, catholic, infant mortality.
SWISS = """
80.2 17.0 15 12 9.96 22.2|83.1 45.1 6 9 84.84 22.2|92.5 39.7 5 5 93.40 20.2|85.8 36.5 12 7 33.77 20.3
76.9 43.5 17 15 5.16 20.6|76.1 35.3 9 7 90.57 26.6|83.8 70.2 16 7 92.85 23.6|92.4 67.8 14 8 97.16 24.9
82.4 53.3 12 7 97.67 21.0|82.9 45.2 16 13 91.38 24.4|87.1 64.5 14 6 98.61 24.5|64.1 62.0 21 12 8.52 16.5
66.9 67.5 14 7 2.27 19.1|68.9 60.7 19 12 4.43 22.7|61.7 69.3 22 5 2.82 18.7|68.3 72.6 18 2 24.20 21.2
71.7 34.0 17 8 3.30 20.0|55.7 19.4 26 28 12.11 20.2|54.3 15.2 31 20 2.15 10.8|65.1 73.0 19 9 2.84 20.0
65.5 59.8 22 10 5.23 18.0|65.0 55.1 14 3 4.52 22.4|56.6 50.9 22 12 15.14 16.7|57.4 54.1 20 6 4.20 15.3
72.5 71.2 12 1 2.40 21.0|74.2 58.1 14 8 5.23 23.8|72.0 63.5 6 3 2.56 18.0|60.5 60.8 16 10 7.72 16.3
58.3 26.8 25 19 18.46 20.9|65.4 49.5 15 8 6.10 22.5|75.5 85.9 3 2 99.71 15.1|69.3 84.9 7 6 99.68 19.8
77.3 89.7 5 2 100.00 18.3|70.5 78.2 12 6 98.96 19.4|79.4 64.9 7 3 98.22 20.2|65.0 75.9 9 9 99.06 17.8
92.2 84.6 3 3 99.46 16.3|79.3 63.1 13 13 96.83 18.1|70.4 38.4 26 12 5.62 20.3|65.7 7.7 29 11 13.79 20.5
72.7 16.7 22 13 11.22 18.9|64.4 17.6 35 32 16.92 23.0|77.6 37.6 15 7 4.97 20.0|67.6 18.7 25 7 8.65 19.5
35.0 1.2 37 53 42.34 18.0|44.7 46.6 16 29 50.43 18.2|42.8 27.7 22 29 58.33 19.3
"""
ROWS = [[float(word) for word in row.split()] for row in SWISS.strip().replace("\n", "|").split("|")]


def moments(rows):
    """The moments of rows, the score first in each."""
    width = len(rows[0])
    sums = tuple(math.fsum(row[i] for row in rows) for i in range(width))
    products = (math.fsum(row[i] * row[j] for row in rows) for i in range(width) for j in range(i, width))
    return Moments(len(rows), sums, tuple(products))


SINGLE = [[column] for column in range(1, 6)]


def test_the_shares_are_those_that_are_published():
    found = shares(moments(ROWS), SINGLE)

    assert found == pytest.approx([0.057091, 0.171173, 0.260135, 0.105570, 0.112766], abs=5e-7)
    assert sum(found) == pytest.approx(0.706735, abs=5e-7)


def r_squared(rows, columns):
    data = np.array(rows)
    x = np.column_stack([np.ones(len(rows)), data[:, columns]])
    residual = data[:, 0] - x @ np.linalg.lstsq(x, data[:, 0], rcond=None)[0]
    return 1 - residual @ residual / np.sum((data[:, 0] - data[:, 0].mean()) ** 2)


@given(st.integers(0, 10**6), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_the_shares_of_any_data_add_up_to_what_all_explain(seed, count):
    draw = random.Random(seed)  # noqa: S311
    rows = [[draw.randint(0, 10), *(draw.randint(1, 5) for _ in range(count))] for _ in range(40)]

    found = shares(moments(rows), [[column] for column in range(1, count + 1)])

    assert sum(found) == pytest.approx(r_squared(rows, list(range(1, count + 1))), abs=1e-9)
    assert all(share >= 0 for share in found)


def test_a_driver_of_several_columns_is_one_and_a_column_that_says_nothing_new_is_no_harm():
    rows = [[*row, row[1]] for row in ROWS]

    as_one = shares(moments(ROWS), [[1, 2], [3], [4, 5]])
    doubled = shares(moments(rows), [[1, 2, 6], [3], [4, 5]])

    assert sum(as_one) == pytest.approx(0.706735, abs=5e-7)
    assert doubled == pytest.approx(as_one)


def answers(n, seed=1):
    draw = random.Random(seed)  # noqa: S311
    rows = []
    for _ in range(n):
        ease, clear = draw.randint(1, 7), draw.randint(0, 1)
        rows.append([min(10, max(0, ease + 2 * clear + draw.randint(-2, 2))), ease, clear, draw.randint(1, 5)])
    return rows


def by_day(rows, a_day=10):
    return [moments(rows[start : start + a_day]) for start in range(0, len(rows), a_day)]


def test_an_importance_has_an_interval_and_the_same_answers_give_the_same():
    found = drivers(by_day(answers(600)), [[1], [2], [3]], "acme claims")

    ease, clear, nothing = found.importances
    assert ease.value > clear.value > nothing.value
    assert ease.interval.low > clear.interval.high > nothing.interval.high
    for one in found.importances:
        assert one.interval.low <= one.value <= one.interval.high
    assert found == drivers(by_day(answers(600)), [[1], [2], [3]], "acme claims")
    assert found.explained == pytest.approx(r_squared(answers(600), [1, 2, 3]))


def test_moments_add_up_over_days():
    rows = answers(60)

    whole, parts = moments(rows), Moments.total([moments(rows[:25]), moments(rows[25:])])

    assert parts == whole


def test_of_few_answers_or_of_one_score_nothing_is_said():
    assert drivers(by_day(answers(MIN_ANSWERS - 1)), [[1]], "x") is None
    assert drivers(by_day([[9, *row[1:]] for row in answers(300)]), [[1]], "x") is None
    assert drivers([], [[1]], "x") is None


@pytest.mark.parametrize("count", [0, 13])
def test_there_is_a_first_and_a_most(count):
    with pytest.raises(ValueError, match="1 to 12"):
        drivers([], [[1]] * count, "x")
