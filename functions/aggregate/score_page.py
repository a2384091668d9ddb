"""A published score as people see it: its page, and the badge that a client puts on its own site."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from jinja2 import Environment

from functions.aggregate.charts import on_scale
from functions.shared.domain.client import ClientBundle
from functions.shared.presentation.pages import page_environment, svg_address
from functions.shared.presentation.words import FRONTEND, Words, read_words

STRINGS = FRONTEND / "score" / "strings"


def render_page(bundle: ClientBundle, score: Mapping[str, Any]) -> str:
    """Return the page of a release; `%NONCE%` in it is to be replaced by that of the Content-Security-Policy."""
    words = _words(bundle)
    nps = score["nps"]
    low, high = (on_scale(nps["interval"][end] / 100) for end in ("low", "high"))
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            t=words,
            s=score,
            brand=bundle.brand,
            logo=svg_address(bundle.logo_svg),
            logo_dark=svg_address(bundle.logo_dark_svg or bundle.logo_svg),
            at=on_scale(nps["score"] / 100),
            low=low,
            width=high - low,
            **_told(score, words),
        )
    )


def render_badge(bundle: ClientBundle, score: Mapping[str, Any]) -> str:
    """Return the badge of a release as SVG."""
    words = _words(bundle)
    return _environment().get_template("badge.svg.j2").render(t=words, brand=bundle.brand, **_told(score, words))


def _told(score: Mapping[str, Any], words: Words) -> dict[str, Any]:
    nps, response = score["nps"], score["response"]
    days = {end: words.day(date.fromisoformat(score["period"][f"{end}_day"])) for end in ("first", "last")}
    return {
        "name": score["client"]["name"],
        "about": score["touchpoint"]["name"] if score["touchpoint"] else "",
        "score": words.points(nps["score"]),
        "between": {end: words.points(nps["interval"][end]) for end in ("low", "high")},
        "n": score["answers"],
        "days": days,
        "rate": words.percent(response["completed"] / response["delivered"] if response["delivered"] else None),
    }


def _words(bundle: ClientBundle) -> Words:
    return read_words(STRINGS, bundle.client.languages[0])


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return page_environment(FRONTEND / "score")
