"""What operations see: every client's mail without a deploy, and that a client is paused."""

import json
import re

import pytest

from functions.aggregate.dashboards import SHOWN_DATASETS
from functions.invite.service import SendOutcome
from infra.alarms import RunbookPage
from infra.local.workdir import CHECKOUT
from infra.monitoring import CLIENT_METRICS, WAITING_MINUTES
from infra.watched_counts import SUSPECTS, WATCHED
from operations.cost_docs import PAGE, custom_metrics, standing_costs, with_costs
from tests.worlds.templates import Templates

NO_EVENTS = {"pause_at", "receipt_mail"}
"""Words of the runbook that look like events and are settings, reasons or outcomes."""


def body(templates: Templates) -> str:
    (dashboard,) = templates.resources("AWS::CloudWatch::Dashboard").values()
    parts = dashboard["DashboardBody"]["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else "x" for part in parts)


def test_the_dashboard_shows_the_mail_of_every_client_by_a_search(cloud: Templates) -> None:
    widgets = json.loads(body(cloud))["widgets"]
    searches = {
        widget["properties"]["title"]: entry["expression"]
        for widget in widgets
        for metric in widget["properties"].get("metrics", [])
        for entry in metric
        if isinstance(entry, dict) and "SEARCH" in entry.get("expression", "")
    }

    assert searches == {
        title: f"SEARCH('{{Klankbord,client}} MetricName=\"{metric}\"', 'Sum', 3600)"
        for title, metric in CLIENT_METRICS.items()
    }
    for slug in ("vaart", "pebble"):
        assert slug not in body(cloud)


def test_a_paused_client_is_an_alarm_that_reaches_people_and_lasts(cloud: Templates) -> None:
    (alarm,) = (a for n, a in cloud.resources("AWS::CloudWatch::Alarm").items() if "ClientsPaused" in n)

    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("Klankbord", "ClientsPaused", "Maximum")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "invite-dispatch"}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["AlarmActions"]


def test_the_account_has_its_own_alarms_still(cloud: Templates) -> None:
    names = [name for name in cloud.resources("AWS::CloudWatch::Alarm") if name.startswith("Operations")]

    assert {"Bounces", "Complaints"} <= {name[len("Operations") : -8] for name in names}


def test_rows_that_the_table_refused_are_an_alarm_with_a_page(cloud: Templates) -> None:
    (alarm,) = (a for n, a in cloud.resources("AWS::CloudWatch::Alarm").items() if "RowsNotStored" in n)

    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("RowsNotStored", "Sum", 0)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "crm-import-admit"}]
    assert "docs/runbook.md#" in alarm["AlarmDescription"]
    assert alarm["AlarmActions"]


@pytest.mark.parametrize(
    ("metric", "services"),
    [
        ("ClientsNotAggregated", {"aggregate-run"}),
        ("UnreadableFacts", {"aggregate-find", "aggregate-run"}),
        ("UnfinishedRuns", {"aggregate-find", "aggregate-run"}),
    ],
)
def test_what_a_run_of_the_aggregate_left_undone_is_an_alarm_with_a_page(
    cloud: Templates, metric: str, services: set[str]
) -> None:
    alarms = [a for a in cloud.resources("AWS::CloudWatch::Alarm").values() if a.get("MetricName") == metric]

    assert {alarm["Dimensions"][0]["Value"] for alarm in alarms} == services
    for alarm in alarms:
        assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 0)
        assert "docs/runbook.md#" in alarm["AlarmDescription"]
        assert alarm["AlarmActions"]


def test_invitations_that_were_refused_are_alarms_with_a_page(cloud: Templates) -> None:
    alarms = [
        a for a in cloud.resources("AWS::CloudWatch::Alarm").values() if a.get("MetricName") == "InvitationsRefused"
    ]

    assert {alarm["Dimensions"][0]["Value"] for alarm in alarms} == {"invite-send", "invite-track", "invite-sms"}
    for alarm in alarms:
        assert "docs/runbook.md#" in alarm["AlarmDescription"]
        assert alarm["AlarmActions"]


def test_many_answers_that_look_like_a_programs_are_an_alarm_with_a_page(cloud: Templates) -> None:
    (alarm,) = (a for n, a in cloud.resources("AWS::CloudWatch::Alarm").items() if "SuspectAnswers" in n)

    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"], alarm["Threshold"]) == (
        "SuspectAnswers",
        "Sum",
        3600,
        SUSPECTS,
    )
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "survey"}]
    assert "docs/runbook.md#" in alarm["AlarmDescription"]
    assert alarm["AlarmActions"]


def test_days_that_no_deployed_dataset_can_write_are_an_alarm_with_a_page(cloud: Templates) -> None:
    (alarm,) = (a for n, a in cloud.resources("AWS::CloudWatch::Alarm").items() if "UnknownDatasets" in n)

    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("UnknownDatasets", "Sum", 0)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "aggregate-run"}]
    assert "docs/runbook.md#" in alarm["AlarmDescription"]
    assert alarm["AlarmActions"]


def pages() -> dict[str, str]:
    """The pages of the runbook by their anchors, as GitHub makes them of headings."""
    text = (CHECKOUT / "docs" / "runbook.md").read_text()
    parts = [part.split("\n", 1) for part in text.split("\n## ")[1:]]
    return {heading.lower().replace(" ", "-"): body for heading, body in parts}


def test_every_alarm_names_a_page_of_the_runbook_and_every_page_is_named(cloud: Templates) -> None:
    alarms = cloud.resources("AWS::CloudWatch::Alarm")
    named = {}
    for name, alarm in alarms.items():
        found = re.search(r"docs/runbook\.md#([a-z-]+)$", alarm["AlarmDescription"])
        assert found, name
        named[name] = found[1]

    assert set(named.values()) == set(pages()) == {page.value for page in RunbookPage}


