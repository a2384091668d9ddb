"""Dispatch, send and track through their handlers, on tables and a queue of moto; SES is a fake."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from functions.invite.channels import mail
from functions.shared.adapters import clock, invitations, item_reads, observability, tables
from functions.shared.adapters.binding import Names
from functions.shared.adapters.feedback_blocks import DynamoFeedbackBlocks
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.keys import load_link_keys
from functions.shared.adapters.people import DynamoPeople
from functions.shared.adapters.pynamodb_connection import dynamodb_client
from functions.shared.adapters.tables import (
    Contact,
    FeedbackBlock,
    Invitation,
    MailCount,
    OptOut,
    SendingStatus,
    Suppression,
    TurnBook,
)
from functions.shared.domain.deliveries import ContactDetails, RecipientState, leased, sent
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.identity import read_token
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.mail_stream import MailStream
from functions.shared.domain.names import PersonName
from functions.shared.domain.object_keys import current_bundle, mail_stream
from infra.mail_templates import SOURCE, compile_mail
from tests.worlds.atomic_writes import make_writes_atomic
from tests.worlds.lambda_modules import start
from tests.worlds.mail_world import INVITATION, MONDAY, bundle, planned

MODELS = (Invitation, Contact, FeedbackBlock, OptOut, Suppression, TurnBook, SendingStatus, MailCount)
CONTEXT: Any = SimpleNamespace(
    function_name="invite", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="id"
)
REMINDER = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
ENVIRONMENT = {
    "CONFIG_BUCKET": "klankbord-config",
    "TOKEN_KEYS_SECRET": "tokens",
    "SURVEY_URL": "https://survey.example/v1",
    "SES_CONFIGURATION_SET": "set",
    "SES_RATE_SHARE": "1",
}


class Ses:
    """SES, with what it took and what it will do next."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.failing: list[Exception] = []

    def send_email(self, **call: Any) -> dict[str, str]:
        if self.failing:
            raise self.failing.pop(0)
        self.calls.append(call)
        return {"MessageId": f"message-{len(self.calls)}"}

    def get_account(self) -> dict[str, Any]:
        quota = {"Max24HourSend": 50_000.0, "MaxSendRate": 1000.0, "SentLast24Hours": float(len(self.calls))}
        return {"SendingEnabled": True, "SendQuota": quota}


class System:
    """The three functions, one after the other, on a clock that a test moves."""

    def __init__(self, ses: Ses, queue: str, templates: Path) -> None:
        self.ses = ses
        self._templates = templates
        self.now = MONDAY
        self._queue = queue
        self._sqs = boto3.client("sqs")

    def start(self) -> None:
        """Let new workers take the place of those that ran."""
        settings = replace(mail.MailSettings.from_env(), templates=self._templates)
        self._send = start("functions.invite.handlers.send_mail").make_handler(settings)
        self._dispatch = start("functions.invite.handlers.dispatch").dispatch
        self._track = start("functions.invite.handlers.track").track

    def dispatch(self) -> int:
        dispatched: int = self._dispatch({}, CONTEXT)["dispatched"]
        return dispatched

    def send(self) -> list[str]:
        """Run the sender on what waits; return the messages that it could not do."""
        got = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in got:
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return self.send_bodies([message["Body"] for message in got]) if got else []

    def send_bodies(self, bodies: list[str]) -> list[str]:
        return failures(self._send(records(bodies), CONTEXT))

    def track(self, kind: str, mail: str = "invitation", **about: Any) -> list[str]:
        at = self.now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        detail = {
            "eventType": kind,
            "mail": {"timestamp": at, "messageId": "0102", "tags": {"invitation": [INVITATION], "mail": [mail]}},
            **{name: {"timestamp": at} | more for name, more in about.items()},
        }
        return self.track_events(records([json.dumps({"source": "aws.ses", "detail": detail})]))

    def track_events(self, events: dict[str, Any]) -> list[str]:
        """Run the tracker on a batch; return the messages that it could not do."""
        return failures(self._track(events, CONTEXT))


def records(bodies: list[str]) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": str(n), "body": body, "eventSource": "aws:sqs", "attributes": {}, "messageAttributes": {}}
            for n, body in enumerate(bodies)
        ]
    }


