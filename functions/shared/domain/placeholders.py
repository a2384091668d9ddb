"""What people and systems write where they know nothing: no identity, and no name."""

import re
import string
import unicodedata
from collections.abc import Iterator

_LINES = (
    "null|none|nil|nan|undefined|missing|blank|(blank)|empty|unassigned|tbd|tba|n/a|n.a.|n/b|n.b.|#N/A|#N/B",
    "#REF!|#VALUE!|#WAARDE!|not applicable|not available|unknown|not known|no name|noname|no value|anonymous",
    "anonymized|anonymised|dummy|test|testtest|tester|testing|test user|test customer|test account",
    "do not use|xyz|n.v.t.|nvt|niet van toepassing|niet bekend|onbekend|geen|geen naam|leeg|(leeg)",
    "niet ingevuld|niet opgegeven|anoniem|naamloos|testklant|test klant|n.n.|nn|nb|unbekannt|keine",
    "keine angabe|k.a.|ohne|ohne namen|leer|entfällt|anonym|nicht bekannt|inconnu|inconnue|néant|aucun",
    "aucune|sans nom|non renseigné|non applicable|vide|s.o.|anonyme|klant|customer|kunde|client",
    "onbekende klant|unknown customer",
)
_WRITTEN = tuple(word for line in _LINES for word in line.split("|"))
_WORDS = frozenset(re.sub(r"[\W_]", "", word.casefold()) for word in _WRITTEN)
_REPEATED = re.compile(r"(\w)\1*", re.ASCII)
_FEW = 3
"""A digit this many times in a row is nobody's number; 11 may be somebody's."""
_LONGEST = 12


def is_placeholder(text: str) -> bool:
    """Say whether a text stands for nothing: `NULL`, `n.v.t.`, `onbekend`, `-`, `x`, `#N/B`; an empty one does."""
    bare = _bare(text)
    return not bare or bare in _WORDS or set(bare) == {"x"}


def is_placeholder_number(text: str) -> bool:
    """Say whether a customer number is nobody's: a placeholder, only zeros, or one letter or digit again and again."""
    if text.isdecimal() and text != text[0] * len(text):
        return False  # most are, and need no closer look
    bare = _bare(text)
    if is_placeholder(text):
        return True
    return bool(_REPEATED.fullmatch(bare)) and (not bare.isdecimal() or bare[0] == "0" or len(bare) >= _FEW)


def placeholder_numbers() -> Iterator[str]:
    """Yield what files have in the place of a customer number, in the ways in which it is usually written."""
    for word in _WRITTEN:
        yield from dict.fromkeys((word, word.lower(), word.upper(), word.capitalize(), word.title()))
    yield from ("-", "--", "---", ".", "..", "?", "??", "???", "_", "*", "#", "/")
    for character in string.digits + string.ascii_letters:
        for length in range(1 if character in "0xX" else _FEW, _LONGEST + 1):
            yield character * length


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())
