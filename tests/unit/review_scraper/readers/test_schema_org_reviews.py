"""Reviews as sites write them in schema.org, and what is kept of them."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from functions.review_scraper.page_reading import PageReading
from functions.review_scraper.readers.html_page import read_html
from functions.review_scraper.readers.schema_org import read_reviews
from functions.shared.domain.reviews import FoundReview, Rating

PAGE = "https://reviews.test/shop?page=2"
ZONE = ZoneInfo("Europe/Amsterdam")


def read(*items: Any, page: str = PAGE) -> PageReading:
    return read_reviews(items, "vaart/site", page, ZONE)


def one(item: dict[str, Any], page: str = PAGE) -> FoundReview:
    (review,) = read(item, page=page).reviews
    return review


def review(**more: Any) -> dict[str, Any]:
    return {
        "@type": "Review",
        "@id": "https://reviews.test/shop#r1",
        "author": {"@type": "Person", "name": "Jan Jansen"},
        "datePublished": "2026-11-03",
        "reviewBody": "Snel geholpen",
        "reviewRating": {"@type": "Rating", "ratingValue": "4"},
        **more,
    }


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda r: r,
        lambda r: {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, r]},
        lambda r: {"@type": "Product", "review": [r]},
        lambda r: {"@type": ["LocalBusiness", "Store"], "reviews": {"@type": "ItemList", "itemListElement": [r]}},
        lambda r: {"@type": "Organization", "subjectOf": {"@type": "WebPage", "mainEntity": {"review": r}}},
    ],
)
def test_a_review_is_found_wherever_it_is_nested(wrapped: Any) -> None:
    found = one(wrapped(review()))

    assert (found.native_id, found.text, found.rating) == ("#r1", "Snel geholpen", Rating(4, 5, 1))


@pytest.mark.parametrize("kind", ["Review", "http://schema.org/Review", "schema:Review", ["Thing", "UserReview"]])
def test_the_type_may_be_written_in_many_ways(kind: Any) -> None:
    assert one(review(**{"@type": kind})).native_id == "#r1"


@pytest.mark.parametrize(
    ("rating", "expected"),
    [
        ({"ratingValue": "4,5"}, Rating(4.5, 5, 1)),
        ({"ratingValue": 4.5, "bestRating": 5}, Rating(4.5, 5, 1)),
        ({"ratingValue": " 8/10 "}, Rating(8, 10, 1)),
        ({"ratingValue": "8", "bestRating": "10", "worstRating": "0"}, Rating(8, 10, 0)),
        ([{"ratingValue": 3}], Rating(3, 5, 1)),
        ("4", Rating(4, 5, 1)),
        (4, Rating(4, 5, 1)),
        ({"ratingValue": {"@value": "4", "@type": "xsd:float"}}, Rating(4, 5, 1)),
        ({"ratingValue": 50, "bestRating": 100, "worstRating": 0}, Rating(50, 100, 0)),
    ],
)
def test_a_rating_is_read_on_the_scale_of_its_site(rating: Any, expected: Rating) -> None:
    assert one(review(reviewRating=rating)).rating == expected


@pytest.mark.parametrize(
    ("rating", "share"), [(Rating(1), 0.0), (Rating(5), 1.0), (Rating(8, 10, 0), 0.8), (Rating(4.5), 0.875)]
)
def test_a_rating_is_normalised_between_worst_and_best(rating: Rating, share: float) -> None:
    assert rating.share == pytest.approx(share)


@pytest.mark.parametrize(
    "rating",
    [
        {"ratingValue": "vier"},
        {"ratingValue": "NaN"},
        {"ratingValue": float("inf")},
        {"ratingValue": 8},
        {"ratingValue": 4, "bestRating": 1, "worstRating": 5},
        {"ratingValue": 3, "bestRating": 3, "worstRating": 3},
        {"ratingValue": True},
        {"ratingValue": "9" * 400, "bestRating": "9" * 400},
        {"ratingValue": {}},
        {},
    ],
)
def test_a_rating_that_cannot_be_read_leaves_the_words_and_a_reason(rating: Any) -> None:
    reading = read(review(reviewRating=rating))

    assert [(found.rating, found.text) for found in reading.reviews] == [(None, "Snel geholpen")]
    assert len(reading.problems) == 1
    assert not reading.lost


def test_a_review_without_rating_and_words_is_told_and_still_counts_as_there() -> None:
    reading = read({"@type": "Review", "@id": "https://reviews.test/shop#r1"}, review(**{"@id": "#r2"}))

    assert [found.native_id for found in reading.reviews] == ["#r2"]
    assert reading.unread == ("#r1",)
    assert list(reading.problems) == ["a review has neither a rating nor words"]
    assert not reading.lost


def test_an_empty_review_without_an_id_makes_the_reading_incomplete() -> None:
    assert read({"@type": "Review"}).lost


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"@id": "https://reviews.test/shop#r1"}, "#r1"),
        ({"@id": "https://reviews.test/shop/?page=7#r1"}, "#r1"),
        ({"@id": "#r1"}, "#r1"),
        ({"@id": "https://reviews.test/shop/reviews/12#review"}, "https://reviews.test/shop/reviews/12#review"),
        ({"@id": "urn:uuid:1b4e28ba"}, "urn:uuid:1b4e28ba"),
        ({"@id": "_:b0", "identifier": "12"}, "12"),
        ({"@id": None, "identifier": {"@type": "PropertyValue", "value": 12}}, "12"),
        ({"@id": None, "identifier": ["a", "b"]}, "a"),
        ({"@id": None, "url": "https://reviews.test/shop?page=2#r9"}, "#r9"),
    ],
)
def test_the_site_s_own_id_wins_and_does_not_follow_the_page_that_shows_it(given: Any, expected: str) -> None:
    assert one(review(**given)).native_id == expected


def test_without_an_own_id_author_date_rating_and_words_identify_a_review() -> None:
    def without(**more: Any) -> str:
        return one(review(**{"@id": None, **more})).native_id

    same = without()

    assert same.startswith("hash:")
    assert without(reviewBody="  snel   GEHOLPEN ") == same
    assert without(url=PAGE) == same, "the address of the page itself is no id"
    others = [
        {"author": "Piet"},
        {"datePublished": "2026-11-04"},
        {"reviewRating": 5},
        {"reviewBody": "Traag"},
    ]
    assert len({same, *(without(**other) for other in others)}) == 5


def test_who_wrote_it_is_not_kept_even_where_the_id_has_the_name() -> None:
    found = one(review(**{"@id": "https://reviews.test/reviews/jan-jansen-2026"}))

    assert "jan" not in repr(found).casefold()
    assert found.native_id.startswith("hash:")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-03", "2026-11-03T12:00:00+01:00"),
        ("2026-11-03T10:00:00Z", "2026-11-03T10:00:00+00:00"),
        ("2026-11-03T10:00:00", "2026-11-03T10:00:00+01:00"),
        ("2026-07-03T23:30:00.123+02:00", "2026-07-03T23:30:00.123000+02:00"),
        ("3 november", None),
        ("2026-13-45", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_read_in_the_client_s_zone(written: Any, expected: str | None) -> None:
    moment = one(review(datePublished=written)).written_at

    assert (moment.isoformat() if moment else None) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("nl", "nl"),
        ("nl-NL", "nl"),
        ("EN_gb", "en"),
        ({"@type": "Language", "alternateName": "en", "name": "English"}, "en"),
        ("Dutch", None),
        (None, None),
        (7, None),
    ],
)
def test_a_language_that_is_not_said_is_not_guessed(language: Any, expected: str | None) -> None:
    assert one(review(inLanguage=language)).language == expected


def test_words_are_tidied_and_bounded() -> None:
    found = one(review(reviewBody="  Caf&eacute;\u200b \x00\n\n &amp; \ud800 thee " + "x" * 20_000, name="\t"))

    assert found.text is not None
    assert found.text.startswith("Café\n\n& thee xxx")
    assert len(found.text) == 10_000
    assert found.title is None


def test_references_within_the_graph_are_followed() -> None:
    graph = [
        review(author={"@id": "#jan"}, reviewRating={"@id": "#rating"}, **{"@id": "_:b1"}),
        {"@id": "#jan", "@type": "Person", "name": "Jan Jansen"},
        {"@id": "#rating", "@type": "Rating", "ratingValue": 2},
    ]

    found = one({"@graph": graph})

    assert found.rating == Rating(2)
    assert found.native_id == one(review(reviewRating=2, **{"@id": "_:b7"})).native_id


def test_the_same_review_twice_on_a_page_is_one() -> None:
    assert len(read(review(), {"@type": "Product", "review": review()}).reviews) == 1


def test_one_broken_review_never_stops_the_others() -> None:
    items = [review(**{"@id": f"#r{n}"}) for n in range(3)]
    items[1] |= {"reviewRating": [[]], "author": [[[]]], "datePublished": {"x": []}, "reviewBody": ["", {}], "name": {}}

    reading = read({"review": items})

    assert {found.native_id for found in reading.reviews} == {"#r0", "#r2"}
    assert reading.unread == ("#r1",)


def test_what_a_site_says_of_all_its_reviews_is_read() -> None:
    said = {"@type": "AggregateRating", "ratingValue": "8,7", "bestRating": 10, "reviewCount": "1234"}

    aggregate = read({"@type": "Organization", "aggregateRating": said}).aggregate

    assert aggregate is not None
    assert (aggregate.rating, aggregate.count) == (Rating(8.7, 10, 1), 1234)
    assert read({"@type": "AggregateRating", "ratingValue": "?"}).aggregate is None


def html(*scripts: str, head: str = "", kind: str = "application/ld+json") -> bytes:
    data = "".join(f'<script type="{kind}">{script}</script>' for script in scripts)
    return f"<!doctype html><html><head>{head}{data}</head><body>é</body></html>".encode()


def test_a_broken_script_does_not_hide_the_others() -> None:
    nested = "[" * 100_000
    page = read_html(html('{"@type": "Review",', '{"a": 1}', nested, "", '[{"b": 2}]'), "text/html", PAGE)

    assert page.items == ({"a": 1}, {"b": 2})
    assert page.broken_scripts == (
        "JSON-LD script 1 of the page is no JSON from line 1, column 20 on",
        "JSON-LD script 3 of the page is nested without end",
    )


@pytest.mark.parametrize("kind", ["application/ld+json", "Application/LD+JSON", "application/ld+json; charset=utf-8"])
def test_scripts_are_recognised_by_their_type_however_written(kind: str) -> None:
    assert read_html(html('{"a": 1}', kind=kind), "text/html", PAGE).items == ({"a": 1},)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="next" href="?page=3">', "https://reviews.test/shop?page=3"),
        ('<a rel="nofollow NEXT" href="/shop/3">x</a>', "https://reviews.test/shop/3"),
        ('<base href="https://reviews.test/other/"><link rel=next href="3">', "https://reviews.test/other/3"),
        ('<link rel="nextish" href="?page=3">', None),
        ("", None),
    ],
)
def test_the_next_page_is_where_the_page_says(head: str, expected: str | None) -> None:
    assert read_html(html(head=head), "text/html", PAGE).next_page == expected


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"<", b"plain", b"\xff\xfe\x00", b"<?xml version='1.0' encoding='latin1'?><p>"]
)
def test_what_is_hardly_a_page_has_nothing_in_it(body: bytes) -> None:
    page = read_html(body, "text/html", PAGE)

    assert (page.items, page.next_page) == ((), None)


def test_the_page_s_own_encoding_is_read() -> None:
    body = '<meta charset="windows-1252"><script type="application/ld+json">{"a": "café"}</script>'.encode("cp1252")

    assert read_html(body, "text/html", PAGE).items == ({"a": "café"},)


@pytest.mark.parametrize("count", ["1.234", "1,234", "1 234", "1\u202f234", "1\u2019234", 1234, "1234"])
def test_a_count_may_have_separators_of_thousands(count: Any) -> None:
    aggregate = read({"@type": "AggregateRating", "ratingValue": "4,6", "reviewCount": count}).aggregate

    assert aggregate is not None
    assert (aggregate.rating.value, aggregate.count) == (4.6, 1234)


def test_entities_in_words_are_read_as_what_they_mean() -> None:
    reading = read({"@type": "Review", "@id": "#a", "name": "Q &amp; A", "reviewBody": "Zo&#39;n hulp &gt; geen"})

    assert (reading.reviews[0].title, reading.reviews[0].text) == ("Q & A", "Zo'n hulp > geen")
