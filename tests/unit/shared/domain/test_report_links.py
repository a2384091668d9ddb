"""Links to a report open it for one reader until a day, and nothing else opens it."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain.identity import LinkKeys, sign_token
from functions.shared.domain.report_links import OPENS_FOR, ReportLinks, read_report_token, sign_report_token
from tests.worlds.aggregate_world import bundle

KEYS = LinkKeys({1: b"first", 2: b"second"})
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
READER = "Directie@acme.nl"


def token(keys=KEYS, client="acme", reader=READER, until=NOW + OPENS_FOR):
    return sign_report_token(keys, client, reader, until)


def test_a_link_says_whose_report_it_opens_and_until_when():
    link, until = ReportLinks(KEYS, "https://survey.example/v1").to("acme", READER, NOW)

    assert until == NOW + OPENS_FOR
    head, _, name = link.rpartition("/")
    assert head == "https://survey.example/v1/r"
    signed = read_report_token(KEYS, name)
    assert signed is not None
    assert (signed.client, signed.until) == ("acme", until)
    assert "acme.nl" not in link.lower().replace("survey", "")


def test_it_is_its_readers_as_long_as_the_client_names_them():
    signed = read_report_token(KEYS, token())

    assert signed is not None
    assert signed.is_of_a_reader(bundle(readers=["x@acme.nl", "directie@ACME.nl"]).client)
    assert not signed.is_of_a_reader(bundle(readers=["x@acme.nl"]).client)
    assert not signed.is_of_a_reader(bundle("bold", readers=[READER]).client)


def test_a_rotation_leaves_links_alone_that_are_out():
    assert read_report_token(KEYS, token(LinkKeys({1: b"first"}))) is not None
    assert read_report_token(LinkKeys({2: b"second"}), token(LinkKeys({1: b"first"}))) is None


@given(st.integers(0, 39), st.integers(1, 255))
def test_a_token_with_any_byte_changed_opens_nothing(place, change):
    raw = bytearray(base64.urlsafe_b64decode(token() + "=" * (-len(token()) % 4)))
    raw[place % len(raw)] ^= change

    assert read_report_token(KEYS, base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()) is None


@pytest.mark.parametrize(
    "text", ["", "x" * 44, token() + "A", token()[:-1], token() + "=", token() + "\n", "Ａ" * 50, "A" * 5000]
)
def test_no_other_text_opens_anything(text):
    assert read_report_token(KEYS, text) is None


def test_a_customers_link_is_no_readers():
    answer = sign_token(KEYS, "answer", "6f1d0f3e-6a0c-5a55-9a44-5b1c4a3a0d10")

    assert read_report_token(KEYS, answer) is None


def test_it_opens_until_after_the_mail_of_two_weeks_later():
    assert timedelta(weeks=2) < OPENS_FOR
