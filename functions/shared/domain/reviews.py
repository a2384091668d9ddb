"""Spontaneous reviews: what one is, which of two readings are the same one, and what a new reading changes."""

import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

DEFAULT_BEST = 5.0
DEFAULT_WORST = 1.0
"""schema.org's scale where a page names none."""
MAX_CHARACTERS = 10_000
"""A longer text is cut here."""

_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" *\n *")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Rating:
    """A rating on the scale of its site."""

    value: float
    best: float = DEFAULT_BEST
    worst: float = DEFAULT_WORST

    def __post_init__(self) -> None:
        """Refuse a scale that is none, and a value that is not on it."""
        if not self.worst < self.best:
            raise ValueError(f"a scale from {self.worst:g} to {self.best:g} is none")
        if not self.worst <= self.value <= self.best:
            raise ValueError(f"{self.value:g} is not on the scale from {self.worst:g} to {self.best:g}")

    @property
    def share(self) -> float:
        """The rating from 0 (worst) to 1 (best)."""
        return (self.value - self.worst) / (self.best - self.worst)


@dataclass(frozen=True)
class FoundReview:
    """A review as a site shows it now. Whoever wrote it is not in it."""

    native_id: str
    rating: Rating | None
    language: str | None
    """Two letters, where the site says it."""
    title: str | None
    text: str | None
    written_at: datetime | None

    @property
    def digest(self) -> str:
        """Hash of what was read: it changes with an edit and with nothing else."""
        rating = [self.rating.value, self.rating.best, self.rating.worst] if self.rating else None
        written = self.written_at.timestamp() if self.written_at else None
        return _hash(rating, self.language, self.title, self.text, written)


@dataclass(frozen=True)
class KnownReview:
    """What is kept of a review, as far as a decision needs it."""

    digest: str
    version: int
    removed: bool


class Change(StrEnum):
    """What a reading does to what is kept."""

    NEW = "new"
    EDITED = "edited"
    BACK = "back"
    """It had disappeared."""
    REMOVED = "removed"


def change_of(known: KnownReview | None, review: FoundReview) -> Change | None:
    """Return what a review that was found changes; None where it stands as it is kept."""
    if known is None:
        return Change.NEW
    if known.removed:
        return Change.BACK
    return Change.EDITED if known.digest != review.digest else None


def disappeared(known: Mapping[str, KnownReview], seen: Iterable[str]) -> list[str]:
    """Return the living reviews that a complete reading did not meet."""
    met = set(seen)
    return sorted(native_id for native_id, review in known.items() if not review.removed and native_id not in met)


def derived_id(source: str, author: str | None, date: str | None, rating: str | None, text: str | None) -> str:
    """Return the id of a review whose site gives none: a hash of what identifies it, in the site's own words."""
    return "hash:" + _hash(source, _comparable(author), date, rating, _comparable(text))


def safe_id(native_id: str, author: str | None) -> str:
    """Return an id that fits a key and does not tell who wrote the review: hashed where it is long or has the name."""
    native_id = _CONTROL.sub("", native_id)
    names = {word.casefold() for word in _WORD.findall(author or "")}
    words = {word.casefold() for word in _WORD.findall(native_id)}
    if names & words or len(native_id.encode()) > 500:
        return "hash:" + _hash(native_id)
    return native_id


def tidy(text: str | None) -> str | None:
    """Return a text as it is kept: entities read, NFC, single spaces, no control characters; None for nothing."""
    if text is None:
        return None
    clean = _CONTROL.sub("", unicodedata.normalize("NFC", html.unescape(text)).replace("\r\n", "\n"))
    clean = _LINES.sub("\n", _SPACE.sub(" ", clean)).strip()
    return clean[:MAX_CHARACTERS] or None


def _comparable(text: str | None) -> str:
    return " ".join((tidy(text) or "").casefold().split())


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:40]
