"""How a guest behaves: robots.txt, pauses, Retry-After, redirects, on a clock that only a test moves."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.adapters.polite_web import PoliteWeb
from functions.shared.adapters.web import HttpAnswer, check_url
from functions.shared.domain.fetching import ComeBackLater, FetchFailed, Validators

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PAGE = "https://reviews.test/shop"


class FakeWeb:
    """A web of pages, and how time passes in it."""

    def __init__(self, pages: Mapping[str, Any], robots: Any = 404) -> None:
        self.pages = {"https://reviews.test/robots.txt": robots, **pages}
        self.seconds = 0.0
        self.asked: list[tuple[float, str, dict[str, str]]] = []
        self.polite = PoliteWeb(self, "crm@vaart.example", self.now, lambda: self.seconds, self.sleep)

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def get(self, url: str, headers: dict[str, str]) -> HttpAnswer:
        check_url(url)
        self.asked.append((self.seconds, url, headers))
        self.seconds += 0.1
        answer = self.pages.get(url, 404)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return HttpAnswer(answer, {}, b"")
        if isinstance(answer, str):
            return HttpAnswer(200, {"content-type": "text/html; charset=utf-8", "etag": '"1"'}, answer.encode())
        status, headers = answer
        return HttpAnswer(status, headers, b"")

    @property
    def urls(self) -> list[str]:
        return [url for _, url, _ in self.asked]

    def pauses(self, host: str = "reviews.test") -> list[float]:
        at = [moment for moment, url, _ in self.asked if f"//{host}/" in url]
        return [round(later - earlier, 6) for earlier, later in itertools.pairwise(at)]


def test_robots_txt_is_read_first_and_once() -> None:
    web = FakeWeb({PAGE: "one", f"{PAGE}?page=2": "two"}, robots="User-agent: *\nDisallow: /admin")

    web.polite.get(PAGE)
    web.polite.get(f"{PAGE}?page=2")

    assert web.urls == ["https://reviews.test/robots.txt", PAGE, f"{PAGE}?page=2"]


def test_a_site_can_write_to_whoever_visits_it() -> None:
    web = FakeWeb({PAGE: "one"})

    web.polite.get(PAGE)

    assert {headers["User-Agent"] for _, _, headers in web.asked} == {
        "KlankbordReviews/1.0 (+mailto:crm@vaart.example)"
    }


@pytest.mark.parametrize(
    "robots",
    [
        "User-agent: *\nDisallow: /",
        "User-agent: KlankbordReviews\nDisallow: /shop",
        "User-agent: klankbordreviews\nDisallow: /*op",
        "User-agent: other\nAllow: /\n\nUser-agent: *\nDisallow: /sh",
    ],
)
def test_a_page_that_robots_txt_forbids_is_not_asked_for(robots: str) -> None:
    web = FakeWeb({PAGE: "one"}, robots=robots)

    with pytest.raises(FetchFailed, match=r"robots\.txt"):
        web.polite.get(PAGE)

    assert web.urls == ["https://reviews.test/robots.txt"]


@pytest.mark.parametrize("robots", [404, 410, 403, "", "User-agent: other\nDisallow: /", "<html>nonsense"])
def test_without_rules_for_us_everything_is_allowed(robots: Any) -> None:
    web = FakeWeb({PAGE: "one"}, robots=robots)

    assert web.polite.get(PAGE).body == b"one"


@pytest.mark.parametrize("robots", [500, 503, FetchFailed("no connection")])
def test_a_robots_txt_that_cannot_be_read_forbids_everything(robots: Any) -> None:
    web = FakeWeb({PAGE: "one"}, robots=robots)

    for _ in range(2):
        with pytest.raises(FetchFailed):
            web.polite.get(PAGE)

    assert PAGE not in web.urls
    assert len(web.urls) <= 3


def test_a_robots_txt_that_has_moved_is_followed() -> None:
    moved = (301, {"location": "https://www.reviews.test/robots.txt"})
    web = FakeWeb({PAGE: "one", "https://www.reviews.test/robots.txt": "User-agent: *\nDisallow: /"}, robots=moved)

    with pytest.raises(FetchFailed, match=r"robots\.txt"):
        web.polite.get(PAGE)


@pytest.mark.parametrize(
    ("robots", "pause"),
    [
        (404, 1.0),
        ("User-agent: *\nCrawl-delay: 0", 1.0),
        ("User-agent: *\nCrawl-delay: 7.5", 7.5),
        ("User-agent: *\nRequest-rate: 1/20", 20.0),
        ("User-agent: *\nRequest-rate: 100/1", 1.0),
        ("User-agent: *\nCrawl-delay: 3\nRequest-rate: 1/10s", 10.0),
        ("User-agent: *\nCrawl-delay: soon", 1.0),
    ],
)
def test_the_site_says_how_long_to_pause_and_a_second_is_the_least(robots: Any, pause: float) -> None:
    web = FakeWeb({PAGE: "one"}, robots=robots)

    for _ in range(3):
        web.polite.get(PAGE)

    assert web.pauses() == [pytest.approx(pause + 0.1)] * 3


def test_a_site_that_wants_very_long_pauses_is_not_read() -> None:
    web = FakeWeb({PAGE: "one"}, robots="User-agent: *\nCrawl-delay: 3600")

    with pytest.raises(FetchFailed, match="3600 seconds"):
        web.polite.get(PAGE)


@given(st.lists(st.sampled_from(["https://a.test/", "https://b.test/", "https://a.test/x"]), max_size=12))
def test_a_host_never_sees_two_requests_within_a_second(urls: list[str]) -> None:
    web = FakeWeb(dict.fromkeys(urls, "page"))

    for url in urls:
        web.polite.get(url)

    assert all(pause >= 1.0 for host in ("a.test", "b.test") for pause in web.pauses(host))


def test_what_has_not_changed_is_not_fetched_again() -> None:
    web = FakeWeb({PAGE: ["one", (304, {})]})
    first = web.polite.get(PAGE)

    second = web.polite.get(PAGE, Validators(first.validators.etag, "Mon, 23 Nov 2026 08:00:00 GMT"))

    assert first.validators.etag == '"1"'
    assert second.body is None
    assert web.asked[-1][2]["If-None-Match"] == '"1"'
    assert web.asked[-1][2]["If-Modified-Since"] == "Mon, 23 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_retry_after_is_waited_for(status: int) -> None:
    web = FakeWeb({PAGE: [(status, {"retry-after": "5"}), "one"]})

    assert web.polite.get(PAGE).body == b"one"
    assert web.pauses()[-1] >= 5.0


@pytest.mark.parametrize("said", ["7200", "Mon, 23 Nov 2026 11:00:01 GMT"])
def test_a_long_retry_after_is_kept_for_a_later_run(said: str) -> None:
    web = FakeWeb({PAGE: (429, {"retry-after": said})})

    with pytest.raises(ComeBackLater) as wish:
        web.polite.get(PAGE)

    assert abs(wish.value.until - (BEGIN + timedelta(hours=2))) < timedelta(seconds=5)
    assert web.urls.count(PAGE) == 1


@pytest.mark.parametrize("said", [{}, {"retry-after": "soon"}, {"retry-after": "0"}, {"retry-after": "-5"}])
def test_a_site_that_keeps_saying_too_many_is_left_alone(said: dict[str, str]) -> None:
    web = FakeWeb({PAGE: (429, said)})

    with pytest.raises(ComeBackLater) as wish:
        web.polite.get(PAGE)

    assert web.urls.count(PAGE) == 3
    assert wish.value.until >= web.now() - timedelta(seconds=1)


def test_a_server_error_is_retried_a_few_times() -> None:
    web = FakeWeb({PAGE: [500, 502, "one"], f"{PAGE}/broken": 500})

    assert web.polite.get(PAGE).body == b"one"
    with pytest.raises(FetchFailed, match="500"):
        web.polite.get(f"{PAGE}/broken")
    assert web.urls.count(f"{PAGE}/broken") == 3


def test_a_redirect_is_followed_as_a_visit_of_its_own() -> None:
    web = FakeWeb(
        {
            PAGE: (302, {"location": "https://www.elsewhere.test/shop"}),
            "https://www.elsewhere.test/robots.txt": "User-agent: *\nDisallow: /private",
            "https://www.elsewhere.test/shop": "one",
        }
    )

    found = web.polite.get(PAGE)

    assert (found.url, found.body) == ("https://www.elsewhere.test/shop", b"one")
    assert web.urls[2:] == ["https://www.elsewhere.test/robots.txt", "https://www.elsewhere.test/shop"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x.test/", "http://user@x.test/", "https://x.test:22/"])
def test_a_redirect_to_what_is_no_page_is_not_followed(target: str) -> None:
    web = FakeWeb({PAGE: (302, {"location": target})})

    with pytest.raises(FetchFailed):
        web.polite.get(PAGE)

    assert web.urls[-1] == PAGE


def test_redirects_in_a_circle_end() -> None:
    web = FakeWeb({PAGE: (301, {"location": PAGE})})

    with pytest.raises(FetchFailed, match="redirects"):
        web.polite.get(PAGE)


@pytest.mark.parametrize("kind", ["application/pdf", "application/json", "", "text/plain"])
def test_only_html_is_read(kind: str) -> None:
    web = FakeWeb({PAGE: (200, {"content-type": kind})})

    with pytest.raises(FetchFailed, match="not HTML"):
        web.polite.get(PAGE)


@pytest.mark.parametrize("status", [404, 403, 410, 204, 206, 304, 302])
def test_another_answer_than_a_page_says_its_number(status: int) -> None:
    web = FakeWeb({PAGE: status})

    with pytest.raises(FetchFailed, match=str(status)):
        web.polite.get(PAGE)
