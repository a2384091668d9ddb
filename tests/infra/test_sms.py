"""SMS are there only where a deployment asks for them, and End User Messaging reaches nothing but its two topics."""

import json
from typing import Any

from infra.functions import INVITE_SMS, INVITE_SMS_REPLY
from tests.worlds.templates import Templates


def topics(templates: Templates) -> dict[str, dict[str, Any]]:
    """Return the policy statement of End User Messaging on each topic that it may publish to."""
    found = {}
    for policy in templates.resources("AWS::SNS::TopicPolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement.get("Principal") == {"Service": "sms-voice.amazonaws.com"}:
                found[statement["Resource"]["Ref"]] = statement
    return found


def test_every_event_of_an_sms_goes_to_a_topic_and_on_to_the_queue_of_reports(cloud: Templates) -> None:
    (configuration_set,) = cloud.resources("AWS::SMSVOICE::ConfigurationSet").values()
    (destination,) = configuration_set["EventDestinations"]
    reports = destination["SnsDestination"]["TopicArn"]["Ref"]

    (subscription,) = (
        s for s in cloud.resources("AWS::SNS::Subscription", "Klankbord").values() if s["TopicArn"] == {"Ref": reports}
    )

    assert (destination["Enabled"], destination["MatchingEventTypes"]) == (True, ["TEXT_ALL"])
    assert "SesEvents" in json.dumps(subscription["Endpoint"])
    assert subscription["RawMessageDelivery"] is True
    assert subscription["RedrivePolicy"]


def test_an_sms_that_comes_in_goes_to_a_topic_that_outlives_a_deployment(cloud: Templates) -> None:
    (subscription,) = (
        s for s in cloud.resources("AWS::SNS::Subscription", "KlankbordStorage").values() if s["Protocol"] == "sqs"
    )

    assert subscription["RawMessageDelivery"] is True
    assert "SmsAnswers" in subscription["TopicArn"]["Ref"]
    assert cloud.stacks["KlankbordStorage"]["Outputs"]["SmsTopicArn"]["Value"] == subscription["TopicArn"]


def test_end_user_messaging_publishes_for_this_account_only_and_both_topics_are_encrypted(cloud: Templates) -> None:
    found = topics(cloud)

    assert len(found) == 2
    for statement in found.values():
        assert statement["Action"] == "sns:Publish"
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    for name in found:
        assert cloud.resources("AWS::SNS::Topic")[name]["KmsMasterKeyId"]
    (key,) = (k for k in cloud.resources("AWS::KMS::Key").values() if "sms-voice" in json.dumps(k["KeyPolicy"]))
    (statement,) = (s for s in key["KeyPolicy"]["Statement"] if "sms-voice" in json.dumps(s["Principal"]))
    assert set(statement["Action"]) == {"kms:GenerateDataKey*", "kms:Decrypt"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_only_one_function_sends_sms_and_only_from_numbers(cloud: Templates) -> None:
    allowed = dict(cloud.allowed(INVITE_SMS.name))
    senders = [
        f["Description"]
        for f in cloud.functions().values()
        if "sms-voice:SendTextMessage" in dict(cloud.allowed(f["Description"].removeprefix("Klankbord ")))
    ]

    assert senders == [f"Klankbord {INVITE_SMS.name}"]
    resources = [r for action, r in cloud.allowed(INVITE_SMS.name) if action == "sms-voice:SendTextMessage"]
    assert all("phone-number/" in r or "configuration-set/" in r for r in resources)
    assert "ses:SendEmail" not in allowed


def test_the_functions_know_the_rate_the_price_and_that_numbers_count_as_addresses(cloud: Templates) -> None:
    variables = cloud.function(INVITE_SMS.name)["Environment"]["Variables"]

    assert (variables["SMS_RATE"], variables["SMS_MAX_PRICE"]) == ("3", "0.20000")
    assert cloud.function("invite-dispatch")["Environment"]["Variables"]["SMS_RATE"] == "3"
    assert cloud.function("crm-import-read")["Environment"]["Variables"]["SENDS_SMS"] == "1"


def test_without_the_choice_there_is_no_more_than_an_empty_place_for_them(plain: Templates, local: Templates) -> None:
    for templates in (plain, local):
        text = json.dumps(templates.stacks["Klankbord"])
        for trace in ("SMS", "Sms", "sms", INVITE_SMS.handler, INVITE_SMS_REPLY.handler):
            assert trace not in text
