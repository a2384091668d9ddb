"""Datasets as tables and dashboards: scores are made of sums, and QuickSight is there only where it is asked for."""

import json
import math
import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aggregate.datasets.registry import DATASETS
from functions.shared.domain.scores import Counts, ces_counts, csat_counts, interval, nps
from infra.quicksight_scores import (
    COUNTS_OF_AN_ANSWER,
    COVERAGE,
    NPS,
    NPS_FROM,
    NPS_TO,
    OF_ANSWERS,
    OF_SCORES,
    RESPONSE_RATE,
    WEEK,
)
from tests.worlds.templates import Templates

STACK = "KlankbordQuickSight"


def projected(logical: dict[str, Any]) -> list[str]:
    """Return the columns that a data set shows."""
    (shown,) = (
        step["ProjectOperation"]["ProjectedColumns"] for step in logical["DataTransforms"] if "ProjectOperation" in step
    )
    return list(shown)


def evaluate(formula: str, sums: dict[str, float], threshold: int = 5) -> float | None:
    """Evaluate the few functions of QuickSight that the formulas use."""
    formula = formula.replace("max({threshold})", str(threshold))
    text = re.sub(r"sum\(\{(\w+)\}\)", lambda m: repr(float(sums[m.group(1)])), formula)
    scope = {"ifelse": lambda test, yes, no: yes() if test() else no(), "sqrt": math.sqrt, "NULL": None}
    return eval(_lazily(text), {"__builtins__": {}, **scope})  # noqa: S307  (our own formulas)


def _lazily(text: str) -> str:
    """Make the arguments of ifelse functions, so that only the branch that is taken is computed."""
    if not text.startswith("ifelse("):
        return text
    depth, parts, start = 0, [], len("ifelse(")
    for at in range(start, len(text)):
        if text[at] == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        elif text[at] == "(":
            depth += 1
        elif text[at] == ")":
            if depth == 0:
                parts.append(text[start:at].strip())
                break
            depth -= 1
    return f"ifelse({', '.join(f'lambda: {_lazily(part)}' for part in parts)})"


@pytest.mark.parametrize("counts", [(8, 13, 15), (12, 7, 12), (10, 20, 70), (0, 0, 10), (1, 2, 3), (7, 0, 0)])
def test_the_formulas_agree_with_the_scores_of_the_domain(counts: tuple[int, int, int]) -> None:
    detractors, passives, promoters = counts
    sums = {"n": sum(counts), "promoters": promoters, "passives": passives, "detractors": detractors}
    score, shown = nps(Counts(*counts)), interval(Counts(*counts))

    assert score is not None
    assert shown is not None
    assert evaluate(NPS.formula, sums) == pytest.approx(100 * score)
    assert evaluate(NPS_FROM.formula, sums) == pytest.approx(100 * shown.low, abs=1e-4)
    assert evaluate(NPS_TO.formula, sums) == pytest.approx(100 * shown.high, abs=1e-4)


def test_below_five_people_there_is_no_score() -> None:
    sums = dict.fromkeys(("n", "csat_n", "ces_n", "csat_top", "ces_sum", "ces_top"), 4)
    sums |= {"promoters": 4, "passives": 0, "detractors": 0}

    assert {evaluate(score.formula, sums) for score in (*OF_SCORES, *OF_ANSWERS)} == {None}
    assert evaluate(RESPONSE_RATE.formula, {"delivered": 4, "completed": 3}) is None


def test_the_threshold_is_the_clients_own() -> None:
    sums = {"n": 12, "promoters": 6, "passives": 3, "detractors": 3}

    assert evaluate(NPS.formula, sums, threshold=12) == 25
    assert evaluate(NPS.formula, sums, threshold=13) is None


def test_coverage_is_a_share_of_sums_and_none_of_no_contacts() -> None:
    assert evaluate(COVERAGE.formula, {"interactions": 8, "with_address": 6}) == 75
    assert evaluate(COVERAGE.formula, {"interactions": 0, "with_address": 0}) is None


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_a_week_begins_on_monday_as_in_the_report(day: date) -> None:
    days = {"DD": timedelta(1)}
    scope = {
        "addDateTime": lambda number, per, at: at + number * days[per],
        "truncDate": lambda per, at: at - timedelta((at.weekday() + 1) % 7) if per == "WK" else None,  # from Sunday
    }

    week = eval(WEEK.formula.replace("{dt}", "dt"), {"__builtins__": {}, "dt": day, **scope})  # noqa: S307

    assert week == day - timedelta(day.weekday())


def test_no_data_set_can_count_an_answer_twice_or_holds_figures_of_employees(cloud: Templates) -> None:
    filters = []
    for data_set in cloud.resources("AWS::QuickSight::DataSet").values():
        (physical,) = data_set["PhysicalTableMap"].values()
        (logical,) = data_set["LogicalTableMap"].values()
        columns = [column["Name"] for column in physical["RelationalTable"]["InputColumns"]]
        if "dimension" in columns:
            filters += [s["FilterOperation"] for s in logical["DataTransforms"] if "FilterOperation" in s]
            assert not {"dimension", "value", "employee_key"} & set(projected(logical))
    assert filters == [{"ConditionExpression": "{dimension} = 'all'"}]


