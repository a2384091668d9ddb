"""The mailbox of one machine keeps identities, configuration sets and tenants as SES does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.worlds.fake_aws_world import World, running_fake_aws

HERE = "arn:aws:ses:eu-west-1:000000000000:"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_fake_aws(tmp_path) as running:
        yield running


def code(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_configuration_set_that_is_not_there_sends_nothing(world: World) -> None:
    with pytest.raises(ClientError) as refused:
        world.send("anna@example.com", ConfigurationSetName="Klankbord-vaart")

    assert code(refused) == ("NotFoundException", 404)
    assert "does not exist" in str(refused.value)
    assert world.messages() == []


def test_the_configuration_set_of_the_stack_is_there_without_a_call(world: World) -> None:
    world.system.said = {"configuration_set": "shared"}

    world.send("anna@example.com", ConfigurationSetName="shared")

    assert [kind for kind, _ in world.events()] == ["Email Sent", "Email Delivered"]


def test_a_configuration_set_reports_what_its_destination_names_and_only_while_that_is_on(world: World) -> None:
    bus = {"EventBusArn": "arn:aws:events:eu-west-1:000000000000:event-bus/default"}
    about: dict[str, Any] = {"MatchingEventTypes": ["BOUNCE"], "EventBridgeDestination": bus}
    world.ses.create_configuration_set(ConfigurationSetName="quiet")
    named = {"ConfigurationSetName": "quiet", "EventDestinationName": "bus"}

    world.send("bounce@simulator.amazonses.com", ConfigurationSetName="quiet")
    world.ses.create_configuration_set_event_destination(**named, EventDestination={"Enabled": True, **about})
    world.send("bounce@simulator.amazonses.com", ConfigurationSetName="quiet")
    world.ses.update_configuration_set_event_destination(**named, EventDestination={"Enabled": False, **about})
    world.send("bounce@simulator.amazonses.com", ConfigurationSetName="quiet")

    assert [kind for kind, _ in world.events()] == ["Email Bounced"]


def test_a_configuration_set_whose_sending_is_off_sends_nothing(world: World) -> None:
    world.ses.put_configuration_set_sending_options(ConfigurationSetName="klankbord", SendingEnabled=False)

    with pytest.raises(ClientError) as refused:
        world.send("anna@example.com")

    assert code(refused) == ("SendingPausedException", 400)


def test_a_tenant_sends_with_what_is_its_own_only(world: World) -> None:
    with pytest.raises(ClientError) as unknown:
        world.send("anna@example.com", TenantName="vaart")
    assert code(unknown) == ("NotFoundException", 404)

    world.ses.create_tenant(TenantName="vaart")
    with pytest.raises(ClientError) as foreign:
        world.send("anna@example.com", TenantName="vaart")
    assert code(foreign) == ("BadRequestException", 400)

    for resource in ("identity/mail.vaart.example", "configuration-set/klankbord"):
        world.ses.create_tenant_resource_association(TenantName="vaart", ResourceArn=HERE + resource)
    world.send("anna@example.com", TenantName="vaart")
    assert len(world.messages("?tenant=vaart&configuration_set=klankbord")) == 1
    assert world.messages("?configuration_set=another") == []


def test_what_is_there_cannot_be_made_again(world: World) -> None:
    world.ses.create_email_identity(EmailIdentity="vaart.example")
    world.ses.create_tenant(TenantName="vaart")
    again: list[tuple[Any, dict[str, Any]]] = [
        (world.ses.create_email_identity, {"EmailIdentity": "vaart.example"}),
        (world.ses.create_configuration_set, {"ConfigurationSetName": "klankbord"}),
        (world.ses.create_tenant, {"TenantName": "vaart"}),
    ]
    for make, named in again:
        with pytest.raises(ClientError) as refused:
            make(**named)
        assert code(refused) == ("AlreadyExistsException", 400)


def test_an_identity_is_told_with_its_tokens_and_its_mail_from_domain(world: World) -> None:
    with pytest.raises(ClientError) as unknown:
        world.ses.get_email_identity(EmailIdentity="vaart.example")
    assert code(unknown) == ("NotFoundException", 404)

    made = world.ses.create_email_identity(EmailIdentity="vaart.example")
    world.ses.put_email_identity_mail_from_attributes(
        EmailIdentity="vaart.example", MailFromDomain="bounce.vaart.example"
    )
    told = world.ses.get_email_identity(EmailIdentity="vaart.example")

    assert made["DkimAttributes"]["Tokens"] == told["DkimAttributes"]["Tokens"]
    assert len(set(told["DkimAttributes"]["Tokens"])) == 3
    assert told["MailFromAttributes"]["MailFromDomain"] == "bounce.vaart.example"
    with pytest.raises(ClientError) as foreign:
        world.ses.put_email_identity_mail_from_attributes(EmailIdentity="vaart.example", MailFromDomain="other.example")
    assert code(foreign) == ("BadRequestException", 400)
