"""`make check-identities`: what is kept under numbers that are nobody's, against tables of moto."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.shared.adapters.tables import FeedbackBlock, Invitation, OptOut
from functions.shared.domain.identity import person_key
from operations import check_identities
from operations.deployed import Deployed
from tests.worlds.import_aws import deployed_import
from tests.worlds.import_world import NOW, PEPPER, bundle
from tests.worlds.moto_place import moto_place


@pytest.fixture
def place() -> Iterator[Deployed]:
    with deployed_import(bundle(identity="customer_number")):
        yield moto_place(Invitation, OptOut, FeedbackBlock)


def key(number: str) -> str:
    return person_key(PEPPER, "acme", f"customer:{number}")


def invite(name: str, person: str, address: str, client: str = "acme", **told: Any) -> None:
    moments = dict.fromkeys(("occurred_at", "imported_at", "expires_at", "keep_until", "planned_at"), NOW)
    values = {"client": client, "upload": "d", "interaction_id": "T-1", "touchpoint": "service", "state": "planned"}
    Invitation(name, person=person, address_key=address, rank=10, **{**moments, **values, **told}).save()


def opt_out(person: str, how: str = "file") -> None:
    OptOut(person, client="acme", since=NOW, how=how).save()


def block(person: str, **by: float) -> None:
    FeedbackBlock(person, invitation_id="a", expires_at=NOW + timedelta(**by)).save()


def test_what_is_kept_under_a_placeholder_is_told_and_left_as_it_is(place: Deployed) -> None:
    for number, address in enumerate(("one", "two", "two")):
        invite(str(number), key("NULL"), address)
    opt_out(key("NULL"), "page")
    opt_out(key("n.v.t."))
    block(key("0000"), days=3)
    block(key("9999999"), days=-3)

    found = {one.name: one for one in check_identities.identities(place, "acme")}

    assert set(found) == {"NULL", "n.v.t.", "0000"}
    assert (found["NULL"].invitations, len(found["NULL"].addresses)) == (3, 2)
    assert found["NULL"].opted_out == (NOW, "page")
    assert found["0000"].blocked_until == NOW + timedelta(days=3)
    assert {item.person for item in OptOut.scan()} == {key("NULL"), key("n.v.t.")}
    assert len(list(FeedbackBlock.scan())) == 2


def test_a_number_of_many_addresses_is_told_and_one_of_a_couple_or_of_another_client_is_not(place: Deployed) -> None:
    for number in range(5):
        invite(f"shared-{number}", key("100"), f"address-{number}")
        invite(f"couple-{number}", key("200"), f"address-{number % 2}")
        invite(f"address-{number}", "same", "same")
        invite(f"other-{number}", key("300"), f"address-{number}", client="other")
    opt_out(key("100"), "one_click")

    (found,) = check_identities.identities(place, "acme")

    assert (found.key, found.name, found.invitations) == (key("100"), "", 5)
    report = "\n".join(check_identities.report("acme", [found]))
    assert "5, to 3 or more addresses" in report
    assert "(one_click)" in report
    assert "Nothing was changed" in report


def test_a_client_without_such_numbers_gets_a_sentence_and_a_zero(
    place: Deployed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check_identities, "deployed", lambda _: place)
    invite("a", key("100"), "address")

    assert check_identities.main(["acme"]) == 0
    assert "no placeholder and no shared number" in capsys.readouterr().out
    opt_out(key("onbekend"))
    assert check_identities.main(["acme"]) == 1
    assert "'onbekend'" in capsys.readouterr().out
    assert check_identities.main(["nobody"]) == 1
    assert "no client nobody" in capsys.readouterr().err
