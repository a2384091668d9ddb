"""Which receipts a client's contact is told of."""

import pytest

from functions.shared.domain.notices import ReceiptNotice
from tests.worlds.import_world import World, bundle

KEY = "uploads/acme/service/file.csv"
RECEIPT = "receipts/acme/service/file.csv.json"
FILE = b"email,occurred_at\nanna@example.org,2026-11-20 10:00\n"


def world_of(receipt_mail: bool) -> World:
    one = bundle()
    client = one.client.model_copy(update={"receipt_mail": receipt_mail})
    return World(bundles={"acme": one.model_copy(update={"client": client})})


@pytest.fixture
def world() -> World:
    return world_of(receipt_mail=True)


def test_a_decided_file_is_told_of(world: World) -> None:
    summary, _ = world.upload(FILE)

    (notice,) = world.notices.waiting
    assert summary["state"] == "complete"
    assert (notice.client, notice.receipt) == ("acme", RECEIPT)


def test_a_file_that_cannot_be_used_is_told_of(world: World) -> None:
    summary, _ = world.upload(b"nothing,of,this\n1,2,3\n")

    assert summary["state"] == "failed"
    assert [notice.receipt for notice in world.notices.waiting] == [RECEIPT]


def test_every_delivery_of_an_upload_gives_the_same_notice(world: World) -> None:
    world.upload(FILE)
    world.read(KEY)
    world.upload(b"\n", KEY.replace("file", "empty"))
    world.read(KEY.replace("file", "empty"))

    whole, again, failed, failed_again = world.notices.waiting
    assert whole == again
    assert failed == failed_again


def test_another_upload_of_the_same_name_is_told_of_anew(world: World) -> None:
    world.upload(FILE)
    world.upload(FILE + b"bert@example.org,2026-11-20 11:00\n")

    first, second = world.notices.waiting
    assert first.receipt == second.receipt
    assert first.name != second.name


def test_a_receipt_that_waits_for_rows_is_not_told_of(world: World) -> None:
    world.objects[KEY] = FILE + b"".join(b"p%d@example.org,2026-11-20 11:00\n" % n for n in range(1500))
    world.read(KEY)
    world.admit(world.queue[0])

    assert world.notices.waiting == []


@pytest.mark.parametrize("file", [FILE, b"nothing,of,this\n1,2,3\n"])
def test_a_rehearsal_is_not_told_of(world: World, file: bytes) -> None:
    world.upload(file, KEY.replace("uploads", "rehearse"))

    assert world.notices.waiting == []


def test_a_client_that_did_not_ask_is_not_told() -> None:
    world = world_of(receipt_mail=False)
    world.upload(FILE)

    assert world.notices.waiting == []


def test_a_client_that_does_not_exist_is_not_told(world: World) -> None:
    world.upload(FILE, "uploads/nobody/service/file.csv")

    assert world.notices.waiting == []


def test_a_notice_holds_no_person(world: World) -> None:
    world.upload(FILE)

    (notice,) = world.notices.waiting
    assert isinstance(notice, ReceiptNotice)
    assert "anna" not in repr(notice)
