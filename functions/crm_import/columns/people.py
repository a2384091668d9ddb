"""What a cell says of a person: the parts of a name, a language."""

import re
from functools import lru_cache

_INFIXES = frozenset(
    [
        "van",
        "von",
        "de",
        "den",
        "der",
        "het",
        "'t",
        "ter",
        "ten",
        "te",
        "la",
        "le",
        "du",
        "el",
        "op",
        "in",
        "aan",
        "bij",
        "af",
    ]
)
_LANGUAGES = {
    **dict.fromkeys(("nl", "nld", "dut", "n", "nederlands", "dutch", "nederland", "vlaams"), "nl"),
    **dict.fromkeys(("en", "eng", "e", "engels", "english", "anglais"), "en"),
    **dict.fromkeys(("de", "deu", "ger", "d", "duits", "german", "deutsch"), "de"),
    **dict.fromkeys(("fr", "fra", "fre", "f", "frans", "french", "francais", "français"), "fr"),
}


def split_name(name: str) -> tuple[str | None, str | None, str | None]:
    """Return (first name, infix, last name) of a whole one: `Jan de Vries`, `Vries, Jan de`. One word is the last."""
    before, comma, after = name.partition(",")
    words = [*after.split(), *before.split()] if comma else name.split()
    if len(words) < 2:
        return None, None, name or None
    start = 0 if words[0].casefold() in _INFIXES else 1
    while start < len(words) - 1 and words[start].casefold() not in _INFIXES:
        start += 1
    if words[start].casefold() not in _INFIXES:
        return words[0], None, " ".join(words[1:])
    end = start
    while end < len(words) - 1 and words[end].casefold() in _INFIXES:
        end += 1
    return " ".join(words[:start]) or None, " ".join(words[start:end]) or None, " ".join(words[end:])


@lru_cache(maxsize=256)
def language_of(text: str) -> str | None:
    """Return the language tag (`nl`, `nl-BE`) that a cell names; None where it names none that is known."""
    if not text:
        return None
    known = _LANGUAGES.get(text.casefold()) or _LANGUAGES.get(text[:2].casefold() if text[2:3] in "-_" else "")
    if known and re.fullmatch(r"[a-z]{2}[-_][a-zA-Z]{2}", text):
        return f"{known}-{text[3:].upper()}"
    return known
