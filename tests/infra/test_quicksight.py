"""Datasets as tables and dashboards: scores are made of sums, and QuickSight is there only where it is asked for."""

import json
import math
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aggregate.dashboards import RULE_DATA_SETS, SHOWN_DATASETS
from functions.aggregate.datasets.registry import DATASETS
from functions.shared.adapters.spice import data_set_id
from functions.shared.domain.contrast import contrast
from functions.shared.domain.scores import Counts, ces_counts, csat_counts, interval, nps
from infra.quicksight_data_sets import RULES, SOURCES
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
    for source in SOURCES:
        assert not {"employee_key"} & set(source.columns)
        if "dimension" in source.columns:
            # A score of rows of several dimensions, each of which has everybody once, is none.
            assert all(score.formula.startswith("ifelse(distinct_count({dimension}) = 1,") for score in source.scores)
        elif any(column.name == "dimension" for column in source.dataset.columns):
            assert source.condition == "dimension = 'all'"
            assert {"dimension", "value"} <= set(source.withheld)


def test_nobody_wrote_words_into_a_data_set(cloud: Templates) -> None:
    """What people wrote stands in the report, where thresholds decide what is beside it."""
    for data_set in of_datasets(cloud).values():
        assert not {"comment", "text", "title"} & set(projected(logical_of(data_set)))


def test_without_the_switch_there_is_no_quicksight(plain: Templates, cloud: Templates) -> None:
    assert "AWS::QuickSight" not in plain.text()
    assert STACK in cloud.stacks


def logical_of(data_set: dict[str, Any]) -> dict[str, Any]:
    (logical,) = data_set["LogicalTableMap"].values()
    return dict(logical)


def query_of(data_set: dict[str, Any]) -> dict[str, Any]:
    (physical,) = data_set["PhysicalTableMap"].values()
    return dict(physical["CustomSql"])


def of_datasets(cloud: Templates) -> dict[str, dict[str, Any]]:
    """Return the data sets that visuals show, by name: those that are not of rules."""
    found = cloud.resources("AWS::QuickSight::DataSet").values()
    return {query_of(data_set)["Name"]: data_set for data_set in found if "UseAs" not in data_set}


def test_the_data_sets_ship_counts_that_are_released(cloud: Templates) -> None:
    found = of_datasets(cloud)

    # What is of answers is released: no filter leads to fewer people than a batch has.
    assert set(found) == {"released_scores", "released_dimensions", "released_answers", "funnel_daily", "reviews"}
    assert "completed" in projected(logical_of(found["funnel_daily"]))
    for data_set in found.values():
        assert data_set["ImportMode"] == "SPICE"
        steps = logical_of(data_set)["DataTransforms"]
        made = [c for step in steps for c in step.get("CreateColumnsOperation", {}).get("Columns", ())]
        # A score is of sums, and so belongs to the definition: a data set keeps what is of one row.
        assert not [column for column in made if re.search(r"\b(sum|avg|count|max)\(", column["Expression"])]


def test_who_has_no_rule_sees_no_rows(cloud: Templates) -> None:
    rules = {
        name: data_set
        for name, data_set in cloud.resources("AWS::QuickSight::DataSet").items()
        if data_set.get("UseAs") == "RLS_RULES"
    }
    limits = {}
    for name, data_set in rules.items():
        who, limited = projected(logical_of(data_set))[:2], projected(logical_of(data_set))[2:]
        assert who == ["UserName", "GroupName"]
        assert "RowLevelPermissionDataSet" not in data_set
        limits[name] = set(limited)

    for data_set in of_datasets(cloud).values():
        rule = data_set["RowLevelPermissionDataSet"]
        assert {key: rule[key] for key in rule if key != "Arn"} == {
            "Namespace": "default",
            "PermissionPolicy": "GRANT_ACCESS",
            "FormatVersion": "VERSION_1",
            "Status": "ENABLED",
        }
        columns = set(projected(logical_of(data_set)))
        # Every column that can limit somebody does where the data set has it, by the name that rules give it.
        assert limits[rule["Arn"]["Fn::GetAtt"][0]] == columns & {"client", "touchpoint", "team"}


RULE_LINES = [
    {"user_name": "owner", "group_name": None, "client": None, "touchpoint": None, "team": None},
    {"user_name": None, "group_name": "board", "client": "acme", "touchpoint": None, "team": None},
    {"user_name": None, "group_name": "desk", "client": "acme", "touchpoint": "delivery", "team": None},
    {"user_name": "lead", "group_name": None, "client": "acme", "touchpoint": None, "team": "North"},
]


