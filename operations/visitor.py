"""A customer with a phone, as far as HTTP goes: opens a link, fills in the form that is there, submits it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

_BROWSER = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1",
    "Accept": "text/html",
    "Accept-Language": "nl-NL,nl;q=0.9",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
"""What a telephone says of itself: who says nothing is taken for a program."""


class VisitError(RuntimeError):
    """The page did not answer as a customer may expect."""


@dataclass
class Form:
    """The page's form: where it goes, what it carries by itself, and the names and values that it offers."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)


class _FormReader(HTMLParser):
    """Collects the first POST form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.form: Form | None = None
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the form, its fields and their values."""
        named = {name: value or "" for name, value in attrs}
        if tag == "form" and named.get("method", "").lower() == "post" and self.form is None:
            self.form, self._open = Form(named.get("action", "")), True
            if signs := named.get("data-signs"):
                self.form.hidden[signs] = "1"  # as the page's script does where somebody touches it
        if not self._open or self.form is None or "name" not in named:
            return
        name, kind = named["name"], named.get("type", "text")
        if tag == "textarea":
            self.form.texts.append(name)
        elif tag == "input" and kind == "hidden":
            self.form.hidden[name] = named.get("value", "")
        elif tag == "input" and kind in ("radio", "checkbox"):
            self.form.choices.setdefault(name, []).append(named.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """Stop at the form's end."""
        if tag == "form":
            self._open = False


@dataclass(frozen=True)
class Visit:
    """A page that was opened: `form` is None where the page asks nothing."""

    url: str
    status: int
    body: str = field(repr=False)
    form: Form | None


class Visitor:
    """Opens and submits pages. One may be shared by threads."""

    def __init__(self, connections: int = 8) -> None:
        self._http = urllib3.PoolManager(maxsize=connections, retries=False, timeout=30)

    def open(self, url: str) -> Visit:
        """GET a page. Raises VisitError where the server failed."""
        answer = self._http.request("GET", url, headers=_BROWSER, redirect=False)
        if answer.status >= 500:
            raise VisitError(f"The page answered {answer.status}.")
        body = answer.data.decode()
        reader = _FormReader()
        reader.feed(body)
        return Visit(url, answer.status, body, reader.form)

    def submit(self, visit: Visit, answers: Mapping[str, str]) -> Visit:
        """POST the page's form with these answers, as a browser does, and open where it leads.

        Raises VisitError where there is no form, or the answer is neither a page nor a redirect to one.
        """
        if visit.form is None:
            raise VisitError("The page has no form to submit.")
        target = urljoin(visit.url, visit.form.action)
        parts = urlsplit(target)
        answer = self._http.request(
            "POST",
            target,
            body=urlencode({**visit.form.hidden, **answers}),
            headers={
                **_BROWSER,
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"{parts.scheme}://{parts.netloc}",
            },
            redirect=False,
        )
        if answer.status in (302, 303):
            return self.open(urljoin(target, answer.headers["Location"]))
        if answer.status >= 400:
            raise VisitError(f"The form was answered with {answer.status}.")
        return Visit(target, answer.status, answer.data.decode(), None)
