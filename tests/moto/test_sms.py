"""What SMS needs of the tables: shards of its own in the due index, and numbers that point at invitations."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from functions.shared.adapters.admission_items import contact_item, invitation_item
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.sms_numbers import DynamoNumbers
from functions.shared.adapters.tables import Contact, Invitation, due_shard, paused_shard
from functions.shared.domain.channels import Channel
from functions.shared.domain.interaction import Interaction
from functions.shared.domain.upload import PlannedInvitation

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BY_SMS, BY_MAIL = "6f1d0f3e-6a0c-5a55-9a44-5b1c4a3a0d11", "7a1d0f3e-6a0c-5a55-9a44-5b1c4a3a0d12"


@pytest.fixture
def tables() -> Iterator[None]:
    """Let the two tables stand there, bound."""
    with mock_aws():
        for model in (Invitation, Contact):
            model.Meta.region = "eu-west-1"
            model._connection = None
            model.create_table(billing_mode="PAY_PER_REQUEST")
        put(planned(BY_SMS, "+31612345678", "sms"))
        put(planned(BY_MAIL, "anna@example.org", "mail"))
        yield
    for model in (Invitation, Contact):
        model._connection = None


def planned(invitation_id: str, address: str, channel: Channel) -> PlannedInvitation:
    told = Interaction("zaak-1", "vaart", "schade", NOW, address)
    expires = NOW + timedelta(days=21)
    return PlannedInvitation(
        invitation_id, f"person-{address}", f"key-{address}", None, told, "digest", 1, NOW, NOW, expires, channel
    )


def put(one: PlannedInvitation) -> None:
    """Write what admission writes, by the items' own text."""

    client = boto3.client("dynamodb")
    for model, item in ((Invitation, invitation_item(one)), (Contact, contact_item(one))):
        client.put_item(TableName=model.Meta.table_name, Item={name: json.loads(value) for name, value in item.items()})


@pytest.mark.usefixtures("tables")
def test_each_channel_has_its_own_due_mails_and_mail_is_written_down_nowhere() -> None:
    sms, mail = DynamoInvitations("sms"), DynamoInvitations("mail")

    assert [one for one, _ in sms.due(NOW, 10)] == [BY_SMS]
    assert [one for one, _ in mail.due(NOW, 10)] == [BY_MAIL]
    assert Invitation.get(BY_SMS).channel == "sms"
    assert "sent_by" not in invitation_item(planned(BY_MAIL, "anna@example.org", "mail"))


@pytest.mark.usefixtures("tables")
def test_an_sms_is_parked_and_unparked_among_its_own() -> None:
    sms, mail = DynamoInvitations("sms"), DynamoInvitations("mail")
    delivery = sms.find([BY_SMS])[BY_SMS]

    assert sms.pause(delivery)

    assert Invitation.get(BY_SMS).due_shard == paused_shard("vaart", "sms")
    assert not sms.due(NOW, 10)
    assert mail.resume("vaart", 10) == 0
    assert sms.resume("vaart", 10) == 1
    assert Invitation.get(BY_SMS).due_shard == due_shard(BY_SMS, "sms")


@pytest.mark.usefixtures("tables")
def test_an_sms_that_is_due_again_is_due_among_its_own() -> None:

    sms = DynamoInvitations("sms")
    delivery = sms.find([BY_SMS])[BY_SMS]
    gone = replace(delivery, due_at=None)
    assert sms.save(delivery, gone)

    assert sms.save(gone, replace(gone, due_at=NOW))

    assert [one for one, _ in sms.due(NOW, 10)] == [BY_SMS]


@pytest.mark.usefixtures("tables")
def test_a_number_points_at_the_invitation_that_went_there_and_no_name_is_kept_with_it() -> None:
    numbers = DynamoNumbers()
    delivery = DynamoInvitations("sms").find([BY_SMS])[BY_SMS]
    assert numbers.invitation_of(delivery.address_key) is None

    numbers.record(delivery, "+31612345678", NOW + timedelta(days=90))

    assert numbers.invitation_of(delivery.address_key) == BY_SMS
    kept = Contact.get(delivery.address_key)
    assert (kept.address, kept.client, kept.last_name) == ("+31612345678", "vaart", None)
    assert kept.expires_at == NOW + timedelta(days=90)
