"""How moments are stored: old items are read, and new ones have the same form."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pynamodb.attributes import NumberAttribute, TTLAttribute

from functions.shared.adapters.epoch_attribute import EpochAttribute, PreciseEpochAttribute
from functions.shared.adapters.tables import Invitation, OptOut, Upload

MOMENT = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=ZoneInfo("Europe/Amsterdam"))
SECONDS = 1_795_518_000


def test_a_moment_is_stored_as_whole_epoch_seconds_as_a_number_always_was() -> None:
    item = OptOut("person", client="acme", since=MOMENT, how="page").serialize()

    assert item["since"] == {"N": NumberAttribute().serialize(SECONDS)} == {"N": str(SECONDS)}
    assert TTLAttribute().serialize(MOMENT) == item["since"]["N"]


def test_an_upload_keeps_the_fraction_of_the_second_in_which_it_arrived() -> None:
    item = Upload("id", key="k", state="partial", received_at=MOMENT, expires_at=MOMENT).serialize()

    assert item["received_at"] == {"N": NumberAttribute().serialize(MOMENT.timestamp())} == {"N": f"{SECONDS}.25"}
    assert PreciseEpochAttribute().deserialize(f"{SECONDS}.25") == MOMENT


@pytest.mark.parametrize("stored", [str(SECONDS), f"{SECONDS}.0", "1.795518E9"])
def test_an_item_that_was_stored_before_is_read_in_utc(stored: str) -> None:
    invitation = Invitation("id")
    invitation.deserialize({"invitation_id": {"S": "id"}, "due_at": {"N": stored}})

    assert invitation.due_at == MOMENT.replace(microsecond=0)
    assert invitation.due_at.tzinfo is UTC
    assert invitation.completed_at is None


@pytest.mark.parametrize("attribute", [EpochAttribute(), PreciseEpochAttribute()])
def test_a_moment_without_a_zone_is_refused(attribute: EpochAttribute) -> None:
    with pytest.raises(ValueError, match="zone-aware"):
        attribute.serialize(MOMENT.replace(tzinfo=None))


def test_a_condition_compares_the_stored_form() -> None:
    placeholders: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}

    (Invitation.due_at <= MOMENT + timedelta(seconds=1)).serialize(placeholders, values)

    assert list(values.values()) == [{"N": str(SECONDS + 1)}]
