"""In which languages the page speaks: those that `frontend/survey/strings` has words in."""

from collections.abc import Iterable

from functions.shared.domain.client import ClientBundle
from functions.shared.presentation.words import FALLBACK, FRONTEND, Words, languages, read_words

FOLDER = FRONTEND / "survey" / "strings"


def page_words(language: str, tone: str = "formal") -> Words:
    """Return the page's own words in a language and tone."""
    return read_words(FOLDER, language, tone)


def accepted(header: str, known: Iterable[str]) -> str:
    """Return the first language of an Accept-Language header that there are words for, else English."""
    known = set(known)
    for part in header.split(","):
        name = part.split(";")[0].strip()[:2].lower()
        if name in known:
            return name
    return FALLBACK


def check_languages(bundle: ClientBundle) -> list[str]:
    """Return a sentence for each language of a client that the page has no words for, to be said before publishing."""
    known = languages(FOLDER)
    return [
        f"client.yaml: languages: the survey page has no words in {language} yet; "
        f"add frontend/survey/strings/{language[:2]}.json, or leave the language out."
        for language in bundle.client.languages
        if language not in known and language[:2] not in known
    ]
