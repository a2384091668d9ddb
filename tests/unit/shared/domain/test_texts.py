import pytest

from functions.shared.domain.names import PersonName, naming_facts, surname, title
from functions.shared.domain.texts import check_texts, fill, is_complete
from tests.worlds.mail_world import bundle, nl_mail


def test_placeholders_are_filled_in_and_have_words_for_what_is_missing() -> None:
    assert fill("Over {product|uw product} van {client}", {"client": "Vaart"}) == "Over uw product van Vaart"
    assert fill("Over {product|uw product}", {"product": "de polis"}) == "Over de polis"
    assert fill("Dag {first_name} !", {}) == "Dag !"


def test_a_fact_cannot_bring_a_placeholder_or_a_line_break() -> None:
    assert fill("{product}", {"product": "{client}\n\u202ex\x00y"}) == "{client} x y"


def test_a_fact_is_not_a_page_long() -> None:
    assert len(fill("{product}", {"product": "x" * 1000})) == 80


def test_a_text_is_complete_when_each_placeholder_has_a_fact_or_a_fallback() -> None:
    assert is_complete("Geachte {salutation} {last_name},", {"salutation": "heer", "last_name": "Bos"})
    assert not is_complete("Geachte {salutation} {last_name},", {"salutation": "heer", "last_name": " "})
    assert is_complete("Over {product|dit}", {})


def test_texts_without_mistakes_have_none() -> None:
    assert check_texts(bundle()) == []


@pytest.mark.parametrize(
    ("mail", "mistake"),
    [
        ({"subject": "Over {produkt}"}, "invitation.subject: {produkt} is not a placeholder"),
        ({"subject": "Over {product}"}, "invitation.subject: {product} is not always known"),
        ({"body": ("Goed.", "Over {product")}, "invitation.body: a brace does not belong to a placeholder"),
        ({"body": ("{{ client }}",)}, "invitation.body: a brace does not belong to a placeholder"),
        ({"heading": " "}, "invitation.heading: this text is empty"),
        ({"subject": "x" * 121}, "invitation.subject: 121 characters is too long"),
        ({"greeting_without_name": "Dag {first_name},"}, "greeting_without_name: {first_name} is not always known"),
    ],
)
def test_a_mistake_in_a_text_is_a_sentence_with_its_place(mail: dict[str, object], mistake: str) -> None:
    found = check_texts(bundle(nl_mail(**mail)))
    assert any(sentence.startswith("texts/nl.yaml: ") and mistake in sentence for sentence in found), found


def test_a_greeting_may_need_a_name() -> None:
    assert check_texts(bundle(nl_mail(greeting="Dag {first_name},"))) == []


@pytest.mark.parametrize(
    ("salutation", "language", "expected"),
    [
        ("Mevr.", "nl", "mevrouw"),
        ("MW", "nl", "mevrouw"),
        ("V", "nl", "mevrouw"),
        ("Dhr.", "nl", "heer"),
        ("De heer", "nl-BE", "heer"),
        ("M", "nl", "heer"),
        ("Mr", "en", "Mr"),
        ("mr.", "nl", None),  # a lawyer, of either kind
        ("Dhr./Mevr.", "nl", None),
        ("Familie", "nl", None),
        ("Mrs", "en", "Ms"),
        ("Dhr.", "xx", None),
        ("", "nl", None),
        (None, "nl", None),
    ],
)
def test_a_title_is_recognised_or_left_out(salutation: str | None, language: str, expected: str | None) -> None:
    assert title(salutation, language) == expected


def test_an_infix_has_its_capital_only_right_after_a_title() -> None:
    name = PersonName("Mevr.", "Anna", "de", "Vries")
    assert surname(name, after_title=True) == "De Vries"
    assert surname(name, after_title=False) == "de Vries"
    assert naming_facts(name, "nl", "Geachte {salutation} {last_name},")["last_name"] == "De Vries"
    assert naming_facts(name, "nl", "Beste {first_name} {last_name},")["last_name"] == "de Vries"
    assert surname(PersonName(infix="de"), after_title=True) is None
    assert name.display == "Anna de Vries"
