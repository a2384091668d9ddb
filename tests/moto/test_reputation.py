"""The counts of mails, the states of clients and the paused mails, on tables of moto; and through the handlers."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.mail_counts import DynamoMailCounts
from functions.shared.adapters.notice_queue import SqsNotices, read_notice
from functions.shared.adapters.refusals import DynamoRefusals, RefusedInvitations
from functions.shared.adapters.sending_states import KEPT_SECONDS, DynamoSendingStates
from functions.shared.adapters.tables import Invitation, MailCount, SendingStatus, due_shard
from functions.shared.domain.deliveries import StopReason
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.notices import refusal_notice
from functions.shared.domain.reputation import DayOfMail, Fault, SendingState, paused, resumed
from tests.worlds.mail_world import INVITATION, MONDAY, planned

MODELS = (Invitation, MailCount, SendingStatus)
MAIL = f"{INVITATION}/0"


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        for model in MODELS:
            monkeypatch.setattr(model.Meta, "table_name", model.__name__)
            model.create_table(billing_mode="PAY_PER_REQUEST")
        yield


def invite(invitation_id: str = INVITATION, due: int = 0, client: str = "vaart") -> None:
    at = MONDAY
    Invitation(
        invitation_id,
        person="person-key",
        address_key="address-key",
        client=client,
        touchpoint="schade",
        interaction_id="1",
        upload="digest",
        occurred_at=at,
        imported_at=at,
        expires_at=MONDAY + timedelta(days=21),
        keep_until=MONDAY + timedelta(days=800),
        state=InvitationState.PLANNED.value,
        rank=InvitationState.PLANNED.rank,
        due_shard=due_shard(invitation_id, "mail"),
        due_at=at + timedelta(seconds=due),
        planned_at=at,
    ).save()


def test_mails_are_counted_by_client_and_written_once_a_batch() -> None:
    counts, other = DynamoMailCounts(), DynamoMailCounts()
    for _ in range(3):
        counts.count_sent("vaart", MONDAY)
    counts.count_sent("vaart", MONDAY + timedelta(minutes=1))
    counts.count_sent("pebble", MONDAY)
    counts.count_delivered("vaart")
    other.count_sent("vaart", MONDAY + timedelta(seconds=59))

    told = counts.flush()
    other.flush()

    assert {client: dict(numbers) for client, numbers in told.items()} == {
        "vaart": {"mails": 4, "deliveries": 1},
        "pebble": {"mails": 1},
    }
    assert counts.day("vaart", MONDAY, None) == DayOfMail(5, 0, 0)
    assert counts.day("vaart", MONDAY + timedelta(minutes=1), None) == DayOfMail(1, 0, 0)
    assert counts.day("pebble", MONDAY, None) == DayOfMail(1, 0, 0)
    assert not counts.flush()
    assert len(list(MailCount.scan())) == 3


def test_a_count_that_could_not_be_written_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = DynamoMailCounts()
    counts.count_sent("vaart", MONDAY)
    with monkeypatch.context() as broken:
        broken.setattr(MailCount, "_get_connection", lambda: None)
        with pytest.raises(AttributeError):
            counts.flush()
    counts.count_sent("vaart", MONDAY)

    assert counts.flush()["vaart"]["mails"] == 2
    assert counts.day("vaart", MONDAY, None).mails == 2


def test_the_same_fault_again_changes_nothing() -> None:
    counts = DynamoMailCounts()
    for _ in range(2):
        counts.count_fault("vaart", Fault.BOUNCES, MAIL, MONDAY, MONDAY + timedelta(seconds=5))
    counts.count_fault("vaart", Fault.COMPLAINTS, MAIL, MONDAY, MONDAY + timedelta(hours=1))
    counts.count_fault("pebble", Fault.BOUNCES, MAIL, MONDAY, MONDAY)

    assert counts.day("vaart", MONDAY, None) == DayOfMail(0, 1, 1)


def test_only_the_faults_of_the_window_count_and_after_a_resume_those_of_mails_since() -> None:
    counts, hour = DynamoMailCounts(), timedelta(hours=1)
    counts.count_fault("vaart", Fault.BOUNCES, "old/0", MONDAY - 2 * hour, MONDAY - hour)
    counts.count_fault("vaart", Fault.BOUNCES, "late/0", MONDAY - 2 * hour, MONDAY + hour)
    counts.count_fault("vaart", Fault.BOUNCES, "new/0", MONDAY + hour, MONDAY + hour)

    assert counts.day("vaart", MONDAY - 3 * hour, None).bounces == 3
    assert counts.day("vaart", MONDAY, None).bounces == 2
    assert counts.day("vaart", MONDAY, MONDAY).bounces == 1


def test_what_is_counted_goes_by_itself() -> None:
    counts = DynamoMailCounts()
    counts.count_sent("vaart", MONDAY)
    counts.count_fault("vaart", Fault.BOUNCES, MAIL, MONDAY, MONDAY)
    counts.flush()

    assert [item.expires_at for item in MailCount.scan()] == [MONDAY + timedelta(days=3)] * 2


def test_a_state_survives_the_table_and_is_written_only_over_the_one_that_was_read() -> None:
    states = DynamoSendingStates()
    before = states.read("vaart")
    after = SendingState(MONDAY, "bounces", 2.5, 400, notified=False)

    assert before == SendingState()
    assert states.replace("vaart", before, after)
    assert not states.replace("vaart", before, paused(before, None, MONDAY + timedelta(minutes=1)))
    assert states.read("vaart") == after

    states.mark_notified("vaart", after)
    assert states.read("vaart").notified
    assert states.replace("vaart", after, resumed(MONDAY + timedelta(days=1)))
    states.mark_notified("vaart", after)
    assert states.all() == {"vaart": resumed(MONDAY + timedelta(days=1))}


def test_a_sender_asks_once_in_some_seconds() -> None:
    now = 100.0
    states = DynamoSendingStates(lambda: now)
    assert not states.is_paused("vaart")
    DynamoSendingStates().replace("vaart", SendingState(), paused(SendingState(), None, MONDAY))

    now += KEPT_SECONDS - 1
    assert not states.is_paused("vaart")
    now += 1
    assert states.is_paused("vaart")
    assert not states.is_paused("pebble")


def test_a_parked_mail_is_due_no_more_until_it_is_unparked() -> None:
    invite()
    store = DynamoInvitations("mail")
    delivery = store.find([INVITATION])[INVITATION]

    assert store.pause(delivery)
    assert store.pause(delivery)
    assert store.due(MONDAY, 5) == []
    assert store.find([INVITATION])[INVITATION] == delivery == planned()
    assert store.resume("pebble", 5) == 0
    assert store.resume("vaart", 5) == 1
    assert store.resume("vaart", 5) == 0
    assert store.due(MONDAY, 5) == [(INVITATION, int(MONDAY.timestamp()))]


def test_a_mail_that_changed_meanwhile_is_not_parked() -> None:
    invite()
    store = DynamoInvitations("mail")
    old = store.find([INVITATION])[INVITATION]
    Invitation(INVITATION).update(actions=[Invitation.completed_at.set(MONDAY), Invitation.rank.set(70)])

    assert not store.pause(old)


def test_parked_mails_go_back_oldest_first_and_only_so_many() -> None:
    store = DynamoInvitations("mail")
    ids = [f"{n:02x}000000-0000-5000-8000-000000000000" for n in range(12)]
    for n, invitation_id in enumerate(ids):
        invite(invitation_id, due=-n, client="vaart" if n < 11 else "pebble")
        assert store.pause(store.find([invitation_id])[invitation_id])

    assert store.resume("vaart", 4) == 4
    assert [one for one, _ in store.due(MONDAY, 20)] == [ids[n] for n in (10, 9, 8, 7)]
    assert store.resume("vaart", 20) == 7


def test_a_notice_of_a_pause_says_what_the_notifier_reads() -> None:
    from functions.shared.adapters.notice_queue import SqsNotices, read_notice
    from functions.shared.domain.reputation import pause_notice

    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="notices")["QueueUrl"]
    notice: Any = pause_notice("vaart", SendingState(MONDAY, "complaints", 0.2, 5000))

    SqsNotices(sqs, url).put(notice)

    body = sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]
    assert read_notice(body) == notice
    assert json.loads(body) == {
        "notice": "paused",
        "client": "vaart",
        "since": int(MONDAY.timestamp()),
        "why": "complaints",
        "share": 0.2,
        "mails": 5000,
    }


def test_refused_invitations_are_one_late_message_and_are_found_by_when_and_where_they_stand() -> None:
    sqs = boto3.client("sqs", region_name="eu-west-1")
    queue = sqs.create_queue(QueueName="notices")["QueueUrl"]
    refusals = DynamoRefusals(SqsNotices(sqs, queue))
    for number, row in enumerate((7, 4, 9)):
        invite(f"{number:02x}", client="vaart")
        reason = StopReason.REFUSED if row != 9 else StopReason.OPTED_OUT
        Invitation(f"{number:02x}").update([Invitation.row.set(row), Invitation.withheld_reason.set(reason.value)])
        for _ in range(2):
            refusals.note(planned(invitation_id=f"{number:02x}"), MONDAY + timedelta(seconds=number))

    notice = refusal_notice("vaart", MONDAY)
    read = RefusedInvitations()
    found = read.between("vaart", notice.since, notice.until)

    assert sorted((one.touchpoint, one.imported_at, one.row) for one in found) == [
        ("schade", MONDAY, 4),
        ("schade", MONDAY, 7),
    ]
    assert read.between("vaart", notice.until, notice.until + 7200) == []
    assert read.between("pebble", notice.since, notice.until) == []
    assert sqs.receive_message(QueueUrl=queue).get("Messages", []) == []  # not yet
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    assert attributes["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"
    assert read_notice(json.dumps({"notice": "refused", "client": "vaart", "since": notice.since})) == notice
