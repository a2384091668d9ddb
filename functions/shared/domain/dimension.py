"""Dimensions: by what a client divides its scores, beside touchpoint and team. Part of client.yaml; no code.

Each takes one field or fact of an interaction, or one column of the client's customer files, and makes one of some
named values of it: by a list, or by bands of a number or of a length of time. So no value is one person's.
"""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from functions.shared.domain.strict import Strict

OTHER, UNKNOWN = "other", "unknown"
"""Values that every dimension has: what is on no list or was merged, and what is missing."""
RESERVED = frozenset(("all", "channel", "product", "team", "location", "employee", "touchpoint", "wave"))
"""Names that datasets use themselves."""
MAX_DIMENSIONS = 8
MAX_VALUES = 24

ValueName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
DimensionField = Literal["channel", "product", "location", "language"]
"""Fields of an interaction of which a dimension can be made."""
Header = Annotated[str, Field(min_length=1, max_length=200)]
BandUnit = Literal["numbers", "days", "months", "years"]


class DimensionValue(Strict):
    """A value, and the texts of the column that mean it, in any case; without any, the value itself."""

    value: ValueName
    name: dict[str, str]
    """Per language."""
    of: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that mean it, as they are compared."""
        return tuple(text.strip().casefold() for text in self.of or (self.value,))


class Bands(Strict):
    """Where bands of a number begin, or of the time since a date: `years: [1, 3]` makes under 1, 1 to 3, 3 or more."""

    numbers: tuple[float, ...] | None = None
    days: tuple[float, ...] | None = None
    months: tuple[float, ...] | None = None
    years: tuple[float, ...] | None = None

    @model_validator(mode="after")
    def one_unit(self) -> Self:
        """Refuse several units, and limits that do not rise."""
        given = [limits for limits in (self.numbers, self.days, self.months, self.years) if limits is not None]
        if len(given) != 1:
            raise ValueError("give one of numbers, days, months and years")
        (limits,) = given
        if not 1 <= len(limits) < MAX_VALUES or list(limits) != sorted(set(limits)):
            raise ValueError(f"give 1 to {MAX_VALUES - 1} limits, each higher than the one before")
        return self

    @property
    def unit(self) -> BandUnit:
        """What is counted."""
        units: tuple[BandUnit, ...] = ("numbers", "days", "months", "years")
        return next(unit for unit in units if getattr(self, unit) is not None)

    @property
    def limits(self) -> tuple[float, ...]:
        """Where the second band begins, and those after it."""
        limits: tuple[float, ...] = getattr(self, self.unit)
        return limits

    @property
    def values(self) -> tuple[str, ...]:
        """The value of each band, such as `under_1`, `1_to_3` and `from_3`."""
        texts = [f"{limit:g}".replace(".", "_").replace("-", "minus_") for limit in self.limits]
        between = (f"{low}_to_{high}" for low, high in pairwise(texts))
        return (f"under_{texts[0]}", *between, f"from_{texts[-1]}")

    def value(self, amount: float) -> str:
        """Return the value of the band that an amount is in."""
        return self.values[sum(amount >= limit for limit in self.limits)]


class Dimension(Strict):
    """A dimension: `field`, `fact` or `customer` says what it is made of, and `values` or `bands` how."""

    dimension: ValueName
    name: dict[str, str]
    """Per language."""
    field: DimensionField | None = None
    fact: Header | None = None
    """A header that mappings keep as a fact."""
    customer: Header | None = None
    """A header of the client's customer files."""
    values: tuple[DimensionValue, ...] = Field(default=(), max_length=MAX_VALUES)
    """In the order in which they are shown."""
    bands: Bands | None = None
    missing: dict[str, str] | None = None
    """What is shown where it is missing, per language."""

    @field_validator("dimension")
    @classmethod
    def own_name(cls, name: str) -> str:
        """Refuse a name that has a meaning of its own."""
        if name in RESERVED:
            raise ValueError(f"{name} has a meaning of its own in the datasets; choose another name")
        return name

    @model_validator(mode="after")
    def made_of_one(self) -> Self:
        """Refuse several sources, and none; a list and bands, and neither."""
        if sum(source is not None for source in (self.field, self.fact, self.customer)) != 1:
            raise ValueError("give one of field, fact and customer")
        if bool(self.values) == (self.bands is not None):
            raise ValueError("give either values or bands")
        names = [value.value for value in self.values]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two values are called {name}")
            if name in (OTHER, UNKNOWN):
                raise ValueError(f"{name} is there by itself; leave it out")
        texts = [text for value in self.values for text in value.texts]
        for text in texts:
            if texts.count(text) > 1:
                raise ValueError(f"{text} stands under two values")
        return self

    @property
    def own_values(self) -> tuple[str, ...]:
        """All values but OTHER and UNKNOWN, in the order in which they are shown."""
        return self.bands.values if self.bands else tuple(value.value for value in self.values)
