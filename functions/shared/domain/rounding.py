"""One rounding for all that is shown: a half goes away from zero, on the exact number that is meant."""

from decimal import Decimal
from fractions import Fraction

MAX_DENOMINATOR = 1_000_000
"""A score is a ratio of counts. As a float it is a little off: 23/40 times 100 is 57.49999999999999."""


def rounded(number: float | Fraction, digits: int = 0, times: int = 1) -> Decimal:
    """Return a number, `times` so many, with so many decimals.

    A float stands for the ratio with a denominator up to MAX_DENOMINATOR that is nearest to it.
    """
    scaled = Fraction(number).limit_denominator(MAX_DENOMINATOR) * times * 10**digits
    size = abs(scaled)
    whole = (2 * size.numerator + size.denominator) // (2 * size.denominator)
    return Decimal(-whole if scaled < 0 else whole).scaleb(-digits)
