"""What the report says, to calculate on with: a workbook, and each of its tables as CSV. Nothing else than the page.

Numbers are numbers, with as many digits as the page says; a group that the page hides has none. Words can never be a
formula.
"""

import base64
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from functools import partial

import xlsxwriter

from functions.aggregate.comparisons import points
from functions.aggregate.report import ClientReport, Compared
from functions.shared.domain import scores
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.dimension import Dimension
from functions.shared.domain.questions.types import AnyQuestion
from functions.shared.domain.rounding import rounded
from functions.shared.domain.small_groups import Showing
from functions.shared.presentation.words import Words

Cell = str | int | Decimal | None
_NO_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_NAME = 31
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class ExportTable:
    """A table: `name` is also that of its sheet and file."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Export:
    """A file that stands in the page itself: its name, and the address that holds all of it."""

    file: str
    title: str
    address: str


def exports(
    bundle: ClientBundle,
    report: ClientReport,
    words: Words,
    label: Callable[[AnyQuestion, str], str],
    value_name: Callable[[Dimension, str], str],
) -> list[Export]:
    """Return the workbook and the tables of a report, the workbook first.

    `label` says what an answer is called, `value_name` what a value of a dimension is.
    """
    made = tables(bundle, report, words, label, value_name)
    stem = f"{bundle.client.client}-{report.made_at.astimezone(bundle.client.zone):%Y-%m-%d}"
    found = [Export(f"{stem}.xlsx", words["workbook"], _address(workbook(made, report), XLSX))]
    for table, sheet in zip(made, sheet_names(made), strict=True):
        name = sheet.lower().replace(" ", "-")
        found.append(Export(f"{stem}-{name}.csv", table.name, _address(to_csv(table), "text/csv")))
    return found


def tables(
    bundle: ClientBundle,
    report: ClientReport,
    words: Words,
    label: Callable[[AnyQuestion, str], str],
    value_name: Callable[[Dimension, str], str],
) -> list[ExportTable]:
    """Return the tables of a report."""

    def name(slug: str) -> str:
        return _said(bundle.touchpoints[slug].name, words) if slug in bundle.touchpoints else slug

    nps, n, low, high = words["nps_short"], words["n_head"], words["low_end"], words["high_end"]
    share, score = words["share"], (nps, low, high, n)
    return [
        ExportTable(words["about"], (words["what"], words["value"]), list(_about(bundle, report, words))),
        ExportTable(
            words["trend"],
            (words[f"period_head_{report.per}"], *score, words["partial"]),
            [(one.start, *_scored(one.counts, one.showing, report), int(one.partial)) for one in report.trend],
        ),
        _groups(words["touchpoints"], words["touchpoint"], report.touchpoints, report, words, name),
        _groups(words["teams"], words["team"], report.teams, report, words, str),
        *(
            _groups(
                _said(table.dimension.name, words),
                _said(table.dimension.name, words),
                table.groups,
                report,
                words,
                partial(value_name, table.dimension),
            )
            for table in report.dimensions
        ),
        ExportTable(
            words["questions"],
            (words["touchpoint"], words["question"], words["answer"], share, low, high, n),
            [
                (
                    name(one.touchpoint),
                    _said(table.question.text, words),
                    label(table.question, answer.value),
                    *_shared(answer.share.value, answer.share.interval),
                    table.n,
                )
                for one in report.questions
                for table in one.questions
                for answer in table.answers
            ],
        ),
        ExportTable(
            words["drivers"],
            (words["touchpoint"], words["question"], share, low, high, n),
            [
                (name(slug), _said(question.text, words), *_shared(one.value, one.interval), told.found.n)
                for slug, told in report.drivers.items()
                for question, one in zip(told.questions, told.found.importances, strict=True)
            ],
        ),
        ExportTable(
            words["comments"],
            (words["touchpoint"], words["score"], words["comment"]),
            [(name(one.touchpoint), one.score, one.text) for one in report.comments],
        ),
    ]


def _about(bundle: ClientBundle, report: ClientReport, words: Words) -> Iterator[tuple[str, Cell]]:
    yield words["client"], bundle.client.name
    yield words["from_day"], report.since.isoformat()
    yield words["until_day"], f"{report.made_at.astimezone(bundle.client.zone):%Y-%m-%d %H:%M}"
    yield words["zone"], bundle.client.timezone
    yield words["threshold"], report.thresholds.score
    values = _scored(report.counts, report.showing, report)
    yield from zip((words["nps"], words["low_end"], words["high_end"], words["n_head"]), values, strict=True)
    if report.showing is not Showing.HIDDEN:
        for kind in ("promoters", "passives", "detractors"):
            yield words[kind], getattr(report.counts, kind)
    if report.dispositions.delivered:
        yield words["response_rate"], _share(report.dispositions.response_rate)
    for kind, counts in (("csat", report.csat), ("ces", report.ces)):
        if counts and counts.top_share:
            told = counts.top_share
            yield words[kind], _share(told.value)
            yield f"{words[kind]}, {words['low_end']}", _share(told.interval.low)
            yield f"{words[kind]}, {words['high_end']}", _share(told.interval.high)


def _groups(
    title: str,
    heading: str,
    compared: Sequence[Compared],
    report: ClientReport,
    words: Words,
    name: Callable[[str], str],
) -> ExportTable:
    header = (words["nps_short"], words["low_end"], words["high_end"], words["n_head"])
    rows: list[tuple[Cell, ...]] = []
    for one in compared:
        row = one.row
        verdict = words[one.verdict] if one.verdict else words["no_clear"] if one.tested else words["untested"]
        rows.append(
            (
                name(row.value),
                *_scored(row.counts, row.showing, report),
                _share(row.response_rate),
                None if row.response_rate is None else row.delivered,
                None if row.showing is Showing.HIDDEN else verdict,
            )
        )
    more = (words["response_rate"], words["stages"]["delivered"], words["compared"])
    return ExportTable(title, (heading, *header, *more), rows)


def _scored(counts: scores.Counts | None, showing: Showing, report: ClientReport) -> tuple[Cell, Cell, Cell, Cell]:
    """Return the score, its interval and n; of what is hidden nothing."""
    found = scores.interval(counts) if counts and showing is not Showing.HIDDEN else None
    if counts is None or found is None:
        return None, None, None, None
    return points(counts), int(rounded(found.low, times=100)), int(rounded(found.high, times=100)), counts.n


def _shared(value: float, between: scores.Interval) -> tuple[Cell, Cell, Cell]:
    return _share(value), _share(between.low), _share(between.high)


def _share(share: float | None) -> Decimal | None:
    """Return a share in per cent, with the one decimal that the page has."""
    return None if share is None else rounded(share, 1, times=100)


def to_csv(table: ExportTable) -> bytes:
    """Return a table as CSV in UTF-8, with the mark by which Excel knows it; words that begin as a formula do not."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_plain(cell) for cell in table.header])
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return "" if cell is None else str(cell)


