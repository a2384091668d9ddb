"""`make report-link`: a client's report can be opened for some hours by whoever has the link."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from functions.shared.domain.object_keys import report
from operations import report_link
from operations.deployed import Deployed
from tests.worlds.import_aws import DATA, deployed_import
from tests.worlds.import_world import bundle
from tests.worlds.moto_place import moto_place


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployed_import(bundle()):
        made = moto_place()
        monkeypatch.setattr(report_link, "deployed", lambda _: made)
        yield made


def store() -> None:
    boto3.client("s3", region_name="eu-west-1").put_object(Bucket=DATA, Key=report("acme"), Body=b"<h1>report</h1>")


def test_a_link_names_the_report_its_hours_and_a_signature_that_kms_takes(
    place: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    store()

    assert report_link.main(["acme", "--hours", "2"]) == 0

    link, until = capsys.readouterr().out.splitlines()
    asked = parse_qs(urlsplit(link).query)
    assert urlsplit(link).path.endswith("reports/acme/index.html")
    assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert asked["X-Amz-Expires"] == ["7200"]
    assert "UTC at the latest" in until


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acme"], "no report yet"),
        (["nobody"], "no client nobody"),
        (["acme", "--hours", "0"], "1 to 168 hours"),
        (["acme", "--hours", "169"], "1 to 168 hours"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    place: Deployed, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert report_link.main(arguments) == 1
    assert said in capsys.readouterr().err
