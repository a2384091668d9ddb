"""The aggregate's functions on S3: stream events in, facts, datasets and a report out."""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from functions.aggregate import queries
from functions.shared.adapters import clock
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.tables import Invitation, Response, Review
from functions.shared.domain import object_keys
from tests.worlds.aggregate_world import at, bundle
from tests.worlds.lambda_modules import start

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Context:
    function_name: str = "f"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:1:function:f"
    aws_request_id: str = "r"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture
def s3(monkeypatch):
    monkeypatch.setenv("DATA_BUCKET", "klankbord-data")
    monkeypatch.setenv("CONFIG_BUCKET", "klankbord-config")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("klankbord-data", "klankbord-config"):
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        url = boto3.client("sqs").create_queue(QueueName="runs")["QueueUrl"]
        monkeypatch.setenv("RUN_QUEUE_URL", url)
        boto3.client("secretsmanager").create_secret(Name="score-keys", SecretString='{"1": "a key"}')
        monkeypatch.setenv("SCORE_KEYS_SECRET", "score-keys")
        monkeypatch.setenv("NOTICE_QUEUE_URL", boto3.client("sqs").create_queue(QueueName="notices")["QueueUrl"])
        published = bundle("acme").model_dump_json(by_alias=True).encode()
        client.put_object(Bucket="klankbord-config", Key=object_keys.current_bundle("acme"), Body=published)
        yield client


def find(**event):
    return start("functions.aggregate.handlers.find").find(event, Context())


