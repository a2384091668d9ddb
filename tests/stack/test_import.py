"""Files that clients put in the bucket of the deployed stack, and what becomes of every row."""

import gzip
import json
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from functions.shared.adapters.client_store import RECHECK_SECONDS
from functions.shared.domain.identity import invitation_id, person_key
from infra.local import clock, processes
from infra.local.stack import LocalStack
from operations.redrive import redrive
from tests.conftest import EXAMPLE_CLIENTS, running_system
from tests.worlds.stack_place import dead_letters_url, place_of

pytestmark = pytest.mark.stack

HEADER = "Dossiernr.;Mail verzekerde;Datum afgehandeld;Tijd;Team"
LIMIT = 60
CALLS = "klantenservice"


@pytest.fixture(scope="module")
def stack(workdirs: Path) -> Iterator[LocalStack]:
    """Return a system of its own where it is Saturday, when vaart mails nobody: thousands would leave on a Monday."""
    with running_system(workdirs / "import") as running:
        now = running.now()
        clock.move(running.workdir, timedelta(days=(5 - now.weekday()) % 7, hours=12 - now.hour) % timedelta(days=7))
        yield running


@pytest.fixture
def mark() -> str:
    """Return a word that makes the addresses of a test its own."""
    return uuid.uuid4().hex[:10]


def people(mark: str, count: int) -> list[str]:
    return [f"p{number}.{mark}@crm-import.example" for number in range(count)]


def claims(stack: LocalStack, addresses: list[str], series: str) -> bytes:
    """Return an export of the claims system: one line for each address, closed this morning."""
    at = stack.now().astimezone(ZoneInfo("Europe/Amsterdam")) - timedelta(hours=3)
    lines = [f"{series}-{number};{who};{at:%d-%m-%Y};{at:%H:%M};Blauw" for number, who in enumerate(addresses)]
    return "\r\n".join([HEADER, *lines, ""]).encode("cp1252")


def calls(stack: LocalStack, addresses: list[str], series: str) -> bytes:
    """Return an export for the touchpoint that has a sample instead of a quota."""
    at = stack.now().astimezone(ZoneInfo("Europe/Amsterdam")) - timedelta(hours=3)
    lines = [f"{series}-{number};{who};{at:%d-%m-%Y %H:%M};Blauw" for number, who in enumerate(addresses)]
    return "\r\n".join(["Ticket ID;E-mail;Datum contact;Team", *lines, ""]).encode()


def keys_of(stack: LocalStack, addresses: list[str]) -> list[str]:
    """Return the person keys of addresses."""
    secrets = stack.client("secretsmanager")
    (secret,) = [one["ARN"] for one in secrets.list_secrets()["SecretList"] if "epper" in one["Name"]]
    pepper = secrets.get_secret_value(SecretId=secret)["SecretString"].encode()
    return [person_key(pepper, "vaart", address) for address in addresses]


def items(stack: LocalStack, model: str) -> Iterator[dict[str, Any]]:
    table = stack.outputs.tables[model]
    for page in stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def invitations(stack: LocalStack, persons: set[str]) -> list[dict[str, Any]]:
    return [item for item in items(stack, "Invitation") if item["person"]["S"] in persons]


def blocks(stack: LocalStack, persons: set[str]) -> dict[str, str]:
    return {
        item["person"]["S"]: item["invitation_id"]["S"]
        for item in items(stack, "FeedbackBlock")
        if item["person"]["S"] in persons
    }


def assert_each_is_asked_once(stack: LocalStack, addresses: list[str]) -> None:
    persons = set(keys_of(stack, addresses))
    asked = invitations(stack, persons)
    assert Counter(item["person"]["S"] for item in asked) == dict.fromkeys(persons, 1)
    assert blocks(stack, persons) == {item["person"]["S"]: item["invitation_id"]["S"] for item in asked}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.002)


def test_ten_files_that_name_the_same_people_at_the_same_moment_invite_each_once(stack: LocalStack, mark: str) -> None:
    addresses = people(mark, 60)
    names = [f"{mark}-{number}.csv" for number in range(10)]
    files = [claims(stack, addresses[number:] + addresses[:number], f"{mark}-{number}") for number in range(10)]

    with ThreadPoolExecutor(10) as at_once:
        list(at_once.map(lambda name, body: stack.upload("vaart", "schade", name, body), names, files))
    lines = [line for name in names for line in stack.receipt("vaart", "schade", name, LIMIT)[1]]

    assert Counter(line["outcome"] for line in lines) == {"invited": 60, "blocked": 540}
    assert_each_is_asked_once(stack, addresses)


