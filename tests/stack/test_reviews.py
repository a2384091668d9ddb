"""Reviews on the deployed system: from the pages of a site to items, versions, and rows in their dataset."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.tables import Review
from functions.shared.domain import object_keys
from infra.local.stack import LocalStack

pytestmark = pytest.mark.stack

HOST = "reviews.example"
SOURCE = "pebble/reviews"


@pytest.fixture
def show(stack: LocalStack) -> Iterator[Any]:
    """Return a function that changes what the review site shows; afterwards it is as it was."""
    url = json.loads((stack.workdir.path / "fake_aws.json").read_text())["review_site_url"]

    def control(**changes: Any) -> list[tuple[str, str, int]]:
        request = urllib.request.Request(f"{url}/control", json.dumps(changes).encode(), {"Host": HOST}, method="POST")
        with urllib.request.urlopen(request) as answer:
            return [tuple(entry) for entry in json.loads(answer.read())["requests"]]

    yield control
    control()


def kept(stack: LocalStack) -> dict[str, dict[str, Any]]:
    pages = (
        stack.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=stack.outputs.tables[Review.__name__],
            KeyConditionExpression="#s = :s",
            ExpressionAttributeNames={"#s": "source"},
            ExpressionAttributeValues={":s": {"S": SOURCE}},
            ConsistentRead=True,
        )
    )
    items = [{name: next(iter(value.values())) for name, value in item.items()} for p in pages for item in p["Items"]]
    return {item["native_id"]: item for item in items}


def test_reviews_of_a_site_become_items_with_versions_and_rows(stack: LocalStack, show: Any, tmp_path: Path) -> None:
    stack.invoke("review-scrape")
    first = kept(stack)
    ids = [native_id for native_id, item in first.items() if not item["removed"]]
    edited, gone = sorted(ids)[-2:]

    show(edited={edited[1:]: {"text": "Much better since they called."}}, removed=[gone[1:]])
    stack.invoke("review-scrape")
    second = kept(stack)
    stack.settle()
    stack.aggregate()

    assert len(ids) > 20, "more than one page"
    assert second[edited]["text"] == "Much better since they called."
    assert int(second[edited]["version"]) == int(first[edited]["version"]) + 1
    assert (second[gone]["removed"], "text" in second[gone]) == (True, False)
    others = [native_id for native_id in ids if native_id not in (edited, gone)]
    assert [second[native_id] for native_id in others] == [first[native_id] for native_id in others]
    rows = dataset(stack, tmp_path)
    assert set(rows) == set(second)
    assert rows[edited]["text"] == "Much better since they called."
    assert rows[edited]["source"] == "reviews"
    assert rows[gone]["removed"] is True
    assert all(0 <= row["rating"] <= 1 for row in rows.values())


def test_a_site_that_says_too_many_requests_is_read_all_the_same(stack: LocalStack, show: Any) -> None:
    show(failing=[{"status": 429, "headers": {"Retry-After": "1"}}])

    stack.invoke("review-scrape")

    statuses = [status for host, path, status in show() if (host, path) == (HOST, "/pebble")]
    assert 429 in statuses
    assert statuses[-1] in (200, 304)


def dataset(stack: LocalStack, folder: Path) -> dict[str, dict[str, Any]]:
    bucket = DataBucket(stack.client("s3"), stack.outputs.data_bucket)
    prefix = f"{object_keys.DATASETS}reviews/client=pebble/"
    bucket.fetch([item.key for item in bucket.listing(prefix)], folder)
    found = duckdb.sql(f"SELECT * FROM read_parquet('{folder}/**/*.parquet') WHERE source = 'reviews'")  # noqa: S608
    return {
        row[found.columns.index("native_id")]: dict(zip(found.columns, row, strict=True)) for row in found.fetchall()
    }
