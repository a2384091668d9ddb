"""Replies are received only where a deployment asks for it, and by SES alone."""

import json

from infra.functions import INVITE_REPLY
from tests.worlds.templates import Templates


def test_a_mail_to_the_domain_of_the_replies_is_scanned_and_kept(cloud: Templates) -> None:
    (rule,) = (r["Rule"] for r in cloud.resources("AWS::SES::ReceiptRule").values())
    (action,) = rule["Actions"]

    assert rule["Recipients"] == ["reply.example.org"]
    assert (rule["Enabled"], rule["ScanEnabled"]) == (True, True)
    assert action["S3Action"]["ObjectKeyPrefix"] == "replies/"
    assert action["S3Action"]["IamRoleArn"]
    assert len(cloud.resources("AWS::SES::ReceiptRuleSet")) == 1


def test_only_ses_of_this_account_writes_there_and_only_that(cloud: Templates) -> None:
    (name,) = (n for n in cloud.resources("AWS::IAM::Role") if n.startswith("RepliesReceiving"))
    role = cloud.resources("AWS::IAM::Role")[name]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    (policy,) = (p for p in cloud.resources("AWS::IAM::Policy").values() if p.get("Roles") == [{"Ref": name}])

    assert trust["Principal"] == {"Service": "ses.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert "receipt-rule-set" in json.dumps(trust["Condition"]["ArnLike"]["aws:SourceArn"])
    actions = {s["Action"]: json.dumps(s["Resource"]) for s in policy["PolicyDocument"]["Statement"]}
    assert set(actions) == {"s3:PutObject", "kms:GenerateDataKey"}
    assert "/replies/*" in actions["s3:PutObject"]


def test_what_comes_in_is_kept_a_month_and_told_of(cloud: Templates) -> None:
    (bucket,) = (p for n, p in cloud.resources("AWS::S3::Bucket").items() if n.startswith("ReplyBucket"))
    days = {r["Prefix"]: r["ExpirationInDays"] for r in bucket["LifecycleConfiguration"]["Rules"] if "Prefix" in r}
    (notice,) = bucket["NotificationConfiguration"]["QueueConfigurations"]

    assert days == {"replies/": 30}
    assert notice["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "replies/"}]
    assert "KMSMasterKeyID" in json.dumps(bucket["BucketEncryption"])


def test_the_sender_names_the_same_domain(cloud: Templates) -> None:
    for function in ("invite-send", INVITE_REPLY.name):
        assert cloud.function(function)["Environment"]["Variables"]["REPLY_DOMAIN"] == "reply.example.org"


def test_without_the_choice_there_is_no_more_than_an_empty_place_for_them(plain: Templates, local: Templates) -> None:
    for templates in (plain, local):
        text = json.dumps(templates.stacks["Klankbord"])
        assert "ReceiptRule" not in text
        assert "REPLY_" not in text
        assert "replies/" not in text
        assert INVITE_REPLY.handler not in text
