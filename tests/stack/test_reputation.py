"""What SES reports, on the deployed system: every simulator address, and a client that pauses itself and is resumed."""

import csv
import io
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.aggregate.queries import open_datasets
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.sending_states import KEPT_SECONDS
from functions.shared.adapters.tables import paused_shard
from functions.shared.domain import object_keys
from infra.local.connection import client_factory
from infra.local.stack import LocalStack
from infra.local.travel import travel
from infra.local.workdir import CHECKOUT
from tests.conftest import running_system
from tests.stack.test_mail import control, get
from tests.worlds.metric_lines import counted, metric_lines

pytestmark = pytest.mark.stack

PEBBLE, VAART = ("pebble", "install"), ("vaart", "klantenservice")
SIMULATOR = "simulator.amazonses.com"
FATED = ("reject", "rendering_failure", "delay", "mailbox_full", "undetermined", "not_spam")
"""What SES has no simulator address for."""
EXPECTED = {
    # state, suppressed, opted out, block
    "success": ("delivered", None, None, True),
    "bounce": ("bounced", "bounce", None, False),
    "complaint": ("complained", "complaint", "complaint", True),
    "ooto": ("delivered", None, None, True),
    "suppressionlist": ("bounced", "bounce", None, False),
    "reject": ("accepted", None, None, False),
    "rendering_failure": ("accepted", None, None, False),
    "delay": ("delivered", None, None, True),
    "mailbox_full": ("accepted", None, None, True),
    "undetermined": ("accepted", None, None, True),
    "not_spam": ("delivered", None, None, True),
    "listed_bounce": ("bounced", "bounce", None, False),
    "listed_complaint": ("bounced", "bounce", None, False),
}


@pytest.fixture(scope="module")
def stack(workdirs: Path) -> Iterator[LocalStack]:
    """Return a system of its own, with roles enforced: a client is paused in it."""
    with running_system(workdirs / "reputation") as running:
        yield running


def address(who: str, mark: str) -> str:
    """Return a simulator address with a label where there is one, else one of an ordinary domain."""
    if who in EXPECTED and who not in FATED and not who.startswith("listed"):
        return f"{who}+{mark}@{SIMULATOR}"
    return f"{who}.{mark}@post.example"


def upload(stack: LocalStack, place: tuple[str, str], rows: Sequence[tuple[str, str]], team: str) -> list[str]:
    """Upload rows of customer number and address; return their outcomes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    dutch = place == VAART
    writer.writerow(
        ["Klantnummer", "E-mail", "Datum", "Team"] if dutch else ["Customer number", "Email", "Date", "Team"]
    )
    moment = (stack.now() - timedelta(hours=3)).strftime("%d-%m-%Y %H:%M" if dutch else "%d/%m/%Y %H:%M")
    writer.writerows([number, to, moment, team] for number, to in rows)
    name = f"{uuid.uuid4().hex[:8]}.csv"
    stack.upload(*place, name, text.getvalue().encode())
    _, receipt = stack.receipt(*place, name)
    return [row["outcome"] for row in sorted(receipt, key=lambda row: int(row["row"]))]


def to_send_time(stack: LocalStack) -> None:
    """Move the clock to the next Tuesday at noon, in the windows of both clients; what was due leaves on the way."""
    now = stack.now()
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=(1 - now.weekday()) % 7)
    travel(stack, (noon if noon > now else noon + timedelta(days=7)) - now)
    stack.settle()


def send_now(stack: LocalStack) -> None:
    travel(stack, timedelta(minutes=2))
    stack.settle()


def mails(stack: LocalStack, *to: str) -> list[dict[str, Any]]:
    return [mail for mail in stack.messages() if mail["to"] in to]


def invitation(stack: LocalStack, mail: dict[str, Any]) -> dict[str, Any]:
    found = get(stack, "Invitation", invitation_id=mail["tags"]["invitation"])
    assert found
    return found


def log_of(stack: LocalStack) -> str:
    return (stack.workdir.path / "logs" / "emulator.log").read_text(errors="replace")


def test_everything_that_ses_reports_changes_what_it_should(stack: LocalStack) -> None:
    mark = uuid.uuid4().hex[:8]
    addresses = {who: address(who, mark) for who in EXPECTED}
    ses = client_factory(stack.outputs.outbox_url)("sesv2")
    for reason in ("BOUNCE", "COMPLAINT"):
        ses.put_suppressed_destination(EmailAddress=addresses[f"listed_{reason.lower()}"], Reason=reason)
    to_send_time(stack)
    rows = [(f"{mark}-{who}", to) for who, to in addresses.items()]
    assert upload(stack, PEBBLE, rows, f"Team {mark}") == ["invited"] * len(rows)

    control(stack, fates={addresses[who]: who for who in FATED}, repeat_events=2, reverse_events=True)
    try:
        send_now(stack)
    finally:
        control(stack, fates={}, repeat_events=1, reverse_events=False)

    found = {}
    for who, to in addresses.items():
        (mail,) = mails(stack, to)
        item = invitation(stack, mail)
        suppressed = get(stack, "Suppression", address_key=item["address_key"])
        opted_out = get(stack, "OptOut", person=item["person"])
        block = get(stack, "FeedbackBlock", person=item["person"])
        found[who] = (
            item["state"],
            suppressed and suppressed["reason"],
            opted_out and opted_out["how"],
            block is not None,
        )
        assert ("withheld_reason" in item) == (who in ("reject", "rendering_failure"))
    assert found == EXPECTED

    corrected = [(f"{mark}-bounce", f"mended.{mark}@post.example"), (f"{mark}-success", f"other.{mark}@post.example")]
    assert upload(stack, PEBBLE, corrected, f"Again {mark}") == ["invited", "blocked"]

    stack.settle()
    stack.aggregate()
    assert funnel(stack, f"Team {mark}") == {"accepted": 13, "delivered": 5, "bounced": 4, "complained": 1}
    assert paused(stack) == []


def funnel(stack: LocalStack, team: str) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        bucket = DataBucket(stack.client("s3"), stack.outputs.data_bucket)
        bucket.fetch([item.key for item in bucket.listing(object_keys.DATASETS)], Path(folder))
        names = ("accepted", "delivered", "bounced", "complained")
        columns = ", ".join(f"sum({name})" for name in names)
        row = (
            open_datasets(Path(folder))
            .execute(f"SELECT {columns} FROM funnel_daily WHERE dimension = 'team' AND value = ?", [team])  # noqa: S608
            .fetchone()
        )
    assert row
    return dict(zip(names, map(int, row), strict=True))


def paused(stack: LocalStack) -> list[str]:
    table = stack.outputs.tables["SendingStatus"]
    items = stack.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
    return [item["client"]["S"] for item in items if "paused_at" in item]


def command(stack: LocalStack, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as operations do: in a process of its own, which binds the tables for itself."""
    told = [sys.executable, "-m", "operations.sending", *words, "--local", "--workdir", str(stack.workdir.path)]
    return subprocess.run(told, check=False, capture_output=True, text=True, cwd=CHECKOUT)


