"""What an SMS is: parts, a client's words, the number it goes to, and what is understood of an answer."""

from typing import Any

import pytest

from functions.crm_import.columns.phones import textable
from functions.invite.sms.rendering import SmsRenderer
from functions.invite.sms.replying import asks_to_stop
from functions.shared.domain.channels import CHANNELS
from functions.shared.domain.client import ClientBundle, Touchpoint
from functions.shared.domain.errors import BadConfiguration
from functions.shared.domain.names import PersonName
from functions.shared.domain.sms import MAX_PARTS, parts
from functions.shared.domain.sms_texts import check_sms_texts
from functions.shared.domain.voice import SmsTexts
from tests.worlds.mail_world import INVITATION, bundle, to_render

WORDS = SmsTexts(
    invitation="{client}: hoe was {product|ons contact}? {link} Afmelden? Antwoord STOP.",
    reminder="{client}: nog eens: {link} Afmelden? Antwoord STOP.",
)
NUMBER = "+3197010240888"


def texting(words: SmsTexts | None = WORDS, **client: Any) -> ClientBundle:
    """Return the client of the mail tests, whose one touchpoint invites by SMS."""
    plain = bundle(**{"sms_number": NUMBER} | client)
    touchpoint = plain.touchpoints["schade"].model_copy(update={"invite_by": ("sms",)})
    texts = {language: one.model_copy(update={"sms": words}) for language, one in plain.texts.items()}
    return plain.model_copy(update={"touchpoints": {"schade": touchpoint}, "texts": texts})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 153, 3),  # the euro does not fit in what is left of the first part
        ("ë" + "a" * 69, 1),
        ("ë" + "a" * 70, 2),
        ("ë" + "a" * 133, 2),
        ("ë" + "a" * 134, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("ë" + "a" * 65 + "😀" + "a" * 67, 3),
    ],
)
def test_a_text_has_as_many_parts_as_the_network_makes_of_it(text: str, count: int) -> None:
    assert parts(text) == count


@pytest.mark.parametrize(
    ("cell", "country", "number"),
    [
        ("06-12345678", "NL", "+31612345678"),
        ("+31 (0)6 12 34 56 78", "NL", "+31612345678"),
        ("0031612345678", "NL", "+31612345678"),
        ("612345678", "NL", "+31612345678"),
        ("+32 460 21 39 22", "NL", "+32460213922"),
        ("0460 21 39 22", "BE", "+32460213922"),
        ("(425) 414-7755", "US", "+14254147755"),
        ("020-1234567", "NL", None),
        ("0900-1234", "NL", None),
        ("06-1234567", "NL", None),
        ("0612345678 / 0687654321", "NL", None),
        ("onbekend", "NL", None),
        ("=1+1", "NL", None),
        ("6" * 400, "NL", None),
        ("", "NL", None),
    ],
)
def test_a_cell_is_a_mobile_number_or_it_is_none(cell: str, country: str, number: str | None) -> None:
    assert textable(cell, country) == number


def test_a_channel_knows_whom_it_can_reach() -> None:
    assert CHANNELS["sms"].reaches("+31612345678")
    assert not CHANNELS["sms"].reaches("+31612345678@example.org")
    assert CHANNELS["mail"].reaches("+31612345678@example.org")
    assert not CHANNELS["mail"].reaches("+31612345678")


def test_an_sms_carries_the_words_the_link_and_what_its_reports_need() -> None:
    wanted = to_render(address="+31612345678", product="uw fiets")

    sms = SmsRenderer().render(texting(), wanted)

    assert sms.body == f"Vaart Verzekeringen: hoe was uw fiets? {wanted.link} Afmelden? Antwoord STOP."
    assert (sms.number, sms.to) == (NUMBER, "+31612345678")
    assert dict(sms.context) == {"invitation": INVITATION, "mail": "invitation", "client": "vaart"}
    assert "+316" not in repr(sms)
    assert wanted.link not in repr(sms)


def test_a_reminder_has_words_of_its_own_and_a_language() -> None:
    sms = SmsRenderer().render(texting(), to_render(address="+31612345678", number=1, name="reminder-1", language="en"))

    assert "nog eens" in sms.body
    assert ("mail", "reminder-1") in sms.context


