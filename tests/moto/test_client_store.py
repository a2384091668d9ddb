import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.adapters.client_files import folder_files
from functions.shared.adapters.client_store import RECHECK_SECONDS, ClientStore
from functions.shared.domain.errors import BadConfiguration, NotFound
from functions.shared.domain.object_keys import current_bundle
from operations.publish import main, publish

EXAMPLES = Path(__file__).parents[2] / "examples" / "clients"
BUCKET = "klankbord-config"


class Calls:
    """What was asked of S3, in order."""

    def __init__(self, s3: Any) -> None:
        self.seen: list[tuple[str, str]] = []
        s3.meta.events.register("before-parameter-build.s3", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.seen.append((model.name, params.get("Key", "")))

    def of(self, name: str) -> list[str]:
        return [key for operation, key in self.seen if operation == name]


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="eu-west-1")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    """A copy of the example clients, to change."""
    return Path(shutil.copytree(EXAMPLES, tmp_path / "clients"))


def keys(s3: Any) -> set[str]:
    return {item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())}


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_published_clients_are_listed_and_loaded(s3: Any) -> None:
    publish(EXAMPLES, s3, BUCKET)
    store = ClientStore(s3, BUCKET)

    assert store.slugs() == ["pebble", "vaart"]
    assert store.load("vaart").client.name == "Vaart Verzekeringen"
    assert store.load("vaart").logo_png


def test_an_unknown_client_is_not_found_and_told_so(s3: Any) -> None:
    with pytest.raises(NotFound, match="There is no client nobody; publish its folder"):
        ClientStore(s3, BUCKET).load("nobody")


def test_an_empty_bucket_has_no_clients(s3: Any) -> None:
    assert ClientStore(s3, BUCKET).slugs() == []


def test_a_bundle_is_fetched_once_within_the_interval(s3: Any) -> None:
    publish(EXAMPLES, s3, BUCKET)
    clock, calls = Clock(), Calls(s3)
    store = ClientStore(s3, BUCKET, clock)

    first = store.load("vaart")
    clock.seconds = RECHECK_SECONDS - 1

    assert store.load("vaart") is first
    assert len(calls.of("GetObject")) == 1


def test_an_unchanged_bundle_is_asked_after_but_not_read_again(s3: Any) -> None:
    publish(EXAMPLES, s3, BUCKET)
    clock, calls = Clock(), Calls(s3)
    store = ClientStore(s3, BUCKET, clock)

    first = store.load("vaart")
    clock.seconds = RECHECK_SECONDS

    assert store.load("vaart") is first
    clock.seconds += RECHECK_SECONDS - 1
    assert store.load("vaart") is first
    assert len(calls.of("GetObject")) == 2


def test_a_newly_published_bundle_is_seen_after_the_interval(s3: Any, clients: Path) -> None:
    publish(clients, s3, BUCKET)
    clock = Clock()
    store = ClientStore(s3, BUCKET, clock)
    store.load("vaart")

    edit(clients / "vaart" / "client.yaml", "name: Vaart Verzekeringen", "name: Vaart")
    publish(clients, s3, BUCKET)

    assert store.load("vaart").client.name == "Vaart Verzekeringen"
    clock.seconds = RECHECK_SECONDS
    assert store.load("vaart").client.name == "Vaart"


def test_a_client_that_was_withdrawn_is_not_found_after_the_interval(s3: Any) -> None:
    publish(EXAMPLES, s3, BUCKET)
    clock = Clock()
    store = ClientStore(s3, BUCKET, clock)
    store.load("vaart")
    s3.delete_object(Bucket=BUCKET, Key=current_bundle("vaart"))
    clock.seconds = RECHECK_SECONDS

    with pytest.raises(NotFound):
        store.load("vaart")


def test_the_bundle_is_written_last(s3: Any) -> None:
    calls = Calls(s3)

    publish(EXAMPLES / "vaart", s3, BUCKET)

    written = calls.of("PutObject")
    assert written[-1] == "clients/vaart/bundle.json"
    assert written.count("clients/vaart/bundle.json") == 1
    assert set(written) == {f"clients/vaart/{name}" for name in folder_files(EXAMPLES / "vaart")} | {written[-1]}


