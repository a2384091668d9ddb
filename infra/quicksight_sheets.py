"""The sheets of analysis and dashboard, as QuickSight takes them: Home, Touchpoints, Teams, Groups, Questions, Funnel,
Reviews.

What they hold of answers is released (docs/decisions/0023-answers-are-released.md), so that every choice of a client, a
period or a touchpoint is of as many people as may be told of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.quicksight_scores import (
    CES,
    CES_TOP,
    COVERAGE,
    CSAT,
    NPS,
    NPS_FROM,
    NPS_TO,
    OF_DIMENSIONS,
    RATING,
    RATING_FROM,
    RATING_TO,
    RESPONSE_RATE,
    REVIEW_COUNT,
    TEAM,
    WEEK,
    CalculatedField,
)

SCORES = "released_scores"
ANSWERS = "released_answers"
DIMENSIONS = "released_dimensions"
FUNNEL = "funnel_daily"
REVIEWS = "reviews"
TOUCHPOINT = "touchpoint"
"""The parameter that a click on a touchpoint sets, and the column that it filters."""
NOT_OF_A_TOUCHPOINT = ("reviews",)
"""Sheets of what is about the whole client."""
REPORTED_DAYS = 365
"""As the report, unless somebody chooses another period."""
_WIDTH = 36

Definition = dict[str, Any]


@dataclass(frozen=True)
class DashboardSheet:
    """A sheet: its visuals with their widths (of 36) and heights, from the left; each row is full."""

    id: str
    name: str
    visuals: Sequence[tuple[Definition, int, int]]


def sheets() -> list[DashboardSheet]:
    """Return the sheets, in their order."""
    counts, contacts = CalculatedField("n", ""), CalculatedField("interactions", "")
    scores = (NPS, NPS_FROM, NPS_TO)
    ratings = (RATING, RATING_FROM, RATING_TO, REVIEW_COUNT)
    stages = [CalculatedField(name, "") for name in ("interactions", "invited", "delivered", "completed", "suspect")]
    return [
        DashboardSheet(
            "home",
            "Home",
            [
                (_number("nps", "NPS", SCORES, NPS), 9, 6),
                (_number("nps-from", "NPS: 95 % from", SCORES, NPS_FROM), 9, 6),
                (_number("nps-to", "NPS: 95 % to", SCORES, NPS_TO), 9, 6),
                (_number("response-rate", "Response rate: completed of delivered, %", FUNNEL, RESPONSE_RATE), 9, 6),
                (_number("csat", "CSAT: 4 or 5 of 5, %", ANSWERS, CSAT), 12, 6),
                (_number("ces", "CES: mean, 1 to 7", ANSWERS, CES), 12, 6),
                (_number("ces-top", "CES: 5 to 7 of 7, %", ANSWERS, CES_TOP), 12, 6),
                (_trend("trend", "NPS a week, with its 95 % interval", SCORES, WEEK.name, "DAY", scores), _WIDTH, 12),
                (
                    _leading_to(
                        "touchpoints", _table("touchpoints", "Touchpoints", SCORES, ("touchpoint",), (*scores, counts))
                    ),
                    24,
                    12,
                ),
                (_table("rates", "Response rate per touchpoint", FUNNEL, ("touchpoint",), (RESPONSE_RATE,)), 12, 12),
                (
                    _trend(
                        "coverage", "Contacts with an e-mail address a month, %", FUNNEL, "dt", "MONTH", (COVERAGE,)
                    ),
                    24,
                    12,
                ),
                (
                    _table(
                        "addresses", "Contacts with an e-mail address, %", FUNNEL, ("touchpoint",), (COVERAGE, contacts)
                    ),
                    12,
                    12,
                ),
            ],
        ),
        DashboardSheet(
            "touchpoints",
            "Touchpoints",
            [
                (
                    _leading_to(
                        "teams",
                        _table(
                            *("touchpoint-scores", "Score with its 95 % interval", SCORES, ("touchpoint",)),
                            (*scores, counts),
                        ),
                    ),
                    18,
                    12,
                ),
                (_table("touchpoint-measures", "CSAT and CES", ANSWERS, ("touchpoint",), (CSAT, CES, CES_TOP)), 18, 12),
                (_trend("touchpoint-trend", "NPS a month", SCORES, "dt", "MONTH", (NPS,), by="touchpoint"), _WIDTH, 12),
                (_table("waves", "By message", SCORES, ("touchpoint", "wave"), (*scores, counts)), _WIDTH, 9),
            ],
        ),
        DashboardSheet(
            "teams",
            "Teams",
            [
                (
                    _table("team-scores", "Score with its 95 % interval", SCORES, (TEAM.name,), (*scores, counts)),
                    18,
                    18,
                ),
                (
                    _table(
                        "team-touchpoints", "Teams by touchpoint", SCORES, ("touchpoint", TEAM.name), (*scores, counts)
                    ),
                    18,
                    18,
                ),
            ],
        ),
        DashboardSheet(
            "groups",
            "Groups",
            [
                (
                    _table("groups", "Groups of customers", DIMENSIONS, ("dimension", "value"), OF_DIMENSIONS),
                    _WIDTH,
                    15,
                ),
                (
                    _table(
                        *("group-touchpoints", "Groups of customers by touchpoint", DIMENSIONS),
                        *(("dimension", "touchpoint", "value"), OF_DIMENSIONS),
                    ),
                    _WIDTH,
                    15,
                ),
            ],
        ),
        DashboardSheet(
            "questions",
            "Questions",
            [
                (_shares("shares", "How the answers are spread", ANSWERS, "question", "answer", counts), _WIDTH, 15),
                (_table("answers", "Answers", ANSWERS, ("touchpoint", "question", "answer"), (counts,)), _WIDTH, 15),
            ],
        ),
        DashboardSheet(
            "funnel",
            "Funnel",
            [
                (
                    _table("stages", "From contact to answer", FUNNEL, ("touchpoint",), (*stages, RESPONSE_RATE)),
                    _WIDTH,
                    12,
                ),
                (_trend("rate-trend", "Response rate a month, %", FUNNEL, "dt", "MONTH", (RESPONSE_RATE,)), _WIDTH, 12),
            ],
        ),
        DashboardSheet(
            "reviews",
            "Reviews",
            [
                (_table("sources", "Rating per source, % of the best", REVIEWS, ("source",), ratings), _WIDTH, 9),
                (
                    _trend(
                        *("review-trend", "Rating a month, % of the best, with its 95 % interval", REVIEWS),
                        *("dt", "MONTH", ratings[:3]),
                    ),
                    _WIDTH,
                    12,
                ),
            ],
        ),
    ]


def definition(arns: Mapping[str, str], scores: Mapping[str, Sequence[CalculatedField]]) -> Definition:
    """Return the definition of analysis and dashboard.

    `arns` are the data sets' by dataset name, `scores` the fields that are made of sums over their rows.
    """
    controls = {"client": "Client", "period": "Period"}
    every = sheets()
    of_touchpoints = [sheet.id for sheet in every if sheet.id not in NOT_OF_A_TOUCHPOINT]
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": name, "DataSetArn": arn} for name, arn in arns.items()],
        "CalculatedFields": [
            {"DataSetIdentifier": name, "Name": score.name, "Expression": score.formula}
            for name in arns
            for score in scores[name]
        ],
        "ParameterDeclarations": [
            {
                "StringParameterDeclaration": {
                    "Name": TOUCHPOINT,
                    "ParameterValueType": "MULTI_VALUED",
                    # Without a value it stands for all of them.
                    "DefaultValues": {"StaticValues": []},
                    "ValueWhenUnset": {"ValueWhenUnsetOption": "RECOMMENDED_VALUE"},
                }
            }
        ],
        "Sheets": [
            {
                "SheetId": sheet.id,
                "Name": sheet.name,
                "ContentType": "INTERACTIVE",
                "Visuals": [visual for visual, _, _ in sheet.visuals],
                "Layouts": [_layout([(_id(visual), width, height) for visual, width, height in sheet.visuals])],
                # What is chosen on one sheet holds on all: such a filter has controls of this kind only.
                "FilterControls": [
                    {"CrossSheet": {"FilterControlId": f"{sheet.id}-{name}", "SourceFilterId": name}}
                    for name in controls
                ],
                **({"ParameterControls": [_choice_of_touchpoints(sheet.id)]} if sheet.id in of_touchpoints else {}),
            }
            for sheet in every
        ],
        "FilterGroups": [
            _filter("client", _any("client", SCORES, "client", controls["client"], "SINGLE_SELECT")),
            _filter("period", _last_days("period", SCORES, "dt", REPORTED_DAYS, controls["period"])),
            _filter(TOUCHPOINT, _chosen(TOUCHPOINT, SCORES), of_touchpoints),
        ],
    }


def _choice_of_touchpoints(sheet: str) -> Definition:
    return {
        "Dropdown": {
            "ParameterControlId": f"{sheet}-{TOUCHPOINT}",
            "Title": "Touchpoint",
            "SourceParameterName": TOUCHPOINT,
            "Type": "MULTI_SELECT",
            "SelectableValues": {"LinkToDataSetColumn": _column(SCORES, TOUCHPOINT)},
        }
    }


def _column(dataset: str, name: str) -> Definition:
    return {"DataSetIdentifier": dataset, "ColumnName": name}


def _value(visual: str, dataset: str, score: CalculatedField) -> Definition:
    field: Definition = {"FieldId": f"{visual}-{score.name.lower()}", "Column": _column(dataset, score.name)}
    if not score.formula:
        # A plain count; a score is a sum's already.
        field["AggregationFunction"] = {"SimpleNumericalAggregation": "SUM"}
    return {"NumericalMeasureField": field}


def _titled(visual: str, title: str) -> Definition:
    return {"VisualId": visual, "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}}}


def _number(visual: str, title: str, dataset: str, score: CalculatedField) -> Definition:
    wells = {"Values": [_value(visual, dataset, score)]}
    return {"KPIVisual": {**_titled(visual, title), "ChartConfiguration": {"FieldWells": wells}}}


def _trend(
    visual: str,
    title: str,
    dataset: str,
    column: str,
    per: str,
    scores: Sequence[CalculatedField],
    by: str | None = None,
) -> Definition:
    period = {"FieldId": f"{visual}-{column}", "Column": _column(dataset, column), "DateGranularity": per}
    wells = {
        "LineChartAggregatedFieldWells": {
            "Category": [{"DateDimensionField": period}],
            "Values": [_value(visual, dataset, score) for score in scores],
            **({"Colors": [_category(visual, dataset, by)]} if by else {}),
        }
    }
    return {"LineChartVisual": {**_titled(visual, title), "ChartConfiguration": {"FieldWells": wells, "Type": "LINE"}}}


def _table(visual: str, title: str, dataset: str, by: Sequence[str], scores: Sequence[CalculatedField]) -> Definition:
    wells = {
        "TableAggregatedFieldWells": {
            "GroupBy": [_category(visual, dataset, column) for column in by],
            "Values": [_value(visual, dataset, score) for score in scores],
        }
    }
    return {"TableVisual": {**_titled(visual, title), "ChartConfiguration": {"FieldWells": wells}}}


def _shares(visual: str, title: str, dataset: str, of: str, by: str, count: CalculatedField) -> Definition:
    wells = {
        "BarChartAggregatedFieldWells": {
            "Category": [_category(visual, dataset, of)],
            "Values": [_value(visual, dataset, count)],
            "Colors": [_category(visual, dataset, by)],
        }
    }
    drawn = {"FieldWells": wells, "Orientation": "HORIZONTAL", "BarsArrangement": "STACKED_PERCENT"}
    return {"BarChartVisual": {**_titled(visual, title), "ChartConfiguration": drawn}}


def _category(visual: str, dataset: str, column: str) -> Definition:
    return {"CategoricalDimensionField": {"FieldId": f"{visual}-{column.lower()}", "Column": _column(dataset, column)}}


def _leading_to(sheet: str, visual: Definition) -> Definition:
    """Let a click on a row lead to another sheet, with the touchpoint of the row chosen."""
    (body,) = visual.values()
    chosen = {"DestinationParameterName": TOUCHPOINT, "Value": {"SourceField": f"{body['VisualId']}-{TOUCHPOINT}"}}
    body["Actions"] = [
        {
            "CustomActionId": f"{body['VisualId']}-to-{sheet}",
            "Name": f"This touchpoint on the sheet {sheet.capitalize()}",
            "Status": "ENABLED",
            "Trigger": "DATA_POINT_CLICK",
            "ActionOperations": [
                {"NavigationOperation": {"LocalNavigationConfiguration": {"TargetSheetId": sheet}}},
                {"SetParametersOperation": {"ParameterValueConfigurations": [chosen]}},
            ],
        }
    ]
    return visual


def _id(visual: Definition) -> str:
    (body,) = visual.values()
    return str(body["VisualId"])


def _layout(sizes: Sequence[tuple[str, int, int]]) -> Definition:
    """Lay visuals out from the left; the widths of a row add up to the sheet's."""
    elements = []
    column = row = 0
    for name, width, height in sizes:
        elements.append(
            {
                "ElementId": name,
                "ElementType": "VISUAL",
                "ColumnIndex": column,
                "ColumnSpan": width,
                "RowIndex": row,
                "RowSpan": height,
            }
        )
        column += width
        if column == _WIDTH:
            column, row = 0, row + height
    return {"Configuration": {"GridLayout": {"Elements": elements}}}


