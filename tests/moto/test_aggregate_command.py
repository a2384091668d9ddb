"""`make aggregate`: datasets and reports now, of every client or of those named."""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from functions.shared.domain.object_keys import report
from operations import aggregate
from operations.deployed import Deployed
from tests.worlds.import_aws import DATA, deployed_import
from tests.worlds.import_world import bundle
from tests.worlds.moto_place import moto_place


class Lambda:
    """The function that finds clients; the report is there when it has answered, unless it is slow."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.slow = False
        self.fails = False

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """Answer as Lambda does."""
        assert FunctionName == "aggregate-find"
        self.events.append(json.loads(Payload))
        if self.fails:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorType": "ValueError"}')}
        if not self.slow:
            boto3.client("s3").put_object(Bucket=DATA, Key=report("acme"), Body=b"page")
        return {"Payload": io.BytesIO(json.dumps({"clients": ["acme", "withdrawn"], "unknown": []}).encode())}


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    found = Lambda()
    with deployed_import(bundle()):
        place = moto_place()
        made = place.client
        local = Deployed(**{**vars(place), "client": lambda name: found if name == "lambda" else made(name)})
        monkeypatch.setattr(aggregate, "deployed", lambda _: local)
        monkeypatch.setattr(aggregate, "_POLL_SECONDS", 0.01)
        yield found


def test_every_client_is_asked_for_and_its_report_waited_for(
    finder: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    assert aggregate.main([]) == 0

    assert finder.events == [{"clients": [], "rebuild": False, "report": True}]
    assert capsys.readouterr().out.splitlines() == ["Asked for acme.", f"acme: s3://{DATA}/reports/acme/index.html"]


def test_what_takes_longer_goes_on_by_itself(finder: Lambda, capsys: pytest.CaptureFixture[str]) -> None:
    finder.slow = True

    assert aggregate.main(["acme", "--rebuild", "--wait", "0.05"]) == 0

    assert finder.events == [{"clients": ["acme"], "rebuild": True, "report": True}]
    assert "Still at work on acme" in capsys.readouterr().out


def test_a_client_that_is_none_and_a_function_that_fails_are_sentences(
    finder: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    assert aggregate.main(["acme", "nobody"]) == 1
    assert "no client nobody" in capsys.readouterr().err
    assert finder.events == []

    finder.fails = True
    assert aggregate.main([]) == 1
    assert "its log says why" in capsys.readouterr().err
