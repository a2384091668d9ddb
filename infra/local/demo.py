"""`make demo`: the whole loop on this machine, from CRM files to scores, while a person watches.

Nothing here is a short cut: files go in through S3, customers read the mail in the outbox and answer through the page
over HTTP, and the table at the end is computed from the Parquet that QuickSight would read.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from examples import crm_files, customer_files
from functions.aggregate.queries import open_datasets, score_table
from functions.aggregate.rates import By
from functions.shared.adapters.client_files import read_folder
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.object_keys import DATASETS
from functions.shared.domain.send_times import days_off, planned_send_time
from functions.shared.domain.small_groups import Showing
from infra.local.customers import Customers
from infra.local.stack import LocalStack
from infra.local.travel import travel
from infra.local.workdir import CHECKOUT, default_workdir

ROWS = 120
"""Rows of each touchpoint's file."""
SEED = 7
_CLIENTS = CHECKOUT / "examples" / "clients"


class Story:
    """Prints the steps with the time each took."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._bold, self._dim, self._plain = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step, and say how long it took."""
        began = time.monotonic()
        print(f"\n{self._bold}{title}{self._plain}", flush=True)
        yield
        took, total = time.monotonic() - began, time.monotonic() - self._started
        print(f"{self._dim}  {took:.1f} s, {total:.0f} s since the start{self._plain}", flush=True)

    def line(self, text: str) -> None:
        """Print a line of the current step."""
        print(f"  {text}", flush=True)


