"""What a cell of a workbook holds, as text: of its XML, or of what calamine makes of it."""

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache, partial
from html import unescape
from typing import Any

from functions.crm_import.readers.xlsx.index import Shows, Style
from functions.crm_import.readers.xlsx.xml_parts import UnsupportedSheet

_BEFORE_1900 = dt.date(1899, 12, 30)
_NO_LEAP_DAY = 60
"""Excel counts a 29 February 1900, as day 60."""
_UNTIL_1904 = 1462
"""Days that workbooks do not count that begin with 1904, as Excel for the Mac once did."""
_END = 2_958_466
"""Days until the year 10000."""
_MAX_DAYS = 999_999_999
"""Of time that elapsed."""
_REMEMBERED = 10_000
"""Moments: a file is of some days, and tells the minute."""
_DAY = 86_400_000
"""Milliseconds."""
_MAX_WHOLE_LENGTH = 15
"""Digits that a number in a workbook keeps."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def converter(style: Style, since_1904: bool) -> Callable[[str], str]:
    """Return what makes text of a number's digits, as the style means them. It raises UnsupportedSheet, ValueError."""
    if style.shows is Shows.NUMBER:
        return partial(_with_zeros, places=style.digits) if style.digits else number_text
    if style.shows is Shows.ELAPSED:
        return _elapsed
    return lru_cache(_REMEMBERED)(partial(_moment, before=_UNTIL_1904 if since_1904 else 0))


def number_text(digits: str) -> str:
    """Return a number as its shortest text, without `.0`. Raises UnsupportedSheet, ValueError."""
    if digits.isdecimal() and len(digits) <= _MAX_WHOLE_LENGTH and digits.isascii() and digits[0] != "0":
        return digits
    return _short(_value(digits)) if digits else ""


def filled(value: float, places: int) -> str | None:
    """Return a whole number with leading zeros, None of any other."""
    return f"{int(value):0{places}d}" if value >= 0 and value.is_integer() else None


def escapes_in(text: str) -> bool:
    """Whether something in a text stands for something else."""
    return "&" in text or ("_" in text and "_x" in text)


def texts_unescaped(texts: list[str]) -> list[str]:
    """Return texts of XML with their entities, and what Excel escapes on its own, resolved."""
    return [_unescaped(text) if "&" in text or "_x" in text else text for text in texts]


def text_of(cell: Any) -> str:
    """Return the text of a cell as calamine gives it."""
    if cell.__class__ is str:
        return str(cell)
    if cell.__class__ is float:
        return _short(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.datetime):
        # Excel counts days as a fraction: seconds come out a little off.
        return (cell + dt.timedelta(microseconds=500_000)).replace(microsecond=0).isoformat()
    if isinstance(cell, dt.time):
        return cell.isoformat("seconds")
    if isinstance(cell, dt.timedelta):
        return _clock(cell / dt.timedelta(seconds=1))
    return str(cell)


def _unescaped(text: str) -> str:
    text = unescape(text) if "&" in text else text
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(escaped: re.Match[str]) -> str:
    code = int(escaped[1], 16)
    return escaped[0] if 0xD800 <= code < 0xE000 else chr(code)


def _value(digits: str) -> float:
    if "_" in digits:
        raise UnsupportedSheet
    return float(digits)


def _short(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 10**_MAX_WHOLE_LENGTH else repr(value)


def _with_zeros(digits: str, *, places: int) -> str:
    return (filled(_value(digits), places) if digits else "") or number_text(digits)


def _moment(digits: str, *, before: int) -> str:
    """A date, a time of day (below 1), or both, on the wall clock; days are counted from so many after the first."""
    if not digits:
        return ""
    value = _value(digits)
    if not value >= 0:
        raise UnsupportedSheet
    if value + before >= _END:
        return _short(value)
    days = int(value)
    if days == value and days:
        return _day(days + before)
    thousandths = int((value - days) * _DAY + 0.5)
    if not days:
        return _time(thousandths // 1000 % 86_400)
    # Excel counts days as a fraction: seconds come out a little off.
    more, seconds = divmod((thousandths + 500) // 1000, 86_400)
    return f"{_day(days + before + more)}T{_time(seconds)}"


@lru_cache(maxsize=1000)
def _day(days: int) -> str:
    return (_BEFORE_1900 + dt.timedelta(days + (days < _NO_LEAP_DAY))).isoformat()


@lru_cache(maxsize=2000)
def _time(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _elapsed(digits: str) -> str:
    if not digits:
        return ""
    value = _value(digits)
    return _clock(value * 86_400) if abs(value) <= _MAX_DAYS else _short(value)


def _clock(total: float) -> str:
    minutes, seconds = divmod(round(total), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
