"""The import: CPU for a row, from the bytes of a file to its conditional writes. `python -m bench.imports`

Ours is the deployed code as it is: reading, chunks, admission, receipt and facts, with the real stores. The peer is
the same by hand: `csv.DictReader`, `email-validator` on every row, one `put_item` with a condition a row. Both talk to
AWS clients whose transport is answered in the process (bench/stubbed_aws.py), and both are timed in one run, in turns.
"""

import csv
import gc
import io
import json
import os
import random
import statistics
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import boto3
from email_validator import EmailNotValidError, validate_email

from bench.stubbed_aws import REGION, StubbedAws, stubbed
from functions.crm_import import reading as file_reading
from functions.crm_import import service
from functions.shared.adapters.admissions import DynamoAdmissions
from functions.shared.adapters.binding import Names, bind
from functions.shared.adapters.chunk_queue import SqsChunkQueue
from functions.shared.adapters.client_files import read_folder
from functions.shared.adapters.customer_attributes import DynamoCustomers
from functions.shared.adapters.direct_dynamodb import direct_dynamodb
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.quotas import DynamoQuotas
from functions.shared.adapters.tables import Contact, FeedbackBlock, Invitation, OptOut, QuotaCount, Suppression, Upload
from functions.shared.adapters.upload_files import S3Files
from functions.shared.adapters.upload_ledger import DynamoLedger
from functions.shared.domain.client import ClientBundle, Rules
from functions.shared.domain.upload import ChunkPointer

ROWS = 5_000
RUNS = 3
KEY = "uploads/vaart/klantenservice/bench.csv"
MODELS = (Contact, FeedbackBlock, Invitation, OptOut, Suppression, QuotaCount, Upload)
NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")

_HEADER = (
    *("Dossiernummer", "E-mailadres", "Klantnr.", "Aanhef", "Voornaam", "Tussenvoegsel", "Achternaam"),
    *("Datum contact", "Kanaal", "Medewerker", "Team", "Product", "Reden contact"),
)
_ENVIRONMENT = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}


class OneClient:
    """The client that the file is of, without a sample: every good row is admitted."""

    def __init__(self) -> None:
        bundle = read_folder(Path(__file__).resolve().parents[1] / "examples" / "clients" / "vaart")
        touchpoint = bundle.touchpoints["klantenservice"].model_copy(update={"rules": Rules()})
        self._bundle = bundle.model_copy(update={"touchpoints": {"klantenservice": touchpoint}})

    def load(self, slug: str) -> ClientBundle:
        return self._bundle


def crm_file(rows: int, seed: int = 1) -> bytes:
    """Return an export of 13 columns: Dutch headers, semicolons, Windows-1252; a row in fifty has no address."""
    chance = random.Random(seed)  # noqa: S311
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(_HEADER)
    for number in range(rows):
        at = NOW.astimezone(ZONE) - timedelta(minutes=chance.randrange(60, 9000))
        first, last = (
            chance.choice(("Zoë", "Jan", "Fatima", "Sem")),
            chance.choice(("Jansen", "Bakker", "Yılmaz"[:1] + "ilmaz")),
        )
        address = "" if number % 50 == 0 else f"{first[0]}.{last}{number}@klant{number % 997}.example"
        writer.writerow(
            (
                f"D{number:08d}",
                address,
                f"{chance.randrange(10**8):08d}",
                chance.choice(("dhr.", "mevr.")),
                first,
                chance.choice(("", "", "de", "van der")),
                last,
                f"{at:%d-%m-%Y %H:%M}",
                chance.choice(("telefoon", "web", "balie")),
                f"Medewerker {chance.randrange(60)}",
                f"Team {chance.randrange(8)}",
                chance.choice(("Autoverzekering", "Woonverzekering", "Reisverzekering")),
                chance.choice(("vraag", "klacht", "wijziging", "schade")),
            )
        )
    return buffer.getvalue().encode("cp1252")


def ours(body: bytes) -> float:
    """Return the CPU seconds of an import, from the object to the receipt."""
    aws = StubbedAws(kept_table=os.environ[Names.variable(Upload)])
    aws.objects[KEY] = body
    with stubbed(aws):
        files = S3Files(_client("s3"), "uploads", "data")
        ledger, clients = DynamoLedger(), OneClient()
        queue = SqsChunkQueue(_client("sqs"), "https://sqs.example/chunks", "uploads")
        notices = SqsNotices(_client("sqs"), "https://sqs.example/notices")
        reading = file_reading.ReadStores(files, ledger, clients, queue, b"pepper", notices)
        tables = (DynamoAdmissions(direct_dynamodb()), DynamoQuotas(), DynamoCustomers(direct_dynamodb()))
        admitting = service.AdmitStores(files, ledger, clients, *tables, notices)
        gc.collect()
        begin = time.process_time()
        file_reading.read_upload(KEY, None, NOW, uuid.uuid4().hex, reading)
        for told in aws.messages:
            service.decide_chunk(ChunkPointer(told["key"], told["upload_id"], told["chunk"]), NOW, admitting)
        spent = time.process_time() - begin - aws.spent
    receipt = json.loads(aws.objects[f"receipts/{KEY.removeprefix('uploads/')}.json"])
    assert receipt["outcomes"] == {"invited": ROWS * 49 // 50, "no_address": ROWS // 50}, receipt
    assert aws.writes >= 3 * receipt["outcomes"]["invited"]
    return spent


def plain(body: bytes) -> float:
    """Return the CPU seconds of the plain implementation."""
    aws = StubbedAws()
    aws.objects[KEY] = body
    with stubbed(aws):
        s3, table = _client("s3"), boto3.resource("dynamodb", region_name=REGION).Table("Invitations")
        gc.collect()
        begin = time.process_time()
        text = s3.get_object(Bucket="uploads", Key=KEY)["Body"].read().decode("cp1252")
        for row in csv.DictReader(io.StringIO(text), delimiter=";"):
            try:
                found = validate_email(row["E-mailadres"], check_deliverability=False, test_environment=True)
            except EmailNotValidError:
                continue
            at = datetime.strptime(row["Datum contact"], "%d-%m-%Y %H:%M").replace(tzinfo=ZONE)
            table.put_item(
                Item={
                    "invitation_id": str(uuid.uuid5(uuid.NAMESPACE_URL, row["Dossiernummer"])),
                    "address": found.normalized.lower(),
                    "occurred_at": int(at.timestamp()),
                    **{name: value for name, value in row.items() if value and name != "E-mailadres"},
                },
                ConditionExpression="attribute_not_exists(invitation_id)",
            )
        spent = time.process_time() - begin - aws.spent
    assert aws.writes == ROWS * 49 // 50
    return spent


def lines() -> Iterator[dict[str, Any]]:
    """Yield the measurement."""
    os.environ.update(_ENVIRONMENT)
    os.environ.update({Names.variable(model): f"bench-{model.__name__}" for model in MODELS})
    bind(*MODELS)
    body = crm_file(ROWS)
    spent = [(ours(body), plain(body)) for _ in range(RUNS)]
    mine, theirs = (statistics.median(one) / ROWS * 1000 for one in zip(*spent, strict=True))
    yield {
        "name": "import_cpu_per_row",
        "ours": round(mine, 4),
        "peer": round(theirs, 4),
        "ratio": round(mine / theirs, 4),
        "unit": "ms CPU a row, peer: csv.DictReader + email-validator + put_item",
    }


def _client(service_name: Any) -> Any:
    return boto3.client(service_name, region_name=REGION)


if __name__ == "__main__":
    for line in lines():
        print(json.dumps(line))