@pytest.mark.parametrize("product", ["x" * 5000, "ë" * 80, "😀" * 80])
def test_a_fact_that_makes_an_sms_too_long_gives_way(product: str) -> None:
    words = WORDS.model_copy(update={"invitation": "{client}: {product|ons}. " + "a" * 150 + " {link} STOP"})
    link = "https://abcdefghij.execute-api.eu-west-1.amazonaws.com/v1/s/" + "t" * 44

    sms = SmsRenderer().render(texting(words), to_render(address="+31612345678", product=product, link=link))

    assert parts(sms.body) <= MAX_PARTS
    assert link in sms.body
    if product[0] != "x":
        assert "ons." in sms.body


def test_what_is_in_a_fact_is_text_and_stays_on_its_line() -> None:
    sms = SmsRenderer().render(
        texting(),
        to_render(address="+31612345678", product="{link}\n{client} https://evil.example", person=PersonName()),
    )

    assert "\n" not in sms.body
    assert "{link} {client} https://evil.example" in sms.body
    assert sms.body.count("answer-token") == 1


def test_a_client_without_number_or_words_sends_none() -> None:
    for broken in (texting(words=None), texting(sms_number=None)):
        with pytest.raises(BadConfiguration):
            SmsRenderer().render(broken, to_render(address="+31612345678"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{client}: zegt u het? Afmelden? Antwoord STOP.", "write {link} once"),
        ("{link} {link} STOP", "write {link} once"),
        ("{client}: zegt u het? {link}", "the word STOP"),
        ("{client}: {link} stop", "the word STOP"),
        ("{client} {link} STOP " + "a" * 340, "takes 4 parts"),
        ("{client} {link} Geïnteresseerd? STOP " + "a" * 60, "because of ï"),
        ("{product} {link} STOP", "{product} is not always known"),
        ("{produkt|x} {link} STOP", "is not a placeholder"),
        ("{client {link} STOP", "a brace"),
    ],
)
def test_words_that_make_no_sms_are_refused_with_a_sentence(text: str, sentence: str) -> None:
    found = check_sms_texts(texting(WORDS.model_copy(update={"reminder": text})))

    assert len(found) == 2
    assert all(sentence in one and "sms.reminder: " in one for one in found)
    assert found[0].startswith("texts/nl.yaml: ")


def test_good_words_pass_and_missing_ones_are_told() -> None:
    assert check_sms_texts(texting()) == []
    assert check_sms_texts(bundle()) == []
    missing = check_sms_texts(texting(None, sms_number=None))
    assert [one.split(":")[0] for one in missing] == ["client.yaml", "texts/nl.yaml", "texts/en.yaml"]


@pytest.mark.parametrize(("given", "kept"), [("sms", ("sms",)), (["mail", "sms"], ("mail", "sms"))])
def test_a_touchpoint_names_one_channel_or_several(given: Any, kept: tuple[str, ...]) -> None:
    plain = {"touchpoint": "x1", "name": {"nl": "x"}, "questionnaire": "kort"}

    assert Touchpoint.model_validate(plain | {"invite_by": given}).invite_by == kept
    assert Touchpoint.model_validate(plain).invite_by == ("mail",)
    for wrong in ([], ["sms", "sms"], "fax"):
        with pytest.raises(ValueError, match="invite_by"):
            Touchpoint.model_validate(plain | {"invite_by": wrong})


@pytest.mark.parametrize(
    "body",
    [
        *("STOP", "stop", " Stop! ", "S T O P", "STOP.", "stopall", "Stop all", "UNSUBSCRIBE", "cancel", "End", "QUIT"),
        *(
            "Afmelden",
            "afmelden aub",
            "Graag uitschrijven",
            "opt-out",
            "OPT OUT",
            "Arrêt",
            "STOP?",
            "abmelden",
            "meld me af",
        ),
    ],
)
def test_whoever_asks_to_stop_is_understood(body: str) -> None:
    assert asks_to_stop(body, ["Vaart"])


@pytest.mark.parametrize(
    "body",
    [
        *("", "9", "Prima!", "Niet afmelden", "Stoppen jullie ook met bellen naar mijn moeder?", "HELP", "START"),
        *("Ik wil mijn verzekering stoppen per 1 mei", "the end of it was fine"),
    ],
)
def test_what_says_something_else_is_no_request(body: str) -> None:
    assert not asks_to_stop(body, ["Vaart"])
