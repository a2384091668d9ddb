"""What the reader of a kind of review source makes of one page, whatever the page is written in."""

from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from functions.shared.domain.fetching import Fetched
from functions.shared.domain.reviews import FoundReview, Rating


@dataclass(frozen=True)
class Problem:
    """Something that could not be read: where, and why. Never a person's words."""

    page: str
    reason: str


@dataclass(frozen=True)
class Aggregate:
    """What a site says of all its reviews of a client."""

    rating: Rating
    count: int | None


@dataclass(frozen=True)
class PageReading:
    """What one page says."""

    reviews: tuple[FoundReview, ...] = ()
    problems: tuple[str, ...] = ()
    """Why something on it could not be read. Never a person's words."""
    unread: tuple[str, ...] = ()
    """Ids of reviews of which nothing else could be read."""
    lost: bool = False
    """There may be a review of which not even the id could be read: it cannot be told from one that is gone."""
    aggregate: Aggregate | None = None
    next_page: str | None = None


class PageReader(Protocol):
    """Reads the pages of one kind of source."""

    def __call__(self, page: Fetched, source: str, zone: ZoneInfo) -> PageReading:
        """Read a page that was fetched, of a source <client>/<source>; a moment without an offset is in `zone`."""