def test_a_worker_that_is_killed_between_the_block_and_the_invitation_is_made_good(
    stack: LocalStack, mark: str
) -> None:
    addresses = people(mark, 1000)
    sqs, dynamodb = stack.client("sqs"), stack.client("dynamodb")
    queue = stack.outputs.queues["chunks"]
    usual = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "6"})
    persons = keys_of(stack, addresses)
    first = {"person": {"S": persons[0]}}
    table = stack.outputs.tables["FeedbackBlock"]

    stack.upload("vaart", "schade", f"{mark}.csv", claims(stack, addresses, mark))
    wait_for(lambda: "Item" in dynamodb.get_item(TableName=table, Key=first, ConsistentRead=True))
    for process in processes.of_workdir(stack.workdir):
        if process.environ().get("AWS_LAMBDA_FUNCTION_NAME") == stack.outputs.functions["crm-import-admit"]:
            process.kill()
    asked, held = len(invitations(stack, set(persons))), len(blocks(stack, set(persons)))
    summary, lines = stack.receipt("vaart", "schade", f"{mark}.csv", LIMIT)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=usual)

    assert held > asked, "the worker died too late to show anything"
    assert (summary["state"], summary["outcomes"]) == ("complete", {"invited": 1000})
    assert len(lines) == 1000
    assert_each_is_asked_once(stack, addresses)


@pytest.fixture
def impatient(stack: LocalStack) -> Iterator[None]:
    """Let what failed be tried again after five seconds: longer than a chunk takes on a busy machine."""
    sqs, queue = stack.client("sqs"), stack.outputs.queues["chunks"]
    usual = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "5"})
    yield
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=usual)


@pytest.fixture
def hasty(stack: LocalStack) -> Iterator[None]:
    """Let the functions hand over as soon as they did one chunk."""
    functions = [stack.outputs.functions[name] for name in ("crm-import-read", "crm-import-admit")]
    configure = stack.client("lambda").update_function_configuration
    usual = [stack.client("lambda").get_function_configuration(FunctionName=one)["Environment"] for one in functions]
    for name, environment in zip(functions, usual, strict=True):
        more = {**environment["Variables"], "HAND_OVER_RESERVE_SECONDS": "3600"}
        configure(FunctionName=name, Environment={"Variables": more})
    yield
    for name, environment in zip(functions, usual, strict=True):
        configure(FunctionName=name, Environment=environment)


def invited(addresses: list[str], lines: list[dict[str, str]]) -> list[str]:
    """Return the addresses of the rows that were invited."""
    return [who for who, line in zip(addresses, lines, strict=True) if line["outcome"] == "invited"]


def waiting_in(sqs: Any, queue: str) -> int:
    """Return how many messages of a queue wait."""
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"][name])


def newest_chunks(s3: Any, bucket: str) -> list[str]:
    """Return the keys of the chunks of the file that was read last."""
    found = [
        one for one in s3.list_objects_v2(Bucket=bucket, Prefix="work/")["Contents"] if "decided" not in one["Key"]
    ]
    place = max(found, key=lambda one: one["LastModified"])["Key"].rpartition("/")[0]
    return [one["Key"] for one in found if one["Key"].startswith(place)]


def partial(stack: LocalStack, name: str) -> dict[str, Any]:
    """Return the summary of a receipt as it stands, empty where there is none."""
    s3 = stack.client("s3")
    try:
        found = s3.get_object(Bucket=stack.outputs.upload_bucket, Key=f"receipts/vaart/{CALLS}/{name}.json")
    except s3.exceptions.NoSuchKey:
        return {}
    return dict(json.loads(found["Body"].read()))


