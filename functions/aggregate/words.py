"""The words of the report, and numbers and dates as a language writes them."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

STRINGS = Path(__file__).parents[2] / "frontend" / "report" / "strings"
FALLBACK = "en"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Language:
    """One language of the report: add one by adding a file to frontend/report/strings."""

    code: str
    words: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.words[name]

    def say(self, name: str, **values: object) -> str:
        """Return a sentence with its blanks filled."""
        return str(self.words[name]).format(**values)

    def integer(self, number: int) -> str:
        """Return a count, thousands apart: 12.345 in Dutch."""
        return f"{number:,}".replace(",", self.words["thousands"])

    def decimal(self, number: float, digits: int = 1) -> str:
        """Return a number with decimals: 4,2 in Dutch."""
        whole, _, fraction = f"{abs(number):.{digits}f}".partition(".")
        text = self.integer(int(whole)) + (self.words["decimal"] + fraction if fraction else "")
        return (MINUS if number < 0 and float(f"{number:.{digits}f}") else "") + text

    def percent(self, share: float | None) -> str:
        """Return a share as a percentage, or a dash where there is none."""
        return "–" if share is None else f"{self.decimal(share * 100)}%"

    def score(self, score: float | None) -> str:
        """Return an NPS times 100, rounded and signed, or a dash where there is none."""
        if score is None:
            return "–"
        number = int(math.copysign(math.floor(abs(score) * 100 + 0.5), score))  # a half goes up, as other screens do
        return f"+{number}" if number > 0 else str(number).replace("-", MINUS)

    def day(self, day: date) -> str:
        """Return a date: 3 november 2026."""
        return f"{day.day} {self.words['months'][day.month - 1]} {day.year}"

    def month(self, day: date) -> str:
        """Return a month: november 2026."""
        return f"{self.words['months'][day.month - 1]} {day.year}"

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """Return a moment in the client's time: 3 november 2026, 14:05."""
        local = moment.astimezone(zone)
        return f"{self.day(local.date())}, {local:%H:%M}"

    def short(self, day: date, per: str) -> str:
        """Return the label of a period on an axis: 3 nov (the week of that Monday), or nov (a month)."""
        month = self.words["months_short"][day.month - 1]
        if per == "week":
            return f"{day.day} {month}"
        return f"{month} {day.year}" if day.month == 1 else str(month)


@lru_cache(maxsize=8)
def language(code: str) -> Language:
    """Return a language's words: `nl-BE` falls back to `nl`, an unknown one to English."""
    for candidate in (code, code[:2], FALLBACK):
        path = STRINGS / f"{candidate}.json"
        if path.is_file():
            return Language(candidate, json.loads(path.read_text("utf-8")))
    raise FileNotFoundError(STRINGS / f"{FALLBACK}.json")
