"""The page's own words, by language and tone; the client's words come from its folder."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from functions.shared.domain.client import ClientBundle

FOLDER = Path(__file__).parents[2] / "frontend" / "survey" / "strings"
FALLBACK = "en"

Words = Mapping[str, Any]


def available() -> frozenset[str]:
    """Return the languages that the page has words for: one file each."""
    return frozenset(path.stem for path in FOLDER.glob("*.json"))


@lru_cache(maxsize=64)
def words(language: str, tone: str = "formal") -> Words:
    """Return the page's words in a language (`nl-BE` falls back to `nl`, and any other to English) and tone."""
    for name in (language, language[:2], FALLBACK):
        path = FOLDER / f"{name}.json"
        if name.replace("-", "").isalnum() and path.is_file():
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
            own = found.pop("informal", {})
            return found | own if tone == "informal" else found
    raise FileNotFoundError(FOLDER / f"{FALLBACK}.json")


def accepted(header: str, languages: Iterable[str]) -> str:
    """Return the first language of an Accept-Language header that there are words for, else English."""
    known = set(languages)
    for part in header.split(","):
        name = part.split(";")[0].strip()[:2].lower()
        if name in known:
            return name
    return FALLBACK


def day(moment: datetime, zone: ZoneInfo, language_words: Words) -> str:
    """Return a moment's local day in words, such as 6 December 2026."""
    local = moment.astimezone(zone)
    return str(
        language_words["date"].format(day=local.day, month=language_words["months"][local.month - 1], year=local.year)
    )


def check_languages(bundle: ClientBundle) -> list[str]:
    """Return a sentence for each language of a client that the page has no words for, to be said before publishing."""
    known = available()
    return [
        f"client.yaml: languages: the survey page has no words in {language} yet; "
        f"add frontend/survey/strings/{language[:2]}.json, or leave the language out."
        for language in bundle.client.languages
        if language not in known and language[:2] not in known
    ]
