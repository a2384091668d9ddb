"""The onboarding of a client's mail, on an SES and a name server of this machine."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.zone
import pytest
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from functions.shared.domain import object_keys
from functions.shared.domain.mail_stream import MailStream, read_stream
from infra.local.fake_aws.serving import Server
from infra.stream_settings import EVENT_TYPES
from operations import check_domain, onboard
from operations.onboarding.dns_lookup import Dns
from operations.onboarding.errors import CannotOnboard, sentence
from operations.onboarding.sender_setup import DESTINATION, do, look, steps
from tests.worlds.dns_server import running_name_server
from tests.worlds.fake_aws_world import running_fake_aws
from tests.worlds.onboarding_world import CLIENTS, World

SET_UP = [
    "CreateEmailIdentity",
    "PutEmailIdentityMailFromAttributes",
    "CreateConfigurationSet",
    "CreateConfigurationSetEventDestination",
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_fake_aws(tmp_path) as fake_aws, running_name_server() as name_server:
        yield World(fake_aws, name_server)


def said(world: World, slug: str = "vaart", **choices: Any) -> str:
    case = world.case(slug, **choices)
    state, _ = onboard.onboard(case)
    return "\n".join(onboard.described(case, state, Dns(world.dns.address)))


def test_the_records_are_lines_that_a_zone_takes_as_they_are(world: World) -> None:
    text = said(world)

    lines = [line for line in text.splitlines() if "  IN  " in line]
    zone = dns.zone.from_text("\n".join(lines), origin="vaart.example", relativize=False, check_origin=False)
    kinds = sorted(rdata.rdtype.name for _, _, rdata in zone.iterate_rdatas())
    assert kinds == ["CNAME", "CNAME", "CNAME", "MX", "TXT", "TXT"]
    assert re.search(
        r"^(\w{32})\._domainkey\.vaart\.example\. +3600  IN  CNAME  \1\.dkim\.amazonses\.com\.$", text, re.M
    )
    assert re.search(r"^bounce\.vaart\.example\. .* MX +10 feedback-smtp\.eu-west-1\.amazonses\.com\.$", text, re.M)
    assert re.search(r'^bounce\.vaart\.example\. .* TXT +"v=spf1 include:amazonses\.com ~all"$', text, re.M)
    assert re.search(r'^_dmarc\.vaart\.example\. .* TXT +"v=DMARC1; p=none; rua=mailto:crm-beheer@vaart', text, re.M)


def test_a_second_run_changes_nothing_and_prints_the_same(world: World) -> None:
    first = said(world)
    assert world.changes == SET_UP
    kept = dict(world.bucket.objects)

    second = said(world)

    assert second == first
    assert world.changes == SET_UP
    assert world.bucket.objects == kept


def test_a_configuration_set_keeps_tls_reputation_and_suppression_and_follows_nobody(world: World) -> None:
    world.onboard()

    made = world.fake_aws.ses.get_configuration_set(ConfigurationSetName="Klankbord-vaart")
    (destination,) = world.fake_aws.ses.get_configuration_set_event_destinations(
        ConfigurationSetName="Klankbord-vaart"
    )["EventDestinations"]
    assert made["DeliveryOptions"]["TlsPolicy"] == "REQUIRE"
    assert made["ReputationOptions"]["ReputationMetricsEnabled"] is True
    assert made["SuppressionOptions"]["SuppressedReasons"] == ["BOUNCE", "COMPLAINT"]
    assert "TrackingOptions" not in made
    assert destination["MatchingEventTypes"] == EVENT_TYPES
    assert not {"OPEN", "CLICK"} & set(destination["MatchingEventTypes"])
    assert destination["EventBridgeDestination"]["EventBusArn"].endswith("000000000000:event-bus/default")


def test_the_sender_is_told_when_all_is_there_and_not_before(world: World) -> None:
    case = world.case()
    refused = ClientError({"Error": {"Code": "LimitExceededException", "Message": "no more"}}, "CreateConfigurationSet")

    def full(**_: Any) -> None:
        raise refused

    world.fake_aws.ses.meta.events.register("before-call.sesv2.CreateConfigurationSet", full)
    with pytest.raises(ClientError):
        onboard.onboard(case)
    assert world.bucket.objects == {}

    world.fake_aws.ses.meta.events.unregister("before-call.sesv2.CreateConfigurationSet", full)
    onboard.onboard(world.case())
    assert read_stream(world.bucket.objects[object_keys.mail_stream("vaart")]) == MailStream("Klankbord-vaart")


def test_a_plan_changes_nothing_and_says_what_would_be(world: World) -> None:
    case = world.case(tenant=True)

    state, told = onboard.onboard(case, plan=True)

    assert world.changes == []
    assert world.bucket.objects == {}
    assert len(told) == len(steps(case.wanted, state)) + 1 == 8
    assert "DKIM: SES will name three records." in "\n".join(onboard.described(case, state, None))


def test_a_tenant_may_use_the_identity_and_the_configuration_set_and_stays_with_the_next_run(world: World) -> None:
    world.onboard(tenant=True)
    before = list(world.changes)
    state = world.onboard()

    assert state.associated == {
        "arn:aws:ses:eu-west-1:000000000000:identity/vaart.example",
        "arn:aws:ses:eu-west-1:000000000000:configuration-set/Klankbord-vaart",
    }
    assert world.changes == before
    stream = MailStream("Klankbord-vaart", "Klankbord-vaart")
    assert read_stream(world.bucket.objects[object_keys.mail_stream("vaart")]) == stream

    world.onboard(tenant=False)
    assert read_stream(world.bucket.objects[object_keys.mail_stream("vaart")]) == MailStream("Klankbord-vaart")


def test_what_was_changed_by_hand_is_put_right_and_what_was_added_stays(world: World) -> None:
    world.onboard()
    ses = world.fake_aws.ses
    ses.put_configuration_set_delivery_options(
        ConfigurationSetName="Klankbord-vaart", TlsPolicy="OPTIONAL", SendingPoolName="ours"
    )
    ses.put_configuration_set_reputation_options(ConfigurationSetName="Klankbord-vaart", ReputationMetricsEnabled=False)
    ses.put_configuration_set_suppression_options(ConfigurationSetName="Klankbord-vaart", SuppressedReasons=["BOUNCE"])
    ses.put_email_identity_dkim_attributes(EmailIdentity="vaart.example", SigningEnabled=False)
    ses.update_configuration_set_event_destination(
        ConfigurationSetName="Klankbord-vaart",
        EventDestinationName=DESTINATION,
        EventDestination={"Enabled": False, "MatchingEventTypes": ["SEND"]},
    )

    state = world.onboard()

    assert steps(world.case().wanted, state) == []
    assert state.configuration_set
    assert state.configuration_set["DeliveryOptions"] == {"TlsPolicy": "REQUIRE", "SendingPoolName": "ours"}


def test_sending_that_somebody_turned_off_stays_off(world: World) -> None:
    world.onboard()
    world.fake_aws.ses.put_configuration_set_sending_options(
        ConfigurationSetName="Klankbord-vaart", SendingEnabled=False
    )

    state = world.onboard()

    assert state.configuration_set
    assert state.configuration_set["SendingOptions"] == {"SendingEnabled": False}


def test_who_onboards_at_the_same_moment_is_no_error(world: World) -> None:
    case = world.case(tenant=True)
    left = steps(case.wanted, look(case.target.ses, case.wanted))

    do(case.target.ses, left)
    do(case.target.ses, left)

    assert steps(case.wanted, look(case.target.ses, case.wanted)) == []


def test_a_mail_from_domain_is_chosen_kept_and_changed(world: World) -> None:
    assert world.onboard(mail_from="mail.vaart.example").mail_from(world.case().wanted) == "mail.vaart.example"
    assert "mail.vaart.example." in said(world)

    assert "bounce.vaart.example." in said(world, mail_from="bounce.vaart.example")
    assert "post.vaart.example." in said(world, mail_from="post")


def test_a_dmarc_record_of_the_domain_above_is_kept(world: World) -> None:
    world.dns.records[("_dmarc.vaart.example", "TXT")] = ['"v=DMARC1; p=reject; aspf=s; " "rua=mailto:d@vaart.example"']

    text = said(world, address="vraag@mail.vaart.example")

    assert 'keep what stands at _dmarc.vaart.example: "v=DMARC1; p=reject; aspf=s; rua=mailto:d@vaart.example"' in text
    assert "DKIM alone carries it" in text
    assert "_dmarc.mail.vaart.example" not in text


def test_dns_that_does_not_answer_is_said_and_the_records_are_given(world: World) -> None:
    world.dns.failing.add("_dmarc.vaart.example")

    text = said(world)

    assert "DNS was asked whether there is one already: no answer" in text
    assert '"v=DMARC1; p=none' in text


def test_what_else_is_needed_is_said_in_order_and_what_is_done_too(world: World) -> None:
    world.outputs["UploadUserVaart"] = "upload-user"
    world.bucket.objects[object_keys.current_bundle("vaart")] = b"{}"
    world.fake_aws.control(production_access=False)

    steps_left = said(world).split("Then, in this order:\n")[1].splitlines()

    assert [line.split(". ")[0].strip() for line in steps_left] == ["1", "2", "3", "4", "5"]
    check, sandbox, published, credentials, rehearsal = steps_left
    assert "make check-domain CLIENT=vaart" in check
    assert "production access" in sandbox
    assert "is published" in published
    assert "aws iam create-access-key --user-name upload-user" in credentials
    assert "s3://uploads/rehearse/vaart/klantenservice/contacts.csv" in rehearsal


def test_a_client_without_credentials_or_bundle_is_told_how_to_get_them(world: World) -> None:
    text = said(world, "pebble")

    assert "python -m operations.publish" in text
    assert "add pebble to `clients` in deployment.yaml" in text


@pytest.mark.parametrize("address", ["vaart@gmail.com", "info@Ziggo.nl", "a@outlook.com"])
def test_an_address_at_a_public_provider_cannot_be_a_sender(world: World, address: str) -> None:
    with pytest.raises(CannotOnboard, match="public mail provider"):
        world.case(address=address)


@pytest.mark.parametrize(
    ("contact", "reports"),
    [("crm@vaart.example", "crm@vaart.example"), ("crm@agency.example", "postmaster@vaart.example")],
)
def test_reports_go_where_no_record_at_another_domain_is_needed(world: World, contact: str, reports: str) -> None:
    assert world.case(contact=contact).reports == reports


@pytest.mark.parametrize("command", [onboard, check_domain])
def test_an_unknown_client_is_told_which_there_are(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["nobody", "--clients", str(CLIENTS)]) == 1
    assert "There are: pebble, vaart." in capsys.readouterr().err


def test_without_credentials_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    assert onboard.main(["vaart", "--clients", str(CLIENTS)]) == 1
    assert "There are no AWS credentials" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("<Code>AccessDenied</Code><Message>not authorized</Message>", "may not do DescribeStacks"),
        (
            "<Code>ValidationError</Code><Message>Stack with id KlankbordStorage does not exist</Message>",
            "no stack KlankbordStorage in eu-west-1",
        ),
        ("<Code>ExpiredToken</Code><Message>expired</Message>", "log in again"),
    ],
)
def test_what_aws_refuses_is_one_sentence(answer: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    body = f"<ErrorResponse><Error><Type>Sender</Type>{answer}</Error></ErrorResponse>".encode()
    refuse = Route("/", lambda request: Response(body, 400, media_type="text/xml"), methods=["POST"])
    server = Server(Starlette(routes=[refuse])).start()
    try:
        assert onboard.main(["vaart", "--clients", str(CLIENTS), "--endpoint", server.url]) == 1
    finally:
        server.stop()
    said_of_it = capsys.readouterr().err
    assert expected in said_of_it
    assert len(said_of_it.splitlines()) == 1


def test_what_is_missing_on_this_side_is_named() -> None:
    assert "AWS_REGION" in sentence(NoRegionError())
    assert "aws configure" in sentence(NoCredentialsError())


def test_where_nothing_runs_the_command_says_how_to_start_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert onboard.main(["vaart", "--clients", str(CLIENTS), "--local", "--workdir", str(tmp_path)]) == 1
    assert "make up" in capsys.readouterr().err
