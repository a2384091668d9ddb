"""The report as a page: one file that needs nothing else, in the client's language and brand."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Template

from functions.aggregate import charts
from functions.aggregate.comparisons import Standing, against_target
from functions.aggregate.exports import exports
from functions.aggregate.queries import ScoreRow, open_datasets
from functions.aggregate.report import SHORTER, ClientReport, gather
from functions.shared.domain import scores
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.dimension import OTHER, UNKNOWN, Dimension
from functions.shared.domain.masking import MARKS
from functions.shared.domain.questions.choice import ChoiceQuestion
from functions.shared.domain.questions.scale import LabelledRange
from functions.shared.domain.questions.types import AnyQuestion
from functions.shared.domain.small_groups import Showing
from functions.shared.presentation.pages import page_environment, svg_address
from functions.shared.presentation.words import FRONTEND, Words, read_words

STRINGS = FRONTEND / "report" / "strings"

COVERAGE = ("imported", "valid", "reachable", "eligible", "invited")
RESPONSE = ("invited", "accepted", "delivered", "completed")


def make_report(bundle: ClientBundle, folder: Path, now: datetime) -> str:
    """Return the page of a client, from the datasets under a folder as they stand at `now`."""
    with open_datasets(folder) as connection:
        shorter = {name: gather(connection, bundle, now, period) for name, period in SHORTER.items()}
        return render(bundle, gather(connection, bundle, now), shorter)


def render(bundle: ClientBundle, report: ClientReport, shorter: Mapping[str, ClientReport]) -> str:
    """Return the page that tells a report's numbers; those of `shorter` periods can be chosen instead, by name."""
    words = read_words(STRINGS, bundle.client.languages[0])
    return _template().render(
        t=words,
        r=report,
        periods=[("year", report), *shorter.items()],
        client=bundle.client,
        brand=bundle.brand,
        logo=svg_address(bundle.logo_svg),
        logo_dark=svg_address(bundle.logo_dark_svg or bundle.logo_svg),
        touchpoint_name=lambda slug: _touchpoint_name(bundle, slug, words),
        translated=lambda texts: _said(texts, words),
        label=lambda question, value: _label(question, value, words),
        value_names=lambda dimension: lambda value: _value_name(dimension, value, words),
        exports=exports(
            bundle,
            report,
            words,
            lambda question, value: _label(question, value, words),
            lambda dimension, value: _value_name(dimension, value, words),
        ),
        target=lambda row: _target(bundle, row),
        asked_at=lambda column: _asked_at(bundle, column, words),
        nps=scores.nps,
        interval=scores.interval,
        whisker=charts.whisker,
        trend=charts.draw_trend(report.trend),
        coverage=lambda told: _stages(coverage(told.funnel), COVERAGE),
        response=lambda told: _stages(told.funnel, RESPONSE),
        Showing=Showing,
        day=date.fromisoformat,
        unmask=lambda text: _marks(text, words),
    )


def coverage(funnel: dict[str, int]) -> dict[str, int]:
    """Return the stages of the coverage funnel: what is left of the rows of a file after each of the rules."""
    valid = funnel["imported"] - funnel["invalid"] - funnel["duplicate"] - funnel["stale"]
    reachable = valid - funnel["no_address"]
    eligible = reachable - sum(funnel[outcome] for outcome in ("opted_out", "suppressed", "blocked", "over_quota"))
    return {**funnel, "valid": valid, "reachable": reachable, "eligible": eligible}


def _stages(counts: dict[str, int], names: tuple[str, ...]) -> list[tuple[str, int, float | None]]:
    """Return each stage with its count and its share of the first."""
    first = counts[names[0]]
    return [(name, counts[name], counts[name] / first if first else None) for name in names]


def _touchpoint_name(bundle: ClientBundle, slug: str, words: Words) -> str:
    touchpoint = bundle.touchpoints.get(slug)
    if touchpoint is None:
        return slug
    return _said(touchpoint.name, words)


def _asked_at(bundle: ClientBundle, column: str, words: Words) -> list[str]:
    """Return the touchpoints that ask what a column of the dataset holds; none where all of them do."""
    asking = [
        slug
        for slug, touchpoint in bundle.touchpoints.items()
        if any(one.dataset_column == column for one in bundle.questionnaires[touchpoint.questionnaire].questions)
    ]
    return [] if len(asking) == len(bundle.touchpoints) else [_touchpoint_name(bundle, slug, words) for slug in asking]


def _target(bundle: ClientBundle, row: ScoreRow) -> tuple[Standing, int] | None:
    """Return on which side of its target a touchpoint is, and the target; None where it has none or is hidden."""
    touchpoint = bundle.touchpoints.get(row.value)
    target = touchpoint.target if touchpoint else None
    reached = against_target(row.counts, target) if row.counts else None
    return None if reached is None or target is None else (reached, target)


def _label(question: AnyQuestion, value: str, words: Words) -> str:
    """Return what an answer is called: an option's text, a number with the words at its end, or what it was."""
    if isinstance(question, ChoiceQuestion):
        texts = {option.value: option.text for option in question.options}
        return _said(texts[value], words) if value in texts else words.translate("no_option_now", value=value)
    if isinstance(question, LabelledRange):
        ends = dict(zip(map(str, question.ends), (question.low, question.high), strict=True))
        return f"{value} – {_said(ends[value], words)}" if value in ends else value
    return value


def _value_name(dimension: Dimension, value: str, words: Words) -> str:
    """Return what a value of a dimension is called: by the client, or by the ends of its band."""
    listed = {one.value: one.name for one in dimension.values}
    if value in listed:
        return _said(listed[value], words)
    if value == UNKNOWN and dimension.missing:
        return _said(dimension.missing, words)
    if value in (OTHER, UNKNOWN):
        return str(words[f"value_{value}"])
    if dimension.bands and value in dimension.bands.values:
        limits, place = dimension.bands.limits, dimension.bands.values.index(value)
        kind = "under" if place == 0 else "from" if place == len(limits) else "between"
        ends = {"low": limits[max(0, place - 1)], "high": limits[min(place, len(limits) - 1)]}
        said = {end: words.decimal(limit, 0 if limit == int(limit) else 1) for end, limit in ends.items()}
        return words.translate(f"band_{kind}", unit=words["band_units"][dimension.bands.unit], **said).strip()
    return value


def _said(texts: Mapping[str, str], words: Words) -> str:
    return texts.get(words.code) or next(iter(texts.values()))


def _marks(text: str, words: Words) -> str:
    """Return a masked text with its marks in the reader's language."""
    for mark in MARKS:
        text = text.replace(mark, f"[{words['marks'][mark[1:-1]]}]")
    return text


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = page_environment(FRONTEND / "report")
    environment.filters["mood"] = scores.bucket
    environment.filters["plain"] = lambda number, words: words.decimal(number, 0 if number == int(number) else 1)
    return environment.get_template("report.html.j2")
