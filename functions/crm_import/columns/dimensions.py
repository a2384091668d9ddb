"""The values of a client's dimensions for an interaction: one of a few names each, and nothing of the cell itself."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from functions.crm_import.columns.moments import moment_reader
from functions.shared.domain.client import Client
from functions.shared.domain.column_mapping import bare
from functions.shared.domain.customer_attributes import NO_ATTRIBUTES, Attributes
from functions.shared.domain.dimension import OTHER, UNKNOWN, Bands, Dimension
from functions.shared.domain.interaction import Interaction

_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:,\d{3})+)")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?")
_AROUND = re.compile(r"^(?:EUR|USD|GBP|[€$£])|(?:EUR|USD|GBP|[€$£%]|,-)$", re.IGNORECASE)

_Value = Callable[[str, datetime], str]
"""The value that the text of a cell is at a moment."""


class DimensionReader:
    """Reads the dimensions of one client."""

    def __init__(self, client: Client) -> None:
        self._dimensions = [(one.dimension, _source(one), _value(one, client)) for one in client.dimensions]

    def values(self, interaction: Interaction, customer: Attributes = NO_ATTRIBUTES) -> Mapping[str, str]:
        """Return the value of each dimension, as it was at the moment of the interaction; so is what is known of the
        `customer`."""
        return {
            name: value(text, interaction.occurred_at) if (text := source(interaction, customer)) else UNKNOWN
            for name, source, value in self._dimensions
        }


def number_of(text: str) -> float | None:
    """Return a number as Dutch and English files write it, with a currency; None for any other text.

    `1.500` and `1,500` are fifteen hundred, `1,5` and `1.5` are one and a half.
    """
    bare_text = _AROUND.sub("", _AROUND.sub("", text.replace(" ", "").replace("\xa0", "")))
    if _THOUSANDS.fullmatch(bare_text):
        return float(bare_text.replace(".", "").replace(",", ""))
    if "," in bare_text:
        decimal = bare_text.rfind(",") > bare_text.rfind(".")
        bare_text = bare_text.replace(".", "").replace(",", ".") if decimal else bare_text.replace(",", "")
    return float(bare_text) if _NUMBER.fullmatch(bare_text) else None


def _source(dimension: Dimension) -> Callable[[Interaction, Attributes], str]:
    if dimension.field is not None:
        field = dimension.field
        return lambda interaction, _: getattr(interaction, field) or ""
    wanted = bare(dimension.fact or dimension.customer or "")
    if dimension.customer is not None:
        return lambda _, customer: customer.get(wanted, "")
    return lambda interaction, _: next((text for name, text in interaction.facts.items() if bare(name) == wanted), "")


def _value(dimension: Dimension, client: Client) -> _Value:
    bands = dimension.bands
    if bands is None:
        listed = {text: one.value for one in dimension.values for text in one.texts}
        return lambda text, _: listed.get(text.strip().casefold(), OTHER)
    return _of_number(bands) if bands.unit == "numbers" else _of_time(bands, client)


def _of_number(bands: Bands) -> _Value:
    def value(text: str, _: datetime) -> str:
        number = number_of(text)
        return UNKNOWN if number is None else bands.value(number)

    return value


def _of_time(bands: Bands, client: Client) -> _Value:
    zone, unit = client.zone, bands.unit
    moment = moment_reader(zone, None)

    def value(text: str, at: datetime) -> str:
        try:
            since, day = moment(text).astimezone(zone).date(), at.astimezone(zone).date()
        except (ValueError, OverflowError):
            return UNKNOWN
        if since > day:
            return UNKNOWN
        if unit == "days":
            return bands.value((day - since).days)
        months = _months(since, day)
        return bands.value(months if unit == "months" else months / 12)

    return value


def _months(since: date, day: date) -> int:
    return (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)
