"""A second deployment in one account: what is its own, and what of the account's it leaves to the first."""

import json

import pytest

from tests.infra.conftest import Once
from tests.worlds.templates import Templates, read, synthesise

SENDERS = 21


@pytest.fixture(scope="module")
def other(once: Once) -> Templates:
    """Return the templates of a deployment of another name that sends with many senders, and half of the rate."""
    choices = {"name": "Other", "senders": SENDERS, "mail_rate_share": 50, "clients": ["vaart"]}
    return read(once("other", lambda folder: synthesise(folder, choices=choices)))


def limits(templates: Templates) -> list[int]:
    return [
        mapping["ScalingConfig"]["MaximumConcurrency"]
        for mapping in templates.resources("AWS::Lambda::EventSourceMapping").values()
        if "StartingPosition" not in mapping
    ]


def test_what_each_counts_and_is_alarmed_by_is_its_own(plain: Templates, other: Templates) -> None:
    for templates, name in ((plain, "Klankbord"), (other, "Other")):
        counted = {
            f["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] for f in templates.functions().values()
        }
        watched = {
            namespace
            for alarm in templates.resources("AWS::CloudWatch::Alarm").values()
            for namespace in (
                alarm.get("Namespace"),
                *(one["MetricStat"]["Metric"]["Namespace"] for one in alarm.get("Metrics", ()) if "MetricStat" in one),
            )
            if namespace and not namespace.startswith("AWS/")
        }
        filtered = {
            transformed["MetricNamespace"]
            for found in templates.resources("AWS::Logs::MetricFilter").values()
            for transformed in found["MetricTransformations"]
        }
        assert counted == watched == filtered == {name}
        (dashboard,) = templates.resources("AWS::CloudWatch::Dashboard").values()
        assert f"SEARCH('{{{name},client}}" in json.dumps(dashboard)


def test_no_name_of_one_is_the_others(plain: Templates, other: Templates) -> None:
    assert not set(plain.stacks) & set(other.stacks)
    for kind in ("AWS::Glue::Database", "AWS::Athena::WorkGroup"):
        assert plain.resources(kind).keys() == other.resources(kind).keys()
        assert list(plain.resources(kind).values()) != list(other.resources(kind).values())


def test_a_share_of_the_accounts_rate_reaches_all_who_ask_for_it(plain: Templates, other: Templates) -> None:
    for templates, share in ((plain, "1"), (other, "0.5")):
        for function in ("invite-send", "invite-dispatch"):
            assert templates.function(function)["Environment"]["Variables"]["SES_RATE_SHARE"] == share


def test_whatever_piles_up_leaves_the_survey_most_of_the_functions(cloud: Templates, other: Templates) -> None:
    """An account runs 1,000 functions at once. Schedules and streams are single calls."""
    sources = [
        mapping
        for mapping in cloud.resources("AWS::Lambda::EventSourceMapping").values()
        if "StartingPosition" not in mapping
    ]

    assert len(limits(cloud)) == len(sources)
    assert min(limits(cloud)) >= 2, "Lambda takes no less."
    assert sum(limits(cloud)) <= 150
    assert sum(limits(other)) <= 150 + SENDERS


def test_the_survey_takes_what_the_mails_of_all_senders_bring(plain: Templates, other: Templates) -> None:
    for templates, rate in ((plain, 300), (other, 2100)):
        (stage,) = templates.resources("AWS::ApiGateway::Stage").values()
        (every,) = stage["MethodSettings"]
        assert (every["ThrottlingRateLimit"], every["ThrottlingBurstLimit"]) == (rate, 2 * rate)
