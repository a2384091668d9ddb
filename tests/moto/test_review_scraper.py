"""The review function as it is deployed, over moto, reading the review site that the fake AWS serves on loopback."""

import importlib
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.adapters import clock
from functions.shared.adapters.binding import Names
from functions.shared.adapters.polite_web import PoliteWeb
from functions.shared.adapters.reviews import DynamoReviews
from functions.shared.adapters.tables import Review, ReviewSourceState
from functions.shared.adapters.web import Web
from functions.shared.domain import object_keys
from functions.shared.domain.reviews import FoundReview, Rating
from infra.local.fake_aws.review_site import Changes, ReviewSite
from infra.local.fake_aws.serving import Server
from tests.worlds.survey_world import bundle

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONFIG = "klankbord-config"
HOST = "reviews.example"
CONTEXT = SimpleNamespace(
    function_name="review-scrape",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:000000000000:function:review-scrape",
    aws_request_id="1",
    get_remaining_time_in_millis=lambda: 900_000,
)


def written(client: str, now: datetime) -> Sequence[Mapping[str, Any]]:
    """Return seven reviews of a client, newest first."""
    return [
        {
            "id": f"r{number}",
            "author": f"Marijke van der {number}",
            "rating": 1 + number % 5,
            "language": "nl" if client == "vaart" else "en",
            "title": f"Title {number}",
            "text": f"About {client}: </script> <b>{number}</b>",
            "written_on": f"2026-11-{10 + number}",
        }
        for number in range(7, 0, -1)
    ]


@dataclass
class Scrape:
    """The function, the site that it reads and the clock that both live on."""

    handler: Any
    site: ReviewSite
    server: Server
    now: datetime = BEGIN
    elapsed: float = 0.0

    def run(self) -> None:
        """Run the function six hours later."""
        self.now += timedelta(hours=6)
        self.site.requests.clear()
        self.handler({}, CONTEXT)

    def show(self, **changes: Any) -> None:
        """Change what the site shows."""
        self.site.change(HOST, Changes(**changes))

    def paths(self) -> list[tuple[str, int]]:
        """Return what the last run asked of the site, with the answers' status."""
        return [(path, status) for host, path, status in self.site.requests if host == HOST]

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds

    def resolve(self, host: str, port: int) -> list[tuple[str, int]]:
        if not host.endswith(".example"):
            raise PermissionError(host)
        return [("127.0.0.1", self.server.port)]


@pytest.fixture
def scrape(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scrape]:
    """Return the function over an empty account that holds one client with a review source."""
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=CONFIG, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        publish("pebble", f"https://{HOST}/pebble")
        monkeypatch.setenv("CONFIG_BUCKET", CONFIG)
        monkeypatch.setenv("USER_AGENT_CONTACT", "crm@pebble.example")
        for model in (Review, ReviewSourceState):
            monkeypatch.setenv(Names.variable(model), model.__name__)
            monkeypatch.setattr(model.Meta, "table_name", model.__name__)
        from functions.review_scraper import handler

        site = ReviewSite(lambda: BEGIN, written, page_size=3)
        server = Server(site).start()
        world = Scrape(lambda *_: None, site, server)
        importlib.reload(handler)
        monkeypatch.setattr(clock, "now", lambda: world.now)
        virtual = partial(PoliteWeb, monotonic=lambda: world.elapsed, sleep=world.sleep)
        monkeypatch.setattr(handler, "PoliteWeb", virtual)
        monkeypatch.setattr(handler, "Web", partial(Web, resolve=world.resolve, tls_context=lambda: None))
        world.handler = handler.make_handler(handler.ScraperSettings.from_env())
        for table in (Review, ReviewSourceState):
            table.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
        yield world
        server.stop()


def publish(slug: str, *urls: str) -> None:
    sources = [
        {"source": f"site{n or ''}", "kind": "json_ld", "url": url, "name": "Site", "authenticity": {"en": "Unchecked"}}
        for n, url in enumerate(urls)
    ]
    published = bundle(client=slug, review_sources=sources)
    boto3.client("s3").put_object(
        Bucket=CONFIG, Key=object_keys.current_bundle(slug), Body=published.model_dump_json().encode()
    )


def kept(source: str = "pebble/site") -> dict[str, Review]:
    return {item.native_id: item for item in Review.query(source)}


def table() -> list[Any]:
    return sorted((item.serialize() for item in Review.scan()), key=repr)


def test_the_reviews_of_a_site_become_items(scrape: Scrape) -> None:
    scrape.run()

    reviews = kept()
    assert sorted(reviews) == [f"#r{number}" for number in range(1, 8)]
    first = reviews["#r7"]
    assert (first.client, first.version, first.removed) == ("pebble", 1, False)
    assert (first.rating_raw, first.rating_best, first.rating_worst) == (3, 5, 1)
    assert (first.language, first.title, first.text) == ("en", "Title 7", "About pebble: </script> <b>7</b>")
    assert first.written_at == datetime(2026, 11, 17, 11, tzinfo=UTC)
    assert first.seen_at == BEGIN + timedelta(hours=6)


