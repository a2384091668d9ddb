"""The aggregate on the deployed system: from items in the tables, through their streams, to datasets and a report."""

import gzip
import json
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import urllib3

from functions.aggregate import queries
from functions.aggregate.datasets.registry import DATASETS
from functions.aggregate.queries import ScoreRow
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.tables import Invitation, Response, Review
from functions.shared.domain import object_keys
from functions.shared.domain.facts import INVITATION, RESPONSE, REVIEW
from infra.local.stack import LocalStack
from infra.quicksight_data_sets import SOURCES
from operations.backfill import backfill
from operations.redrive import redrive
from tests.worlds.stack_place import place_of

pytestmark = pytest.mark.stack


def put(stack: LocalStack, item: Any) -> None:
    stack.client("dynamodb").put_item(TableName=stack.outputs.tables[type(item).__name__], Item=item.serialize())


def invite(stack: LocalStack, team: str, **values: Any) -> str:
    name, now = str(uuid.uuid4()), stack.now()
    given = {"client": "vaart", "touchpoint": "schade", "team": team, "state": "delivered", "rank": 40}
    given |= {"person": "somebody", "address_key": "somebody", "interaction_id": name, "upload": "digest"}
    moments = dict.fromkeys(
        ("occurred_at", "imported_at", "expires_at", "planned_at", "accepted_at", "delivered_at"), now
    )
    put(stack, Invitation(name, keep_until=stack.now() + timedelta(days=800), **given, **moments, **values))
    return name


def answer(stack: LocalStack, invitation: str, score: int, **values: Any) -> None:
    now = stack.now()
    given = {"client": "vaart", "touchpoint": "schade", "questionnaire": "schade", "questionnaire_version": 1}
    given |= {
        "language": "nl",
        "channel": "mail",
        "state": "complete",
        "answered_after": "first",
        "score": score,
        **values,
    }
    moments = {"started_at": now, "answered_at": now, "keep_until": stack.now() + timedelta(days=730)}
    put(stack, Response(invitation, answers={"nps": score, "why": "Bel 06-12345678"}, **given, **moments))


def run(stack: LocalStack, **event: Any) -> None:
    stack.settle()
    stack.aggregate(**event)


def objects(stack: LocalStack) -> DataBucket:
    return DataBucket(stack.client("s3"), stack.outputs.data_bucket)


def team_row(stack: LocalStack, folder: Path, team: str) -> ScoreRow:
    bucket = objects(stack)
    bucket.fetch([item.key for item in bucket.listing(object_keys.DATASETS)], folder)
    (row,) = [row for row in queries.score_table(queries.open_datasets(folder), "vaart", "team") if row.value == team]
    return row


def test_answers_in_the_tables_become_a_score_of_their_team(stack: LocalStack, tmp_path: Path) -> None:
    team = f"Team {uuid.uuid4().hex[:6]}"
    names = [invite(stack, team) for _ in range(16)]
    for name, score in zip(names, [10] * 8 + [7] * 2 + [3] * 2, strict=False):
        answer(stack, name, score)
    answer(stack, names[-1], 0, state="suspect")

    run(stack)

    row = team_row(stack, tmp_path, team)
    assert (row.n, row.delivered, row.completed) == (12, 16, 12)
    assert row.nps == pytest.approx(0.5)
    assert row.interval is not None
    assert row.interval.low < 0.5 < row.interval.high


def test_a_review_is_in_its_dataset_and_on_the_report(stack: LocalStack) -> None:
    words = f"Kundig geholpen {uuid.uuid4().hex[:9]}"
    given = {"client": "vaart", "digest": "d", "version": 1, "text": words}
    seen = stack.now()
    put(
        stack,
        Review("vaart/own", uuid.uuid4().hex, rating_raw=9, rating_best=10, rating_worst=1, seen_at=seen, **given),
    )

    run(stack)

    page = urllib3.request("GET", f"{stack.outputs.report_url.rstrip('/')}/vaart/").data.decode()
    assert words in page


def test_a_second_run_and_a_rebuild_write_the_same_bytes(stack: LocalStack) -> None:
    def datasets() -> dict[str, tuple[bytes, float]]:
        bucket = objects(stack)
        listed = bucket.listing(object_keys.DATASETS)
        return {item.key: ((bucket.read(item.key) or (b"",))[0], item.modified) for item in listed}

    answer(stack, invite(stack, "Team"), 8)
    run(stack)
    before = datasets()

    run(stack)
    again = datasets()
    run(stack, rebuild=True)
    rebuilt = datasets()

    assert again == before
    assert {key: body for key, (body, _) in rebuilt.items()} == {key: body for key, (body, _) in before.items()}
    assert rebuilt != before, "It was made again."


def test_no_dataset_fact_or_report_tells_who_somebody_is(stack: LocalStack, tmp_path: Path) -> None:
    answer(stack, invite(stack, "Team"), 8)
    run(stack)

    bucket = objects(stack)
    paths = bucket.fetch([item.key for item in bucket.listing(object_keys.DATASETS)], tmp_path)
    connection = queries.open_datasets(tmp_path)
    text = "".join(str(connection.table(dataset.name).fetchall()) for dataset in DATASETS)
    assert paths
    assert "[phone]" in text
    assert "06-12345678" not in text
    assert "somebody" not in text


