"""Mail on the deployed system: from the due index, through the queue and the mailbox, to what SES reports back."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from functions.shared.adapters.tables import due_shard
from functions.shared.domain.client import Holidays, SendWindow
from functions.shared.domain.send_times import days_off, planned_send_time
from infra.local.stack import LocalStack
from infra.local.travel import travel
from tests.conftest import running_system
from tests.worlds.metric_lines import counted

pytestmark = pytest.mark.stack
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_WRITE, _READ = TypeSerializer(), TypeDeserializer()


@pytest.fixture(scope="module")
def stack(workdirs: Path) -> Iterator[LocalStack]:
    """Return a system of its own, held to its roles: where weeks pass, whatever else was planned is mailed too."""
    with running_system(workdirs / "mail") as running:
        yield running


@dataclass(frozen=True)
class Invited:
    """A customer of vaart whose invitation is planned."""

    invitation_id: str
    address: str
    due_at: datetime

    @property
    def person(self) -> str:
        return f"person-{self.invitation_id}"


def put(stack: LocalStack, model: str, **values: Any) -> None:
    item = {name: _WRITE.serialize(value) for name, value in values.items()}
    stack.client("dynamodb").put_item(TableName=stack.outputs.tables[model], Item=item)


def get(stack: LocalStack, model: str, **key: str) -> dict[str, Any] | None:
    answer = stack.client("dynamodb").get_item(
        TableName=stack.outputs.tables[model],
        Key={name: _WRITE.serialize(value) for name, value in key.items()},
        ConsistentRead=True,
    )
    return {name: _READ.deserialize(value) for name, value in answer["Item"].items()} if "Item" in answer else None


def invite(stack: LocalStack, address: str, client: str = "vaart", touchpoint: str = "schade") -> Invited:
    """Write what the admission of a customer writes."""
    now = stack.now()
    due = planned_send_time(now, SendWindow(), AMSTERDAM, days_off("NL", Holidays())).replace(microsecond=0)
    invited = Invited(str(uuid.uuid4()), address, due)
    due_at = int(due.timestamp())
    put(
        stack,
        "Invitation",
        invitation_id=invited.invitation_id,
        person=invited.person,
        address_key=f"address-{invited.invitation_id}",
        client=client,
        touchpoint=touchpoint,
        interaction_id=invited.invitation_id,
        upload="none",
        occurred_at=int(now.timestamp()),
        imported_at=int(now.timestamp()),
        expires_at=due_at + 21 * 86400,
        keep_until=due_at + 800 * 86400,
        state="planned",
        rank=10,
        due_shard=due_shard(invited.invitation_id, "mail"),
        due_at=due_at,
        planned_at=due_at,
        reminders_sent=0,
    )
    put(stack, "Contact", person=invited.person, client=client, address=address, expires_at=due_at + 90 * 86400)
    put(
        stack,
        "FeedbackBlock",
        person=invited.person,
        invitation_id=invited.invitation_id,
        expires_at=due_at + 60 * 86400,
    )
    return invited


def mails_to(stack: LocalStack, invited: Invited) -> list[dict[str, Any]]:
    return sorted(
        (mail for mail in stack.messages() if mail["tags"].get("invitation") == invited.invitation_id),
        key=lambda mail: mail["sent_at"],
    )


def travel_past(stack: LocalStack, moment: datetime) -> None:
    travel(stack, max(timedelta(0), moment - stack.now()) + timedelta(minutes=1))
    stack.settle()


def invitation(stack: LocalStack, invited: Invited) -> dict[str, Any]:
    found = get(stack, "Invitation", invitation_id=invited.invitation_id)
    assert found
    return found


def test_mail_leaves_inside_the_window_and_reminds_only_who_did_not_answer(stack: LocalStack) -> None:
    answers, waits, bounces = (
        invite(stack, f"{who}+{uuid.uuid4().hex[:8]}@simulator.amazonses.com")
        for who in ("success", "success", "bounce")
    )
    travel_past(stack, answers.due_at)

    for invited in (answers, waits, bounces):
        (mail,) = mails_to(stack, invited)
        local = datetime.fromisoformat(mail["sent_at"]).astimezone(AMSTERDAM)
        assert mail["tags"] == {"invitation": invited.invitation_id, "mail": "invitation", "client": "vaart"}
        assert local.weekday() < 5
        assert time(9) <= local.time() < time(20)
        assert f"{stack.outputs.survey_url}/s/" in mail["text"]
    assert [invitation(stack, one)["state"] for one in (answers, waits, bounces)] == ["delivered"] * 2 + ["bounced"]
    suppressed = get(stack, "Suppression", address_key=f"address-{bounces.invitation_id}")
    assert suppressed
    assert suppressed["reason"] == "bounce"
    assert get(stack, "FeedbackBlock", person=bounces.person) is None
    assert get(stack, "FeedbackBlock", person=waits.person) is not None

    put(stack, "Invitation", **invitation(stack, answers) | {"state": "completed", "rank": 70, "completed_at": 1})
    travel_past(stack, answers.due_at + timedelta(days=9))

    assert [len(mails_to(stack, one)) for one in (answers, waits, bounces)] == [1, 2, 1]
    reminder = mails_to(stack, waits)[1]
    assert reminder["tags"]["mail"] == "reminder-1"
    assert datetime.fromisoformat(reminder["sent_at"]) >= answers.due_at + timedelta(days=5)
    assert invitation(stack, waits)["reminders_sent"] == 1
    assert "due_at" not in invitation(stack, waits)


def test_a_lost_answer_of_ses_doubles_no_mail(stack: LocalStack) -> None:
    invited = invite(stack, f"success+{uuid.uuid4().hex[:8]}@simulator.amazonses.com")
    control(stack, failing=[{"status": 500, "lose": True}])
    travel_past(stack, invited.due_at + timedelta(hours=2))

    assert len(mails_to(stack, invited)) == 1
    assert invitation(stack, invited)["state"] == "delivered"
    assert "lease_until" not in invitation(stack, invited)


def test_a_paused_account_sends_later_and_loses_nothing(stack: LocalStack) -> None:
    invited = invite(stack, f"success+{uuid.uuid4().hex[:8]}@simulator.amazonses.com")
    control(stack, sending_enabled=False)
    try:
        travel_past(stack, invited.due_at)
        assert mails_to(stack, invited) == []
        assert invitation(stack, invited)["state"] == "planned"
        assert counted(stack, "invite-dispatch", "MailsClosed")[-1] == 1.0, "The alarm on a closed account rings."
    finally:
        control(stack, sending_enabled=True)
    travel(stack, timedelta(days=4))  # ten minutes are enough, but not just before the window closes
    stack.settle()
    assert len(mails_to(stack, invited)) == 1
    assert counted(stack, "invite-dispatch", "MailsClosed")[-1] == 0.0
    assert max(counted(stack, "invite-dispatch", "MailsOverdueMinutes")) > 0


def test_where_replies_are_not_read_they_go_to_the_clients_mailbox(stack: LocalStack) -> None:
    invited = invite(stack, f"success+{uuid.uuid4().hex[:8]}@simulator.amazonses.com")
    travel_past(stack, invited.due_at)

    (mail,) = mails_to(stack, invited)

    assert mail["headers"]["Reply-To"] == "klantenservice@vaart.example"
    assert stack.outputs.reply_bucket is None
    with pytest.raises(RuntimeError, match="reads no replies"):
        stack.receive(b"From: someone@post.example\n\nAfmelden\n")


def control(stack: LocalStack, **settings: Any) -> None:
    """Change what the mailbox does."""
    import urllib3

    answer = urllib3.request("POST", f"{stack.outputs.outbox_url}/control", json=settings)
    assert answer.status == 200
