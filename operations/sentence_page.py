"""A page with every sentence of receipts, in each language side by side, for whoever reads or changes them."""

from collections.abc import Iterator, Mapping
from string import Formatter

from functions.crm_import.messages import SENTENCES, MessageParameter, translate
from functions.shared.presentation.pages import page_environment
from functions.shared.presentation.words import FRONTEND

GROUPS: Mapping[str, str] = {
    "gone": "A file that is refused",
    "advice_mapping": "Pieces of those",
    "hidden_rows": "Remarks on a file that is read",
    "waiting": "A file on its way",
    "coverage": "Addresses, and what a rehearsal expects",
    "cells": "A row that cannot be used, or that something is to be said of",
    "long_cell_in_list": "A list of opt-outs",
    "future": "A row that is not invited",
}
"""The first sentence of each group, and its title."""

EXAMPLES: Mapping[str, object] = {
    "advice": MessageParameter("advice_rename", example=MessageParameter("header_person")),
    "answers": 412,
    "arrived": 97,
    "character": "zero-width space",
    "chunks": 20,
    "client": "pebble",
    "column": "E-mail",
    "columns": "Closed, Opened",
    "count": 3,
    "detractors": 12,
    "done": 14,
    "encoding": "Windows-1252",
    "example": "21-11-2026 14:05",
    "expected": 7,
    "found": "Naam, Datum, Team",
    "invitations": 2310,
    "kind": "PDF",
    "known": "install, support",
    "least": 100,
    "letter": "é",
    "letters": "é, ü, ñ",
    "limit": 10_000,
    "line": 'occurred_at: "Closed"',
    "mapping": "balie",
    "most": 93,
    "one": "Windows-1252",
    "other": "DOS (code page 850)",
    "prefix": "uploads/",
    "promoters": 48,
    "rate": 21,
    "record": "Contact",
    "row": 41,
    "rows": 3212,
    "shape": "99/99/9999",
    "sheet": "Blad1",
    "team": "Noord",
    "touchpoint": "install",
    "waited": 38,
    "wanted": MessageParameter("wanted_person"),
    "with_address": 2950,
    "without": 262,
}
"""What may stand in the place of a value."""

Part = tuple[str, bool]
"""A piece of a sentence, and whether it is a value."""


def sentence_page() -> str:
    """Return the page as HTML."""
    languages = sorted(SENTENCES)
    groups: list[tuple[str, list[tuple[str, list[tuple[str, list[Part]]]]]]] = []
    for name in SENTENCES["en"]:
        if name in GROUPS:
            groups.append((GROUPS[name], []))
        groups[-1][1].append((name, [(language, list(_parts(language, name))) for language in languages]))
    return page_environment(FRONTEND / "preview").get_template("sentences.html.j2").render(groups=groups)


def _parts(language: str, name: str) -> Iterator[Part]:
    for text, value, _, _ in Formatter().parse(SENTENCES[language][name]):
        if text:
            yield text, False
        if value:
            yield _example(language, value), True


def _example(language: str, value: str) -> str:
    example = EXAMPLES[value]
    if isinstance(example, MessageParameter):
        return translate(language, example.why, **example.values)
    return f"{example:,}".replace(",", "." if language == "nl" else ",") if isinstance(example, int) else str(example)
