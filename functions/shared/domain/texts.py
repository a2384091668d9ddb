"""A client's own words, with facts of the customer and the contact filled in.

`{product}` is filled in; `{product|your product}` has words for where there is none. The result is plain text: whoever
puts it into HTML escapes it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from functions.shared.domain.client import ClientBundle
from functions.shared.domain.masking import without_marks
from functions.shared.domain.voice import MAILS, MailTexts, Texts

PLACEHOLDERS = ("salutation", "first_name", "last_name", "client", "touchpoint", "product", "team")
"""`salutation` is the title before the last name: mevrouw, heer, Ms, Mr."""
ALWAYS_KNOWN = ("client", "touchpoint")

MAX_SUBJECT_LENGTH = 120
MAX_FACT_LENGTH = 80

_PLACEHOLDER = re.compile(r"\{([a-z_]+)(?:\|([^{}|]*))?\}")
_MALFORMED = re.compile(r"[{}]")


def fill(text: str, facts: Mapping[str, str | None]) -> str:
    """Return a client's text with its placeholders filled in, on one line, without doubled spaces.

    A fact that is missing gives the placeholder's own fallback, or nothing.
    """
    return " ".join(_PLACEHOLDER.sub(lambda match: _clean(facts.get(match[1])) or match[2] or "", text).split())


def is_complete(text: str, facts: Mapping[str, str | None]) -> bool:
    """Say whether every placeholder of a text has a fact or a fallback."""
    return all(_clean(facts.get(name)) or fallback for name, fallback in _PLACEHOLDER.findall(text))


def one_line(text: str) -> str:
    """Return a text as it can stand in a header or a line: no control characters, line ends or marks of direction."""
    visible = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char for char in text)
    return " ".join(visible.split())


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters: of a longer one the beginning and the end, which differ most."""
    if len(text) <= most:
        return text
    end = (most - 1) // 3
    return f"{text[: most - 1 - end]}…{text[len(text) - end :]}"


def check_texts(bundle: ClientBundle) -> list[str]:
    """Return the mistakes in a client's texts, a sentence for each: what would show in a mail as a hole or a brace."""
    mistakes = []
    for language, texts in bundle.texts.items():
        for where, text, may_be_empty in _mailed(texts):
            mistakes += [f"texts/{language}.yaml: {where}: {mistake}" for mistake in mistakes_in(text, may_be_empty)]
        for mail, words in _mails(texts):
            subject = words.subject
            if len(subject) > MAX_SUBJECT_LENGTH:
                mistakes.append(
                    f"texts/{language}.yaml: {mail}.subject: {len(subject)} characters is too long for a subject; "
                    f"use at most {MAX_SUBJECT_LENGTH}."
                )
    return mistakes


def _mailed(texts: Texts) -> Iterator[tuple[str, str, bool]]:
    """Yield place, text and whether its facts may be missing, for every text that a mail shows."""
    for name, mail in _mails(texts):
        yield f"{name}.greeting", mail.greeting, True
        for part in ("subject", "preheader", "heading", "greeting_without_name"):
            yield f"{name}.{part}", getattr(mail, part), False
        yield from ((f"{name}.body", paragraph, False) for paragraph in mail.body)
    yield "button", texts.button, False
    yield "opt_out", texts.opt_out, False
    yield from (("signature", line, False) for line in texts.signature)


def _mails(texts: Texts) -> Iterator[tuple[str, MailTexts]]:
    for name in MAILS:
        words = getattr(texts, name)
        if words is not None:
            yield name, words


def mistakes_in(text: str, may_be_empty: bool = False) -> Iterator[str]:
    """Yield the mistakes in one text; `may_be_empty` says that its facts may be missing."""
    if not text.strip():
        yield "this text is empty."
    for name, fallback in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            yield f"{{{name}}} is not a placeholder; they are {', '.join(PLACEHOLDERS)}."
        elif not (fallback or may_be_empty or name in ALWAYS_KNOWN):
            yield f"{{{name}}} is not always known; say what to write without it, as in {{{name}|your words}}."
    if _MALFORMED.search(_PLACEHOLDER.sub("", text)):
        yield "a brace does not belong to a placeholder; write one as {client} or {product|your product}."


def _clean(fact: str | None) -> str:
    """Return a fact as it may stand in a sentence: one line, without marks of what was masked, and not a page of it."""
    return one_line(without_marks(fact or ""))[:MAX_FACT_LENGTH]
