"""The whole loop on the deployed system, through its public surface only: files in, mails out, answers in, rows out."""

import csv
import gzip
import io
import json
import re
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from functions.aggregate.queries import open_datasets, score_table
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.domain import object_keys
from infra.local import clock
from infra.local.stack import LocalStack
from infra.local.travel import travel
from operations.visitor import Visit, Visitor
from tests.conftest import running_system

pytestmark = pytest.mark.stack

SCORES = {"a": 10, "b": 9, "c": 9, "d": 8, "e": 3}
"""Who answers, and what; f opts out, g does nothing, h has an address that bounces."""
SILENT, LEAVING, BOUNCING = "g", "f", "h"
COMMENT = "Prima geholpen, bel me gerust op 06-12345678"


@dataclass(frozen=True)
class Customers:
    """Eight customers that only this run has."""

    mark: str

    @property
    def team(self) -> str:
        return f"Loop {self.mark}"

    def address(self, who: str) -> str:
        return f"bounce+{self.mark}@simulator.amazonses.com" if who == BOUNCING else f"{who}.{self.mark}@post.example"

    def surname(self, who: str) -> str:
        return f"Zonneveld{self.mark}{who}"

    def file(self, when: datetime) -> bytes:
        """Return an export of today's installs, with a double row, a broken address and a broken date at its end."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(["Customer number", "First name", "Last name", "Email", "Date", "Team", "Remark"])
        moment = (when - timedelta(hours=3)).strftime("%d/%m/%Y %H:%M")
        rows = [
            [f"{self.mark}-{who}", "Jo", self.surname(who), self.address(who), moment, self.team, 'said; "fine"\nleft']
            for who in (*SCORES, LEAVING, SILENT, BOUNCING)
        ]
        rows += [
            rows[0],
            [f"{self.mark}-y", "Jo", "Nowhere", "not an address", moment, self.team, ""],
            [f"{self.mark}-z", "Jo", "Never", "z@post.example", "31/02/2026 10:00", self.team, ""],
        ]
        writer.writerows(rows)
        return text.getvalue().encode("utf-8-sig")


@pytest.fixture(scope="module")
def stack(workdirs: Path) -> Iterator[LocalStack]:
    """Return a system of its own, with roles enforced: three months pass in it, and every log line is read."""
    with running_system(workdirs / "loop") as running:
        yield running


@pytest.fixture(scope="module")
def customers() -> Customers:
    return Customers(uuid.uuid4().hex[:8])


def upload(stack: LocalStack, customers: Customers, name: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Put a file in the bucket with a plain S3 call, and read the receipt."""
    stack.client("s3").put_object(
        Bucket=stack.outputs.upload_bucket, Key=f"uploads/pebble/install/{name}", Body=customers.file(stack.now())
    )
    return stack.receipt("pebble", "install", name)


def to_send_time(stack: LocalStack, rows: Iterable[dict[str, str]]) -> None:
    """Move the clock past the latest send time that a receipt names."""
    latest = max(datetime.fromisoformat(row["send_at"]) for row in rows if row["send_at"])
    travel(stack, max(timedelta(0), latest - stack.now()) + timedelta(minutes=30))


def mails(stack: LocalStack, customers: Customers) -> list[dict[str, Any]]:
    return [mail for mail in stack.messages() if customers.mark in str(mail["to"])]


def by_customer(found: Iterable[dict[str, Any]], customers: Customers) -> dict[str, list[dict[str, Any]]]:
    names = (*SCORES, LEAVING, SILENT, BOUNCING)
    everything = list(found)
    return {who: [mail for mail in everything if customers.address(who) in str(mail["to"])] for who in names}


def link(mail: dict[str, Any], door: str) -> str:
    (url,) = set(re.findall(rf"https?://\S+/{door}/[A-Za-z0-9_-]+", mail["text"]))
    return str(url)


def submit(stack: LocalStack, visitor: Visitor, page: Visit, answers: dict[str, str]) -> None:
    clock.move(stack.workdir, timedelta(minutes=2))
    visitor.submit(page, answers)


