"""One rounding: a half goes away from zero, on the number that is meant."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain.rounding import rounded


@given(st.integers(1, 5000), st.integers(-5000, 5000), st.integers(0, 2))
def test_a_ratio_of_counts_is_rounded_as_the_ratio_that_it_is(n: int, part: int, digits: int) -> None:
    exact = Fraction(part, n) * 100
    size = abs(exact) * 10**digits
    expected = (size + Fraction(1, 2)).__floor__() * (-1 if exact < 0 else 1)

    assert rounded(part / n, digits, times=100) == Decimal(expected).scaleb(-digits)


@given(st.decimals(-1000, 1000, places=3))
def test_a_number_with_decimals_is_rounded_as_it_is_written(number: Decimal) -> None:
    assert rounded(float(number), 2) == number.quantize(Decimal("0.01"), ROUND_HALF_UP)
