"""Read the review sources of all clients and keep what changed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from functions.review_scraper.crawl import Crawl, CrawledSource, PageMemory, Pages, crawl
from functions.review_scraper.page_reading import Aggregate, PageReader, Problem
from functions.shared.domain.client import ReviewSourceKind
from functions.shared.domain.reviews import Change, FoundReview, KnownReview, change_of, disappeared

_HOSTS_AT_ONCE = 8


@dataclass(frozen=True)
class SourceState:
    """What the last run of a source left."""

    pages: dict[str, PageMemory] = field(default_factory=dict)
    not_before: datetime | None = None
    ran_at: datetime | None = None
    problems: tuple[Problem, ...] = ()
    aggregate: Aggregate | None = None


class Reviews(Protocol):
    """The reviews that are kept. A write is conditional on what it was decided from; False: another run was first."""

    def known(self, source: str) -> dict[str, KnownReview]:
        """Return what is kept of a source, by native id."""

    def keep(self, source: str, review: FoundReview, known: KnownReview | None, now: datetime) -> bool:
        """Write a new review, or the next version of a known one."""

    def remove(self, source: str, native_id: str, known: KnownReview, now: datetime) -> bool:
        """Write the tombstone of a review: no words any more."""


class SourceStates(Protocol):
    """What runs leave for the next run."""

    def load(self, source: str) -> SourceState:
        """Return what the last run left; an empty state before the first."""

    def save(self, source: str, state: SourceState) -> None:
        """Keep what this run leaves."""


@dataclass(frozen=True)
class ScrapeReport:
    """What a run did with one source."""

    source: str
    pages: int = 0
    reviews: int = 0
    changes: Counter[Change] = field(default_factory=Counter)
    problems: int = 0
    complete: bool = False
    waiting: bool = False
    """The site had asked to come back later than this."""
    error: Exception | None = None
    """A surprise; the other sources went on."""


@dataclass(frozen=True)
class Scraper:
    """Reads sources with the stores, the web and the moment it is given."""

    pages: Pages
    readers: Mapping[ReviewSourceKind, PageReader]
    reviews: Reviews
    states: SourceStates
    now: datetime
    out_of_time: Callable[[], bool] = lambda: False

    def scrape(self, sources: Iterable[CrawledSource]) -> list[ScrapeReport]:
        """Read all sources: hosts side by side, the sources of one host one after another, longest unread first."""
        by_host: dict[str, list[CrawledSource]] = {}
        for source in sources:
            by_host.setdefault(source.host, []).append(source)
        with ThreadPoolExecutor(_HOSTS_AT_ONCE) as threads:
            return [report for reports in threads.map(self._of_one_host, by_host.values()) for report in reports]

    def _of_one_host(self, sources: Sequence[CrawledSource]) -> list[ScrapeReport]:
        reports = []
        waiting = []
        for source in sources:
            try:
                waiting.append((source, self.states.load(source.key)))
            except Exception as error:  # noqa: BLE001 - told in the report; one source never stops the others
                reports.append(ScrapeReport(source.key, error=error))
        for source, state in sorted(waiting, key=lambda pair: pair[1].ran_at.timestamp() if pair[1].ran_at else 0.0):
            try:
                reports.append(self._one(source, state))
            except Exception as error:  # noqa: BLE001 - as above
                reports.append(ScrapeReport(source.key, error=error))
        return reports

    def _one(self, source: CrawledSource, state: SourceState) -> ScrapeReport:
        if state.not_before and self.now < state.not_before:
            return ScrapeReport(source.key, waiting=True)
        known = self.reviews.known(source.key)
        living = {native_id for native_id, review in known.items() if not review.removed}
        crawled = crawl(source, state.pages, living, self.pages, self.readers[source.settings.kind], self.out_of_time)
        changes = self._apply(source, known, crawled)
        # Last, so that a page is not remembered as read before its reviews are kept.
        self.states.save(
            source.key,
            SourceState(
                crawled.pages,
                crawled.not_before,
                self.now,
                tuple(crawled.problems),
                crawled.aggregate or state.aggregate,
            ),
        )
        return ScrapeReport(
            source.key, crawled.read, len(crawled.seen), changes, len(crawled.problems), crawled.complete
        )

    def _apply(self, source: CrawledSource, known: dict[str, KnownReview], crawled: Crawl) -> Counter[Change]:
        changes: Counter[Change] = Counter()
        for review in crawled.reviews.values():
            before = known.get(review.native_id)
            change = change_of(before, review)
            if change and self.reviews.keep(source.key, review, before, self.now):
                changes[change] += 1
        if crawled.complete:
            for native_id in disappeared(known, crawled.seen):
                if self.reviews.remove(source.key, native_id, known[native_id], self.now):
                    changes[Change.REMOVED] += 1
        return changes