def _filter(name: str, body: Definition, sheet_ids: Sequence[str] = ()) -> Definition:
    """Return a filter of everything, or of everything on some sheets."""
    scope: Definition = {"AllSheets": {}}
    if sheet_ids:
        some = [{"SheetId": sheet, "Scope": "ALL_VISUALS"} for sheet in sheet_ids]
        scope = {"SelectedSheets": {"SheetVisualScopingConfigurations": some}}
    return {
        "FilterGroupId": f"{name}-group",
        "CrossDataset": "ALL_DATASETS",
        "Status": "ENABLED",
        "ScopeConfiguration": scope,
        "Filters": [body],
    }


def _chosen(parameter: str, dataset: str) -> Definition:
    """Return a filter by what a parameter says, of the column of that name."""
    wanted = {"MatchOperator": "EQUALS", "ParameterName": parameter, "NullOption": "NON_NULLS_ONLY"}
    return {
        "CategoryFilter": {
            "FilterId": parameter,
            "Column": _column(dataset, parameter),
            "Configuration": {"CustomFilterConfiguration": wanted},
        }
    }


def _any(name: str, dataset: str, column: str, title: str, choice: str) -> Definition:
    every = {"MatchOperator": "CONTAINS", "SelectAllOptions": "FILTER_ALL_VALUES"}
    control = {"Title": title, "ControlOptions": {"DefaultDropdownOptions": {"Type": choice}}}
    return {
        "CategoryFilter": {
            "FilterId": name,
            "Column": _column(dataset, column),
            "Configuration": {"FilterListConfiguration": every},
            "DefaultFilterControlConfiguration": control,
        }
    }


def _last_days(name: str, dataset: str, column: str, days: int, title: str) -> Definition:
    return {
        "RelativeDatesFilter": {
            "FilterId": name,
            "Column": _column(dataset, column),
            "AnchorDateConfiguration": {"AnchorOption": "NOW"},
            "TimeGranularity": "DAY",
            "RelativeDateType": "LAST",
            "RelativeDateValue": days,
            "NullOption": "NON_NULLS_ONLY",
            "DefaultFilterControlConfiguration": {
                "Title": title,
                "ControlOptions": {"DefaultRelativeDateTimeOptions": {}},
            },
        }
    }