def test_a_file_becomes_mails_answers_reminders_blocks_and_scores(
    stack: LocalStack, customers: Customers, tmp_path: Path
) -> None:
    visitor = Visitor()

    # The file gets an answer for every row.
    summary, rows = upload(stack, customers, f"{customers.mark}-1.csv")
    assert summary["state"] == "complete"
    assert [row["outcome"] for row in rows] == ["invited"] * 8 + ["duplicate", "no_address", "invalid"]
    assert "Date" in rows[-1]["reason"]

    # Everybody gets one mail inside the client's window.
    to_send_time(stack, rows)
    first = by_customer(mails(stack, customers), customers)
    assert {who: len(found) for who, found in first.items()} == dict.fromkeys(first, 1)
    zone = next(iter({datetime.fromisoformat(row["send_at"]).tzinfo for row in rows if row["send_at"]}))
    for (mail,) in first.values():
        assert 10 <= datetime.fromisoformat(mail["sent_at"]).astimezone(zone).hour < 18
        assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert set(mail["tags"]) == {"invitation", "mail", "client"}

    # Opening links records nothing; the form does.
    for (mail,) in first.values():
        visitor.open(f"{link(mail, 's')}?score=0")
        visitor.open(link(mail, "u"))
    for who, score in SCORES.items():
        page = visitor.open(f"{link(first[who][0], 's')}?score={score}")
        submit(stack, visitor, page, {"nps": str(score), "why": COMMENT})
    submit(stack, visitor, visitor.open(link(first[LEAVING][0], "u")), {})

    # The reminder goes to the one who did nothing.
    travel(stack, timedelta(days=8))
    second = by_customer(mails(stack, customers), customers)
    assert [who for who, found in second.items() if len(found) > 1] == [SILENT]
    assert link(second[SILENT][1], "s") == link(second[SILENT][0], "s")

    # At day 30 everybody is blocked, has opted out, or is known to bounce.
    travel(stack, timedelta(days=22))
    _, again = upload(stack, customers, f"{customers.mark}-30.csv")
    assert [row["outcome"] for row in again] == [
        *["blocked"] * 5,
        "opted_out",
        "blocked",
        "suppressed",
        "duplicate",
        "no_address",
        "invalid",
    ]
    assert all(row["eligible_again_at"] for row in again if row["outcome"] == "blocked")

    # At day 92 who was silent may be asked again; who answered waits the client's 120 days.
    travel(stack, timedelta(days=62))
    _, later = upload(stack, customers, f"{customers.mark}-92.csv")
    outcomes = dict(zip((*SCORES, LEAVING, SILENT, BOUNCING), (row["outcome"] for row in later), strict=False))
    assert outcomes == dict.fromkeys(SCORES, "blocked") | {
        LEAVING: "opted_out",
        SILENT: "invited",
        BOUNCING: "suppressed",
    }

    # The datasets count what was answered and nothing else.
    stack.settle()
    stack.aggregate()
    bucket = DataBucket(stack.client("s3"), stack.outputs.data_bucket)
    bucket.fetch([item.key for item in bucket.listing(object_keys.DATASETS)], tmp_path)
    connection = open_datasets(tmp_path)
    (row,) = [row for row in score_table(connection, "pebble", "team") if row.value == customers.team]
    assert (row.invited, row.delivered, row.completed) == (9, 7, 5)
    assert row.counts is None, "Five are fewer than this client shows."
    sums = (
        "SELECT sum(detractors), sum(passives), sum(promoters) FROM scores_daily WHERE dimension = 'team' AND value = ?"
    )
    assert connection.execute(sums, [customers.team]).fetchone() == (1, 1, 3)
    asked = "SELECT count(*), min(comment) FROM responses WHERE team = ?"
    answered, comment = connection.execute(asked, [customers.team]).fetchone() or (0, "")
    assert answered == 5
    assert "12345678" not in comment


def test_no_person_is_in_logs_or_the_data_bucket(stack: LocalStack, customers: Customers) -> None:
    """Reads all that the run above left: the functions' logs, every fact, dataset and report."""
    secrets = {customers.surname(who) for who in (*SCORES, LEAVING, SILENT, BOUNCING)}
    secrets |= {customers.address(who) for who in (*SCORES, LEAVING, SILENT)} | {"12345678"}
    sent = mails(stack, customers)
    secrets |= {link(mail, door).rpartition("/")[2] for mail in sent for door in ("s", "u")}
    assert len(sent) >= 9, "the run above left its mails"

    s3, bucket = stack.client("s3"), stack.outputs.data_bucket
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
    written = {key: _plain(key, s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}
    written["emulator.log"] = (stack.workdir.logs / "emulator.log").read_bytes()
    assert b"mail_due" in written["emulator.log"], "the log holds what the functions wrote"
    assert any(key.startswith(object_keys.FACTS) for key in written)

    found = {(key, secret) for key, body in written.items() for secret in secrets if secret.encode() in body}
    assert not found
    assert not {(key, secret) for key in keys for secret in secrets if secret in key}


def test_the_loop_left_no_dead_letters(stack: LocalStack, customers: Customers) -> None:
    sqs = stack.client("sqs")
    dead = [url for url in sqs.list_queues().get("QueueUrls", ()) if "Dead" in url]
    assert dead, "every queue has its dead letters"
    for url in dead:
        count = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        assert count["Attributes"]["ApproximateNumberOfMessages"] == "0", url


def _plain(key: str, body: bytes) -> bytes:
    """Return the readable contents of an object."""
    if key.endswith(".gz"):
        return gzip.decompress(body)
    if not key.endswith(".parquet"):
        return body
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(body)
        file.flush()
        return json.dumps(duckdb.read_parquet(file.name).fetchall(), default=str).encode()
