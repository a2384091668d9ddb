"""The weekly mail to a client's readers: what changed clearly, each change once."""

from dataclasses import dataclass
from typing import Literal, get_args

NewsKind = Literal["recent", "season", "target", "touchpoint", "team"]
NewsVerdict = Literal["higher", "lower", "above", "below"]
KINDS: tuple[str, ...] = get_args(NewsKind)
VERDICTS: tuple[str, ...] = get_args(NewsVerdict)


@dataclass(frozen=True)
class News:
    """One thing that may be called a change or a difference, with the score that it is about, in points.

    `name` is a touchpoint's slug or a team; empty for the whole client.
    """

    kind: NewsKind
    name: str
    verdict: NewsVerdict
    score: int
    low: int
    high: int
    n: int

    @property
    def key(self) -> str:
        """Return what tells this news from others: while it holds, it is not told again."""
        return f"{self.kind}/{self.verdict}/{self.name}"


@dataclass(frozen=True)
class Digest:
    """The news of a week (`2026-W47`), beside the score of twelve months; `holding` are the keys of all that holds."""

    week: str
    score: int
    low: int
    high: int
    n: int
    news: tuple[News, ...]
    holding: tuple[str, ...]
