"""What a client is told of its addresses and its response rate is the same on every screen of the deployed system."""

import csv
import io
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from functions.aggregate import queries
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.tables import Invitation, Response
from functions.shared.domain import object_keys
from functions.shared.domain.coverage import Coverage
from infra.local.stack import LocalStack

pytestmark = pytest.mark.stack

CLIENT, TOUCHPOINT = "pebble", "install"
"""It has results per employee, and headers that are recognised."""
LIMIT = 60


def file(stack: LocalStack, rows: Iterable[tuple[str, str, str, str]]) -> bytes:
    """Return an export of (case, address, team, agent)s, all of this morning."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["Case number", "Email", "Date", "Team", "Agent"])
    moment = f"{stack.now() - timedelta(hours=3):%d/%m/%Y %H:%M}"
    writer.writerows((case, address, moment, team, agent) for case, address, team, agent in rows)
    return text.getvalue().encode()


def upload(stack: LocalStack, body: bytes, *, rehearse: bool = False) -> dict[str, Any]:
    """Put a file, and return the summary of its receipt."""
    name = f"{uuid.uuid4().hex}.csv"
    stack.upload(CLIENT, TOUCHPOINT, name, body, rehearse=rehearse)
    return stack.receipt(CLIENT, TOUCHPOINT, name, LIMIT)[0]


def in_dataset(stack: LocalStack, folder: Path) -> dict[tuple[str, str], Coverage]:
    """Return what the dataset says by (dimension, team or employee)."""
    bucket = DataBucket(stack.client("s3"), stack.outputs.data_bucket)
    bucket.fetch([item.key for item in bucket.listing(f"{object_keys.DATASETS}funnel_daily/client={CLIENT}/")], folder)
    found: dict[tuple[str, str], Coverage] = {}
    with queries.open_datasets(folder) as connection:
        for dimension in ("team", "employee"):
            for row in queries.coverage(connection, CLIENT, dimension):
                key = (dimension, row.value)
                found[key] = found.get(key, Coverage()) + row.coverage
    return found


def told(line: dict[str, Any]) -> Coverage:
    return Coverage(line["rows"], line["with_address"])


def test_a_receipt_and_the_dataset_agree_on_coverage_and_a_second_file_adds_only_what_is_new(
    stack: LocalStack, tmp_path: Path
) -> None:
    mark = uuid.uuid4().hex[:8]
    north, south, agent = f"North {mark}", f"South {mark}", f"Agent {mark}"
    rows = [(f"{mark}-{number}", f"c{number}.{mark}@post.example", north, agent) for number in range(6)]
    rows += [(f"{mark}-n{number}", "", south, agent) for number in range(3)]
    rows += [(f"{mark}-broken", "no@@post.example", south, agent), rows[0], rows[-1]]
    more = (f"{mark}-later", "", north, agent)

    coverage = upload(stack, file(stack, rows))["coverage"]
    overlapping = upload(stack, file(stack, [*rows, more]))["coverage"]
    stack.settle(LIMIT)
    stack.aggregate()
    found = in_dataset(stack, tmp_path)

    assert told(coverage) == Coverage(10, 6)
    (employee,) = coverage["employees"]
    assert told(employee) == Coverage(10, 6)
    assert told(overlapping) == Coverage(11, 6)
    # Of the second file only the one contact is new, and no address.
    assert {team["team"]: told(team) for team in coverage["teams"]} == {
        north: found["team", north] + Coverage(-1),
        south: found["team", south],
    }
    assert found["employee", employee["employee_key"]] == Coverage(11, 6)
    page = urllib3.request("GET", f"{stack.outputs.report_url.rstrip('/')}/{CLIENT}/").data.decode()
    assert south in page
    assert agent not in page


def test_a_rehearsal_uses_the_clients_own_rate_once_enough_invitations_had_their_time(stack: LocalStack) -> None:
    mark = uuid.uuid4().hex[:8]
    body = file(stack, [(f"{mark}-{n}", f"f{n}.{mark}@post.example", "Team", "Agent") for n in range(50)])
    before = upload(stack, body, rehearse=True)["forecast"]

    answered(stack, invitations=150, responses=60)
    stack.settle(LIMIT)
    stack.aggregate()
    after = upload(stack, body, rehearse=True)["forecast"]

    assert (before["response_rate"], before["response_rate_of"]) == (0.25, {"of": "usual"})
    assert (after["response_rate"], after["invitations"], after["answers"]) == (0.4, before["invitations"], 20)
    assert (after["response_rate_of"]["of"], after["response_rate_of"]["delivered"]) == ("touchpoint", 150)
    assert after["scores_of"] == {"of": "touchpoint", "answers": 60}
    assert after["interval_width"] != before["interval_width"]


def answered(stack: LocalStack, invitations: int, responses: int) -> None:
    """Leave invitations of eighty days ago in the tables, and the answers to some of them."""
    then = stack.now() - timedelta(days=80)
    for number in range(invitations):
        name = str(uuid.uuid4())
        given = {"client": CLIENT, "touchpoint": TOUCHPOINT, "state": "delivered", "rank": 40, "upload": "digest"}
        given |= {"person": "somebody", "address_key": "somebody", "interaction_id": name}
        given |= dict.fromkeys(
            ("occurred_at", "imported_at", "expires_at", "planned_at", "accepted_at", "delivered_at"), then
        )
        put(stack, Invitation(name, keep_until=stack.now() + timedelta(days=800), **given))
        if number < responses:
            given = {"client": CLIENT, "touchpoint": TOUCHPOINT, "questionnaire": "install", "questionnaire_version": 1}
            given |= {"language": "en", "channel": "mail", "state": "complete", "answered_after": "first", "score": 10}
            given |= {"started_at": then, "answered_at": then + timedelta(minutes=1), "answers": {"nps": 10}}
            put(stack, Response(name, keep_until=stack.now() + timedelta(days=730), **given))


def put(stack: LocalStack, item: Any) -> None:
    stack.client("dynamodb").put_item(TableName=stack.outputs.tables[type(item).__name__], Item=item.serialize())
