"""The deployed system: rows a second from upload to complete receipt, on the emulator. `python -m bench.emulator`

20,000 rows of an export, nearly all of them admitted (each a block, a contact and an invitation), go through every
function, queue and table of a stack of their own. The peer is what the emulator can take at all: as many items of the
size of an invitation, written 25 at a time with BatchWriteItem by one client, into a table without index or stream.
"""

import csv
import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.imports import crm_file
from infra.local.stack import LocalStack

ROWS = 20_000
WORKDIR = Path("build/workdirs/bench")
CLIENT, TOUCHPOINT = "vaart", "klantenservice"
_EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "clients"
_ZONE = ZoneInfo("Europe/Amsterdam")
_AT_ONCE = 25
_TABLE = "bench-raw"
_MOMENT = "Datum contact"


def recent(rows: int, now: datetime) -> bytes:
    """Return the bench's export with contacts of the days before `now`."""
    text = crm_file(rows).decode("cp1252")
    reader = csv.DictReader(io.StringIO(text), delimiter=";")
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, reader.fieldnames or (), delimiter=";")
    writer.writeheader()
    for number, row in enumerate(reader):
        at = now.astimezone(_ZONE) - timedelta(minutes=60 + number % 9000)
        writer.writerow(row | {_MOMENT: f"{at:%d-%m-%Y %H:%M}"})
    return buffer.getvalue().encode("cp1252")


def through_the_system(stack: LocalStack) -> float:
    """Return the seconds from the upload of a file to its complete receipt."""
    with tempfile.TemporaryDirectory() as folder:
        clients = Path(folder) / "clients"
        shutil.copytree(_EXAMPLES, clients)
        touchpoint = clients / CLIENT / "touchpoints" / f"{TOUCHPOINT}.yaml"
        touchpoint.write_text(touchpoint.read_text().partition("rules:")[0])  # no sample: every good row is admitted
        stack.publish(clients)
    body = recent(ROWS, stack.now())
    begin = time.monotonic()
    stack.upload(CLIENT, TOUCHPOINT, "bench.csv", body)
    summary, rows = stack.receipt(CLIENT, TOUCHPOINT, "bench.csv", timeout=600)
    spent = time.monotonic() - begin
    assert summary["state"] == "complete", summary
    assert summary["outcomes"] == {"invited": ROWS * 49 // 50, "no_address": ROWS // 50}, summary
    assert len(rows) == ROWS
    return spent


def written_raw(stack: LocalStack) -> float:
    """Return the seconds that it takes to write as many items as there are rows, and nothing else."""
    client = stack.client("dynamodb")
    client.create_table(
        TableName=_TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    fields = {f"field_{number}": {"S": "x" * 20} for number in range(20)}
    requests = [{"PutRequest": {"Item": {"id": {"S": f"{number:036d}"}, **fields}}} for number in range(ROWS)]
    begin = time.monotonic()
    for first in range(0, ROWS, _AT_ONCE):
        left = client.batch_write_item(RequestItems={_TABLE: requests[first : first + _AT_ONCE]})["UnprocessedItems"]
        assert not left
    return time.monotonic() - begin


def lines() -> Iterator[dict[str, Any]]:
    """Yield the measurement."""
    stack = LocalStack.start(WORKDIR, with_parent=True, tell=lambda line: print(line, file=sys.stderr))
    try:
        raw = ROWS / written_raw(stack)
        mine = ROWS / through_the_system(stack)
    finally:
        stack.stop()
    yield {
        "name": "emulator_rows_per_second",
        "ours": round(mine, 1),
        "peer": round(raw, 1),
        "ratio": round(mine / raw, 4),
        "unit": "rows/s from upload to receipt, peer: items/s of bare BatchWriteItem; more is better",
    }


if __name__ == "__main__":
    for line in lines():
        print(json.dumps(line))
