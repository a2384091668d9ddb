"""A client that pauses itself, through the handlers, on tables and queues of moto."""

import json
from typing import Any

import boto3
import pytest

from functions.invite.reputation import ReputationMonitor
from functions.shared.adapters.notice_queue import read_notice
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.tables import Contact, Invitation
from functions.shared.domain.notices import SendingNotice
from functions.shared.domain.reputation import resumed
from tests.moto.test_invite import MONDAY, System, admit, epoch, item, records, system, templates

__all__ = ["system", "templates"]
IDS = [f"{n:02x}000000-0000-5000-8000-000000000000" for n in range(12)]
AT = MONDAY.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def send_all(system: System) -> None:
    """Let twelve invitations be sent."""
    for invitation_id in IDS:
        admit()
        stored = item()
        stored.invitation_id, stored.person, stored.address_key = invitation_id, invitation_id, invitation_id
        stored.save()
        contact = Contact.get("person")
        contact.person = invitation_id
        contact.save()
    admit()
    Invitation(item().invitation_id).delete()
    for part in (IDS[:6], IDS[6:]):
        assert system.send_bodies([json.dumps({"invitation_id": one, "due_at": epoch(MONDAY)}) for one in part]) == []
    assert len(system.ses.calls) == 12


def bounces(ids: list[str]) -> dict[str, Any]:
    bounce = {"timestamp": AT, "bounceType": "Permanent", "bounceSubType": "General"}
    mails = [{"timestamp": AT, "messageId": "1", "tags": {"invitation": [one], "mail": ["invitation"]}} for one in ids]
    return records([json.dumps({"detail": {"eventType": "Bounce", "mail": mail, "bounce": bounce}}) for mail in mails])


def notices() -> list[Any]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="notices")["QueueUrl"]
    return [read_notice(message["Body"]) for message in sqs.receive_message(QueueUrl=url).get("Messages", [])]


def test_enough_bounces_pause_the_client_and_a_resume_lets_its_mails_go(system: System) -> None:
    send_all(system)
    system.track_events(bounces(IDS[:9]))
    assert DynamoSendingStates().all() == {}
    system.track_events(bounces(IDS[:9]))
    assert DynamoSendingStates().all() == {}

    system.track_events(bounces(IDS[9:10]))
    system.track_events(bounces(IDS[9:]))

    state = DynamoSendingStates().read("vaart")
    assert (state.paused_at, state.why, state.share, state.mails) == (MONDAY, "bounces", 83.333, 12)
    assert notices() == [SendingNotice("paused", "vaart", epoch(MONDAY), "bounces", 83.333, 12)]

    admit()
    system.start()  # workers that ask anew
    assert system.dispatch() == 1
    assert system.send() == []
    assert len(system.ses.calls) == 12
    assert item().due_shard == "paused/vaart"
    assert system.dispatch() == 0

    assert DynamoSendingStates().replace("vaart", state, resumed(MONDAY))
    system.start()
    assert system.dispatch() == 1
    assert system.send() == []
    assert len(system.ses.calls) == 13


def test_a_judging_that_fails_sends_the_batch_back_and_the_next_one_pauses(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_all(system)
    with monkeypatch.context() as broken:
        broken.setattr(ReputationMonitor, "check", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            system.track_events(bounces(IDS[:10]))
    assert DynamoSendingStates().all() == {}

    assert system.track_events(bounces(IDS[:10])) == []

    assert DynamoSendingStates().read("vaart").is_paused
    assert len(notices()) == 1


def test_what_a_client_sent_and_what_came_of_it_are_metrics_of_its_own(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    send_all(system)
    system.track_events(bounces(IDS[:2]))
    system.dispatch()

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line]

    own = [line for line in found if line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["client"]]]
    assert {line["client"] for line in own} == {"vaart"}
    assert [sum(line["ClientMails"]) for line in own if "ClientMails" in line] == [6, 6]
    assert [sum(line["ClientBounces"]) for line in own if "ClientBounces" in line] == [2]
    assert [line["ClientsPaused"] for line in found if "ClientsPaused" in line] == [[0.0]]
