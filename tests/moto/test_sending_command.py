"""`make pause` and `make resume` against a deployment in the cloud, played by moto."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.adapters.notice_queue import read_notice
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.tables import MODELS, SendingStatus
from functions.shared.domain.notices import SendingNotice
from functions.shared.domain.object_keys import current_bundle
from functions.shared.domain.reputation import OPERATOR, SendingState
from operations import deployed, sending
from operations.onboarding.errors import CannotOnboard
from tests.worlds.mail_world import MONDAY

PAUSED = SendingState(MONDAY, "bounces", 7.5, 400, notified=True)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the URL of the notices of a deployment with one client, vaart."""
    with mock_aws():
        for name in ("table_name", "region", "host"):
            monkeypatch.setattr(SendingStatus.Meta, name, getattr(SendingStatus.Meta, name, None), raising=False)
        SendingStatus.Meta.table_name = "Statuses"
        SendingStatus.create_table(billing_mode="PAY_PER_REQUEST")
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="klankbord-config", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="klankbord-config", Key=current_bundle("vaart"), Body=b"{}")
        url = boto3.client("sqs").create_queue(QueueName="notices")["QueueUrl"]
        outputs = {f"Table{model.__name__}": model.__name__ for model in MODELS} | {
            "TableSendingStatus": "Statuses",
            "QueueNotices": url,
            "ConfigBucketName": "klankbord-config",
            "PepperSecret": "pepper",
            "TokenKeysSecret": "tokens",
            "SurveyUrl": "https://survey.example",
            "UploadBucketName": "klankbord-uploads",
            "DataBucketName": "klankbord-data",
            "FunctionAggregateFind": "aggregate-find",
        }
        target = SimpleNamespace(outputs=outputs, region="eu-west-1")
        monkeypatch.setattr(deployed, "in_cloud", lambda name, endpoint: target)
        yield url


def notices(url: str) -> list[Any]:
    found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [read_notice(message["Body"]) for message in found]


def test_a_paused_client_is_resumed_and_its_contact_told(queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    DynamoSendingStates().replace("vaart", SendingState(), PAUSED)

    assert sending.main(["status"]) == 0
    assert sending.main(["resume", "vaart"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "vaart: paused since 2026-11-23 09:00 UTC, for bounces: 7.5 % of 400 mails."
    assert said[1].startswith("vaart: sending goes on; it was paused since 2026-11-23 09:00 UTC, for bounces")
    state = DynamoSendingStates().read("vaart")
    assert not state.is_paused
    assert state.resumed_at
    assert notices(queue) == [SendingNotice("resumed", "vaart", int(state.resumed_at.timestamp()), "bounces", 7.5, 400)]


def test_a_person_pauses_and_resumes_without_a_notice(queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sending.main(["pause", "vaart"]) == 0
    assert DynamoSendingStates().read("vaart").why == OPERATOR
    assert sending.main(["resume", "vaart"]) == 0

    assert "by a person" in capsys.readouterr().out
    assert notices(queue) == []
    assert sending.main(["status"]) == 0
    assert capsys.readouterr().out == "No client is paused.\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("resume", "vaart"), "vaart is not paused."),
        (("resume", "nobody"), "There is no client nobody. There are: vaart."),
        (("pause",), "Name a client. There are: vaart."),
    ],
)
def test_what_cannot_be_is_a_sentence_and_changes_nothing(
    queue: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert sending.main([*words]) == 1

    assert capsys.readouterr().err == f"{sentence}\n"
    assert DynamoSendingStates().all() == {}


def test_a_client_is_not_paused_twice(queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    DynamoSendingStates().replace("vaart", SendingState(), PAUSED)

    assert sending.main(["pause", "vaart"]) == 1

    assert "paused already, since 2026-11-23 09:00 UTC" in capsys.readouterr().err
    assert DynamoSendingStates().read("vaart") == PAUSED


def test_a_deployment_that_is_not_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str, endpoint: str | None) -> None:
        raise CannotOnboard("There is no stack.")

    monkeypatch.setattr(deployed, "in_cloud", missing)

    assert sending.main(["resume", "vaart"]) == 1
    assert capsys.readouterr().err == "There is no stack.\n"
