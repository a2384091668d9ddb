"""What stands for nothing is nobody's number and nobody's name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain.names import PersonName, known_name, naming_facts
from functions.shared.domain.placeholders import is_placeholder, is_placeholder_number

NOTHING = (
    "",
    "-",
    "--",
    ".",
    "?",
    "x",
    "XX",
    "NULL",
    "null",
    "N/A",
    "n.v.t.",
    "NVT",
    "onbekend",
    "Onbekend",
    "unknown",
)
NOTHING += ("#N/B", "(leeg)", "Niet van toepassing", "keine Angabe", "inconnue", "test", "ＮＵＬＬ")


@pytest.mark.parametrize("text", NOTHING)
def test_what_stands_for_nothing_is_no_number_and_no_name(text: str) -> None:
    assert is_placeholder(text)
    assert is_placeholder_number(text)


@pytest.mark.parametrize("text", ["0", "000", "9999999", "1111", "aaa", "Z", "0000-0000", "999"])
def test_one_character_again_and_again_is_nobodys_number(text: str) -> None:
    assert is_placeholder_number(text)


@pytest.mark.parametrize("text", ["1", "7", "11", "00123", "1001", "K-1", "A1", "NL-0001", "nul1", "1000000"])
def test_a_number_that_may_be_somebodys_is_one(text: str) -> None:
    assert not is_placeholder_number(text)


@given(st.integers(12, 10**12).filter(lambda number: len(set(str(number))) > 1))
def test_no_number_of_different_digits_is_taken_for_nobodys(number: int) -> None:
    assert not is_placeholder_number(str(number))


@pytest.mark.parametrize("text", [text for text in NOTHING if text])
@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_a_placeholder_greets_nobody(text: str, language: str) -> None:
    facts = naming_facts(known_name(PersonName("mevrouw", text, None, text), "a@klant.example", "Acme"), language, "")

    assert (facts["first_name"], facts["last_name"]) == (None, None)


def test_the_parts_of_a_name_that_are_known_stay() -> None:
    assert known_name(PersonName("mw", "Eva", "-", "NULL")) == PersonName("mw", "Eva", None, None)
    assert known_name(PersonName(None, "x", "de", "Vries")) == PersonName(None, None, "de", "Vries")
    assert known_name(PersonName(None, "J.", None, "Null-Meijer")) == PersonName(None, "J.", None, "Null-Meijer")


@pytest.mark.parametrize(
    "name",
    [
        PersonName(None, None, None, "eva@klant.example"),
        PersonName(None, "eva@klant", None, "example"),
        PersonName(None, "Acme", None, "Verzekeringen"),
        PersonName(None, None, None, "ACME Verzekeringen"),
        PersonName(None, "12345", None, "007"),
        PersonName(None, "Ren\ufffd", None, "\ufffdmit"),
    ],
)
def test_an_address_the_company_a_number_and_lost_letters_are_no_name(name: PersonName) -> None:
    known = known_name(name, "eva@klant.example", "Acme Verzekeringen")

    assert known.display == ""


def test_somebody_who_is_called_as_the_company_is_or_as_their_mailbox_keeps_the_name() -> None:
    assert known_name(PersonName(None, "Jan", None, "Vaart"), "jan@klant.example", "Vaart").display == "Jan Vaart"
    assert known_name(PersonName(None, "Jan", None, None), "jan@klant.example", "Vaart").display == "Jan"