def sheet_names(made: Sequence[ExportTable]) -> list[str]:
    """Return a name for the sheet of each table: no two alike, and without what Excel takes for no part of a name."""
    names: list[str] = []
    for table in made:
        name = _NO_NAME.sub(" ", table.name).strip(" '")[:_LONGEST_NAME] or "-"
        taken = {one.casefold() for one in names}
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{name[: _LONGEST_NAME - 4].removesuffix(f' ({number - 1})')} ({number})"
        names.append(name)
    return names


def workbook(made: Sequence[ExportTable], report: ClientReport) -> bytes:
    """Return the tables as a workbook, a sheet each; the same tables give the same bytes."""
    body = io.BytesIO()
    with xlsxwriter.Workbook(body, {"in_memory": True}) as book:
        book.set_properties({"created": report.made_at.astimezone(UTC).replace(tzinfo=None)})
        head = book.add_format({"bold": True})
        for table, title in zip(made, sheet_names(made), strict=True):
            sheet = book.add_worksheet(title)
            for column, name in enumerate(table.header):
                longest = max((len(str(row[column])) for row in table.rows if row[column] is not None), default=0)
                sheet.set_column(column, column, min(60, max(len(name), longest) + 2))
                sheet.write_string(0, column, name, head)
            for number, row in enumerate(table.rows, 1):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    elif cell is not None:
                        sheet.write_number(number, column, float(cell))
            sheet.freeze_panes(1, 0)
    return body.getvalue()


def _said(texts: dict[str, str], words: Words) -> str:
    return texts.get(words.code) or next(iter(texts.values()))


def _address(body: bytes, content_type: str) -> str:
    return f"data:{content_type};base64,{base64.b64encode(body).decode()}"
