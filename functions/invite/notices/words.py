"""The words of notices, by language and tone: Klankbord's own, which stand beside the templates."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

FALLBACK = "en"
FOLDER = "strings"


@dataclass(frozen=True)
class Words:
    """Words in one language and tone, with the ways in which it writes numbers and moments."""

    language: str
    said: Mapping[str, Any]

    def say(self, name: str, **values: object) -> str:
        """Return a sentence with its values. Whole numbers are written with their separator."""
        told = {key: self.number(value) if isinstance(value, int) else value for key, value in values.items()}
        return str(self.said[name]).format_map(told)

    def number(self, value: float, places: int = 0) -> str:
        """Return a number as the language writes it."""
        plain = f"{value:,.{places}f}"
        return plain.translate(str.maketrans({",": self.said["thousands"], ".": self.said["decimal"]}))

    def day(self, moment: datetime) -> str:
        """Return the day of a local moment, such as Monday 23 November."""
        weekday, month = self.said["weekdays"][moment.weekday()], self.said["months"][moment.month - 1]
        return str(self.said["date"].format(weekday=weekday, day=moment.day, month=month))

    def moment(self, moment: datetime, zone: tzinfo | None = None) -> str:
        """Return a moment, such as Monday 23 November at 09:00; in `zone` unless it is local already."""
        local = moment.astimezone(zone) if zone else moment
        return str(self.said["moment"].format(date=self.day(local), time=f"{local:%H:%M}"))


def read_words(templates: Path, language: str, tone: str) -> Words:
    """Return the words in a language (`nl-BE` falls back to `nl`, what there are none for to English) and tone."""
    folder = templates / FOLDER
    name = next((one for one in (language, language[:2]) if (folder / f"{one}.json").is_file()), FALLBACK)
    said: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    own = said.pop("informal", {})
    return Words(name, said | own if tone == "informal" else said)
