"""How a customer is addressed: titles as files write them, and Dutch infixes that know their place."""

import re
from dataclasses import dataclass, field

from functions.shared.domain.placeholders import is_placeholder

_WOMAN = frozenset(
    ("mevrouw", "mevr", "mw", "mvr", "vrouw", "v", "f", "female", "frau", "madame", "mme", "mrs", "ms", "miss")
)
_MAN = frozenset(("heer", "dhr", "hr", "meneer", "mijnheer", "man", "male", "m", "mr", "herr", "monsieur"))
_TITLES = {"nl": ("mevrouw", "heer"), "en": ("Ms", "Mr"), "de": ("Frau", "Herr"), "fr": ("Madame", "Monsieur")}


LOST = "\ufffd"
"""What stands for a letter that could not be read."""


@dataclass(frozen=True)
class PersonName:
    """A customer's name, in the parts that a file gives."""

    salutation: str | None = field(default=None, repr=False)
    first_name: str | None = field(default=None, repr=False)
    infix: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)

    @property
    def display(self) -> str:
        """Return the name as it stands beside an address, on one line: Anna de Vries. Empty where there is none."""
        return " ".join(" ".join(part or "" for part in (self.first_name, self.infix, self.last_name)).split())


def known_name(name: PersonName, *others: str) -> PersonName:
    """Return a name without the parts that are none: `NULL`, `-`, `onbekend`, an address, a text with a lost letter.

    `others` are what stands in the place of a whole name where there is none: the address, the company's own name.
    """
    if _compared(name.display) in map(_compared, others):
        return PersonName(name.salutation)
    first, last = _part(name.first_name), _part(name.last_name)
    return PersonName(name.salutation, first, _part(name.infix) if last else None, last)


def _part(text: str | None) -> str | None:
    if not text or "@" in text or LOST in text or is_placeholder(text):
        return None
    return text if any(character.isalpha() for character in text) else None


def _compared(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def title(salutation: str | None, language: str) -> str | None:
    """Return the title that goes before a last name in a language (mevrouw, heer, Ms, Mr), or None.

    What is not recognised gives none: a neutral greeting is better than a wrong one.
    """
    words = set(re.findall(r"[a-z]+", (salutation or "").casefold()))
    woman, man = words & _WOMAN, words & (_MAN - {"mr"} if language.startswith("nl") else _MAN)  # Dutch mr: a lawyer
    forms = _TITLES.get(language[:2])
    if forms is None or bool(woman) == bool(man):
        return None
    return forms[0] if woman else forms[1]


def surname(name: PersonName, after_title: bool) -> str | None:
    """Return the last name with its infix, or None: `de Vries`, and `De Vries` right after a title."""
    last = (name.last_name or "").strip()
    if not last:
        return None
    infix = (name.infix or "").strip()
    whole = f"{infix} {last}" if infix else last
    return whole[0].upper() + whole[1:] if after_title else whole


def naming_facts(name: PersonName, language: str, text: str) -> dict[str, str | None]:
    """Return the facts of a name for one text: after `{salutation}` the infix has its capital."""
    return {
        "salutation": title(name.salutation, language),
        "first_name": (name.first_name or "").strip() or None,
        "last_name": surname(name, after_title="{salutation}" in text),
    }
