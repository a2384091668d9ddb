"""Every function is made the one way, and may do what it does and no more."""

import importlib.util
import json
import re

import pytest

from functions.shared.adapters.binding import Names
from functions.shared.adapters.tables import MODELS
from functions.shared.domain.object_keys import CLIENTS
from infra.functions import FUNCTIONS, FunctionSpec
from tests.worlds.templates import Templates

EXPORTED = {model.__name__ for model in MODELS}

TABLES = {
    "crm-import-read": {"Upload": {"GetItem", "PutItem", "UpdateItem"}},
    "crm-import-admit": {
        "Upload": {"GetItem", "UpdateItem"},
        "Contact": {"BatchWriteItem"},
        "FeedbackBlock": {"BatchGetItem", "PartiQLInsert", "PutItem", "UpdateItem", "DeleteItem"},
        "Invitation": {"BatchGetItem", "PartiQLInsert"},
        "OptOut": {"BatchGetItem"},
        "Suppression": {"BatchGetItem"},
        "QuotaCount": {"GetItem", "PutItem"},
        "Customer": {"BatchGetItem"},
    },
    "crm-import-opt-outs": {"OptOut": {"BatchGetItem", "PartiQLInsert"}},
    "crm-import-customers": {"Customer": {"BatchGetItem", "PartiQLInsert", "UpdateItem"}},
    "invite-dispatch": {"Invitation": {"Query", "UpdateItem"}, "SendingStatus": {"Scan"}},
    "invite-send": {
        "Invitation": {"BatchGetItem", "UpdateItem"},
        "Contact": {"BatchGetItem", "UpdateItem"},
        "FeedbackBlock": {"BatchGetItem", "UpdateItem", "DeleteItem"},
        "OptOut": {"BatchGetItem"},
        "Suppression": {"BatchGetItem"},
        "TurnBook": {"GetItem", "UpdateItem"},
        "SendingStatus": {"GetItem"},
        "MailCount": {"UpdateItem", "PutItem"},
    },
    "invite-track": {
        "Invitation": {"BatchGetItem", "UpdateItem"},
        "FeedbackBlock": {"UpdateItem", "DeleteItem"},
        "OptOut": {"PutItem"},
        "Suppression": {"PutItem"},
        "SendingStatus": {"GetItem", "PutItem", "UpdateItem"},
        "MailCount": {"PutItem", "UpdateItem", "Query"},
    },
    "invite-notify": {
        "SentNotice": {"GetItem", "PutItem", "UpdateItem", "DeleteItem"},
        "MailCount": {"Query"},
        "Invitation": {"BatchGetItem"},
    },
    "invite-reply": {"Invitation": {"BatchGetItem", "UpdateItem"}, "OptOut": {"PutItem"}},
    "invite-sms": {
        "MailCount": {"PutItem"},
        "Invitation": {"BatchGetItem", "UpdateItem"},
        "Contact": {"BatchGetItem", "UpdateItem"},
        "FeedbackBlock": {"BatchGetItem", "UpdateItem", "DeleteItem"},
        "OptOut": {"BatchGetItem", "PutItem"},
        "Suppression": {"BatchGetItem"},
        "TurnBook": {"GetItem", "UpdateItem"},
        "SendingStatus": {"GetItem"},
    },
    "invite-sms-reply": {
        "Invitation": {"BatchGetItem", "UpdateItem"},
        "Contact": {"GetItem"},
        "OptOut": {"PutItem"},
    },
    "survey": {
        "Invitation": {"GetItem", "UpdateItem"},
        "Response": {"GetItem", "PutItem", "UpdateItem"},
        "AnswerPattern": {"GetItem", "UpdateItem"},
        "OptOut": {"GetItem", "PutItem", "DeleteItem"},
        "FeedbackBlock": {"UpdateItem"},
    },
    "aggregate-collect": {},
    "aggregate-find": {},
    "aggregate-run": {},
    "aggregate-refresh": {},
    "review-scrape": {"Review": {"Query", "PutItem", "UpdateItem"}, "ReviewSourceState": {"GetItem", "PutItem"}},
}

