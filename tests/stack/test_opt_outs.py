"""A no on the deployed system: by a list, and by a reply that comes in where replies are read."""

import csv
import io
import json
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from functions.shared.domain.object_keys import opt_out_export
from infra.local.stack import LocalStack
from infra.local.travel import travel
from infra.local.workdir import CHECKOUT
from tests.conftest import running_system

pytestmark = pytest.mark.stack
DOMAIN = "reply.example.com"
PAST_HOLIDAYS = timedelta(days=4, hours=18)
"""After which what was planned has left, on whatever day the tests run, and no reminder: pebble's first follows after
five days, and Christmas before a Sunday takes more than four in Britain."""


@pytest.fixture(scope="module")
def stack(workdirs: Path) -> Iterator[LocalStack]:
    """Return a system of its own that reads replies, held to its roles: days pass in it."""
    with running_system(workdirs / "replies", replies=DOMAIN) as running:
        yield running


def opt_outs_of(stack: LocalStack, client: str) -> dict[str, str]:
    """Return how those opted out whose address is still known, as operations list them for the client."""
    command = [sys.executable, "-m", "operations.opt_outs", client, "--local", "--workdir", str(stack.workdir.path)]
    subprocess.run(command, check=True, cwd=CHECKOUT)
    key = opt_out_export(client, f"{stack.now():%Y-%m-%d}")
    body = stack.client("s3").get_object(Bucket=stack.outputs.upload_bucket, Key=key)["Body"].read().decode()
    return {line["address"]: line["how"] for line in csv.DictReader(io.StringIO(body)) if line["address"]}


def invite(stack: LocalStack, *addresses: str) -> list[str]:
    """Upload a contact of this day of each, and return the outcomes."""
    day = stack.now().strftime("%d-%m-%Y")
    rows = "".join(f"{one};{uuid.uuid4().hex[:10]};{day}\r\n" for one in addresses)
    name = f"{uuid.uuid4().hex}.csv"
    body = f"E-mailadres;Klantnummer;Datum contact\r\n{rows}".encode()
    stack.upload("pebble", "install", name, body)
    _, lines = stack.receipt("pebble", "install", name)
    return [line["outcome"] for line in lines]


def mails_to(stack: LocalStack, address: str) -> list[dict[str, Any]]:
    return [mail for mail in stack.messages() if address in mail["to"]]


def wait_for(look: Callable[[], Any]) -> Any:
    """Return what a look finds as soon as it finds something: S3 tells of an object a moment after it is there."""
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def someone() -> str:
    return f"success+{uuid.uuid4().hex[:10]}@simulator.amazonses.com"


def take_list(
    stack: LocalStack, name: str, body: bytes, client: str = "pebble"
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Drop a list and wait for its receipt."""
    s3, bucket = stack.client("s3"), stack.outputs.upload_bucket
    s3.put_object(Bucket=bucket, Key=f"opt-outs/{client}/{name}", Body=body)
    place = f"receipts/{client}/opt-outs/{name}"
    wait_for(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=f"{place}.json").get("KeyCount"))
    summary = json.loads(s3.get_object(Bucket=bucket, Key=f"{place}.json")["Body"].read())
    lines = s3.get_object(Bucket=bucket, Key=f"{place}.csv")["Body"].read().decode()
    return summary, list(csv.DictReader(io.StringIO(lines)))


def answer(mail: dict[str, Any], text: str, **headers: str) -> bytes:
    """Return the reply of whoever got a mail, written below a quotation of all of it."""
    message = EmailMessage()
    message["From"] = mail["to"]
    message["To"] = mail["headers"]["Reply-To"]
    message["Subject"] = headers.pop("subject", f"Re: {mail['subject']}")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    quoted = "\n".join(f"> {line}" for line in mail["text"].splitlines())
    message.set_content(f"{text}\n\nOp ma 23 nov 2026 om 10:02 schreef Pebble <x@pebble.example>:\n\n{quoted}\n")
    return message.as_bytes()


def test_a_list_stops_planned_mails_and_later_files_and_can_be_compared(stack: LocalStack) -> None:
    planned, later, other = someone(), someone(), someone()
    assert invite(stack, planned, other) == ["invited", "invited"]

    summary, lines = take_list(stack, f"{uuid.uuid4().hex}.csv", f"E-mail\n{planned}\n{later}\n".encode())

    assert (summary["state"], [line["outcome"] for line in lines]) == ("complete", ["opted_out"] * 2)
    assert invite(stack, later) == ["opted_out"]
    travel(stack, PAST_HOLIDAYS)
    stack.settle()
    assert [len(mails_to(stack, one)) for one in (planned, later)] == [0, 0]
    assert mails_to(stack, other)
    _, compared = take_list(stack, f"match/{uuid.uuid4().hex}.csv", f"E-mail\n{later}\n{other}\n".encode())
    assert [line["outcome"] for line in compared] == ["opted_out", "not_opted_out"]
    assert other not in opt_outs_of(stack, "pebble")
    link = mails_to(stack, other)[0]["headers"]["List-Unsubscribe"].split(">")[0].removeprefix("<")
    urllib.request.urlopen(link, data=b"List-Unsubscribe=One-Click", timeout=30).close()
    assert opt_outs_of(stack, "pebble")[other] == "one_click"


def test_a_reply_stops_the_reminder_and_any_other_reply_reaches_the_client(stack: LocalStack) -> None:
    leaves, stays, away, presses = (someone() for _ in range(4))
    assert invite(stack, leaves, stays, away, presses) == ["invited"] * 4
    travel(stack, PAST_HOLIDAYS)
    stack.settle()
    first = {one: mails_to(stack, one)[0] for one in (leaves, stays, away, presses)}
    assert all(mail["headers"]["Reply-To"].endswith(f"@{DOMAIN}") for mail in first.values())
    assert (
        f"<mailto:{first[presses]['headers']['Reply-To']}?subject=unsubscribe>"
        in (first[presses]["headers"]["List-Unsubscribe"])
    )

    stack.receive(answer(first[leaves], "Afmelden"))
    stack.receive(answer(first[stays], "Wat een mooi formulier, afmelden hoeft niet"))
    stack.receive(answer(first[away], "Afmelden", Auto_Submitted="auto-replied"))
    stack.receive(answer(first[presses], "", subject="unsubscribe"))
    forwarded = wait_for(lambda: [m for m in stack.messages() if "Wat een mooi formulier" in (m["text"] or "")])[0]
    stack.settle()
    travel(stack, timedelta(days=10))
    stack.settle()

    # install reminds once
    assert [len(mails_to(stack, one)) for one in (leaves, presses)] == [1, 1]
    assert [len(mails_to(stack, one)) for one in (stays, away)] == [2, 2]
    assert forwarded["headers"]["Reply-To"] == stays
    assert forwarded["tags"] == {"client": "pebble"}
    assert invite(stack, leaves, presses) == ["opted_out", "opted_out"]
    _, lines = take_list(stack, "match/who.csv", f"E-mail\n{leaves}\n{stays}\n".encode())
    assert [(line["outcome"], line["how"]) for line in lines] == [("opted_out", "reply"), ("not_opted_out", "")]