def test_publishing_twice_writes_nothing_the_second_time(s3: Any) -> None:
    first = publish(EXAMPLES, s3, BUCKET)
    calls = Calls(s3)
    second = publish(EXAMPLES, s3, BUCKET)

    assert [one.changed for one in first] == [True, True]
    assert [one.changed for one in second] == [False, False]
    assert [one.version for one in first] == [one.version for one in second]
    assert calls.of("PutObject") == []


def test_a_file_that_is_gone_from_the_folder_goes_from_the_bucket(s3: Any, clients: Path) -> None:
    publish(clients, s3, BUCKET)
    assert "clients/vaart/touchpoints/schade.yaml" in keys(s3)

    (clients / "vaart" / "touchpoints" / "schade.yaml").unlink()
    publish(clients, s3, BUCKET)

    assert "clients/vaart/touchpoints/schade.yaml" not in keys(s3)
    assert "clients/pebble/bundle.json" in keys(s3)
    assert set(ClientStore(s3, BUCKET).load("vaart").touchpoints) == {"klantenservice"}


def test_nothing_is_published_where_a_client_has_a_mistake(s3: Any, clients: Path) -> None:
    edit(clients / "vaart" / "client.yaml", "tone: formal", "tone: strict")
    edit(clients / "pebble" / "client.yaml", "tone: informal", "tone: loose")

    with pytest.raises(BadConfiguration) as caught:
        publish(clients, s3, BUCKET)

    assert [one.partition(":")[0] for one in caught.value.mistakes] == [
        "pebble/client.yaml, line 7",
        "vaart/client.yaml, line 7",
    ]
    assert keys(s3) == set()


def test_a_published_client_stays_as_it_was_where_its_folder_broke(s3: Any, clients: Path) -> None:
    publish(clients, s3, BUCKET)
    edit(clients / "vaart" / "client.yaml", "tone: formal", "tone: strict")

    with pytest.raises(BadConfiguration):
        publish(clients, s3, BUCKET)

    assert ClientStore(s3, BUCKET).load("vaart").client.tone == "formal"


def test_a_language_that_the_page_does_not_speak_is_a_mistake(s3: Any, clients: Path) -> None:
    edit(clients / "vaart" / "client.yaml", "languages: [nl, en]", "languages: [nl, en, zh]")

    with pytest.raises(BadConfiguration, match=r"vaart/client\.yaml, line 6: .*no words in zh"):
        publish(clients, s3, BUCKET)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_clients_is_told_so(s3: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(BadConfiguration, match=r"There is no client in .*; name a folder with a client\.yaml"):
        publish(tmp_path / name, s3, BUCKET)


def test_the_command_says_what_it_published(s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(EXAMPLES), "--bucket", BUCKET]) == 0
    assert main([str(EXAMPLES), "--bucket", BUCKET]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("vaart: published, version ")
    assert said[1].endswith("touchpoints klantenservice, schade.")
    assert said[3].startswith("vaart: published already, version ")
    assert (
        json.loads(s3.get_object(Bucket=BUCKET, Key="clients/vaart/bundle.json")["Body"].read())["version"] in said[1]
    )


def test_the_command_prints_each_mistake_and_fails(s3: Any, clients: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(clients / "vaart" / "client.yaml", "tone: formal", "tone: strict")

    assert main([str(clients), "--bucket", BUCKET]) == 1

    said = capsys.readouterr().err.splitlines()
    assert said == [
        "vaart/client.yaml, line 7: tone must be one of formal, informal, and not strict.",
        "Nothing was published.",
    ]


def test_without_a_bucket_the_command_only_checks(s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(EXAMPLES)]) == 0

    assert "Nothing was published: name the bucket with --bucket." in capsys.readouterr().out
    assert keys(s3) == set()


def test_a_bucket_that_is_not_there_is_said_in_a_sentence(s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(EXAMPLES), "--bucket", "elsewhere"]) == 1

    assert "The bucket elsewhere could not be written" in capsys.readouterr().err
