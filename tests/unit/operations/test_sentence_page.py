"""`make preview` writes a page with all that receipts say."""

import re
from html import unescape
from string import Formatter

from functions.crm_import.messages import SENTENCES
from operations.sentence_page import EXAMPLES, GROUPS, sentence_page


def test_every_sentence_stands_on_the_page_in_every_language() -> None:
    page = sentence_page()

    assert re.findall(r'<dt id="(\w+)">', page) == list(SENTENCES["en"])
    text = unescape(re.sub(r"<[^>]*>", "", page))
    for sentences in SENTENCES.values():
        for sentence in sentences.values():
            for piece, _, _, _ in Formatter().parse(sentence):
                assert piece in text


def test_the_languages_say_the_same_with_the_same_values() -> None:
    values = {
        language: {
            name: {value for _, value, _, _ in Formatter().parse(text) if value} for name, text in sentences.items()
        }
        for language, sentences in SENTENCES.items()
    }

    assert values["nl"] == values["en"]
    assert set().union(*values["en"].values()) == set(EXAMPLES)
    assert set(GROUPS) <= set(SENTENCES["en"])
