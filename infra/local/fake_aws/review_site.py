"""The review site of the examples: what a crawler meets on a site with schema.org reviews in its pages.

https://beoordelingen.example/vaart and https://reviews.example/pebble, both on one loopback port; the Host header says
which. `POST /control` on the host changes what is shown, for tests.
"""

import hashlib
import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from infra.local.fake_aws.serving import internal_error, with_body

PAGE_SIZE = 20
PLACES = {"beoordelingen.example": "vaart", "reviews.example": "pebble"}
"""The client whose reviews a host shows, under the path of its slug."""

Reviews = Callable[[str, datetime], Sequence[Mapping[str, Any]]]
"""(client, now) -> reviews: id, author, rating (1-5), language, title, text, written_on (yyyy-mm-dd)."""

_PAGE = Template((Path(__file__).parent / "templates" / "review_site.html").read_text(encoding="utf-8"))
_WORDS = {
    "nl": {"heading": "Ervaringen met {name}", "of": "van 5", "next": "Volgende pagina", "previous": "Vorige pagina"},
    "en": {"heading": "Reviews of {name}", "of": "out of 5", "next": "Next page", "previous": "Previous page"},
}


@dataclass
class Changes:
    """What a test changed on one host."""

    edited: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By review id: the fields that read otherwise now."""
    removed: list[str] = field(default_factory=list)
    added: list[dict[str, Any]] = field(default_factory=list)
    failing: list[dict[str, Any]] = field(default_factory=list)
    """Answers to the next page requests: {"status": 429, "headers": {"Retry-After": "1"}, "body", "content_type"}."""
    robots: str = "User-agent: *\nCrawl-delay: 1\nDisallow: /control\n"


class ReviewSite:
    """Answers on the second port."""

    def __init__(self, now: Callable[[], datetime], reviews: Reviews, page_size: int = PAGE_SIZE) -> None:
        self._now = now
        self._reviews = reviews
        self._page_size = page_size
        self._changes = {host: Changes() for host in PLACES}
        self.requests: list[tuple[str, str, int]] = []
        """(host, path, status) of what was asked, for tests."""
        self._application = Starlette(
            routes=[Route("/{path:path}", with_body(self._answer), methods=["GET", "POST"])],
            exception_handlers={Exception: internal_error},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._application(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        host = request.headers.get("host", "").partition(":")[0].lower()
        if host not in PLACES:
            return PlainTextResponse("This is the review site of the examples: ask for one of its hosts by name.", 404)
        if request.url.path == "/control":
            return self._control(host, request, body)
        response = self._show(host, request)
        self.requests.append((host, request.url.path, response.status_code))
        del self.requests[:-1000]
        return response

    def _show(self, host: str, request: Request) -> Response:
        changes = self._changes[host]
        if request.url.path == "/robots.txt":
            return PlainTextResponse(changes.robots)
        if changes.failing:
            failure = changes.failing.pop(0)
            kind = failure.get("content_type", "text/html; charset=utf-8")
            headers = {"Content-Type": kind, **failure.get("headers", {})}
            return Response(failure.get("body", ""), int(failure["status"]), headers)
        if request.url.path.rstrip("/") != f"/{PLACES[host]}":
            return PlainTextResponse("There is no such page.", 404)
        number = request.query_params.get("page", "1")
        page = self._page(host, int(number) if number.isdigit() else 1)
        if page is None:
            return PlainTextResponse("There is no such page.", 404)
        etag = f'"{hashlib.sha256(page).hexdigest()[:20]}"'
        headers = {"ETag": etag, "Cache-Control": "max-age=60"}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(page, headers=headers)

    def _control(self, host: str, request: Request, body: bytes) -> Response:
        if request.method == "POST":
            self.change(host, Changes(**json.loads(body or b"{}")))
        return JSONResponse({"host": host, "requests": [list(entry) for entry in self.requests]})

    def change(self, host: str, changes: Changes) -> None:
        """Show a host otherwise from now on."""
        self._changes[host] = changes

    def _shown(self, host: str) -> list[Mapping[str, Any]]:
        changes = self._changes[host]
        reviews = [*changes.added, *self._reviews(PLACES[host], self._now())]
        return [
            {**entry, **changes.edited.get(entry["id"], {})} for entry in reviews if entry["id"] not in changes.removed
        ]

    def _page(self, host: str, number: int) -> bytes | None:
        client = PLACES[host]
        reviews = self._shown(host)
        last = max(1, -(-len(reviews) // self._page_size))
        if not 1 <= number <= last:
            return None
        some = reviews[(number - 1) * self._page_size : number * self._page_size]
        language = "nl" if client == "vaart" else "en"
        name = {"vaart": "Vaart Verzekeringen", "pebble": "Pebble Mobile"}[client]
        words = _WORDS[language]
        address = f"https://{host}/{client}"
        links = ""
        for rel, other in (("prev", number - 1), ("next", number + 1)):
            if 1 <= other <= last:
                label = words["previous" if rel == "prev" else "next"]
                links += f'<a rel="{rel}" href="/{client}?page={other}">{label}</a> '
        page = _PAGE.substitute(
            language=language,
            heading=html.escape(words["heading"].format(name=name)),
            data=json.dumps(_json_ld(address, name, reviews, some), ensure_ascii=False, indent=1).replace(
                "<", "\\u003c"
            ),
            reviews="\n".join(_shown_as_html(entry, words["of"]) for entry in some),
            links=links,
        )
        return page.encode()


def _json_ld(
    address: str, name: str, reviews: Sequence[Mapping[str, Any]], some: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    ratings = [float(entry["rating"]) for entry in reviews]
    return {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": f"{address}#organization",
        "name": name,
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": round(sum(ratings) / len(ratings), 1) if ratings else None,
            "bestRating": 5,
            "worstRating": 1,
            "reviewCount": len(ratings),
        },
        "review": [
            {
                "@type": "Review",
                "@id": f"{address}#{entry['id']}",
                "author": {"@type": "Person", "name": entry["author"]},
                "datePublished": entry["written_on"],
                "inLanguage": entry["language"],
                "name": entry["title"],
                "reviewBody": entry["text"],
                "reviewRating": {"@type": "Rating", "ratingValue": entry["rating"], "bestRating": 5, "worstRating": 1},
            }
            for entry in some
        ],
    }


def _shown_as_html(entry: Mapping[str, Any], of: str) -> str:
    shown = {name: html.escape(str(value)) for name, value in entry.items()}
    return (
        f'<article id="{shown["id"]}" lang="{shown["language"]}"><h2>{shown["title"]}</h2>'
        f'<p class="stars">{shown["rating"]} {of}</p><p>{shown["text"]}</p>'
        f'<p class="by">{shown["author"]}, <time>{shown["written_on"]}</time></p></article>'
    )