def failures(answer: Any) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mail")
    compile_mail(SOURCE, folder)
    return folder


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, templates: Path) -> Iterator[System]:
    with mock_aws():
        make_writes_atomic(monkeypatch)
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        for model in MODELS:
            monkeypatch.setenv(Names.variable(model), model.__name__)
            monkeypatch.setattr(model.Meta, "table_name", model.__name__)
        for model in MODELS:
            model.create_table(billing_mode="PAY_PER_REQUEST")
        s3, secrets = boto3.client("s3"), boto3.client("secretsmanager")
        s3.create_bucket(Bucket="klankbord-config", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(
            Bucket="klankbord-config",
            Key=current_bundle("vaart"),
            Body=bundle().model_dump_json(by_alias=True).encode(),
        )
        secrets.create_secret(Name="tokens", SecretString='{"1": "key"}')
        queue = boto3.client("sqs").create_queue(QueueName="mails")["QueueUrl"]
        monkeypatch.setenv("SEND_QUEUE_URL", queue)
        monkeypatch.setenv("NOTICE_QUEUE_URL", boto3.client("sqs").create_queue(QueueName="notices")["QueueUrl"])
        system = System(Ses(), queue, templates)
        monkeypatch.setattr(mail, "ses_client", lambda: system.ses)
        monkeypatch.setattr(clock, "now", lambda: system.now)
        system.start()
        yield system


def admit(**changes: Any) -> None:
    """Write what the admission of a customer writes."""
    values: dict[str, Any] = {
        "person": "person",
        "address_key": "address",
        "client": "vaart",
        "touchpoint": "schade",
        "interaction_id": "1",
        "upload": "digest",
        "occurred_at": MONDAY - timedelta(hours=1),
        "imported_at": MONDAY - timedelta(minutes=1),
        "expires_at": MONDAY + timedelta(days=21),
        "keep_until": MONDAY + timedelta(days=800),
        "state": InvitationState.PLANNED.value,
        "rank": InvitationState.PLANNED.rank,
        "due_shard": tables.due_shard(INVITATION, "mail"),
        "due_at": MONDAY,
        "planned_at": MONDAY,
    }
    Invitation(INVITATION, **values | changes).save()
    Contact(
        "person",
        client="vaart",
        address="anna@example.org",
        salutation="mevrouw",
        first_name="Anna",
        infix="de",
        last_name="Vries",
        expires_at=MONDAY + timedelta(days=20),
    ).save()
    FeedbackBlock("person", invitation_id=INVITATION, expires_at=MONDAY + timedelta(days=80)).save()


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def item() -> Invitation:
    return Invitation.get(INVITATION, consistent_read=True)


def test_an_invitation_goes_from_due_to_delivered_and_its_reminder_follows(system: System) -> None:
    admit()
    assert system.dispatch() == 1
    assert system.send() == []
    assert system.track("Delivery", delivery={}) == []

    assert len(system.ses.calls) == 1
    stored = item()
    assert (stored.state, stored.rank) == ("delivered", 40)
    assert (stored.accepted_at, stored.delivered_at, stored.due_at) == (MONDAY, MONDAY, REMINDER)
    assert FeedbackBlock.get("person").expires_at == datetime(2027, 2, 23, 9, 0, tzinfo=UTC)
    assert Contact.get("person").expires_at == MONDAY + timedelta(days=90)

    assert system.dispatch() == 0
    system.now = REMINDER
    assert system.dispatch() == 1
    system.send()
    assert [call["EmailTags"][1]["Value"] for call in system.ses.calls] == [
        "invitation",
        "reminder-1",
    ]
    stored = item()
    assert (stored.state, stored.reminders_sent, stored.due_at, stored.due_shard) == ("delivered", 1, None, None)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (None, ("set", None)),
        (MailStream("Klankbord-vaart"), ("Klankbord-vaart", None)),
        (MailStream("Klankbord-vaart", "Klankbord-vaart"), ("Klankbord-vaart", "Klankbord-vaart")),
    ],
    ids=["before its onboarding", "onboarded", "with a tenant"],
)
def test_a_client_sends_in_the_stream_that_its_onboarding_wrote_down(
    system: System, stream: MailStream | None, expected: tuple[str, str | None]
) -> None:
    if stream:
        boto3.client("s3").put_object(Bucket="klankbord-config", Key=mail_stream("vaart"), Body=stream.as_json())
    admit()
    system.dispatch()
    assert system.send() == []

    (call,) = system.ses.calls
    assert (call["ConfigurationSetName"], call.get("TenantName")) == expected