def test_whoever_is_limited_by_a_column_sees_nothing_where_it_is_missing(tmp_path: Path) -> None:
    lines = tmp_path / "rules.json"
    lines.write_text("".join(json.dumps(line) + "\n" for line in RULE_LINES))
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA klankbord")
    connection.execute(f"CREATE TABLE klankbord.dashboard_rules AS FROM read_json_auto('{lines}')")

    seen = {rule.name: connection.execute(rule.sql("klankbord")).fetchall() for rule in RULES}

    assert [row[:2] for row in seen["rules_by_team"]] == [
        *(("owner", None), (None, "board"), (None, "desk"), ("lead", None)),
    ]
    assert [row[:2] for row in seen["rules_by_touchpoint"]] == [("owner", None), (None, "board"), (None, "desk")]
    assert [row[:2] for row in seen["rules_by_client"]] == [("owner", None), (None, "board")]


def test_a_query_gives_the_columns_that_its_data_set_names(cloud: Templates) -> None:
    tables = {
        table["TableInput"]["Name"]: table["TableInput"] for table in cloud.resources("AWS::Glue::Table").values()
    }
    types = {
        "string": "VARCHAR",
        "bigint": "BIGINT",
        "double": "DOUBLE",
        "boolean": "BOOLEAN",
        "timestamp": "TIMESTAMP",
    }
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA klankbord")
    for name, table in tables.items():
        columns = ", ".join(f"{c['Name']} {types[c['Type']]}" for c in table["StorageDescriptor"]["Columns"])
        connection.execute(f"CREATE TABLE klankbord.{name} ({columns})")

    kinds = {"VARCHAR": "STRING", "BIGINT": "INTEGER", "DOUBLE": "DECIMAL", "BOOLEAN": "BOOLEAN"}
    for data_set in cloud.resources("AWS::QuickSight::DataSet").values():
        query = query_of(data_set)
        found = [(name, kinds[str(kind)]) for name, kind, *_ in connection.execute(query["SqlQuery"]).description or ()]
        assert found == [(column["Name"], column["Type"]) for column in query["Columns"]]


def test_copies_are_made_when_something_changed_and_not_by_the_clock(cloud: Templates) -> None:
    assert not cloud.resources("AWS::QuickSight::RefreshSchedule")
    variables = cloud.function("aggregate-refresh")["Environment"]["Variables"]
    prefix = variables["DASHBOARD_PREFIX"]
    ids = {data_set["DataSetId"] for data_set in cloud.resources("AWS::QuickSight::DataSet").values()}

    assert ids == {data_set_id(prefix, name) for name in (*RULE_DATA_SETS, *(d.name for d in SHOWN_DATASETS))}
    allowed = [resource for action, resource in cloud.allowed("aggregate-refresh") if action.startswith("quicksight:")]
    for one in ids:
        assert any(resource.endswith(f':dataset/{one}"]]}}') for resource in allowed), one
        assert any(resource.endswith(f':dataset/{one}/ingestion/*"]]}}') for resource in allowed), one


def test_readers_may_open_the_dashboard_and_change_nothing(cloud: Templates) -> None:
    (found,) = cloud.resources("AWS::QuickSight::Dashboard").values()
    (readers,) = (one for one in found["Permissions"] if "group/" in one["Principal"])

    assert set(readers["Actions"]) == {
        "quicksight:DescribeDashboard",
        "quicksight:ListDashboardVersions",
        "quicksight:QueryDashboard",
    }
    for data_set in cloud.resources("AWS::QuickSight::DataSet").values():
        assert not [one for one in data_set["Permissions"] if "group/" in one["Principal"]]


def test_the_theme_can_be_read(cloud: Templates) -> None:
    (theme,) = cloud.resources("AWS::QuickSight::Theme").values()
    colors = theme["Configuration"]["UIColorPalette"]

    for front, back in (("PrimaryForeground", "PrimaryBackground"), ("SecondaryForeground", "SecondaryBackground")):
        assert contrast(colors[front], colors[back]) >= 7
    assert contrast(colors["AccentForeground"], colors["Accent"]) >= 4.5
    for color in theme["Configuration"]["DataColorPalette"]["Colors"]:
        assert contrast(color, colors["PrimaryBackground"]) >= 4.5


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

    assert [sheet["Name"] for sheet in definition["Sheets"]] == [
        *("Home", "Touchpoints", "Teams", "Groups", "Questions", "Funnel", "Reviews"),
    ]
    (period,) = found_under(definition, "RelativeDatesFilter")
    assert (period["TimeGranularity"], period["RelativeDateValue"]) == ("DAY", 365)
    assert analysis["Definition"] == definition


def columns_of(cloud: Templates) -> dict[str, dict[str, str]]:
    """The columns that each data set shows and the definition adds, with their types."""
    found = {}
    for name, data_set in of_datasets(cloud).items():
        types = {column["Name"]: column["Type"] for column in query_of(data_set)["Columns"]} | {"dt": "DATETIME"}
        types |= {"week": "DATETIME", "Team": "STRING"}
        found[name] = {column: types.get(column, "DECIMAL") for column in projected(logical_of(data_set))}
    for field in dashboard(cloud)["CalculatedFields"]:
        found[field["DataSetIdentifier"]][field["Name"]] = "DECIMAL"
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
    assert {one["TargetSheetId"] for one in found_under(definition, "LocalNavigationConfiguration")} == {
        *("touchpoints", "teams"),
    }
    assert {"touchpoints", "teams"} <= sheets


