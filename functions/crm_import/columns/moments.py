"""When it happened: Dutch, British and ISO dates, or the format that the mapping gives."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

ReadMoment = Callable[[str], datetime]
"""Turns the text of a cell into a zone-aware moment in UTC; raises ValueError for any other text."""

_REMEMBERED = 10_000
"""Moments: a file is of some days, and tells the minute. Some 3 MB."""

_DAY_FIRST = re.compile(
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:(?:,?\s+|T)(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?(?:\s*uur)?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")

_FROM_A_CELL = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T00:00:00)?(?:[T ](\d\d):(\d\d):(\d\d))?")
"""What a cell with a real date becomes, alone or followed by one with a real time."""

_PARTS = {"%d": "day", "%m": "month", "%Y": "year", "%H": "hour", "%M": "minute", "%S": "second"}
_DIGITS = {"%Y": r"\d{4}"}
_ONE_OR_TWO = r"\d{1,2}"


def moment_reader(zone: ZoneInfo, layout: str | None = None) -> ReadMoment:
    """Return the reader of moments for a client's zone, by a strptime `layout` if there is one.

    Without it: day-month-year with dashes, slashes or points, and ISO 8601; a date alone is its midnight, a two-digit
    year is in this century. A time without a zone is on the wall clock of `zone`: one that a clock change skips is read
    as if the clock had not been changed (02:30 becomes 03:30), of a doubled one the first is meant.

    The layout is for texts: a real date of a workbook is read as the date that it is, beside it.
    """
    return lru_cache(_REMEMBERED)(_reader(zone, layout))


def _reader(zone: ZoneInfo, layout: str | None) -> ReadMoment:
    if layout is None:
        return lambda text: _common(text, zone)
    pattern = _compiled(layout)
    if pattern is None:
        return lambda text: _by_strptime(text, layout, zone)
    return lambda text: _by_pattern(text, pattern, zone)


def _common(text: str, zone: ZoneInfo) -> datetime:
    found = None if text[4:5] == "-" and text[:4].isdecimal() else _DAY_FIRST.fullmatch(text)
    if found:
        day, month, year, hour, minute, second = found.groups()
        return datetime(
            int(year) if len(year) == 4 else 2000 + int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=zone,
        ).astimezone(UTC)
    try:
        return _in_utc(datetime.fromisoformat(text), zone)
    except ValueError:
        found = _YEAR_FIRST.fullmatch(text)
        if not found:
            raise
        return _in_utc(datetime(*(int(part or 0) for part in found.groups())), zone)  # type: ignore[arg-type] # noqa: DTZ001


def _in_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.tzinfo is None:
        # A quarter of the time of `replace`.
        moment = datetime.combine(moment.date(), moment.time(), zone)
    return moment.astimezone(UTC)


def _compiled(layout: str) -> re.Pattern[str] | None:
    """Return the pattern of a layout that is made of numbers only: four times as fast as strptime. None for others."""
    pieces = re.split(r"(%.)", layout)
    directives = pieces[1::2]
    if not {"%d", "%m", "%Y"} <= set(directives) <= set(_PARTS) or len(set(directives)) != len(directives):
        return None
    return re.compile(
        "".join(
            f"(?P<{_PARTS[piece]}>{_DIGITS.get(piece, _ONE_OR_TWO)})" if piece in _PARTS else re.escape(piece)
            for piece in pieces
        )
    )


def _by_strptime(text: str, layout: str, zone: ZoneInfo) -> datetime:
    try:
        return _in_utc(datetime.strptime(text, layout), zone)  # noqa: DTZ007 the zone is given after it
    except ValueError:
        return _from_a_cell(text, zone)


def _from_a_cell(text: str, zone: ZoneInfo) -> datetime:
    found = _FROM_A_CELL.fullmatch(text)
    if not found:
        raise ValueError("another layout")
    return _in_utc(datetime(*(int(part or 0) for part in found.groups())), zone)  # type: ignore[arg-type] # noqa: DTZ001


def _by_pattern(text: str, pattern: re.Pattern[str], zone: ZoneInfo) -> datetime:
    found = pattern.fullmatch(text)
    if not found:
        return _from_a_cell(text, zone)
    return datetime(**{part: int(digits) for part, digits in found.groupdict().items()}, tzinfo=zone).astimezone(UTC)
