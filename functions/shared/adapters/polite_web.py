"""Fetching as a guest: robots.txt obeyed, one request at a time, never faster than the site allows, back when told."""

import email.utils
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urljoin

from protego import Protego

from functions.shared.adapters.web import HttpAnswer, check_url
from functions.shared.domain.fetching import ComeBackLater, Fetched, FetchFailed, Validators

AGENT = "KlankbordReviews"
"""The name that robots.txt knows us by."""
MIN_PAUSE = 1.0
"""Seconds between two requests to a host, whatever it allows."""
MAX_PAUSE = 60.0
"""A host that wants longer pauses is not read."""
MAX_WAIT = 30.0
"""A Retry-After up to so many seconds is waited for; a longer one is kept for a later run."""
DEFAULT_WAIT = timedelta(hours=1)
_ATTEMPTS = 3
_MAX_HOPS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_TRY_LATER = (429, 503)


class Get(Protocol):
    """Makes single requests."""

    def get(self, url: str, headers: dict[str, str]) -> HttpAnswer:
        """GET a page once. Raises FetchFailed."""


@dataclass
class _Host:
    """What is known of a host during one run."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Protego | None = None
    refused: FetchFailed | None = None
    pause: float = MIN_PAUSE
    free_at: float = 0.0

    def busy_until(self, moment: float) -> None:
        """Leave the host alone until a moment, at the least."""
        with self.lock:
            self.free_at = max(self.free_at, moment)


class PoliteWeb:
    """Fetches pages for one run. Hosts may be read side by side; each sees one request a second at most."""

    def __init__(
        self,
        web: Get,
        contact: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take what makes requests, the mail address that sites can write to, the moment, and how time passes."""
        self._web = web
        self._agent = f"{AGENT}/1.0 (+mailto:{contact})"
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def get(self, url: str, validators: Validators | None = None) -> Fetched:
        """Fetch an HTML page; its body is None where it has not changed since the validators.

        Raises ComeBackLater where the site wants a longer pause than a run has, FetchFailed where the page may not or
        cannot be fetched.
        """
        conditions = _conditions(validators)
        for _ in range(_MAX_HOPS + 1):
            answer = self._visit(url, conditions)
            if answer.status in _REDIRECTS and "location" in answer.headers:
                url = urljoin(url, answer.headers["location"])
                continue
            return _fetched(url, answer, validators)
        raise FetchFailed(f"The page redirects more than {_MAX_HOPS} times.")

    def _visit(self, url: str, headers: dict[str, str]) -> HttpAnswer:
        host = self._host(url)
        self._learn_rules(host, url)
        if host.refused:
            raise host.refused
        if host.rules and not host.rules.can_fetch(url, AGENT):
            raise FetchFailed("The site's robots.txt does not allow the page to be fetched.")
        return self._paced(url, headers)

    def _paced(self, url: str, headers: dict[str, str]) -> HttpAnswer:
        """Make a request when the host is free for it; after a server error or a short Retry-After, again."""
        host = self._host(url)
        for attempt in range(1, _ATTEMPTS + 1):
            self._wait_for(host)
            try:
                answer = self._web.get(url, {"User-Agent": self._agent, **headers})
            finally:
                host.busy_until(self._monotonic() + host.pause)
            wait = self._retry_after(answer)
            last = attempt == _ATTEMPTS
            if answer.status in _TRY_LATER and (last or (wait is not None and wait > MAX_WAIT)):
                until = self._now() + (timedelta(seconds=wait) if wait is not None else DEFAULT_WAIT)
                raise ComeBackLater("The site asks to come back later.", until)
            if answer.status < 500 and answer.status != 429:
                return answer
            host.busy_until(self._monotonic() + (2.0**attempt if wait is None else wait))
        raise FetchFailed(f"The site answers {answer.status}.")

    def _wait_for(self, host: _Host) -> None:
        with host.lock:
            start = max(self._monotonic(), host.free_at)
            host.free_at = start + host.pause
        if (pause := start - self._monotonic()) > 0:
            self._sleep(pause)

    def _retry_after(self, answer: HttpAnswer) -> float | None:
        said = answer.headers.get("retry-after", "").strip()
        if said.isdigit():
            return float(min(int(said), 30 * 86_400))
        try:
            moment = email.utils.parsedate_to_datetime(said)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max(0.0, (moment - self._now()).total_seconds()), 30 * 86_400.0)

    def _learn_rules(self, host: _Host, url: str) -> None:
        """Read robots.txt once (RFC 9309): none allows all, one that cannot be fetched allows nothing."""
        if host.rules or host.refused:
            return
        try:
            answer = self._robots(urljoin(url, "/robots.txt"))
        except FetchFailed as failure:
            host.refused = failure
            return
        host.rules = Protego.parse(answer.body.decode("utf-8", "replace") if answer.status == 200 else "")
        host.pause = max(MIN_PAUSE, host.rules.crawl_delay(AGENT) or 0.0)
        if rate := host.rules.request_rate(AGENT):
            host.pause = max(host.pause, rate.seconds / rate.requests)
        if host.pause > MAX_PAUSE:
            host.refused = FetchFailed(f"The site wants {host.pause:g} seconds between requests: too long.")
        host.busy_until(self._monotonic() + host.pause)

    def _robots(self, url: str) -> HttpAnswer:
        for _ in range(_MAX_HOPS + 1):
            answer = self._paced(url, {"Accept": "text/plain"})
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            url = urljoin(url, answer.headers["location"])
        return answer

    def _host(self, url: str) -> _Host:
        name = check_url(url).hostname or ""
        with self._lock:
            return self._hosts.setdefault(name, _Host())


def _conditions(validators: Validators | None) -> dict[str, str]:
    if validators is None:
        return {}
    given = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in given.items() if value and value.isprintable()}


def _fetched(url: str, answer: HttpAnswer, validators: Validators | None) -> Fetched:
    content_type = answer.headers.get("content-type", "")
    if answer.status == 304 and validators:
        return Fetched(url, content_type, None, validators)
    if answer.status != 200:
        raise FetchFailed(f"The site answers {answer.status}.")
    if content_type.partition(";")[0].strip().lower() not in ("text/html", "application/xhtml+xml"):
        raise FetchFailed("The page is not HTML.")
    said = Validators(answer.headers.get("etag"), answer.headers.get("last-modified"))
    return Fetched(url, content_type, answer.body, said)
