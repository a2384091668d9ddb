"""Read reviews from schema.org data, as sites really write it."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from functions.review_scraper.page_reading import Aggregate, PageReading
from functions.shared.domain.reviews import DEFAULT_BEST, DEFAULT_WORST, FoundReview, Rating, derived_id, safe_id, tidy

Node = Mapping[str, Any]

_REVIEWS = {"Review", "UserReview"}
_NUMBER = re.compile(r"^(-?\d{1,6}(?:[.,]\d{1,6})?)(?:\s*/\s*(\d{1,6}(?:[.,]\d{1,6})?))?$", re.ASCII)
_GROUPED = re.compile(r"^\d{1,3}(?:([.,'\u2019\s\u00a0\u202f])\d{3}(?:\1\d{3})*)$", re.ASCII)
_LANGUAGE = re.compile(r"^([a-z]{2})(?:[-_][a-z0-9]+)*$", re.IGNORECASE)
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_MAX_NODES = 20_000


def read_reviews(items: Sequence[Any], source: str, page: str, zone: ZoneInfo) -> PageReading:
    """Read every review in the JSON-LD items of a page: nested ones, those in @graph, those in lists.

    A moment without an offset is in `zone`, and a date without a time is its noon. What cannot be read of a review is
    left out and told; a review with neither rating nor words is none.
    """
    nodes = list(_nodes(items))
    by_id = _by_id(nodes)
    reviews: dict[str, FoundReview] = {}
    problems: list[str] = []
    unread: list[str] = []
    lost = len(nodes) >= _MAX_NODES
    if lost:
        problems.append(f"the page holds more than {_MAX_NODES} objects")
    for node in nodes:
        if not _types(node) & _REVIEWS:
            continue
        reader = _ReviewReader(node, by_id, source, page, zone)
        try:
            review = reader.read()
        except ValueError as error:
            problems.append(str(error))
            if own := reader.own_id():
                unread.append(own)
            else:
                lost = True
            continue
        problems.extend(reader.reasons)
        reviews.setdefault(review.native_id, review)
    return PageReading(tuple(reviews.values()), tuple(problems), tuple(unread), lost=lost, aggregate=_aggregate(nodes))


def _aggregate(nodes: Sequence[Node]) -> Aggregate | None:
    """Return the first AggregateRating of a page that can be read."""
    for node in nodes:
        if "AggregateRating" not in _types(node):
            continue
        try:
            rating = _rating(node)
            count = _count(node.get("reviewCount") or node.get("ratingCount"))
        except ValueError:
            continue
        if rating:
            return Aggregate(rating, count)
    return None


class _ReviewReader:
    def __init__(self, node: Node, by_id: Mapping[str, Node], source: str, page: str, zone: ZoneInfo) -> None:
        self._node = node
        self._by_id = by_id
        self._source = source
        self._page = page
        self._zone = zone
        self.reasons: list[str] = []

    def read(self) -> FoundReview:
        """Return the review. Raises ValueError where there is nothing that makes it one."""
        node = self._node
        title = tidy(_text(node.get("name")) or _text(node.get("headline")))
        text = tidy(_text(node.get("reviewBody")) or _text(node.get("description")))
        rating = self._rating()
        if rating is None and text is None and title is None:
            raise ValueError("; ".join(self.reasons) or "a review has neither a rating nor words")
        return FoundReview(
            native_id=self._native_id(),
            rating=rating,
            language=_language(node.get("inLanguage")) or _language_of_value(node.get("reviewBody")),
            title=title,
            text=text,
            written_at=self._moment(),
        )

    def _rating(self) -> Rating | None:
        given = self._resolve(_first(self._node.get("reviewRating")))
        if given is None:
            return None
        fields: Node = given if isinstance(given, Mapping) else {"ratingValue": given}
        try:
            rating = _rating(fields)
        except ValueError as error:
            self.reasons.append(f"a rating cannot be read: {error}")
            return None
        if rating is None:
            self.reasons.append("a rating has no value")
        return rating

    def _moment(self) -> datetime | None:
        written = _text(self._node.get("datePublished")) or _text(self._node.get("dateCreated"))
        if not written:
            return None
        try:
            if _DATE.match(written):
                return datetime.combine(datetime.fromisoformat(written), time(12), self._zone)
            moment = datetime.fromisoformat(written)
            return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
        except (ValueError, OverflowError):
            self.reasons.append("a date cannot be read")
            return None

    def own_id(self) -> str | None:
        """Return the id that the site gives the review."""
        for name in ("@id", "identifier", "url"):
            if own := self._lasting(_text(_identifier(self._node.get(name)))):
                return safe_id(own, self._author())
        return None

    def _native_id(self) -> str:
        if own := self.own_id():
            return own
        author = self._author()
        rating = self._resolve(_first(self._node.get("reviewRating")))
        value = rating.get("ratingValue") if isinstance(rating, Mapping) else rating
        text = _text(self._node.get("reviewBody")) or _text(self._node.get("description"))
        title = _text(self._node.get("name")) or _text(self._node.get("headline"))
        return derived_id(self._source, author, _text(self._node.get("datePublished")), _text(value), text or title)

    def _lasting(self, given: str | None) -> str | None:
        """Return an id that stays when the review moves to another page of the list; None for one that does not."""
        if not given or given.startswith("_:"):
            return None
        try:
            there, here = urlsplit(given), urlsplit(self._page)
        except ValueError:
            return given
        if there.netloc and (there.netloc, there.path.rstrip("/")) != (here.netloc, here.path.rstrip("/")):
            return given
        if not there.netloc and (there.path or there.query):
            return given
        return f"#{there.fragment}" if there.fragment else None

    def _author(self) -> str | None:
        author = self._resolve(_first(self._node.get("author")))
        return _text(author.get("name")) if isinstance(author, Mapping) else _text(author)

    def _resolve(self, value: Any) -> Any:
        """Follow a reference of the graph: an object with nothing but an @id."""
        if isinstance(value, Mapping) and set(value) == {"@id"} and isinstance(value["@id"], str):
            return self._by_id.get(value["@id"], value)
        return value


def _nodes(items: Sequence[Any]) -> Iterator[Node]:
    waiting: list[Any] = [*reversed(items)]
    count = 0
    while waiting and count < _MAX_NODES:
        item = waiting.pop()
        if isinstance(item, Mapping):
            count += 1
            yield item
            waiting.extend(reversed([value for value in item.values() if isinstance(value, Mapping | list)]))
        elif isinstance(item, list):
            waiting.extend(reversed(item))


def _by_id(nodes: Sequence[Node]) -> dict[str, Node]:
    by_id: dict[str, Node] = {}
    for node in nodes:
        name = node.get("@id")
        if isinstance(name, str) and len(node) > len(by_id.get(name, {"@id": name})):
            by_id[name] = node
    return by_id


def _types(node: Node) -> set[str]:
    given = node.get("@type")
    names = given if isinstance(given, list) else [given]
    return {re.split(r"[/:#]", name)[-1] for name in names if isinstance(name, str)}


def _first(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _identifier(value: Any) -> Any:
    value = _first(value)
    return value.get("value", value.get("@id")) if isinstance(value, Mapping) and "@value" not in value else value


def _text(value: Any) -> str | None:
    value = _first(value)
    if isinstance(value, Mapping):
        value = value.get("@value")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return html.unescape(str(value)).strip() or None


def _number(value: Any) -> tuple[float | None, float | None]:
    """Return a number as sites write it, and the best one where it is written beside it: 4, "4,5", "8/10"."""
    text = _text(value)
    if text is None:
        return None, None
    match = _NUMBER.match(text)
    if not match:
        raise ValueError("it is no number")
    number, of = (float(part.replace(",", ".")) if part else None for part in match.groups())
    return number, of


def _count(value: Any) -> int | None:
    """Return a number of things, with or without separators of thousands: 1234, "1.234", "1,234", "1 234"."""
    text = _text(value)
    if text is None:
        return None
    grouped = _GROUPED.match(text)
    if grouped:
        return int("".join(digit for digit in text if digit.isdecimal()))
    number = _number(text)[0]
    return None if number is None else int(number)


def _rating(node: Node) -> Rating | None:
    value, of = _number(node.get("ratingValue"))
    if value is None:
        return None
    best = _number(node.get("bestRating"))[0]
    worst = _number(node.get("worstRating"))[0]
    best = of or DEFAULT_BEST if best is None else best
    return Rating(value, best, DEFAULT_WORST if worst is None else worst)


def _language(value: Any) -> str | None:
    value = _first(value)
    if isinstance(value, Mapping):
        value = value.get("alternateName") or value.get("name") or value.get("@value")
    match = _LANGUAGE.match(value.strip()) if isinstance(value, str) else None
    return match[1].lower() if match else None


def _language_of_value(value: Any) -> str | None:
    value = _first(value)
    return _language(value.get("@language")) if isinstance(value, Mapping) else None