def test_a_click_on_a_touchpoint_leads_on_with_that_touchpoint_chosen(cloud: Templates) -> None:
    definition = dashboard(cloud)
    (declared,) = (one["StringParameterDeclaration"] for one in definition["ParameterDeclarations"])
    fields = {
        one["CategoricalDimensionField"]["FieldId"]: one["CategoricalDimensionField"]["Column"]["ColumnName"]
        for one in found_under(definition, "GroupBy")
        for one in one
    }
    chosen = [one for found in found_under(definition, "ParameterValueConfigurations") for one in found]

    assert len(chosen) == len(found_under(definition, "TargetSheetId")) == 2
    for one in chosen:
        assert one["DestinationParameterName"] == declared["Name"] == "touchpoint"
        assert fields[one["Value"]["SourceField"]] == "touchpoint"
    (bound,) = found_under(definition, "CustomFilterConfiguration")
    assert bound["ParameterName"] == "touchpoint"
    for sheet in definition["Sheets"]:
        controls = [one["Dropdown"] for one in sheet.get("ParameterControls", ())]
        assert [one["SourceParameterName"] for one in controls] == (
            [] if sheet["SheetId"] == "reviews" else ["touchpoint"]
        )
        for one in controls:
            column = one["SelectableValues"]["LinkToDataSetColumn"]
            assert columns_of(cloud)[column["DataSetIdentifier"]][column["ColumnName"]] == "STRING"


def test_a_score_is_not_summed_and_a_count_is(cloud: Templates) -> None:
    """The formula of a score is one of sums: summing it once more is an error in QuickSight."""
    definition = dashboard(cloud)
    scores = {(one["DataSetIdentifier"], one["Name"]) for one in definition["CalculatedFields"]}
    for field in found_under(definition, "NumericalMeasureField"):
        column = (field["Column"]["DataSetIdentifier"], field["Column"]["ColumnName"])
        assert ("AggregationFunction" in field) is (column not in scores)


def test_a_calculated_field_is_of_columns_of_its_own_data_set(cloud: Templates) -> None:
    columns = columns_of(cloud)
    names = [one["Name"] for one in dashboard(cloud)["CalculatedFields"]]

    assert len(names) == len(set(names)), "One name in two data sets would be two things in one list of fields."
    for one in dashboard(cloud)["CalculatedFields"]:
        used = set(re.findall(r"\{([^}]+)\}", one["Expression"]))
        assert used
        assert used <= set(columns[one["DataSetIdentifier"]]), one["Name"]


def test_every_sheet_has_each_filter_and_filters_hold_on_all(cloud: Templates) -> None:
    definition = dashboard(cloud)
    filters = {
        one["FilterId"]: one
        for kind in ("CategoryFilter", "RelativeDatesFilter")
        for one in found_under(definition, kind)
    }

    with_control = {name for name, one in filters.items() if "DefaultFilterControlConfiguration" in one}
    assert set(filters) - with_control == {"touchpoint"}, "What is bound to a parameter has the parameter's controls."
    for sheet in definition["Sheets"]:
        assert {control["CrossSheet"]["SourceFilterId"] for control in sheet["FilterControls"]} == with_control
    for group in definition["FilterGroups"]:
        assert group["CrossDataset"] == "ALL_DATASETS"
        (one,) = group["Filters"]
        (body,) = one.values()
        column, columns = body["Column"]["ColumnName"], columns_of(cloud)
        missing = {name for name, shown in columns.items() if column not in shown}
        if group["ScopeConfiguration"] == {"AllSheets": {}}:
            assert not missing, "It holds for all data sets."
            # Without it a filter of several sheets cannot have a control.
            assert body["DefaultFilterControlConfiguration"]["ControlOptions"]
            continue
        scoped = found_under(group["ScopeConfiguration"], "SheetId")
        for sheet in definition["Sheets"]:
            if sheet["SheetId"] in scoped:
                assert not missing & set(found_under(sheet, "DataSetIdentifier"))


def test_no_two_parts_have_one_name_and_rows_are_full(cloud: Templates) -> None:
    definition = dashboard(cloud)
    for name in ("VisualId", "SheetId", "FilterControlId", "ParameterControlId", "CustomActionId", "FieldId"):
        found = found_under(definition["Sheets"], name)
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

    rules = tables.pop("dashboard_rules")
    assert json.dumps(rules["StorageDescriptor"]["Location"]).endswith('/dashboards/rules/"]]}')
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
