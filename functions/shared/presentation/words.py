"""Klankbord's own words for what people see, by language and tone, and how a language writes numbers and dates.

Each kind of thing that is seen (survey page, mail to a client's contact, report) has a folder of JSON, a file for each
language. A file may hold `informal`, words that replace the formal ones. A client's own words come from its folder.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from functions.shared.domain.rounding import rounded

FRONTEND = Path(__file__).parents[3] / "frontend"
FALLBACK = "en"
MINUS = "\N{MINUS SIGN}"
NONE = "–"
"""Stands where there is no number."""


@dataclass(frozen=True, eq=False)
class Words(Mapping[str, Any]):
    """The words of one language (`code`) and tone, by name."""

    code: str
    entries: Mapping[str, Any] = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def translate(self, name: str, **values: object) -> str:
        """Return a sentence with its values. Whole numbers are written with their separator."""
        written = {key: self.integer(value) if type(value) is int else value for key, value in values.items()}
        return str(self[name]).format_map(written)

    def integer(self, number: int) -> str:
        """Return a count, thousands apart: 12.345 in Dutch."""
        text = f"{abs(number):,}".replace(",", self["thousands"]) if abs(number) >= 1000 else str(abs(number))
        return (MINUS if number < 0 else "") + text

    def decimal(self, number: float, digits: int = 1) -> str:
        """Return a number with decimals: 4,2 in Dutch."""
        return self._written(rounded(number, digits))

    def percent(self, share: float | None) -> str:
        """Return a share (0..1) as a percentage, or a dash where there is none."""
        return NONE if share is None else f"{self._written(rounded(share, 1, times=100))}%"

    def score(self, score: float | None) -> str:
        """Return an NPS (-1..1) times 100, rounded and signed, or a dash where there is none."""
        if score is None:
            return NONE
        return self.points(int(rounded(score, times=100)))

    def points(self, number: int) -> str:
        """Return whole points of a score, signed."""
        return f"+{number}" if number > 0 else str(number).replace("-", MINUS)

    def _written(self, number: Decimal) -> str:
        whole, _, fraction = f"{abs(number):f}".partition(".")
        text = self.integer(int(whole)) + (self["decimal"] + fraction if fraction else "")
        return (MINUS if number < 0 else "") + text

    def day(self, day: date) -> str:
        """Return a date, or the day of a local moment: 3 november 2026, or as `date` of the words has it."""
        weekday = self["weekdays"][day.weekday()] if "weekdays" in self else ""
        month = self["months"][day.month - 1]
        return str(self["date"].format(weekday=weekday, day=day.day, month=month, year=day.year))

    def month(self, day: date) -> str:
        """Return a month: november 2026."""
        return f"{self['months'][day.month - 1]} {day.year}"

    def moment(self, moment: datetime, zone: tzinfo | None = None) -> str:
        """Return a moment, as `moment` of the words has it; in `zone` unless it is local already."""
        local = moment.astimezone(zone) if zone else moment
        return str(self["moment"].format(date=self.day(local), time=f"{local:%H:%M}"))

    def short(self, day: date, per: str) -> str:
        """Return the label of a period on an axis: 3 nov (the week of that Monday), or nov (a month)."""
        month = self["months_short"][day.month - 1]
        if per == "week":
            return f"{day.day} {month}"
        return f"{month} {day.year}" if day.month == 1 else str(month)


@lru_cache(maxsize=64)
def read_words(folder: Path, language: str, tone: str = "formal") -> Words:
    """Return the words of a folder in a language (`nl-BE` falls back to `nl`, any other to English) and tone."""
    name = next((one for one in (language, language[:2]) if one in languages(folder)), FALLBACK)
    entries: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    informal = entries.pop("informal", {})
    return Words(name, entries | informal if tone == "informal" else entries)


@lru_cache(maxsize=8)
def languages(folder: Path) -> frozenset[str]:
    """Return the languages that a folder has words in: one file each."""
    return frozenset(path.stem for path in folder.glob("*.json"))