def waiting():
    """Take the messages of the queue of runs."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="runs")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in found]


def run(*bodies, context=None):
    handler = start("functions.aggregate.handlers.run").run
    for body in bodies:
        event = {"Records": [{"messageId": "m", "body": json.dumps(body)}]}
        assert handler(event, context or Context()) == {"batchItemFailures": []}


def datasets(s3):
    listed = s3.list_objects_v2(Bucket="klankbord-data", Prefix="datasets/").get("Contents", [])
    return [(item["Key"], item["ETag"]) for item in listed]


def record(item, sequence, event="MODIFY"):
    change = {"ApproximateCreationDateTime": at("2026-11-22T09:00"), "SequenceNumber": str(sequence)}
    change |= {"NewImage": item.serialize()} if item else {}
    return {"eventName": event, "dynamodb": change, "eventSourceARN": "arn:stream"}


def invitation(name, **values):
    moment = datetime(2026, 11, 1, 10, tzinfo=UTC)
    given = {"person": "who", "address_key": "who", "client": "acme", "touchpoint": "claims", "interaction_id": name}
    given |= {"upload": "u", "occurred_at": moment, "imported_at": moment, "expires_at": moment, "keep_until": NOW}
    given |= {
        "state": "delivered",
        "rank": 40,
        "planned_at": moment,
        "delivered_at": moment + timedelta(minutes=1),
        **values,
    }
    return Invitation(name, facts={"secret": "column"}, **given)


def response(name, score, why="Prima"):
    moment = datetime(2026, 11, 2, 10, tzinfo=UTC)
    answers = {"nps": score, "why": why, "ease": 6}
    given = {"client": "acme", "touchpoint": "claims", "questionnaire": "core", "questionnaire_version": 1}
    given |= {
        "language": "nl",
        "channel": "mail",
        "state": "complete",
        "answered_after": "first",
        "answers": answers,
        "score": score,
    }
    history = [{"at": moment.timestamp(), "answers": {"why": "old words"}}]
    return Response(name, started_at=moment, answered_at=moment, keep_until=NOW, history=history, **given)


def review(native, rating):
    given = {"client": "acme", "digest": "d", "version": 1, "seen_at": datetime(2026, 11, 20, 10, tzinfo=UTC)}
    return Review("acme/site", native, rating_raw=rating, rating_best=5, rating_worst=1, text="Goed", **given)


def collect(*records):
    module = start("functions.aggregate.handlers.collect")
    return module.collect({"Records": list(records)}, Context())


def lines(s3, prefix="facts/"):
    found = []
    for item in s3.list_objects_v2(Bucket="klankbord-data", Prefix=prefix).get("Contents", []):
        body = gzip.decompress(s3.get_object(Bucket="klankbord-data", Key=item["Key"])["Body"].read())
        found += [json.loads(line) for line in body.splitlines()]
    return found


def test_a_batch_of_a_stream_becomes_an_object_named_by_its_sequence_numbers(s3):
    answer = collect(record(invitation("a"), 7), record(invitation("b"), 12))

    assert answer == {"batchItemFailures": []}
    (item,) = s3.list_objects_v2(Bucket="klankbord-data")["Contents"]
    assert item["Key"] == f"facts/invitation/client=acme/dt=2026-11-22/{7:040d}-{12:040d}.ndjson.gz"


def test_each_client_has_objects_of_its_own(s3):
    collect(
        *(
            record(invitation(name, client=client), n)
            for n, (name, client) in enumerate(zip("abc", "xyx", strict=True), 1)
        )
    )

    keys = [item["Key"].split("/")[2:] for item in s3.list_objects_v2(Bucket="klankbord-data")["Contents"]]
    assert keys == [
        ["client=x", "dt=2026-11-22", f"{1:040d}-{3:040d}.ndjson.gz"],
        ["client=y", "dt=2026-11-22", f"{2:040d}-{2:040d}.ndjson.gz"],
    ]


def test_a_batch_that_comes_again_is_the_same_object(s3):
    batch = [record(response("a", 9), 7), record(response("b", 3), 8)]
    collect(*batch)
    before = s3.list_objects_v2(Bucket="klankbord-data")["Contents"]

    collect(*batch)

    after = s3.list_objects_v2(Bucket="klankbord-data")["Contents"]
    assert [(item["Key"], item["ETag"]) for item in after] == [(item["Key"], item["ETag"]) for item in before]


def test_a_fact_holds_neither_the_person_nor_what_would_tell_who_it_is(s3):
    collect(record(invitation("a", employee_key="k"), 1))
    collect(record(response("a", 9, why="Bel 06-12345678"), 2))

    kept = json.dumps(lines(s3))
    for secret in ("who", "column", "06-12345678", "old words"):
        assert secret not in kept
    assert "[phone]" in kept


def test_an_item_that_goes_by_its_ttl_is_no_news(s3):
    assert collect(record(None, 3, "REMOVE")) == {"batchItemFailures": []}

    assert "Contents" not in s3.list_objects_v2(Bucket="klankbord-data")


def test_a_record_that_cannot_be_read_is_named_and_those_before_it_are_kept(s3):
    strange = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "9", "NewImage": {"x": {"S": "1"}}}}

    answer = collect(record(invitation("a"), 8), strange, record(invitation("b"), 10))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "9"}]}
    assert [line["invitation_id"] for line in lines(s3)] == ["a"]


def test_from_a_stream_to_datasets_and_a_report(s3, tmp_path):
    collect(*(record(invitation(f"i{number}", team="Noord"), number) for number in range(1, 21)))
    collect(*(record(response(f"i{number}", 10 if number > 4 else 2), 100 + number) for number in range(1, 13)))
    collect(record(review("r1", 5), 200))

    assert find() == {"clients": ["acme"], "unknown": []}
    run(*waiting())

    assert len(datasets(s3)) == 9
    bucket = DataBucket(s3, "klankbord-data")
    bucket.fetch([item.key for item in bucket.listing("datasets/")], tmp_path)
    (row,) = queries.score_table(queries.open_datasets(tmp_path), "acme", "team")
    assert (row.value, row.n, row.delivered, row.response_rate) == ("Noord", 12, 20, 0.6)
    assert row.nps == pytest.approx((8 - 4) / 12)
    page = s3.get_object(Bucket="klankbord-data", Key="reports/acme/index.html")
    assert page["ContentType"] == "text/html; charset=utf-8"
    text = page["Body"].read().decode()
    assert "+33" in text
    assert "Nog geen uitnodiging heeft al haar tijd gehad" in text


def test_a_second_run_and_a_rebuild_leave_the_same_bytes(s3):
    collect(record(invitation("a"), 1), record(invitation("b"), 2))
    collect(record(response("a", 9), 3))
    run({"client": "acme"})
    before = datasets(s3)

    assert find()["clients"] == []
    assert find(rebuild=True)["clients"] == ["acme"]
    (message,) = waiting()
    s3.delete_object(Bucket="klankbord-data", Key=before[0][0])
    run(message)

    assert len(before) == 5
    assert datasets(s3) == before


def test_a_rebuild_beside_a_busy_run_waits_and_what_the_schedule_finds_again_does_not(s3):
    until = json.dumps({"until": NOW.timestamp() + 60}).encode()
    s3.put_object(Bucket="klankbord-data", Key="current/lease/client=acme.json", Body=until)

    run({"client": "acme"}, {"client": "acme", "rebuild": "r"})

    queue = boto3.client("sqs")
    url = queue.get_queue_url(QueueName="runs")["QueueUrl"]
    counts = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    assert counts["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"


class ShortOfTime(Context):
    """A call whose time is over after a few looks at the clock."""

    left = 4

    def get_remaining_time_in_millis(self) -> int:
        ShortOfTime.left -= 1
        return 900_000 if ShortOfTime.left > 0 else 100_000


def test_a_run_whose_time_is_over_asks_for_the_next(s3):
    for day in range(1, 29):
        moment = datetime(2026, 10, day, 10, tzinfo=UTC)
        collect(record(invitation(f"i{day}", imported_at=moment), day))
    ShortOfTime.left = 3

    run({"client": "acme", "rebuild": "r"}, context=ShortOfTime())
    first = waiting()
    run(*first)

    assert first == [{"client": "acme", "rebuild": "r", "report": False}]
    assert waiting() == []
    assert len(datasets(s3)) == 28


def test_a_lease_is_taken_by_one_only(s3):
    bucket = DataBucket(s3, "klankbord-data")

    assert bucket.write_if("lease", b"1", None)
    assert not bucket.write_if("lease", b"2", None)
    _, etag = bucket.read("lease")
    assert bucket.write_if("lease", b"3", etag)
    assert not bucket.write_if("lease", b"4", etag)


def test_an_object_that_is_not_there_is_none(s3, tmp_path):
    bucket = DataBucket(s3, "klankbord-data")

    assert bucket.read("nothing") is None
    assert bucket.fetch(["nothing"], tmp_path) == {}
    bucket.delete(["nothing"])


def test_a_missing_variable_is_told_by_its_name(s3, monkeypatch):
    monkeypatch.delenv("CONFIG_BUCKET")

    with pytest.raises(RuntimeError, match="CONFIG_BUCKET"):
        run({}, Context())