class Demo:
    """The loop, step by step, on a running system."""

    def __init__(self, stack: LocalStack, story: Story) -> None:
        self.stack = stack
        self.story = story
        self.bundles: list[ClientBundle] = [read_folder(folder) for folder in sorted(_CLIENTS.iterdir())]
        self.customers = Customers(stack, SEED)
        self._told: Counter[str] = Counter()

    def travel(self, by: timedelta) -> None:
        """Move the clock, telling what was sent on the way."""
        journey = travel(self.stack, by, at_stop=self.read_mail)
        for at, sent in journey.stops:
            self.story.line(f"{at:%a %d %b %H:%M} UTC  {sent} mails left")
        self.tell_answers()

    def travel_to_office_hours(self, day: datetime) -> None:
        """Move the clock to the first moment from `day` on at which every client may send, and half an hour on."""
        moment = day
        for _ in range(3):
            for bundle in self.bundles:
                client = bundle.client
                off = days_off(client.country, client.holidays)
                moment = max(moment, planned_send_time(moment, client.send_window, client.zone, off))
        self.travel(moment + timedelta(minutes=30) - self.stack.now())

    def upload(self, number: int) -> None:
        """Put every client's CRM files of an upload in the bucket and read the receipts."""
        uploads: list[tuple[str, str, str]] = []
        with tempfile.TemporaryDirectory(dir=self.stack.workdir.path) as folder:
            files = crm_files.write(Path(folder), self.stack.now(), rows=ROWS, seed=SEED, upload=number)
            for path in files:
                client, touchpoint = path.relative_to(folder).parts[:2]
                self.stack.upload(client, touchpoint, path.name, path.read_bytes())
                uploads.append((client, touchpoint, path.name))
        for client, touchpoint, name in uploads:
            receipt, _rows = self.stack.receipt(client, touchpoint, name)
            outcomes = ", ".join(f"{count} {outcome}" for outcome, count in receipt["outcomes"].items() if count)
            self.story.line(f"receipt {client}/{touchpoint}: {receipt['rows']} rows: {outcomes}")
        self.stack.settle()  # contacts get their mail of it before the mails to customers are counted

    def tell_customers(self, number: int) -> None:
        """Put what every client knows of the customers of an upload in the bucket and read the receipts."""
        with tempfile.TemporaryDirectory(dir=self.stack.workdir.path) as folder:
            files = customer_files.write(Path(folder), self.stack.now(), rows=ROWS, seed=SEED, upload=number)
            for path in files:
                self.stack.upload_customers(path.parent.name, path.name, path.read_bytes())
            for path in files:
                receipt, _rows = self.stack.receipt(path.parent.name, "customers", path.name)
                self.story.line(f"receipt {path.parent.name}/customers: {receipt['outcomes'].get('kept', 0)} kept")

    def mails(self) -> None:
        """Let what is due leave, as the schedule would within a minute."""
        before = self.stack.mail_count()
        self.stack.invoke("invite-dispatch")
        self.stack.settle()
        self.story.line(f"{self.stack.mail_count() - before} mails in the outbox: {self.stack.outputs.outbox_url}")

    def read_mail(self) -> None:
        """Let customers read their mail, and answer or opt out through the pages."""
        self._told += self.customers.read_mail()
        self.stack.settle()

    def tell_answers(self) -> None:
        """Say what customers did since it was last said."""
        if self._told:
            self.story.line("customers: " + ", ".join(f"{count} {what}" for what, count in sorted(self._told.items())))
        self._told.clear()

    def aggregate(self) -> None:
        """Bring the datasets and the reports up to date, as the schedule does every hour."""
        self.stack.invoke("review-scrape")
        self.stack.settle()
        self.stack.aggregate()

    def scores(self) -> None:
        """Print what the Parquet says."""
        s3, bucket = self.stack.client("s3"), self.stack.outputs.data_bucket
        with tempfile.TemporaryDirectory(dir=self.stack.workdir.path) as folder:
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=DATASETS)
            keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
            with ThreadPoolExecutor(8) as threads:
                list(threads.map(lambda key: self._fetch(s3, bucket, key, Path(folder) / key), keys))
            self.story.line(f"{len(keys)} Parquet files under s3://{bucket}/{DATASETS}")
            connection = open_datasets(Path(folder))
            for bundle in self.bundles:
                client = bundle.client
                print(f"\n  {client.name}")
                by: By
                for by in ("touchpoint", "team"):
                    rows = score_table(connection, client.client, by, client.thresholds)
                    print("\n".join(f"    {line}" for line in table(by, rows)))

    def goodbye(self) -> None:
        """Say where to look, and how to go on."""
        outputs = self.stack.outputs
        clients = [bundle.client.client for bundle in self.bundles]
        print("\nIt is all still running:")
        print(f"  outbox        {outputs.outbox_url}")
        print(f"  survey page   {self.customers.open_link() or 'every link of this demo is used'}")
        for client in clients:
            print(f"  report        {outputs.report_url}{client}/")
        for bundle in self.bundles:
            if bundle.client.public_score:
                print(f"  its score, for everybody: {outputs.survey_url}/score/{bundle.client.client}")
        print("\nUpload a file of your own, with any S3 client (credentials test/test):")
        print(
            f"  AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test aws --endpoint-url {outputs.endpoint} "
            f"--region {outputs.region} \\\n    s3 cp FILE.csv s3://{outputs.upload_bucket}/uploads/{clients[-1]}/klantenservice/"
        )
        print("  or without the aws program:")
        print(f"  curl -T FILE.csv {outputs.endpoint}/{outputs.upload_bucket}/uploads/{clients[-1]}/klantenservice/")
        print(f"Its receipt is then under s3://{outputs.upload_bucket}/receipts/.")
        print(
            f"It is {self.stack.now():%Y-%m-%d %H:%M} UTC there. make travel BY=5d moves the clock, make down ends it."
        )

    @staticmethod
    def _fetch(s3: Any, bucket: str, key: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def table(title: str, rows: Iterable[Any]) -> list[str]:
    """Lay out the rows of a score table: NPS with its 95 % interval, n, response rate."""
    lines = [f"{title:<22}{'NPS':>6}  {'95 % interval':<16}{'n':>5}{'response':>11}"]
    for row in rows:
        if row.nps is None or row.interval is None:
            score, interval = "-", "too few to show"
        else:
            score = f"{100 * row.nps:+.0f}"
            interval = f"{100 * row.interval.low:+.0f} .. {100 * row.interval.high:+.0f}"
        mark = "  indicative" if row.showing is Showing.INDICATIVE else ""
        rate = "" if row.response_rate is None else f"{row.response_rate:.0%}"
        lines.append(f"{row.value:<22}{score:>6}  {interval:<16}{row.n:>5}{rate:>11}{mark}")
    return lines


def main() -> int:
    """Walk the loop, leave the system running."""
    story = Story()
    with story.step("Start the emulator, synthesise the CDK app and deploy it"):
        stack = LocalStack.start(default_workdir().path, tell=story.line)
    with story.step("Publish two example clients"):
        stack.publish(_CLIENTS)
        story.line(", ".join(sorted(stack.outputs.clients)))
    demo = Demo(stack, story)
    with story.step("The clock moves to a working morning; reviews of elsewhere are read"):
        demo.travel_to_office_hours(stack.now())
    start = stack.now()
    with story.step(f"{start:%A %d %B, %H:%M} UTC: both clients drop their customer and CRM files"):
        demo.tell_customers(0)
        demo.upload(0)
    with story.step("Invitations leave"):
        demo.mails()
    with story.step("Customers open their link and answer, or opt out"):
        demo.read_mail()
        demo.tell_answers()
    with story.step("Five days later: reminders to those who did not answer"):
        demo.travel(timedelta(days=5, hours=1))
    with story.step("Day 30: the same customers were in contact again, and are blocked"):
        demo.travel_to_office_hours(start + timedelta(days=30))
        demo.tell_customers(1)
        demo.upload(1)
        demo.mails()
        demo.read_mail()
        demo.tell_answers()
    with story.step("Day 92: they may be asked again"):
        demo.travel_to_office_hours(start + timedelta(days=92))
        demo.tell_customers(2)
        demo.upload(2)
        demo.mails()
        demo.read_mail()
        demo.tell_answers()
    with story.step("Reviews, datasets, reports"):
        demo.aggregate()
        demo.scores()
    demo.goodbye()
    return 0


if __name__ == "__main__":
    sys.exit(main())
