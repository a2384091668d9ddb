"""What operations see: every client's mail without a deploy, and that a client is paused."""

import json

import pytest

from infra.monitoring import CLIENT_METRICS, SUSPECTS
from tests.worlds.templates import Templates


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
    assert "docs/deploy.md" in alarm["AlarmDescription"]
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
        assert "docs/deploy.md" in alarm["AlarmDescription"]
        assert alarm["AlarmActions"]


def test_invitations_that_were_refused_are_alarms_with_a_page(cloud: Templates) -> None:
    alarms = [
        a for a in cloud.resources("AWS::CloudWatch::Alarm").values() if a.get("MetricName") == "InvitationsRefused"
    ]

    assert {alarm["Dimensions"][0]["Value"] for alarm in alarms} == {"invite-send", "invite-track", "invite-sms"}
    for alarm in alarms:
        assert "docs/deploy.md" in alarm["AlarmDescription"]
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
    assert "docs/deploy.md" in alarm["AlarmDescription"]
    assert alarm["AlarmActions"]


def test_days_that_no_deployed_dataset_can_write_are_an_alarm_with_a_page(cloud: Templates) -> None:
    (alarm,) = (a for n, a in cloud.resources("AWS::CloudWatch::Alarm").items() if "UnknownDatasets" in n)

    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("UnknownDatasets", "Sum", 0)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "aggregate-run"}]
    assert "docs/deploy.md" in alarm["AlarmDescription"]
    assert alarm["AlarmActions"]