def test_whoever_wrote_a_review_is_nowhere_in_the_tables(scrape: Scrape) -> None:
    scrape.run()

    items = json.dumps([table(), [item.serialize() for item in ReviewSourceState.scan()]], default=str)

    assert "Marijke" not in items


def test_the_site_is_visited_politely(scrape: Scrape) -> None:
    scrape.run()

    assert scrape.paths() == [("/robots.txt", 200), ("/pebble", 200), ("/pebble", 200), ("/pebble", 200)]
    assert scrape.elapsed >= 3.0


def test_a_run_without_a_change_writes_no_review(scrape: Scrape) -> None:
    scrape.run()
    before = table()

    scrape.run()

    assert table() == before
    assert scrape.paths() == [("/robots.txt", 200), ("/pebble", 304), ("/pebble", 304), ("/pebble", 304)]


def test_edits_disappearances_and_returns_are_versions(scrape: Scrape) -> None:
    scrape.run()

    scrape.show(edited={"r7": {"text": "Better now", "rating": 5}}, removed=["r2"])
    scrape.run()
    changed = kept()
    scrape.show(edited={"r7": {"text": "Better now", "rating": 5}})
    scrape.run()
    returned = kept()

    assert (changed["#r7"].text, changed["#r7"].rating_raw, changed["#r7"].version) == ("Better now", 5, 2)
    gone = changed["#r2"]
    assert (gone.removed, gone.version, gone.text, gone.title, gone.rating_raw) == (True, 2, None, None, 3)
    back = returned["#r2"]
    assert (back.removed, back.version, back.text) == (False, 3, "About pebble: </script> <b>2</b>")
    assert {review.version for native_id, review in returned.items() if native_id not in ("#r2", "#r7")} == {1}


def test_a_site_that_says_too_many_requests_is_waited_for(scrape: Scrape) -> None:
    scrape.show(failing=[{"status": 429, "headers": {"Retry-After": "9"}}])

    scrape.run()

    assert len(kept()) == 7
    assert scrape.elapsed >= 12.0


def test_a_site_that_wants_peace_for_hours_is_left_alone_by_the_next_run(scrape: Scrape) -> None:
    scrape.show(failing=[{"status": 503, "headers": {"Retry-After": "40000"}}])

    scrape.run()
    scrape.run()
    second = scrape.paths()
    scrape.run()

    assert second == []
    assert len(kept()) == 7


def test_a_forbidden_page_is_a_problem_that_is_kept(scrape: Scrape) -> None:
    scrape.show(robots="User-agent: *\nDisallow: /")

    scrape.run()

    state = ReviewSourceState.get("pebble/site")
    assert [problem["reason"] for problem in state.problems] == [
        "The site's robots.txt does not allow the page to be fetched."
    ]
    assert kept() == {}


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1/", "file:///etc/passwd", "https://[::1]/"]
)
def test_a_redirect_to_the_inside_of_a_network_leads_nowhere(scrape: Scrape, target: str) -> None:
    reached: list[str] = []
    listening = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        reached.append(address[0])
        listening(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        scrape.show(failing=[{"status": 302, "headers": {"Location": target}}])
        scrape.run()

    assert set(reached) == {"127.0.0.1"}
    assert len(scrape.paths()) == 2, "robots.txt and the page that redirects"
    assert len(ReviewSourceState.get("pebble/site").problems) == 1


def test_a_client_and_a_source_that_cannot_be_read_do_not_stop_the_others(scrape: Scrape) -> None:
    boto3.client("s3").put_object(Bucket=CONFIG, Key=object_keys.current_bundle("acme"), Body=b"{}")
    publish("pebble", "https://gone.test/", f"https://{HOST}/pebble")

    with pytest.raises(ExceptionGroup):
        scrape.run()

    assert len(kept("pebble/site1")) == 7
    assert ReviewSourceState.get("pebble/site").problems[0]["reason"].startswith("gone.test is not a public address")


def test_what_the_site_says_of_all_reviews_is_kept_beside_them(scrape: Scrape) -> None:
    scrape.run()

    assert ReviewSourceState.get("pebble/site").aggregate == {"value": 2.9, "best": 5.0, "worst": 1.0, "count": 7}


def test_two_runs_at_once_do_not_double_a_version(scrape: Scrape) -> None:
    reviews = DynamoReviews()
    review = FoundReview("#1", Rating(4), None, None, "good", None)
    edited = FoundReview("#1", Rating(4), None, None, "better", None)

    new = [reviews.keep("pebble/site", review, None, BEGIN) for _ in range(2)]
    known = reviews.known("pebble/site")["#1"]
    again = [reviews.keep("pebble/site", edited, known, BEGIN) for _ in range(2)]
    stale = reviews.remove("pebble/site", "#1", known, BEGIN)

    assert (new, again, stale) == ([True, False], [True, False], False)
    assert (kept()["#1"].version, kept()["#1"].text) == (2, "better")


def test_a_page_that_is_no_html_is_told(scrape: Scrape) -> None:
    scrape.show(failing=[{"status": 200, "content_type": "application/pdf", "body": "%PDF-1.7"}])

    scrape.run()

    assert ReviewSourceState.get("pebble/site").problems[0]["reason"] == "The page is not HTML."