def test_the_link_in_the_mail_opens_this_invitation(system: System) -> None:
    admit()
    system.dispatch()
    system.send()
    raw = system.ses.calls[0]["Content"]["Raw"]["Data"].decode().replace("=\r\n", "")
    token = raw.split("https://survey.example/v1/s/")[1][:44]
    assert read_token(load_link_keys("tokens"), "answer", token) == INVITATION


def test_the_same_message_twice_in_a_batch_is_one_mail(system: System) -> None:
    admit()
    body = json.dumps({"invitation_id": INVITATION, "due_at": epoch(MONDAY)})
    assert system.send_bodies([body, body, body]) == []
    assert len(system.ses.calls) == 1


def test_one_broken_message_fails_alone(system: System) -> None:
    admit()
    body = json.dumps({"invitation_id": INVITATION, "due_at": epoch(MONDAY)})
    assert system.send_bodies(["no json", body]) == ["0"]
    assert len(system.ses.calls) == 1


def test_a_lost_answer_is_solved_by_the_report(system: System) -> None:
    admit()
    system.ses.failing = [ReadTimeoutError(endpoint_url="https://email.example")]
    system.dispatch()
    assert system.send() == []
    assert item().sending == "invitation"

    assert system.track("Send", send={}) == []
    stored = item()
    assert (stored.state, stored.accepted_at, stored.due_at) == ("accepted", MONDAY, REMINDER)
    assert (stored.lease_until, stored.sending) == (None, None)


def test_a_hard_bounce_suppresses_and_releases(system: System) -> None:
    admit()
    system.dispatch()
    system.send()
    for _ in range(2):
        assert system.track("Bounce", bounce={"bounceType": "Permanent"}) == []
    assert Suppression.get("address").reason == "bounce"
    with pytest.raises(FeedbackBlock.DoesNotExist):
        FeedbackBlock.get("person")
    stored = item()
    assert (stored.state, stored.bounced_at, stored.due_at, stored.due_shard) == ("bounced", MONDAY, None, None)


def test_a_complaint_opts_out(system: System) -> None:
    admit()
    system.dispatch()
    system.send()
    system.track("Complaint", complaint={})
    assert (OptOut.get("person").how, Suppression.get("address").reason) == ("complaint", "complaint")
    assert item().state == "complained"


def test_an_opt_out_before_the_mail_withholds_it(system: System) -> None:
    admit()
    OptOut("person", client="vaart", since=MONDAY, how="page").save()
    system.dispatch()
    system.send()
    assert system.ses.calls == []
    stored = item()
    assert (stored.state, stored.withheld_reason, stored.due_at) == ("withheld", "opted_out", None)


def test_a_report_of_an_unknown_invitation_is_no_endless_retry(system: System) -> None:
    assert system.track("Delivery", delivery={}) == []


def test_a_report_that_cannot_be_read_goes_back_to_the_queue(system: System) -> None:
    assert system.track_events(records(["{}"])) == ["0"]


def test_the_oldest_due_mails_come_first_from_all_shards(system: System) -> None:
    ids = [f"{n:02x}000000-0000-5000-8000-000000000000" for n in range(16)]
    for n, invitation_id in enumerate(ids):
        admit()
        stored = item()
        stored.invitation_id, stored.due_at = invitation_id, MONDAY - timedelta(seconds=n)
        stored.due_shard = tables.due_shard(invitation_id, "mail")
        stored.save()
    Invitation(INVITATION).delete()
    due = DynamoInvitations("mail").due(MONDAY, 5)
    assert due == [(invitation_id, epoch(MONDAY) - n) for n, invitation_id in reversed(list(enumerate(ids)))][:5]
    assert DynamoInvitations("mail").due(MONDAY - timedelta(seconds=20), 5) == []