def test_facts_that_were_lost_are_told_again_by_the_tables(stack: LocalStack) -> None:
    def datasets() -> dict[str, bytes]:
        bucket = objects(stack)
        return {item.key: (bucket.read(item.key) or (b"",))[0] for item in bucket.listing(object_keys.DATASETS)}

    names = [invite(stack, "Told") for _ in range(6)]
    for name in names:
        answer(stack, name, 9)
    run(stack, rebuild=True)
    before = datasets()
    bucket = objects(stack)
    for table in (INVITATION, RESPONSE, REVIEW):
        for client in ("vaart", "pebble"):
            bucket.delete([found.key for found in bucket.listing(object_keys.facts_of(table, client))])

    told = backfill(place_of(stack))
    again = backfill(place_of(stack), ["vaart"])
    run(stack, rebuild=True)

    assert told["Response"] >= again["Response"] >= 6
    assert told["Invitation"] >= again["Invitation"] >= 6
    assert datasets() == before


def test_records_of_a_stream_that_failed_for_good_are_collected_by_a_redrive(stack: LocalStack) -> None:
    """The object is as Lambda writes it to a bucket: where it stood in the stream, and the whole event as text."""
    name, now = str(uuid.uuid4()), int(stack.now().timestamp())
    image = {"invitation_id": {"S": name}, "client": {"S": "vaart"}, "touchpoint": {"S": "schade"}}
    image |= {"interaction_id": {"S": "lost"}, "imported_at": {"N": str(now)}, "team": {"S": "Lost"}}
    change = {"NewImage": image, "SequenceNumber": "1", "ApproximateCreationDateTime": now}
    event = {"Records": [{"eventName": "INSERT", "dynamodb": change, "eventSourceARN": "arn"}]}
    told = {"version": "1.0", "DDBStreamBatchInfo": {"batchSize": 1}, "payload": json.dumps(event)}
    s3, queue = stack.client("s3"), stack.outputs.lost_facts
    bucket = next(b["Name"] for b in s3.list_buckets()["Buckets"] if "lostfacts" in b["Name"].lower())
    key = f"aws/lambda/{uuid.uuid4()}/shard/2026-11-01T10.00.00-{uuid.uuid4()}"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(told))
    waiting = lambda: stack.client("sqs").get_queue_attributes(  # noqa: E731
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]["ApproximateNumberOfMessages"]
    for _ in range(50):
        if waiting() == "1":
            break
        time.sleep(0.1)

    moved = redrive(place_of(stack))

    assert {where: count for where, count in moved.items() if count} == {"streams": 1}
    found = [item.key for item in objects(stack).listing(object_keys.facts_of(INVITATION, "vaart"))]
    assert any(body and name.encode() in gzip.decompress(body[0]) for body in map(objects(stack).read, found))
    assert s3.list_objects_v2(Bucket=bucket).get("KeyCount") == 0
    assert redrive(place_of(stack))["streams"] == 0


def test_athena_gives_the_rows_that_the_dashboards_are_to_show(stack: LocalStack, tmp_path: Path) -> None:
    """The query of each data set of QuickSight, on Athena over the deployed tables and on DuckDB over the files."""
    team, now = f"Team {uuid.uuid4().hex[:6]}", stack.now()
    for score in (10, 10, 9, 9, 8, 7, 3, 2):
        answer(stack, invite(stack, team), score)
    given = {"client": "vaart", "digest": "d", "version": 1, "text": "Vlot", "seen_at": now}
    put(stack, Review("vaart/own", uuid.uuid4().hex, rating_raw=9, rating_best=10, rating_worst=1, **given))
    run(stack)

    database, bucket, counted = "klankbord", objects(stack), {}
    for source in SOURCES:
        prefix = f"{object_keys.DATASETS}{source.dataset.name}/"
        files = bucket.fetch([found.key for found in bucket.listing(prefix)], tmp_path)
        shown = rows_of_athena(stack.client("athena"), source.sql(database), database)
        if not files:
            assert shown[1:] == []
            continue
        with duckdb.connect() as connection:
            connection.execute(f"CREATE SCHEMA {database}")
            connection.execute(
                f"CREATE TABLE {database}.{source.dataset.name} AS FROM read_parquet(?, hive_partitioning = false)",
                [[str(path) for path in files.values()]],
            )
            expected = connection.execute(source.sql(database)).fetchall()
        assert shown[0] == list(source.columns)
        assert sorted(map(str, shown[1:])) == sorted(
            str([None if cell is None else str(cell) for cell in row]) for row in expected
        )
        counted[source.dataset.name] = len(expected)
    assert min(counted[name] for name in ("released_scores", "released_answers", "funnel_daily", "reviews")) > 0


def rows_of_athena(athena: Any, query: str, database: str) -> list[list[str | None]]:
    """Run a query and return its rows as text, the names of the columns first."""
    started = athena.start_query_execution(
        QueryString=query, QueryExecutionContext={"Database": database}, WorkGroup=database
    )["QueryExecutionId"]
    for _ in range(100):
        status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.2)
    assert status["State"] == "SUCCEEDED", status
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=started)
    return [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
