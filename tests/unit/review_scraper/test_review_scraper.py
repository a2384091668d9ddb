"""What a run keeps of a source: new, edited, gone and returned reviews, and what went wrong."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.review_scraper.crawl import CrawledSource
from functions.review_scraper.page_reading import PageReading
from functions.review_scraper.readers.registry import READERS
from functions.review_scraper.service import Scraper, ScrapeReport, SourceState
from functions.shared.domain.client import ReviewSource, ReviewSourceKind
from functions.shared.domain.fetching import ComeBackLater, Fetched, FetchFailed, Validators
from functions.shared.domain.reviews import Change, FoundReview, KnownReview

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SITE = "https://reviews.test/shop"


@dataclass
class FakeSite:
    """Pages of reviews, a list of {id, text} each; an exception where a page cannot be had."""

    pages: list[Any]
    asked: list[tuple[str, bool]] = field(default_factory=list)
    sends_etags: bool = True

    def get(self, url: str, validators: Validators | None = None) -> Fetched:
        self.asked.append((url, validators is not None))
        number = int(url.partition("?page=")[2] or 1)
        page = self.pages[number - 1]
        if isinstance(page, Exception):
            raise page
        etag = json.dumps([page, number == len(self.pages)]) if self.sends_etags else None
        if validators and validators.etag == etag:
            return Fetched(url, "text/html", None, validators)
        return Fetched(url, "text/html", html(page, number + 1 if number < len(self.pages) else None), Validators(etag))


def html(reviews: list[dict[str, Any]], next_page: int | None) -> bytes:
    data = [
        {"@type": "Review", "@id": f"{SITE}#{r['id']}", "reviewBody": r["text"], "reviewRating": r.get("rating", 4)}
        for r in reviews
    ]
    link = f'<link rel="next" href="{SITE}?page={next_page}">' if next_page else ""
    return f'<head>{link}<script type="application/ld+json">{json.dumps(data)}</script></head>'.encode()


@dataclass
class FakeReviews:
    """Reviews in memory; every write is noted."""

    kept: dict[str, dict[str, tuple[KnownReview, FoundReview | None]]] = field(default_factory=dict)
    writes: int = 0
    lose: bool = False

    def known(self, source: str) -> dict[str, KnownReview]:
        return {native_id: known for native_id, (known, _) in self.kept.get(source, {}).items()}

    def keep(self, source: str, review: FoundReview, known: KnownReview | None, now: datetime) -> bool:
        if self.lose:
            return False
        version = known.version + 1 if known else 1
        self.kept.setdefault(source, {})[review.native_id] = (KnownReview(review.digest, version, False), review)
        self.writes += 1
        return True

    def remove(self, source: str, native_id: str, known: KnownReview, now: datetime) -> bool:
        self.kept[source][native_id] = (replace(known, version=known.version + 1, removed=True), None)
        self.writes += 1
        return True

    def living(self, source: str = "vaart/site") -> dict[str, str | None]:
        found = self.kept.get(source, {}).items()
        return {native_id: review.text for native_id, (_, review) in found if review}

    def version(self, native_id: str, source: str = "vaart/site") -> int:
        return self.kept[source][native_id][0].version


@dataclass
class FakeStates:
    """States in memory."""

    kept: dict[str, SourceState] = field(default_factory=dict)

    def load(self, source: str) -> SourceState:
        return self.kept.get(source, SourceState())

    def save(self, source: str, state: SourceState) -> None:
        self.kept[source] = state


class World:
    """A site, what is kept of it, and runs over it."""

    def __init__(self, *pages: Any) -> None:
        self.site = FakeSite(list(pages))
        self.reviews = FakeReviews()
        self.states = FakeStates()
        self.now = BEGIN

    def run(self, *sources: CrawledSource, out_of_time: Callable[[], bool] = lambda: False) -> ScrapeReport:
        self.now += timedelta(hours=6)
        scraper = Scraper(self.site, READERS, self.reviews, self.states, self.now, out_of_time)
        reports = scraper.scrape(sources or [source()])
        return reports[0]


def source(name: str = "site", url: str = SITE, max_pages: int = 20) -> CrawledSource:
    settings = ReviewSource(
        source=name, kind="json_ld", url=url, name="Site", authenticity={"en": "Not checked."}, max_pages=max_pages
    )
    return CrawledSource("vaart", settings, ZoneInfo("Europe/Amsterdam"))


def r(native_id: str, text: str = "good", **more: Any) -> dict[str, Any]:
    return {"id": native_id, "text": text, **more}


def test_the_reviews_of_all_pages_are_kept() -> None:
    world = World([r("a"), r("b")], [r("c")])

    report = world.run()

    assert world.reviews.living() == {"#a": "good", "#b": "good", "#c": "good"}
    assert (report.pages, report.reviews, report.changes, report.complete) == (2, 3, {Change.NEW: 3}, True)


def test_a_second_run_asks_for_what_changed_and_writes_nothing() -> None:
    world = World([r("a"), r("b")], [r("c")])
    world.run()
    world.site.asked.clear()

    report = world.run()

    assert world.site.asked == [(SITE, True), (f"{SITE}?page=2", True)]
    assert (world.reviews.writes, report.changes, report.complete) == (3, {}, True)


def test_an_edit_is_a_new_version() -> None:
    world = World([r("a"), r("b")])
    world.run()

    world.site.pages[0][0]["text"] = "better"
    report = world.run()

    assert world.reviews.living() == {"#a": "better", "#b": "good"}
    assert (world.reviews.version("#a"), world.reviews.version("#b")) == (2, 1)
    assert report.changes == {Change.EDITED: 1}


def test_a_review_that_disappeared_gets_a_tombstone_and_lives_again_when_it_is_back() -> None:
    world = World([r("a"), r("b")], [r("c")])
    world.run()

    world.site.pages[1] = []
    gone = world.run()
    world.site.pages[1] = [r("c")]
    back = world.run()

    assert (gone.changes, back.changes) == ({Change.REMOVED: 1}, {Change.BACK: 1})
    assert world.reviews.living() == {"#a": "good", "#b": "good", "#c": "good"}
    assert world.reviews.version("#c") == 3


def test_a_review_that_moved_to_another_page_is_the_same() -> None:
    world = World([r("a"), r("b")], [r("c")])
    world.run()

    world.site.pages[:] = [[r("new"), r("a")], [r("b"), r("c")]]
    report = world.run()

    assert report.changes == {Change.NEW: 1}


@pytest.mark.parametrize("failure", [FetchFailed("The site answers 500."), ComeBackLater("later", BEGIN)])
def test_nothing_disappears_while_a_page_cannot_be_read(failure: Exception) -> None:
    world = World([r("a")], [r("b")])
    world.run()

    world.site.pages[:] = [[r("new")], failure]
    report = world.run()

    assert set(world.reviews.living()) == {"#a", "#b", "#new"}
    assert not report.complete
    assert [problem.page for problem in world.states.load("vaart/site").problems] == [f"{SITE}?page=2"]


def test_nothing_disappears_when_a_site_suddenly_shows_no_review_at_all() -> None:
    world = World([r("a")])
    world.run()

    world.site.pages[0] = []
    report = world.run()

    assert set(world.reviews.living()) == {"#a"}
    assert report.problems == 1


def test_nothing_disappears_beyond_the_most_pages_and_that_is_told() -> None:
    world = World([r("a")], [r("b")], [r("c")])
    world.run()

    world.site.pages[:] = [[r("x")], [r("a")], [r("b")], [r("c")]]
    report = world.run(source(max_pages=3))

    assert set(world.reviews.living()) == {"#a", "#b", "#c", "#x"}
    assert (report.pages, report.complete) == (3, False)
    assert "max_pages" in world.states.load("vaart/site").problems[0].reason


def test_a_review_of_which_only_the_id_can_be_read_has_not_disappeared() -> None:
    world = World([r("a"), r("b")])
    world.run()

    world.site.pages[0][0] = r("a", "", rating=None)
    report = world.run()

    assert set(world.reviews.living()) == {"#a", "#b"}
    assert (report.problems, report.complete) == (1, True)


def test_problems_of_a_page_that_did_not_change_are_still_told() -> None:
    world = World([r("a", rating="many")])
    first = world.run()

    second = world.run()

    assert (first.problems, second.problems) == (1, 1)


def test_a_page_is_read_again_where_one_of_its_reviews_is_not_kept() -> None:
    world = World([r("a"), r("b")])
    world.run()
    del world.reviews.kept["vaart/site"]["#b"]

    report = world.run()

    assert report.changes == {Change.NEW: 1}


def test_a_site_without_validators_is_read_whole_each_time() -> None:
    world = World([r("a")])
    world.site.sends_etags = False
    world.run()

    report = world.run()

    assert (report.changes, report.complete) == ({}, True)
    assert world.site.asked == [(SITE, False)] * 2


def test_pages_that_lead_in_a_circle_are_read_once() -> None:
    world = World([r("a")], [r("b")])
    pages = world.site.get

    def circular(url: str, validators: Validators | None = None) -> Fetched:
        fetched = pages(url, validators)
        link = f'<link rel="next" href="{SITE}">'.encode()
        return replace(fetched, body=(fetched.body or b"") + link) if "page=2" in url else fetched

    world.site.get = circular  # type: ignore[method-assign]

    report = world.run()

    assert (report.pages, report.complete) == (2, True)


def test_the_next_page_is_not_followed_to_another_host() -> None:
    world = World([r("a")])
    elsewhere = html([r("a")], None).replace(b"<head>", b'<head><link rel="next" href="https://other.test/">')
    world.site.get = lambda *_: Fetched(SITE, "text/html", elsewhere, Validators())  # type: ignore[assignment]

    report = world.run()

    assert (report.pages, report.complete, report.problems) == (1, False, 1)


def test_a_site_that_asked_for_peace_is_left_alone_until_then() -> None:
    world = World(ComeBackLater("The site asks to come back later.", BEGIN + timedelta(hours=13)))
    world.run()

    waiting = world.run()
    world.site.pages[0] = [r("a")]
    after = world.run()

    assert (waiting.waiting, len(world.site.asked)) == (True, 2)
    assert after.changes == {Change.NEW: 1}


def test_one_source_that_surprises_never_stops_the_others() -> None:
    world = World([r("a")])
    healthy = world.site.get

    def get(url: str, validators: Validators | None = None) -> Fetched:
        if "broken" in url:
            raise ZeroDivisionError
        return healthy(url, validators)

    world.site.get = get  # type: ignore[method-assign]
    sources = [source("broken", "https://broken.test/shop"), source("second", "https://reviews.test/broken"), source()]

    reports = Scraper(world.site, READERS, world.reviews, world.states, BEGIN).scrape(sources)

    assert [type(report.error) for report in reports] == [ZeroDivisionError, ZeroDivisionError, type(None)]
    assert set(world.reviews.living()) == {"#a"}


def test_a_run_that_is_out_of_time_stops_before_the_next_page_and_begins_with_the_other_sources_next_time() -> None:
    world = World([r("a")], [r("b")])
    first, second = source("first"), source("second")
    world.run(first, out_of_time=lambda: len(world.site.asked) == 1)

    world.run(first, second, out_of_time=lambda: len(world.site.asked) == 3)

    assert set(world.reviews.living("vaart/second")) == {"#a", "#b"}
    assert "no time" in world.states.load("vaart/first").problems[0].reason


def test_a_write_that_another_run_did_first_is_not_counted() -> None:
    world = World([r("a")])
    world.reviews.lose = True

    assert world.run().changes == {}


texts = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["good", "bad", "fine"]), max_size=6)


@given(st.lists(texts, min_size=1, max_size=6), st.integers(1, 3))
def test_after_any_history_what_lives_is_what_is_shown_and_a_run_without_change_writes_nothing(
    history: list[dict[str, str]], size: int
) -> None:
    world = World([])
    for shown in history:
        reviews = [r(native_id, text) for native_id, text in shown.items()]
        world.site.pages[:] = [reviews[at : at + size] for at in range(0, len(reviews), size)] or [[]]

        world.run()

        if shown:
            assert world.reviews.living() == {f"#{native_id}": text for native_id, text in shown.items()}
        writes = world.reviews.writes
        world.run()
        assert world.reviews.writes == writes


def test_every_kind_of_source_that_a_client_may_name_has_a_reader() -> None:
    assert set(READERS) == set(get_args(ReviewSourceKind))


def test_a_source_is_read_by_the_reader_of_its_kind() -> None:
    world = World([r("a")])
    said = PageReading(reviews=(FoundReview("#other", None, None, None, "otherwise read", None),))

    Scraper(world.site, {"json_ld": lambda *_: said}, world.reviews, world.states, BEGIN).scrape([source()])

    assert world.reviews.living() == {"#other": "otherwise read"}