def test_without_the_switch_there_is_no_quicksight(plain: Templates, cloud: Templates) -> None:
    assert "AWS::QuickSight" not in plain.text()
    assert STACK in cloud.stacks


def test_the_three_data_sets_ship_counts_and_score_their_sums(cloud: Templates) -> None:
    found = {}
    for data_set in cloud.resources("AWS::QuickSight::DataSet").values():
        (physical,) = data_set["PhysicalTableMap"].values()
        (logical,) = data_set["LogicalTableMap"].values()
        made = [
            column["ColumnName"]
            for step in logical["DataTransforms"]
            for column in step.get("CreateColumnsOperation", {}).get("Columns", ())
        ]
        shown = projected(logical)
        found[physical["RelationalTable"]["Name"]] = (made, shown)
        assert data_set["ImportMode"] == "SPICE"

    # What is of answers is released: no filter leads to fewer people than a batch has.
    assert set(found) == {"released_scores", "released_answers", "funnel_daily"}
    assert found["released_scores"][0] == ["week", "Team", "NPS", "NPS from", "NPS to"]
    assert found["released_answers"][0][-3:] == ["CSAT %", "CES", "CES 5-7 %"]
    assert found["funnel_daily"][0] == ["Response rate %", "With address %"]
    assert "completed" in found["funnel_daily"][1]


def test_every_data_set_is_refreshed_without_a_start_that_passes(cloud: Templates) -> None:
    schedules = cloud.resources("AWS::QuickSight::RefreshSchedule").values()

    assert len(schedules) == 3
    for schedule in schedules:
        assert schedule["Schedule"]["ScheduleFrequency"] == {"Interval": "HOURLY"}
        assert "StartAfterDateTime" not in schedule["Schedule"]


def dashboard(cloud: Templates) -> dict[str, Any]:
    (found,) = cloud.resources("AWS::QuickSight::Dashboard").values()
    definition: dict[str, Any] = found["Definition"]
    return definition


def found_under(part: Any, name: str) -> list[Any]:
    """Return everything that stands under a key, however deep."""
    if isinstance(part, list):
        return [found for one in part for found in found_under(one, name)]
    if not isinstance(part, dict):
        return []
    here = [part[name]] if name in part else []
    return here + [found for value in part.values() for found in found_under(value, name)]


def test_the_sheets_are_of_the_reports_period_and_one_in_analysis_and_dashboard(cloud: Templates) -> None:
    (analysis,) = cloud.resources("AWS::QuickSight::Analysis").values()
    definition = dashboard(cloud)

    assert [sheet["Name"] for sheet in definition["Sheets"]] == ["Home", "Touchpoints", "Teams", "Questions", "Funnel"]
    (period,) = found_under(definition, "RelativeDatesFilter")
    assert (period["TimeGranularity"], period["RelativeDateValue"]) == ("DAY", 365)
    assert analysis["Definition"] == definition


def columns_of(cloud: Templates) -> dict[str, dict[str, str]]:
    """The columns that each data set shows, with their types; calculated ones are numbers unless they make days or
    words."""
    found = {}
    for data_set in cloud.resources("AWS::QuickSight::DataSet").values():
        (physical,) = data_set["PhysicalTableMap"].values()
        (logical,) = data_set["LogicalTableMap"].values()
        table = physical["RelationalTable"]
        types = {column["Name"]: column["Type"] for column in table["InputColumns"]} | {"dt": "DATETIME"}
        types |= {"week": "DATETIME", "Team": "STRING"}
        found[table["Name"]] = {name: types.get(name, "DECIMAL") for name in projected(logical)}
    return found


def test_every_field_filter_and_action_refers_to_what_exists_in_the_type_that_it_takes(cloud: Templates) -> None:
    definition, columns = dashboard(cloud), columns_of(cloud)
    wanted = {
        "NumericalMeasureField": {"INTEGER", "DECIMAL"},
        "CategoricalDimensionField": {"STRING"},
        "DateDimensionField": {"DATETIME"},
        "CategoryFilter": {"STRING"},
        "RelativeDatesFilter": {"DATETIME"},
    }
    assert {one["Identifier"] for one in definition["DataSetIdentifierDeclarations"]} == set(columns)
    seen = 0
    for kind, types in wanted.items():
        for field in found_under(definition, kind):
            column = field["Column"]
            assert columns[column["DataSetIdentifier"]][column["ColumnName"]] in types, column
            seen += 1
    assert seen == len(found_under(definition, "Column"))
    sheets = {sheet["SheetId"] for sheet in definition["Sheets"]}
    assert {one["TargetSheetId"] for one in found_under(definition, "LocalNavigationConfiguration")} <= sheets