@pytest.mark.usefixtures("impatient")
def test_a_poisoned_chunk_lands_with_the_dead_letters_and_a_redrive_completes_the_receipt(
    stack: LocalStack, mark: str
) -> None:
    name, addresses = f"{mark}.csv", people(mark, 2500)
    s3, sqs, functions = map(stack.client, ("s3", "sqs", "lambda"))
    bucket, queue = stack.outputs.upload_bucket, stack.outputs.queues["chunks"]
    admit = stack.outputs.functions["crm-import-admit"]
    (source,) = functions.list_event_source_mappings(FunctionName=admit)["EventSourceMappings"]

    functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    stack.upload("vaart", CALLS, name, calls(stack, addresses, mark))
    wait_for(lambda: waiting_in(sqs, queue) == 3)
    (key,) = [key for key in newest_chunks(s3, bucket) if key.endswith("/00001.json")]
    rows = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.delete_object(Bucket=bucket, Key=key)
    functions.update_event_source_mapping(UUID=source["UUID"], Enabled=True)
    wait_for(lambda: waiting_in(sqs, dead_letters_url(sqs, queue)) == 1)
    wait_for(lambda: "1001-2000" in partial(stack, name).get("message", ""))
    waiting = partial(stack, name)
    s3.put_object(Bucket=bucket, Key=key, Body=rows)
    moved = redrive(place_of(stack))
    summary, lines = stack.receipt("vaart", CALLS, name, LIMIT)

    assert (waiting["state"], waiting["rows"], sum(waiting["outcomes"].values())) == ("partial", 2500, 1500)
    assert {queue: letters for queue, letters in moved.items() if letters} == {"chunks": 1}
    assert (summary["state"], summary["outcomes"].keys()) == ("complete", {"invited", "sampled_out"})
    assert [line["row"] for line in lines] == [str(row) for row in range(1, 2501)]
    assert_each_is_asked_once(stack, invited(addresses, lines))


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("rehearse", [False, True])
def test_a_file_that_takes_longer_than_a_function_may_run_is_read_in_legs(
    stack: LocalStack, mark: str, rehearse: bool
) -> None:
    name, addresses = f"{mark}.csv", people(mark, 3100)
    body = calls(stack, addresses, mark)

    stack.upload("vaart", CALLS, name, body, rehearse=rehearse)
    wait_for(lambda: "rijen zijn gelezen" in partial(stack, name).get("message", ""))
    summary, lines = stack.receipt("vaart", CALLS, name, LIMIT)

    assert (summary["rows"], summary["outcomes"].keys()) == (3100, {"invited", "sampled_out"})
    assert [line["row"] for line in lines] == [str(row) for row in range(1, 3101)]
    if rehearse:
        assert summary["forecast"]["invitations"] == summary["outcomes"]["invited"]
    else:
        assert_each_is_asked_once(stack, invited(addresses, lines))


def test_a_file_that_is_delivered_twice_and_under_another_name_gets_the_same_receipt(
    stack: LocalStack, mark: str
) -> None:
    addresses = people(mark, 30)
    body = claims(stack, addresses, mark)
    key = stack.upload("vaart", "schade", f"{mark}.csv", body)
    first = stack.receipt("vaart", "schade", f"{mark}.csv", LIMIT)
    event = {"Records": [{"s3": {"bucket": {"name": stack.outputs.upload_bucket}, "object": {"key": key}}}]}

    stack.client("sqs").send_message(QueueUrl=stack.outputs.queues["uploads"], MessageBody=json.dumps(event))
    stack.upload("vaart", "schade", f"{mark}-copy.csv", body)
    copy = stack.receipt("vaart", "schade", f"{mark}-copy.csv", LIMIT)
    stack.settle(LIMIT)

    assert first[0]["outcomes"] == {"invited": 30}
    assert stack.receipt("vaart", "schade", f"{mark}.csv", LIMIT) == first
    assert copy[1] == first[1]
    assert_each_is_asked_once(stack, addresses)


def test_a_rehearsal_writes_nothing_but_its_receipt(stack: LocalStack, mark: str) -> None:
    addresses = people(mark, 1200)
    persons = set(keys_of(stack, addresses))
    body = claims(stack, [*addresses, addresses[0]], mark)

    stack.upload("vaart", "schade", f"{mark}.csv", body, rehearse=True)
    rehearsed = stack.receipt("vaart", "schade", f"{mark}.csv", LIMIT)
    stack.settle(LIMIT)

    assert rehearsed[0]["outcomes"] == {"blocked": 1, "invited": 1200}
    assert (invitations(stack, persons), blocks(stack, persons)) == ([], {})
    assert not any(item["person"]["S"] in persons for item in items(stack, "Contact"))


def test_what_is_admitted_reaches_the_streams_and_the_facts(stack: LocalStack, mark: str) -> None:
    stack.upload("vaart", "schade", f"{mark}.csv", claims(stack, people(mark, 3), mark))
    stack.receipt("vaart", "schade", f"{mark}.csv", LIMIT)
    stack.settle(LIMIT)

    ids = [invitation_id("vaart", "schade", f"{mark}-{number}") for number in range(3)]
    told: Counter[str] = Counter()
    s3, bucket = stack.client("s3"), stack.outputs.data_bucket
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="facts/"):
        for found in page.get("Contents", ()):
            body = gzip.decompress(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()).decode()
            kind = found["Key"].split("/")[1]
            told[kind] += sum(body.count(one) for one in (ids if kind == "invitation" else [f'"{mark}-']))
            assert f".{mark}@" not in body

    assert (told["outcomes"], told["invitation"]) == (3, 3)