KNOW_NO_RESOURCE = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "dynamodb:ListStreams",
    "ses:GetAccount",
}


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_may_do_on_the_tables_just_what_it_does(cloud: Templates, spec: FunctionSpec) -> None:
    found = {model: cloud.on_table(spec.name, model) for model in EXPORTED}

    assert {model: actions for model, actions in found.items() if actions} == TABLES[spec.name]


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_knows_the_names_of_the_tables_that_it_may_use(cloud: Templates, spec: FunctionSpec) -> None:
    variables = cloud.function(spec.name)["Environment"]["Variables"]

    named = {name for name in variables if name.startswith(Names.prefix)}

    assert named == {Names.variable(model) for model in MODELS if model.__name__ in TABLES[spec.name]}


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_wildcard_stands_only_where_a_service_knows_no_resource(cloud: Templates, spec: FunctionSpec) -> None:
    for action, resource in cloud.allowed(spec.name):
        assert "*" not in action
        if resource == '"*"':
            assert action in KNOW_NO_RESOURCE


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_objects_are_reached_under_prefixes_only(cloud: Templates, spec: FunctionSpec) -> None:
    for action, resource in cloud.allowed(spec.name):
        if action in ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"):
            assert re.search(r'"/[a-z/-]+/\*"', resource), (action, resource)


def test_only_those_who_sign_or_recognise_links_and_people_read_the_secrets(cloud: Templates) -> None:
    readers: dict[str, set[str]] = {"Pepper": set(), "TokenKeys": set(), "ScoreKeys": set()}
    for spec in FUNCTIONS:
        for action, resource in cloud.allowed(spec.name):
            if action.startswith("secretsmanager:"):
                (secret,) = (name for name in readers if name in resource)
                readers[secret].add(spec.name)

    assert readers == {
        "Pepper": {
            "crm-import-read",
            "crm-import-opt-outs",
            "crm-import-customers",
            "invite-reply",
            "invite-sms-reply",
        },
        "TokenKeys": {"survey", "invite-send", "invite-sms", "invite-reply", "invite-notify"},
        "ScoreKeys": {"aggregate-run"},
    }


def test_only_those_who_write_to_customers_and_to_clients_may_send_mail(cloud: Templates) -> None:
    senders = {spec.name for spec in FUNCTIONS if "ses:SendEmail" in dict(cloud.allowed(spec.name))}

    assert senders == {"invite-send", "invite-notify", "invite-reply"}


def test_no_function_writes_what_a_client_set(cloud: Templates) -> None:
    for spec in FUNCTIONS:
        for action, resource in cloud.allowed(spec.name):
            assert not (CLIENTS in resource and action in ("s3:PutObject", "s3:DeleteObject"))


def test_keys_are_used_only_through_the_service_that_needs_them(cloud: Templates) -> None:
    for policy in cloud.resources("AWS::IAM::Policy", "Klankbord").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if "kms:" in json.dumps(statement["Action"]):
                assert list(statement["Condition"]["StringEquals"]) == ["kms:ViaService"]


def test_there_is_a_function_for_every_entry_of_the_list_and_no_other(cloud: Templates) -> None:
    handlers = {f["Handler"] for f in cloud.functions().values()}

    assert handlers == {spec.handler for spec in FUNCTIONS}
    for spec in FUNCTIONS:
        assert importlib.util.find_spec(spec.handler.rpartition(".")[0])


def test_every_function_is_made_the_one_way(cloud: Templates) -> None:
    for spec in FUNCTIONS:
        function = cloud.function(spec.name)
        variables = function["Environment"]["Variables"]
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["Timeout"] == spec.timeout
        assert variables["POWERTOOLS_SERVICE_NAME"] == spec.name
        assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Klankbord"
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in cloud.resources("AWS::Logs::LogGroup")


def test_every_function_has_a_role_of_its_own(cloud: Templates) -> None:
    roles = [json.dumps(f["Role"]) for f in cloud.functions().values()]

    assert len(set(roles)) == len(FUNCTIONS)


def test_every_log_goes_after_three_months(cloud: Templates) -> None:
    groups = cloud.resources("AWS::Logs::LogGroup")

    assert len(groups) == len(FUNCTIONS) + 1
    assert {group["RetentionInDays"] for group in groups.values()} == {90}
    assert not cloud.resources("Custom::LogRetention")


def test_every_function_has_an_alarm_on_its_errors_that_reaches_people(cloud: Templates) -> None:
    watched = {
        json.dumps(alarm["Dimensions"][0]["Value"])
        for alarm in cloud.resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "Errors" and alarm["AlarmActions"]
    }

    assert watched == {json.dumps({"Ref": name}) for name in cloud.functions()}
