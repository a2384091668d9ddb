"""Opting out in its one place: both keys, the mark on the invitation, as often as it is asked, and back."""

from datetime import UTC, datetime, timedelta

from functions.shared.domain.opt_outs import OptOutRecord, Recipient
from functions.shared.services.opt_outs import OptOuts
from tests.worlds.consent import FakeOptOuts

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANNA = Recipient("acme", "person", "address")


def test_an_opt_out_is_kept_under_both_keys_and_marks_the_invitation_that_was_answered() -> None:
    store = FakeOptOuts()

    OptOuts(store).opt_out(ANNA, "page", NOW, invitation_id="i-1")

    assert store.records == {key: OptOutRecord(key, "acme", NOW, "page") for key in ("person", "address")}
    assert store.marked == {"i-1": NOW}


def test_an_opt_out_that_comes_again_changes_nothing() -> None:
    store = FakeOptOuts()
    OptOuts(store).opt_out(ANNA, "page", NOW, invitation_id="i-1")
    before = dict(store.records)

    OptOuts(store).opt_out(ANNA, "complaint", NOW + timedelta(days=1))

    assert (store.records, store.marked) == (before, {"i-1": NOW})


def test_who_is_known_by_an_address_alone_has_one_key() -> None:
    assert Recipient("acme", "address", "address").keys == Recipient("acme", "address").keys == ("address",)


def test_an_opt_out_under_either_key_is_active_and_taking_it_back_removes_both() -> None:
    store = FakeOptOuts({"address": "file"})
    opt_outs = OptOuts(store)
    assert opt_outs.is_active(ANNA)
    opt_outs.opt_out(ANNA, "page", NOW)

    opt_outs.take_back(ANNA)

    assert not opt_outs.is_active(ANNA)
    assert store.people == {}