def test_a_standing_survives_the_table(system: System) -> None:
    admit()
    store = DynamoInvitations("mail")
    before = store.find([INVITATION]).get(INVITATION)
    assert before == planned(person="person", address_key="address")
    held = leased(before, MONDAY)
    assert store.save(before, held)
    assert store.find([INVITATION]) == {INVITATION: held}
    after = sent(held, 0, MONDAY, REMINDER)
    assert store.save(held, after)
    assert store.find([INVITATION]) == {INVITATION: after}


def test_a_change_decided_from_an_old_standing_is_not_written(system: System) -> None:
    admit()
    store = DynamoInvitations("mail")
    before = store.find([INVITATION]).get(INVITATION)
    assert before
    assert store.save(before, leased(before, MONDAY))
    assert not store.save(before, leased(before, MONDAY + timedelta(seconds=1)))
    assert store.find(["no such invitation"]) == {}


def test_a_lapsed_block_can_be_taken_and_anothers_cannot(system: System) -> None:
    admit()
    blocks, until = DynamoFeedbackBlocks(), MONDAY + timedelta(days=90)
    FeedbackBlock("person", invitation_id="another", expires_at=MONDAY + timedelta(days=1)).save()
    assert not blocks.start("person", INVITATION, until, MONDAY)
    blocks.restart("person", INVITATION, until)
    blocks.release("person", INVITATION)
    assert FeedbackBlock.get("person").expires_at == MONDAY + timedelta(days=1)
    assert blocks.start("person", INVITATION, until, MONDAY + timedelta(days=1))
    assert FeedbackBlock.get("person").invitation_id == INVITATION


def test_a_contact_is_read_whole_and_an_erased_one_stays_erased(system: System) -> None:
    admit()
    people, mine = DynamoPeople(), planned(person="person")
    found = people.recipient_states([mine], MONDAY)[INVITATION].contact
    assert found == ContactDetails(
        "anna@example.org", PersonName("mevrouw", "Anna", "de", "Vries"), None, MONDAY + timedelta(days=20)
    )
    Contact("person").delete()
    people.keep_contact("person", MONDAY)
    assert people.recipient_states([mine], MONDAY)[INVITATION].contact is None


def test_what_stands_around_an_invitation_is_read_in_one_call_for_many(system: System) -> None:
    admit()
    OptOut("other", client="vaart", since=MONDAY, how="page").save()
    Suppression("address-of-another", client="vaart", since=MONDAY, reason="bounce").save()
    mine = planned(person="person", address_key="address")
    same = replace(mine, invitation_id="again")
    other = planned(invitation_id="other", person="other", address_key="address-of-another")
    with counted_reads() as reads:
        found = DynamoPeople().recipient_states([mine, same, other], MONDAY)
    assert len(reads) == 1
    assert all(table["ConsistentRead"] for table in reads[0].values())
    assert found[INVITATION].block_holders == {"person": INVITATION}
    assert (found[INVITATION].opted_out, found[INVITATION].suppressed) == (False, False)
    assert found["again"] == found[INVITATION]
    assert found["other"] == RecipientState(opted_out=True, suppressed=True, block_holders={}, contact=None)
    assert DynamoPeople().recipient_states([mine], MONDAY + timedelta(days=80))[INVITATION].block_holders == {}


def test_a_batch_of_ten_mails_costs_two_reads_and_of_ten_reports_one(system: System) -> None:
    ids = [f"{n:02x}000000-0000-5000-8000-000000000000" for n in range(10)]
    for invitation_id in ids:
        admit()
        stored = item()
        stored.invitation_id, stored.person, stored.address_key = invitation_id, invitation_id, invitation_id
        stored.save()
        contact = Contact.get("person")
        contact.person = invitation_id
        contact.save()
    bodies = [json.dumps({"invitation_id": one, "due_at": epoch(MONDAY)}) for one in ids]
    with counted_reads() as reads:
        assert system.send_bodies(bodies) == []
    assert (len(system.ses.calls), len(reads)) == (10, 2)

    at = MONDAY.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    mails = [{"timestamp": at, "messageId": "1", "tags": {"invitation": [one], "mail": ["invitation"]}} for one in ids]
    events = [
        {"detail": {"eventType": kind, "mail": mail, kind.lower(): {"timestamp": at}}}
        for mail in mails[:5]
        for kind in ("Send", "Delivery")
    ]
    with counted_reads() as reads:
        assert system.track_events(records([json.dumps(event) for event in events])) == []
    assert len(reads) == 1
    assert [Invitation.get(one).state for one in ids] == ["delivered"] * 5 + ["accepted"] * 5


