"""Where things lie in the buckets."""

import pytest

from functions.shared.domain.errors import BadInput
from functions.shared.domain.object_keys import dataset_partition, event_key, read_opt_out_key, read_upload_key


@pytest.mark.parametrize(
    ("key", "touchpoint", "file", "receipt"),
    [
        ("uploads/vaart/schade/a.csv", "schade", "a.csv", "receipts/vaart/schade/a.csv.json"),
        ("uploads/vaart/a.csv", None, "a.csv", "receipts/vaart/a.csv.json"),
        (
            "uploads/vaart/schade/2026/11/a b.csv",
            "schade",
            "2026/11/a b.csv",
            "receipts/vaart/schade/2026/11/a b.csv.json",
        ),
    ],
)
def test_an_upload_key_names_client_touchpoint_and_file_and_its_receipt(
    key: str, touchpoint: str | None, file: str, receipt: str
) -> None:
    upload = read_upload_key(key)

    assert (upload.client, upload.touchpoint, upload.file, upload.rehearsal) == ("vaart", touchpoint, file, False)
    assert upload.receipt("json") == receipt


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
@pytest.mark.parametrize("length", range(1000, 1025))
def test_whatever_s3_takes_as_an_upload_has_a_key_for_its_receipt(letter: str, length: int) -> None:
    for read, start in ((read_upload_key, "uploads/vaart/schade/"), (read_opt_out_key, "opt-outs/vaart/match/")):
        long = letter * ((length - len(start) - 1) // len(letter.encode()))
        first, second = read(f"{start}{long}1"), read(f"{start}{long}2")

        keys = {upload.receipt(suffix) for upload in (first, second) for suffix in ("csv", "json")}
        assert len(keys) == 4
        assert all(len(key.encode()) <= 1024 for key in keys)
        assert all(key.startswith("receipts/vaart/") for key in keys)
        assert first.receipt("json").removesuffix("json") == first.receipt("csv").removesuffix("csv")
        assert first.receipt("csv") == read(first.key).receipt("csv")


def test_a_rehearsal_is_told_by_its_prefix() -> None:
    assert read_upload_key("rehearse/vaart/schade/a.csv").rehearsal


@pytest.mark.parametrize(
    "key", ["uploads/a.csv", "other/vaart/schade/a.csv", "uploads//schade/a.csv", "uploads/vaart/"]
)
def test_a_key_in_another_place_is_refused_with_the_right_place(key: str) -> None:
    with pytest.raises(BadInput, match="uploads/<client>/<touchpoint>/<file>"):
        read_upload_key(key)


def test_the_key_of_an_event_is_decoded() -> None:
    assert event_key("uploads/vaart/schade/caf%C3%A9+lijst.csv") == "uploads/vaart/schade/caf\u00e9 lijst.csv"


def test_a_day_of_a_dataset_is_a_hive_partition() -> None:
    assert dataset_partition("reviews", "vaart", "2026-11-22") == "datasets/reviews/client=vaart/dt=2026-11-22/"