@pytest.mark.parametrize(
    ("place", "body", "says"),
    [
        (("vaart", "schade"), b"", "Het bestand is leeg"),
        (("vaart", "schade"), b"PK\x03\x04 xl/workbook.xml " + bytes(range(256)), "breekt voor het einde af"),
        (("vaart", "schade"), b"Dossiernr.;Team\r\n1;Blauw\r\n", "De gevonden kolommen zijn: Dossiernr., Team"),
        (("vaart", "balie"), b"x;y\r\n1;2\r\n", "De touchpoints zijn: klantenservice, schade"),
        (("nobody", "schade"), b"x;y\r\n1;2\r\n", "There is no client nobody"),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_sentence(
    stack: LocalStack, mark: str, place: tuple[str, str], body: bytes, says: str
) -> None:
    stack.upload(*place, f"{mark}.csv", body)

    summary, lines = stack.receipt(*place, f"{mark}.csv", LIMIT)

    assert (summary["state"], lines) == ("failed", [])
    assert says in summary["message"]


def test_a_broken_row_in_the_middle_costs_itself_only(stack: LocalStack, mark: str) -> None:
    body = claims(stack, people(mark, 5), mark).replace(b"p2." + mark.encode(), b'p2."broken@')

    stack.upload("vaart", "schade", f"{mark}.csv", body)
    _, lines = stack.receipt("vaart", "schade", f"{mark}.csv", LIMIT)

    assert [line["outcome"] for line in lines] == ["invited", "invited", "invalid", "invited", "invited"]
    assert lines[2]["reason"].startswith("Mail verzekerde:")


def test_rows_for_a_touchpoint_that_is_published_too_late_are_decided_when_the_file_comes_again(
    stack: LocalStack, mark: str, tmp_path: Path
) -> None:
    at = f"{stack.now() - timedelta(hours=3):%d-%m-%Y %H:%M}"
    slug = f"balie{mark[:6]}"
    rows = [f"{mark}-{number};{who};{at};{slug}" for number, who in enumerate(people(mark, 5))]
    body = "\r\n".join(["Ticket ID;E-mail;Datum contact;Touchpoint", *rows, ""]).encode()
    s3, bucket, place = stack.client("s3"), stack.outputs.upload_bucket, f"vaart/{mark}.csv"

    def outcomes_after_upload() -> dict[str, int]:
        s3.delete_object(Bucket=bucket, Key=f"receipts/{place}.json")
        s3.put_object(Bucket=bucket, Key=f"uploads/{place}", Body=body)
        found: dict[str, Any] = {}

        def is_final() -> bool:
            if s3.list_objects_v2(Bucket=bucket, Prefix=f"receipts/{place}.json").get("Contents"):
                found.update(json.loads(s3.get_object(Bucket=bucket, Key=f"receipts/{place}.json")["Body"].read()))
            return found.get("state") == "complete"

        wait_for(is_final)
        return dict(found["outcomes"])

    assert outcomes_after_upload() == {"invalid": 5}
    shutil.copytree(EXAMPLE_CLIENTS / "vaart", tmp_path / "vaart")
    touchpoint = tmp_path / "vaart" / "touchpoints" / "klantenservice.yaml"
    text = touchpoint.read_text().replace(f"touchpoint: {CALLS}", f"touchpoint: {slug}")
    (touchpoint.parent / f"{slug}.yaml").write_text(text.partition("rules:")[0])
    stack.publish(tmp_path)
    time.sleep(RECHECK_SECONDS)

    assert outcomes_after_upload() == {"invited": 5}
    prefix = "facts/outcomes/client=vaart/"
    told: Counter[str] = Counter()
    data = stack.outputs.data_bucket
    for entry in s3.list_objects_v2(Bucket=data, Prefix=prefix)["Contents"]:
        for line in gzip.decompress(s3.get_object(Bucket=data, Key=entry["Key"])["Body"].read()).splitlines():
            fact = json.loads(line)
            if fact["touchpoint"] == slug or (fact["outcome"] == "invalid" and fact["touchpoint"] is None):
                told[fact["outcome"]] += fact.get("weight", 1)
    assert told == {"invited": 5, "invalid": 0}
