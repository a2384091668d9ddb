"""Keys, ids and tokens: who is who, without saying who."""

import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain.identity import (
    LinkKeys,
    invitation_id,
    normalise_address,
    person_key,
    read_token,
    sign_token,
)

KEYS = LinkKeys({1: b"first key", 2: b"second key"})
INVITATION = invitation_id("vaart", "schade", "claim-1")


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("  Jan.Jansen@Post.Example ", "jan.jansen@post.example"),
        ("zoe\u0308@post.example", "zo\u00eb@post.example"),
        ("info@m\u00fcller.example", "info@xn--mller-kva.example"),
    ],
)
def test_an_address_is_compared_trimmed_composed_in_lower_case_with_its_domain_in_punycode(
    written: str, compared: str
) -> None:
    assert normalise_address(written) == compared


@pytest.mark.parametrize("text", ["", "jan", "@post.example", "jan@", "jan@" + "\u00e9" * 70 + ".example"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (UnicodeError is one)
        normalise_address(text)


def test_a_person_has_another_key_with_each_client_and_pepper() -> None:
    keys = {
        person_key(b"pepper", "vaart", "jan@post.example"),
        person_key(b"pepper", "pebble", "jan@post.example"),
        person_key(b"another", "vaart", "jan@post.example"),
        person_key(b"pepper", "vaart", "piet@post.example"),
    }

    assert len(keys) == 4
    assert all(len(key) == 43 and "jan" not in key for key in keys)


def test_client_and_identity_cannot_be_shifted_into_each_other() -> None:
    assert person_key(b"p", "ab", "c@d.example") != person_key(b"p", "a", "bc@d.example")
    assert invitation_id("a", "bc", "d") != invitation_id("ab", "c", "d")


def test_an_invitation_has_the_same_id_each_time() -> None:
    assert INVITATION == invitation_id("vaart", "schade", "claim-1") == str(uuid.UUID(INVITATION))
    assert uuid.UUID(INVITATION).version == 5


@pytest.mark.parametrize("purpose", ["answer", "opt-out"])
def test_a_token_opens_what_it_was_signed_for_and_is_the_same_each_time(purpose: str) -> None:
    token = sign_token(KEYS, purpose, INVITATION)  # type: ignore[arg-type]

    assert token == sign_token(KEYS, purpose, INVITATION)  # type: ignore[arg-type]
    assert read_token(KEYS, purpose, token) == INVITATION  # type: ignore[arg-type]
    assert len(token) == 44
    assert "=" not in token


def test_a_token_for_answering_does_not_opt_out_nor_the_other_way_round() -> None:
    assert read_token(KEYS, "opt-out", sign_token(KEYS, "answer", INVITATION)) is None
    assert read_token(KEYS, "answer", sign_token(KEYS, "opt-out", INVITATION)) is None


def test_a_rotation_signs_with_the_new_key_and_leaves_links_that_are_out_alone() -> None:
    before = LinkKeys({1: b"first key"})
    old = sign_token(before, "answer", INVITATION)

    assert read_token(KEYS, "answer", old) == INVITATION
    assert sign_token(KEYS, "answer", INVITATION) != old
    assert read_token(LinkKeys({2: b"second key"}), "answer", old) is None


@given(st.integers(min_value=0, max_value=32), st.integers(min_value=1, max_value=255))
def test_a_token_with_any_byte_changed_opens_nothing(place: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(sign_token(KEYS, "answer", INVITATION)))
    raw[place] ^= change

    assert read_token(KEYS, "answer", base64.urlsafe_b64encode(raw).decode()) is None


@given(st.integers(min_value=0, max_value=44), st.text(min_size=1, max_size=3))
def test_a_token_with_something_added_opens_nothing(place: int, junk: str) -> None:
    token = sign_token(KEYS, "answer", INVITATION)

    assert read_token(KEYS, "answer", token[:place] + junk + token[place:]) is None


@pytest.mark.parametrize("junk", ["=", "==", " ", "\n", "!", "%", ".", "\u00e9"])
def test_a_token_with_what_a_decoder_passes_over_opens_nothing(junk: str) -> None:
    token = sign_token(KEYS, "answer", INVITATION)

    assert read_token(KEYS, "answer", token + junk) is None
    assert read_token(KEYS, "answer", token[:9] + junk + token[9:]) is None


@given(st.one_of(st.text(max_size=60), st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_a_made_up_token_opens_nothing(text: str) -> None:
    assert read_token(KEYS, "answer", text) is None


def test_keys_are_not_shown_when_they_are_printed() -> None:
    assert "pepper'" not in repr(KEYS)
    assert "key" not in repr(KEYS).lower().replace("keys", "")
