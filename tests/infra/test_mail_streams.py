"""Each client's mail has a stream of its own at SES, made without a deploy: what the stack lets through for it."""

import json
from typing import Any

from tests.worlds.templates import Templates

HERE = "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:"


def text(value: Any) -> str:
    """Return a value of a template as text, with references as <name>."""
    if isinstance(value, dict) and "Ref" in value:
        return f"<{value['Ref']}>"
    if isinstance(value, dict):
        return "".join(text(part) for part in value["Fn::Join"][1])
    return str(value)


def shared(templates: Templates) -> str:
    (name,) = templates.resources("AWS::SES::ConfigurationSet")
    return name


def test_the_sender_uses_the_configuration_sets_and_tenants_of_its_deployment_only(cloud: Templates) -> None:
    role = cloud.function("invite-send")["Role"]["Fn::GetAtt"][0]
    (sending,) = (
        statement
        for policy in cloud.resources("AWS::IAM::Policy").values()
        if {"Ref": role} in policy.get("Roles", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if "ses:SendEmail" in statement["Action"]
    )

    assert {text(resource) for resource in sending["Resource"]} == {
        f"{HERE}identity/*",
        f"{HERE}configuration-set/<{shared(cloud)}>",
        f"{HERE}configuration-set/Klankbord-*",
    }
    assert sending["Condition"] == {"StringLikeIfExists": {"ses:TenantName": "Klankbord-*"}}


def test_reports_on_the_mail_of_every_client_reach_the_queue(cloud: Templates) -> None:
    (rule,) = (r for r in cloud.resources("AWS::Events::Rule").values() if "EventPattern" in r)

    assert rule["EventPattern"] == {
        "source": ["aws.ses"],
        "detail": {"mail": {"tags": {"ses:configuration-set": [{"Ref": shared(cloud)}, {"prefix": "Klankbord-"}]}}},
    }


def test_no_sender_domain_stands_in_a_template(cloud: Templates) -> None:
    assert not cloud.resources("AWS::SES::EmailIdentity")
    assert "_domainkey" not in json.dumps(cloud.stacks)


def test_the_sender_reads_what_onboarding_set_up_and_writes_none_of_it(cloud: Templates) -> None:
    actions = {action for action, resource in cloud.allowed("invite-send") if "/sending/*" in resource}

    assert actions == {"s3:GetObject"}