def test_a_look_ahead_that_fails_costs_no_mail(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    admit()
    whole, calls = invitations.read_items, 0

    def stumble(wanted: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise TryAgain("too busy")
        return whole(wanted)

    monkeypatch.setattr(invitations, "read_items", stumble)
    assert system.send_bodies([json.dumps({"invitation_id": INVITATION, "due_at": epoch(MONDAY)})]) == []
    assert len(system.ses.calls) == 1


def test_keys_that_dynamodb_leaves_out_are_asked_again(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    admit()
    client: Any = dynamodb_client(Invitation)
    whole, asked = client.batch_get_item, []

    def nothing(RequestItems: dict[str, Any]) -> Any:  # noqa: N803 - boto's word
        return {"Responses": {}, "UnprocessedKeys": RequestItems}

    def left_out(RequestItems: dict[str, Any]) -> Any:  # noqa: N803 - boto's word
        asked.append(RequestItems)
        return (
            whole(RequestItems=RequestItems) if len(asked) > 2 else {"Responses": {}, "UnprocessedKeys": RequestItems}
        )

    monkeypatch.setattr(client, "batch_get_item", left_out)
    monkeypatch.setattr(item_reads, "sleep", lambda seconds: None)
    assert INVITATION in DynamoInvitations("mail").find([INVITATION])
    assert asked[0] == asked[1] == asked[2]

    monkeypatch.setattr(client, "batch_get_item", nothing)
    with pytest.raises(TryAgain, match="Invitation"):
        DynamoInvitations("mail").find([INVITATION])


@contextmanager
def counted_reads() -> Iterator[list[dict[str, Any]]]:
    """Collect what each BatchGetItem asked for; what is no item of a customer is read by itself, every few seconds."""
    reads: list[dict[str, Any]] = []
    # Which tables have a connection in common depends on what the functions of earlier tests have bound.
    clients = {id(one): one for one in (dynamodb_client(model) for model in (Invitation, Contact))}

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        assert model.name in ("BatchGetItem", "GetItem", "UpdateItem", "PutItem", "DeleteItem")
        body = json.loads(params["body"])
        assert model.name != "GetItem" or body["TableName"] in ("SendingStatus", "TurnBook")
        if model.name == "BatchGetItem":
            reads.append(body["RequestItems"])

    for client in clients.values():
        client.meta.events.register("before-call.dynamodb", note)
    try:
        yield reads
    finally:
        for client in clients.values():
            client.meta.events.unregister("before-call.dynamodb", note)


def test_no_log_line_holds_an_address_a_name_or_a_token(system: System) -> None:
    admit()
    written = io.StringIO()
    listening = logging.StreamHandler(written)
    listening.setFormatter(observability.logger.registered_formatter)
    observability.logger.addHandler(listening)
    system.dispatch()
    system.send()
    system.track(
        "Bounce", bounce={"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "anna@example.org"}]}
    )
    system.send_bodies(["anna@example.org"])
    observability.logger._logger.removeHandler(listening)
    logged = written.getvalue()
    assert INVITATION in logged
    for secret in ("anna@", "Vries", "survey.example"):
        assert secret not in logged


@pytest.mark.parametrize("missing", ["CONFIG_BUCKET", "SURVEY_URL", "SEND_QUEUE_URL", "NOTICE_QUEUE_URL"])
def test_a_missing_variable_stops_a_function_at_its_start_by_name(
    system: System, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)

    with pytest.raises(RuntimeError, match=missing):
        system.start()


def test_each_channel_that_is_sent_by_has_its_own_queue(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = boto3.client("sqs")
    texts = sqs.create_queue(QueueName="texts")["QueueUrl"]
    monkeypatch.setenv("SMS_QUEUE_URL", texts)
    monkeypatch.setenv("SMS_RATE", "5")
    system.start()
    admit(channel="sms", due_shard=tables.due_shard(INVITATION, "sms"))

    assert system.dispatch() == 0

    (message,) = sqs.receive_message(QueueUrl=texts)["Messages"]
    assert json.loads(message["Body"]) == {"invitation_id": INVITATION, "due_at": epoch(MONDAY)}