@pytest.mark.parametrize("page", list(RunbookPage))
def test_a_page_says_what_an_alarm_means_where_to_look_and_what_to_do(page: RunbookPage) -> None:
    text = pages()[page.value]

    places = [text.find(f"*{word}:*") for word in ("Means", "Look", "Do")]
    assert -1 < places[0] < places[1] < places[2]


def test_what_a_page_tells_to_look_for_is_logged_by_some_function() -> None:
    """Names of events in the runbook that the code does not write would send people looking for nothing."""
    code = "".join(path.read_text() for path in (CHECKOUT / "functions").rglob("*.py"))
    text = "".join(pages().values())
    events = set(re.findall(r"`([a-z]+_[a-z_]+)`", text)) - NO_EVENTS

    templated = {name for name in events if re.search(rf'f"\{{\w+\}}_{name.split("_", 1)[1]}"', code)}
    assert not {name for name in events - templated if f'"{name}"' not in code}


def test_every_alarm_reaches_people_when_it_begins_and_when_it_is_over(cloud: Templates) -> None:
    for name, alarm in cloud.resources("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"], name
        assert alarm["OKActions"] == alarm["AlarmActions"], name


def test_every_queue_has_an_alarm_on_what_waits(cloud: Templates) -> None:
    ages = [
        json.dumps(alarm["Dimensions"])
        for alarm in cloud.resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "ApproximateAgeOfOldestMessage"
    ]
    work = [queue for queue in cloud.resources("AWS::SQS::Queue").values() if "RedrivePolicy" in queue]

    assert len(ages) == len(set(ages)) == len(work) == len(WAITING_MINUTES)


def test_a_schedule_that_stops_is_an_alarm_after_three_periods(cloud: Templates) -> None:
    rules = [r for r in cloud.resources("AWS::Events::Rule").values() if "ScheduleExpression" in r]
    beats = {
        json.dumps(alarm["Dimensions"][0]["Value"]): alarm
        for alarm in cloud.resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "Invocations"
    }
    seconds = {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600}

    assert len(beats) == len(rules)
    for rule in rules:
        number, unit = re.findall(r"rate\((\d+) (\w+)\)", rule["ScheduleExpression"])[0]
        function = {"Ref": rule["Targets"][0]["Arn"]["Fn::GetAtt"][0]}
        beat = beats[json.dumps(function)]
        assert (beat["Period"], beat["EvaluationPeriods"]) == (int(number) * seconds[unit], 3)
        assert (beat["TreatMissingData"], beat["ComparisonOperator"]) == ("breaching", "LessThanThreshold")
        # CloudWatch looks at no more than a day.
        assert beat["Period"] * beat["EvaluationPeriods"] <= 86_400


def test_streams_throttles_and_the_surveys_errors_are_alarms(cloud: Templates) -> None:
    watched = {
        (alarm.get("Namespace"), alarm.get("MetricName"))
        for alarm in cloud.resources("AWS::CloudWatch::Alarm").values()
    }

    assert {("AWS/Lambda", "IteratorAge"), ("AWS/Lambda", "Throttles"), ("AWS/ApiGateway", "5XXError")} <= watched
    (counted,) = cloud.resources("AWS::Logs::MetricFilter").values()
    (transformed,) = counted["MetricTransformations"]
    assert counted["FilterPattern"] == '{ $.status = "429" }'
    assert (transformed["MetricNamespace"], transformed["MetricName"]) in watched


def test_every_number_that_is_watched_is_counted_by_its_function() -> None:
    """A metric that nobody writes would be an alarm that cannot ring."""
    code = "".join(path.read_text() for path in (CHECKOUT / "functions").rglob("*.py"))
    written = set(re.findall(r'(?:add_metric|tell_metric)\(\s*"(\w+)"', code))
    endings = set(re.findall(r'add_metric\(f"\{\w+\}(\w+)"', code)) | {
        outcome.value.title().replace("_", "") for outcome in SendOutcome
    }

    for watch in WATCHED:
        prefix = next((one for one in ("Mails", "Sms") if watch.metric.startswith(one)), "")
        assert watch.metric in written or (prefix and watch.metric.removeprefix(prefix) in endings), watch.metric


def test_a_budget_is_told_before_it_is_used_up(cloud: Templates, plain: Templates) -> None:
    (budget,) = cloud.resources("AWS::Budgets::Budget").values()
    told = budget["NotificationsWithSubscribers"]

    assert budget["Budget"]["BudgetLimit"] == {"Amount": 300, "Unit": "USD"}
    assert [(one["Notification"]["NotificationType"], one["Notification"]["Threshold"]) for one in told] == [
        *(("ACTUAL", 80), ("FORECASTED", 100)),
    ]
    assert {who["Address"] for one in told for who in one["Subscribers"]} == {"operations@example.org"}
    assert not plain.resources("AWS::Budgets::Budget")


def test_the_page_of_costs_is_what_the_templates_cost(plain: Templates) -> None:
    lines = standing_costs(plain.stacks, len(SHOWN_DATASETS))
    page = PAGE.read_text("utf-8")

    assert with_costs(page, lines) == page, "run `make docs`"
    assert {name: costs for name, _, costs in lines}["alarms"][0] > 5


def test_the_metrics_that_are_counted_for_the_costs_are_those_that_can_be_written() -> None:
    """Every number that is watched is one of them, and the graph's are a client's."""
    assert custom_metrics() >= len({watch.metric for watch in WATCHED})