def test_a_score_is_not_summed_and_a_count_is(cloud: Templates) -> None:
    """The formula of a score is one of sums: summing it once more is an error in QuickSight."""
    formulas = {
        column["ColumnName"]: column["Expression"]
        for data_set in cloud.resources("AWS::QuickSight::DataSet").values()
        for operation in found_under(data_set, "CreateColumnsOperation")
        for column in operation["Columns"]
    }
    for field in found_under(dashboard(cloud), "NumericalMeasureField"):
        is_score = "sum(" in formulas.get(field["Column"]["ColumnName"], "")
        assert ("AggregationFunction" in field) is not is_score


def test_every_sheet_has_each_filter_and_filters_hold_on_all(cloud: Templates) -> None:
    definition = dashboard(cloud)
    filters = {
        one["FilterId"] for kind in ("CategoryFilter", "RelativeDatesFilter") for one in found_under(definition, kind)
    }

    for sheet in definition["Sheets"]:
        assert {control["CrossSheet"]["SourceFilterId"] for control in sheet["FilterControls"]} == filters
    for group in definition["FilterGroups"]:
        assert (group["ScopeConfiguration"], group["CrossDataset"]) == ({"AllSheets": {}}, "ALL_DATASETS")
        for one in group["Filters"]:
            (body,) = one.values()
            # Without it a filter of several sheets cannot have a control.
            assert body["DefaultFilterControlConfiguration"]["ControlOptions"]
            column = body["Column"]["ColumnName"]
            assert all(column in shown for shown in columns_of(cloud).values()), "It holds for all data sets."


def test_no_two_parts_have_one_name_and_rows_are_full(cloud: Templates) -> None:
    definition = dashboard(cloud)
    for name in ("VisualId", "SheetId", "FilterControlId", "CustomActionId", "FieldId"):
        found = found_under(definition, name)
        assert len(found) == len(set(found)), name
    for sheet in definition["Sheets"]:
        rows: dict[int, int] = {}
        for element in found_under(sheet, "Elements")[0]:
            rows[element["RowIndex"]] = rows.get(element["RowIndex"], 0) + element["ColumnSpan"]
        assert set(rows.values()) == {36}, sheet["Name"]


@pytest.mark.parametrize("answers", [{"1": 2, "4": 5, "5": 9}, {"3": 6}, {"5": 7}])
def test_csat_and_ces_are_counted_of_the_answers_as_in_the_domain(answers: dict[str, int]) -> None:
    def row_sum(formula: str, measure: str) -> float:
        scope = {"parseInt": int, "ifelse": lambda test, yes, no: yes() if test() else no()}
        text = _lazily(formula.replace(" = ", " == ").replace(" AND ", " and ").replace(" OR ", " or "))
        text = re.sub(r"\{(\w+)\}", r"\1", text)
        return sum(
            eval(text, {"__builtins__": {}, **scope, "measure": measure, "answer": answer, "n": n})  # noqa: S307
            for answer, n in answers.items()
        )

    for measure, counted in (("csat", csat_counts), ("ces", ces_counts)):
        expected = counted(int(answer) for answer, n in answers.items() for _ in range(n))
        sums = {score.name: row_sum(score.formula, measure) for score in COUNTS_OF_AN_ANSWER}
        assert sums[f"{measure}_n"] == expected.n
        assert sums[f"{measure}_top"] == expected.top
    assert sums["ces_sum"] == expected.total
    assert sums["csat_n"] == 0


def test_what_quicksight_reads_with_may_read_the_datasets_and_write_results(cloud: Templates) -> None:
    (policy,) = (p for n, p in cloud.resources("AWS::IAM::Policy", STACK).items() if "Reader" in n)
    text = json.dumps(policy)

    for action in ("glue:GetPartition", "glue:GetPartitions", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"):
        assert f'"{action}"' in text
    assert "facts/" not in text
    assert "dynamodb" not in text


def test_a_table_is_all_that_lies_under_its_datasets_prefix(cloud: Templates) -> None:
    """No partitions: a client that is published without a deploy is there with its first file."""
    tables = {t["TableInput"]["Name"]: t["TableInput"] for t in cloud.resources("AWS::Glue::Table").values()}

    assert set(tables) == {dataset.name for dataset in DATASETS}
    for dataset in DATASETS:
        table = tables[dataset.name]
        described = [(c["Name"], c["Type"]) for c in table["StorageDescriptor"]["Columns"]]
        assert described == [(c.name, c.type) for c in dataset.all_columns]
        assert described[-3:] == [("threshold", "bigint"), ("client", "string"), ("dt", "string")]
        assert "PartitionKeys" not in table
        assert json.dumps(table["StorageDescriptor"]["Location"]).endswith(f'/datasets/{dataset.name}/"]]}}')


def test_a_query_is_stopped_before_it_costs_much_and_its_results_go(cloud: Templates) -> None:
    (group,) = cloud.resources("AWS::Athena::WorkGroup").values()
    settings = group["WorkGroupConfiguration"]

    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["BytesScannedCutoffPerQuery"] == 20 * 1024**3
