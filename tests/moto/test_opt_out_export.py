"""`make opt-outs`: the list of all who said no, against tables of moto."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest

from functions.shared.adapters.tables import Contact, OptOut
from functions.shared.domain.object_keys import current_bundle
from operations import opt_outs
from operations.deployed import Deployed
from tests.worlds.import_aws import UPLOADS, deployed_import
from tests.worlds.import_world import NOW, bundle
from tests.worlds.moto_place import moto_place

SINCE = NOW - timedelta(days=3)


@pytest.fixture
def place() -> Iterator[Deployed]:
    with deployed_import(bundle()) as world:
        world.s3.put_object(Bucket="klankbord-config", Key=current_bundle("acme"), Body=b"{}")
        yield moto_place(OptOut, Contact)


def exported(key: str) -> list[dict[str, str]]:
    body = boto3.client("s3", region_name="eu-west-1").get_object(Bucket=UPLOADS, Key=key)["Body"].read().decode()
    return list(csv.DictReader(io.StringIO(body)))


def test_a_list_has_every_no_to_a_client_and_the_address_of_whom_is_still_known(place: Deployed) -> None:
    OptOut("known", client="acme", since=SINCE, how="page").save()
    OptOut("forgotten", client="acme", since=SINCE, how="file").save()
    OptOut("of-another", client="other", since=SINCE, how="page").save()
    Contact("known", client="acme", address="jan@example.nl", expires_at=NOW + timedelta(days=9)).save()

    key, lines = opt_outs.export(place, "acme")

    since = (NOW - timedelta(days=3)).isoformat(timespec="seconds")
    assert (key, lines) == ("receipts/acme/opt-outs/all-2026-11-24.csv", 2)
    assert sorted(exported(key), key=lambda line: line["opt_out_key"]) == [
        {"since": since, "how": "file", "address": "", "opt_out_key": "forgotten"},
        {"since": since, "how": "page", "address": "jan@example.nl", "opt_out_key": "known"},
    ]


def test_an_address_that_a_spreadsheet_would_run_is_text(place: Deployed) -> None:
    OptOut("known", client="acme", since=SINCE, how="page").save()
    Contact("known", client="acme", address="=a@example.nl", expires_at=NOW + timedelta(days=9)).save()

    key, _ = opt_outs.export(place, "acme")

    assert exported(key)[0]["address"] == "'=a@example.nl"


def test_more_of_them_than_one_read_takes_are_all_there(place: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opt_outs, "_AT_ONCE", 7)
    with OptOut.batch_write() as batch:
        for number in range(50):
            batch.save(OptOut(f"person-{number}", client="acme", since=SINCE, how="reply"))

    key, lines = opt_outs.export(place, "acme")

    assert lines == len({line["opt_out_key"] for line in exported(key)}) == 50


def test_a_client_that_is_not_there_is_a_sentence(
    place: Deployed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(opt_outs, "deployed", lambda options: place)

    assert opt_outs.main(["nobody"]) == 1
    assert capsys.readouterr().err == "There is no client nobody.\n"
    assert opt_outs.main(["acme"]) == 0
    assert (
        capsys.readouterr().out
        == f"The opt-outs of acme, 0 in all, are in s3://{UPLOADS}/receipts/acme/opt-outs/all-2026-11-24.csv\n"
    )
