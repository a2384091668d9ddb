"""The Home sheet: NPS with its interval, response rate, trend, touchpoints, addresses; as QuickSight takes it."""

from collections.abc import Sequence
from typing import Any

from infra.quicksight_scores import COVERAGE, NPS, NPS_FROM, NPS_TO, RESPONSE_RATE, WEEK, Score

SCORES = "released_scores"
FUNNEL = "funnel_daily"
REPORTED_DAYS = 365
"""As the report, unless somebody chooses another period."""
_SHEET = "home"
_WIDTH = 36

Definition = dict[str, Any]


def definition(arns: dict[str, str]) -> Definition:
    """Return the definition of analysis and dashboard; `arns` are the data sets' by dataset name."""
    counts, contacts = Score("n", ""), Score("interactions", "")
    scores = (NPS, NPS_FROM, NPS_TO)
    visuals = [
        (_number("nps", "NPS", SCORES, NPS), 9, 6),
        (_number("nps-from", "NPS: 95 % from", SCORES, NPS_FROM), 9, 6),
        (_number("nps-to", "NPS: 95 % to", SCORES, NPS_TO), 9, 6),
        (_number("response-rate", "Response rate: completed of delivered, %", FUNNEL, RESPONSE_RATE), 9, 6),
        (_trend("trend", "NPS a week, with its 95 % interval", SCORES, WEEK.name, "DAY", scores), _WIDTH, 12),
        (_touchpoints("touchpoints", "Touchpoints", SCORES, (*scores, counts)), 24, 12),
        (_touchpoints("funnel", "Response rate per touchpoint", FUNNEL, (RESPONSE_RATE,)), 12, 12),
        (_trend("coverage", "Contacts with an e-mail address a month, %", FUNNEL, "dt", "MONTH", (COVERAGE,)), 24, 12),
        (_touchpoints("addresses", "Contacts with an e-mail address, %", FUNNEL, (COVERAGE, contacts)), 12, 12),
    ]
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": name, "DataSetArn": arn} for name, arn in arns.items()],
        "Sheets": [
            {
                "SheetId": _SHEET,
                "Name": "Home",
                "ContentType": "INTERACTIVE",
                "Visuals": [visual for visual, _, _ in visuals],
                "Layouts": [_layout([(_id(visual), width, height) for visual, width, height in visuals])],
                "FilterControls": [
                    {
                        "Dropdown": {
                            "FilterControlId": "choose-client",
                            "Title": "Client",
                            "SourceFilterId": "client",
                            "Type": "SINGLE_SELECT",
                        }
                    },
                    {
                        "RelativeDateTime": {
                            "FilterControlId": "choose-period",
                            "Title": "Period",
                            "SourceFilterId": "period",
                        }
                    },
                ],
            }
        ],
        "FilterGroups": [
            _filter("client", "ALL_DATASETS", _any("client", SCORES, "client")),
            _filter("period", "ALL_DATASETS", _last_days("period", SCORES, "dt", REPORTED_DAYS)),
        ],
    }


def _column(dataset: str, name: str) -> Definition:
    return {"DataSetIdentifier": dataset, "ColumnName": name}


def _value(visual: str, dataset: str, score: Score) -> Definition:
    field: Definition = {"FieldId": f"{visual}-{score.name.lower()}", "Column": _column(dataset, score.name)}
    if not score.formula:
        # A plain count; a score is a sum's already.
        field["AggregationFunction"] = {"SimpleNumericalAggregation": "SUM"}
    return {"NumericalMeasureField": field}


def _titled(visual: str, title: str) -> Definition:
    return {"VisualId": visual, "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}}}


def _number(visual: str, title: str, dataset: str, score: Score) -> Definition:
    wells = {"Values": [_value(visual, dataset, score)]}
    return {"KPIVisual": {**_titled(visual, title), "ChartConfiguration": {"FieldWells": wells}}}


def _trend(visual: str, title: str, dataset: str, column: str, per: str, scores: Sequence[Score]) -> Definition:
    period = {"FieldId": f"{visual}-{column}", "Column": _column(dataset, column), "DateGranularity": per}
    wells = {
        "LineChartAggregatedFieldWells": {
            "Category": [{"DateDimensionField": period}],
            "Values": [_value(visual, dataset, score) for score in scores],
        }
    }
    return {"LineChartVisual": {**_titled(visual, title), "ChartConfiguration": {"FieldWells": wells, "Type": "LINE"}}}


def _touchpoints(visual: str, title: str, dataset: str, scores: Sequence[Score]) -> Definition:
    by = {"FieldId": f"{visual}-touchpoint", "Column": _column(dataset, "touchpoint")}
    wells = {
        "TableAggregatedFieldWells": {
            "GroupBy": [{"CategoricalDimensionField": by}],
            "Values": [_value(visual, dataset, score) for score in scores],
        }
    }
    return {"TableVisual": {**_titled(visual, title), "ChartConfiguration": {"FieldWells": wells}}}


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


def _filter(name: str, reach: str, body: Definition) -> Definition:
    everywhere = [{"SheetId": _SHEET, "Scope": "ALL_VISUALS"}]
    return {
        "FilterGroupId": f"{name}-group",
        "CrossDataset": reach,
        "Status": "ENABLED",
        "ScopeConfiguration": {"SelectedSheets": {"SheetVisualScopingConfigurations": everywhere}},
        "Filters": [body],
    }


def _any(name: str, dataset: str, column: str) -> Definition:
    every = {"MatchOperator": "CONTAINS", "SelectAllOptions": "FILTER_ALL_VALUES"}
    return {
        "CategoryFilter": {
            "FilterId": name,
            "Column": _column(dataset, column),
            "Configuration": {"FilterListConfiguration": every},
        }
    }


def _last_days(name: str, dataset: str, column: str, days: int) -> Definition:
    return {
        "RelativeDatesFilter": {
            "FilterId": name,
            "Column": _column(dataset, column),
            "AnchorDateConfiguration": {"AnchorOption": "NOW"},
            "TimeGranularity": "DAY",
            "RelativeDateType": "LAST",
            "RelativeDateValue": days,
            "NullOption": "NON_NULLS_ONLY",
        }
    }