def test_a_client_past_its_threshold_pauses_itself_and_is_resumed_by_a_command(stack: LocalStack) -> None:
    mark = uuid.uuid4().hex[:8]
    to_send_time(stack)
    bad = [(f"{mark}-b{n}", f"bounce+{mark}{n}@{SIMULATOR}") for n in range(14)]
    good = [(f"{mark}-g{n}", f"good{n}.{mark}@post.example") for n in range(6)]
    upload(stack, PEBBLE, [*bad, *good], mark)
    assert command(stack, "resume", "pebble").returncode == 1
    assert command(stack, "pause", "nobody").returncode == 1
    send_now(stack)
    assert paused(stack) == ["pebble"]

    # while it is paused, as every sender knows by now
    time.sleep(KEPT_SECONDS)
    waiting = [f"later{n}.{mark}@post.example" for n in range(3)]
    others = [f"other{n}.{mark}@post.example" for n in range(9)]
    assert upload(stack, PEBBLE, [(f"{mark}-{to}", to) for to in waiting], mark) == ["invited"] * 3
    outcomes = upload(stack, VAART, [(f"{mark}-{to}", to) for to in others], mark)
    others = [to for to, outcome in zip(others, outcomes, strict=True) if outcome == "invited"]  # a sample of them
    assert others
    send_now(stack)
    send_now(stack)
    assert sorted(mail["to"] for mail in mails(stack, *waiting, *others)) == others
    due_when_resumed = stack.client("dynamodb").query(
        TableName=stack.outputs.tables["Invitation"],
        IndexName="due",
        KeyConditionExpression="due_shard = :shard",
        ExpressionAttributeValues={":shard": {"S": paused_shard("pebble", "mail")}},
    )["Items"]
    # so do those of the first wave whose turn came when enough had bounced already
    assert len(due_when_resumed) == 3 + sum(not mails(stack, to) for _, to in (*bad, *good))

    # it says so: to the contact, once; in the log; in the metrics
    told = [mail for mail in stack.messages() if mail["to"] == "crm@pebble.example"]
    assert len(told) == 1
    log = log_of(stack)
    assert '"message":"sending_paused"' in log
    for slug, metric in (("pebble", "ClientPauses"), ("pebble", "ClientBounces"), ("vaart", "ClientMails")):
        assert any(metric in line and line["client"] == slug for line in metric_lines(stack)), metric
    assert 1.0 in counted(stack, "invite-dispatch", "ClientsPaused")

    # and goes on
    again, status, resumed = (
        command(stack, *words) for words in (("pause", "pebble"), ("status",), ("resume", "pebble"))
    )
    assert (again.returncode, status.returncode, resumed.returncode) == (1, 0, 0)
    assert "paused already" in again.stderr
    assert "pebble: paused since" in status.stdout
    assert "sending goes on" in resumed.stdout
    time.sleep(KEPT_SECONDS)
    travel(stack, timedelta(minutes=1))
    send_now(stack)
    assert sorted(mail["to"] for mail in mails(stack, *waiting, *others)) == sorted([*waiting, *others])
    assert paused(stack) == []
    assert len([mail for mail in stack.messages() if mail["to"] == "crm@pebble.example"]) == 2
    assert all(invitation(stack, mail)["state"] == "delivered" for mail in mails(stack, *waiting))
