"""`make redact`: what was kept before only what a client names was, against tables and buckets of moto."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from functions.shared.adapters.tables import Invitation
from functions.shared.domain.identity import interaction_ids
from operations import redact
from operations.deployed import Deployed
from tests.worlds.import_aws import DATA, deployed_import
from tests.worlds.import_world import NOW, bundle
from tests.worlds.moto_place import moto_place

OUTCOMES = "facts/outcomes/client=acme/d-00000.ndjson.gz"
INVITATIONS = "facts/invitation/dt=2026-11-24/1-2.ndjson.gz"


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployed_import(bundle()) as world:
        world.s3.put_bucket_versioning(Bucket=DATA, VersioningConfiguration={"Status": "Enabled"})
        yield moto_place(Invitation)


def invite(name: str, touchpoint: str = "mapped", **told: Any) -> None:
    moments = dict.fromkeys(("occurred_at", "imported_at", "expires_at", "keep_until", "planned_at"), NOW)
    values = {"person": "p", "address_key": "p", "client": "acme", "upload": "d", "interaction_id": "T-1"}
    Invitation(name, touchpoint=touchpoint, state="planned", rank=10, **{**moments, **values, **told}).save()


def store(key: str, *lines: dict[str, Any]) -> None:
    body = gzip.compress(b"\n".join(json.dumps(line).encode() for line in lines))
    boto3.client("s3", region_name="eu-west-1").put_object(Bucket=DATA, Key=key, Body=body)


def stored(key: str) -> tuple[list[dict[str, Any]], int]:
    """Return the lines of an object, and how many versions of it there are."""
    s3 = boto3.client("s3", region_name="eu-west-1")
    lines = gzip.decompress(s3.get_object(Bucket=DATA, Key=key)["Body"].read()).splitlines()
    versions = s3.list_object_versions(Bucket=DATA, Prefix=key).get("Versions", [])
    return [json.loads(line) for line in lines], len(versions)


def test_an_invitation_keeps_the_facts_that_its_client_names_and_those_masked(place: Deployed) -> None:
    invite("a", facts={"extra": "bel 06-12345678", "BSN": "123456782", "Opmerking": "jan@klant.example"})
    invite("b", touchpoint="service", facts={"Extra": "x"}, contact_reason="mail a@b.nl", product="auto 12-ABC-3")
    invite("c", client="gone", facts={"Extra": "x"}, interaction_id="jan@klant.example")
    invite("d", contact_reason="Verhuizing", product="Fiets", facts={"Extra": "x"})

    assert redact.redact_invitations(place) == 3
    assert redact.redact_invitations(place) == 0

    found = {item.invitation_id: item for item in Invitation.scan()}
    assert found["a"].facts == {"extra": "bel [phone]"}
    assert (found["b"].facts, found["b"].contact_reason, found["b"].product) == (None, "mail [e-mail]", "auto [plate]")
    assert (found["c"].facts, found["c"].interaction_id) == (None, interaction_ids("gone")("jan@klant.example"))
    assert (found["d"].facts, found["d"].contact_reason, found["d"].product) == ({"Extra": "x"}, "Verhuizing", "Fiets")


def test_facts_are_written_anew_and_leave_no_earlier_version(place: Deployed) -> None:
    typed = {"client": "acme", "row": 1, "contact_reason": "bel 06-12345678", "product": None, "team": "Blauw"}
    store(OUTCOMES, {**typed, "interaction_id": "jan@klant.example"}, {**typed, "row": 2, "contact_reason": "Factuur"})
    store(INVITATIONS, {"client": "acme", "invitation_id": "a", "contact_reason": "Factuur", "sequence": "1"})

    assert redact.redact_facts(place) == 1
    assert redact.redact_facts(place) == 0

    lines, versions = stored(OUTCOMES)
    assert [line["contact_reason"] for line in lines] == ["bel [phone]", "Factuur"]
    assert "@" not in lines[0]["interaction_id"]
    assert {name: lines[0][name] for name in ("row", "team", "product")} == {"row": 1, "team": "Blauw", "product": None}
    assert versions == 1
    assert stored(INVITATIONS)[1] == 1


def test_an_attempt_that_died_before_the_earlier_version_went_is_made_good(place: Deployed) -> None:
    line = {"client": "acme", "row": 1, "contact_reason": "bel 06-12345678"}
    store(OUTCOMES, line)
    store(OUTCOMES, {**line, "contact_reason": "bel [phone]"})

    assert redact.redact_facts(place) == 0
    assert stored(OUTCOMES)[1] == 1
