"""Read all pages of a review source, as far as they changed, and say whether that was everything."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from functions.review_scraper.page_reading import Aggregate, PageReader, PageReading, Problem
from functions.shared.domain.client import ReviewSource
from functions.shared.domain.fetching import ComeBackLater, Fetched, FetchFailed, Validators
from functions.shared.domain.reviews import FoundReview


class Pages(Protocol):
    """Fetches pages, politely."""

    def get(self, url: str, validators: Validators | None = None) -> Fetched:
        """Fetch an HTML page; no body where it has not changed. Raises FetchFailed or ComeBackLater."""


@dataclass(frozen=True)
class CrawledSource:
    """A review source of a client."""

    client: str
    settings: ReviewSource
    zone: ZoneInfo

    @property
    def key(self) -> str:
        """<client>/<source>"""
        return f"{self.client}/{self.settings.source}"

    @property
    def host(self) -> str:
        """The host of its first page; '' where its address is none."""
        return _host(self.settings.url)


@dataclass(frozen=True)
class PageMemory:
    """What is remembered of a page, for when it has not changed."""

    validators: Validators
    native_ids: tuple[str, ...]
    next_page: str | None
    problems: tuple[Problem, ...]


@dataclass
class Crawl:
    """What a source showed."""

    reviews: dict[str, FoundReview] = field(default_factory=dict)
    """Reviews on pages that changed."""
    unchanged: set[str] = field(default_factory=set)
    """Ids of the reviews that are there and were not read: on pages that did not change, or not readable."""
    pages: dict[str, PageMemory] = field(default_factory=dict)
    read: int = 0
    problems: list[Problem] = field(default_factory=list)
    aggregate: Aggregate | None = None
    complete: bool = True
    """Every page was read and every review on it recognised: what was not met has disappeared."""
    not_before: datetime | None = None

    @property
    def seen(self) -> set[str]:
        """The ids of all reviews that are there."""
        return self.unchanged | set(self.reviews)

    def cut_short(self, page: str, reason: str) -> None:
        """Note that something of the source was not read."""
        self.problems.append(Problem(page, reason))
        self.complete = False


def crawl(
    source: CrawledSource,
    memory: Mapping[str, PageMemory],
    kept: Collection[str],
    pages: Pages,
    read_page: PageReader,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Crawl:
    """Read a source from its first page, following rel=next.

    `memory` tells by page what an earlier run saw; a page is asked for as "if it changed" only where all its reviews
    are still among `kept`.
    """
    result = Crawl()
    visited: set[str] = set()
    url: str | None = source.settings.url
    while url and url not in visited:
        if len(visited) == source.settings.max_pages:
            result.cut_short(url, f"There are more than {source.settings.max_pages} pages (max_pages).")
            break
        if out_of_time():
            result.cut_short(url, "The run had no time left for the page.")
            break
        visited.add(url)
        known = memory.get(url)
        if known and not set(known.native_ids) <= set(kept):
            known = None
        try:
            fetched = pages.get(url, known.validators if known else None)
        except ComeBackLater as wish:
            result.not_before = wish.until
            result.cut_short(url, str(wish))
            break
        except FetchFailed as failure:
            result.cut_short(url, str(failure))
            break
        result.read += 1
        if fetched.body is None and known:
            url = _unchanged(result, url, known)
        else:
            url = _read(result, url, read_page(fetched, source.key, source.zone), fetched.validators)
        if url and _host(url) != source.host:
            result.cut_short(url, "The next page is on another host.")
            break
    if not result.seen and kept:
        result.cut_short(source.settings.url, "There is no review at all on a source that had some.")
    if not result.complete:
        result.pages = {**memory, **result.pages}
    return result


def _unchanged(result: Crawl, url: str, known: PageMemory) -> str | None:
    result.unchanged.update(known.native_ids)
    result.problems.extend(known.problems)
    result.pages[url] = known
    return known.next_page


def _read(result: Crawl, url: str, page: PageReading, validators: Validators) -> str | None:
    for review in page.reviews:
        result.reviews.setdefault(review.native_id, review)
    result.aggregate = result.aggregate or page.aggregate
    problems = tuple(Problem(url, reason) for reason in page.problems)
    result.problems.extend(problems)
    result.unchanged.update(page.unread)
    if page.lost:
        result.complete = False
    elif not page.unread and validators != Validators():
        ids = tuple(review.native_id for review in page.reviews)
        result.pages[url] = PageMemory(validators, ids, page.next_page, problems)
    return page.next_page


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def remembered(pages: Mapping[str, PageMemory]) -> dict[str, Any]:
    """Return page memories as plain data, as `recalled` reads them."""
    return {
        url: {
            "etag": page.validators.etag,
            "last_modified": page.validators.last_modified,
            "reviews": list(page.native_ids),
            "next": page.next_page,
            "problems": [problem.reason for problem in page.problems],
        }
        for url, page in pages.items()
    }


def recalled(data: Mapping[str, Any]) -> dict[str, PageMemory]:
    """Return page memories from plain data."""
    return {
        url: PageMemory(
            Validators(page["etag"], page["last_modified"]),
            tuple(page["reviews"]),
            page["next"],
            tuple(Problem(url, reason) for reason in page["problems"]),
        )
        for url, page in data.items()
    }
