"""Masks what tells who somebody is in the words that people write themselves.

An e-mail address, a telephone number, an IBAN (mod 97), a payment card (Luhn), a Dutch citizen number (BSN, 11-test), a
postcode with a house number and a number plate give way to a mark that says what stood there. Names are not
recognised. Where a pattern leaves doubt it masks: a comment loses little by a missing order number.

Phones and office programs write other characters than keyboards do. So patterns look at a copy of the text in which
every space is a space, every dash a hyphen and every digit one of ASCII; what is not masked stays as it was written.
"""

import re
import unicodedata
from collections.abc import Callable

from functions.shared.domain import mail_providers

MARKS = ("[e-mail]", "[phone]", "[iban]", "[card]", "[bsn]", "[address]", "[plate]")
"""What can stand in a masked text; none of them is masked again."""
_MARK = re.compile("|".join(map(re.escape, MARKS)))

_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Left out, since they hide what stands around them: soft hyphen, zero-width space, word joiner, direction marks."""

_AT = r"(?:@ ?| ?[\[({<] ?(?:at|apenstaartje|@) ?[\])}>] ?)"
_DOT = r"(?:\.| ?[\[({<] ?(?:dot|punt|\.) ?[\])}>] ?)"
_EMAIL = re.compile(
    rf"(?<![\w.+-])[\w.+'-]{{1,64}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,8}}"
    rf"|(?<![\w.+-])[\w.+'-]{{1,64}} (?:@|at|apenstaartje) ?(?:{'|'.join(sorted(mail_providers.NAMES))})"
    r"(?:\.| (?:dot|punt) )(?:com|nl|be|de|net|eu|me)(?!\w)",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ .-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\d.,-])[2-6]\d{3}(?:[ .-]?\d){9,15}(?!\d|[.,-]\d)")
_PHONE = re.compile(
    r"(?<![A-Za-z\d+])(?:(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(0\)[ .-]?)?\d(?:[ ./-]{0,3}\d){6,11}"
    r"|\(?0[1-9](?:[ ./()-]{0,3}\d){8,9}"
    r"|31[ .-]?[1-9](?:[ .-]?\d){8}"  # international without its plus, as address books export it
    r"|6-\d{8})(?!\d)"
)
_BSN = re.compile(
    r"(?<![\d.,-])\d{3}[ .-]?\d{3}[ .-]?\d{3}(?!\d|[.,-]\d)|(?<![\d.,-])\d{4}[ .-]\d{2}[ .-]\d{3}(?!\d|[.,-]\d)"
)
_SHORT_WORDS = (
    *(
        "aan",
        "al",
        "am",
        "an",
        "as",
        "at",
        "be",
        "bij",
        "by",
        "cm",
        "de",
        "di",
        "do",
        "eu",
        "en",
        "er",
        "ga",
        "gb",
        "go",
    ),
    *("he", "if", "ik", "in", "is", "it", "ja", "je", "kb", "kg", "km", "ma", "mb", "me", "ml", "mm", "my", "na", "no"),
    *("nu", "of", "om", "on", "op", "or", "pc", "pm", "so", "st", "te", "to", "tv", "up", "us", "va", "vr", "we", "wo"),
    *("wh", "za", "ze", "zo", "zn"),
)
"""Words and units of two letters, which stand between two numbers more often than as the letters of a postcode."""
_POSTCODE = rf"[1-9]\d{{3}}(?: ?[A-Z]{{2}}|[a-z]{{2}}| (?!(?:{'|'.join(_SHORT_WORDS)})\b)[a-z]{{2}})"
_PREFIX = r"(?:(?:nr\.?|no\.?|nummer|huisnummer|huisnr\.?|number|#) ?)?"
_NUMBER = r"\d{1,5}(?:[ -]?[A-Za-z](?![A-Za-z])|-\d{1,4})?"
_ADDRESS = re.compile(
    rf"(?<![A-Za-z0-9]){_POSTCODE},? {{0,2}}{_PREFIX}{_NUMBER}(?![A-Za-z0-9])"
    rf"|(?<![A-Za-z0-9]){_NUMBER},? {{1,2}}{_POSTCODE}(?![A-Za-z0-9])"
)
_SIDECODES = (
    *("LL-DD-DD", "DD-DD-LL", "DD-LL-DD", "LL-DD-LL", "LL-LL-DD", "DD-LL-LL", "DD-LLL-D"),
    *("D-LLL-DD", "LL-DDD-L", "L-DDD-LL", "LLL-DD-L", "L-DD-LLL", "D-LL-DDD", "DDD-LL-D"),
)
"""The layouts of Dutch number plates: letters and digits, as the RDW numbers them."""


def _plates(letter: str, hyphen: str) -> str:
    return "|".join(code.replace("-", hyphen).replace("D", r"\d").replace("L", letter) for code in _SIDECODES)


_PLATE = re.compile(
    rf"(?<![A-Za-z0-9-])(?:{_plates('[A-Za-z]', '-')}|{_plates('[A-Z]', ' ')}|{_plates('[A-Z]', '')}"
    rf"|{_plates('[a-z]', '')})"
    r"(?![A-Za-z0-9]|-[A-Za-z0-9])"
)


_SUSPECT = re.compile(r"\d|@|\b(?:at|apenstaartje)\b", re.IGNORECASE)
"""Every pattern needs one of these."""


def mask(text: str) -> str:
    """Return a text with marks in the place of what tells who its writer is. Masking twice is masking once."""
    if text.isascii() and not _SUSPECT.search(text):
        return text
    text = _INVISIBLE.sub("", text)
    text = _replaced(text, _EMAIL, lambda _: ("[e-mail]", None))
    text = _replaced(text, _IBAN, _iban)
    text = _replaced(text, _CARD, _checked(is_card, "[card]"))
    text = _replaced(text, _BSN, _checked(is_bsn, "[bsn]"))
    text = _replaced(text, _PHONE, lambda _: ("[phone]", None))
    text = _replaced(text, _ADDRESS, lambda _: ("[address]", None))
    return _replaced(text, _PLATE, lambda _: ("[plate]", None))


def without_marks(text: str) -> str:
    """Return a masked text without its marks, as it can stand in a sentence; empty where nothing else is in it."""
    return " ".join(_MARK.sub(" ", text).split())


def is_iban(text: str) -> bool:
    """Say whether a text is an IBAN by its check digits (ISO 13616: mod 97 is 1); separators do not count."""
    code = _alphanumeric(text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", code):
        return False
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


def is_bsn(text: str) -> bool:
    """Say whether nine digits are a Dutch citizen number by the 11-test; separators do not count."""
    digits = [int(char) for char in text if char.isdigit()]
    if len(digits) != 9 or not any(digits):
        return False
    return (sum(digit * weight for digit, weight in zip(digits, range(9, 1, -1), strict=False)) - digits[8]) % 11 == 0


def is_card(text: str) -> bool:
    """Say whether 13 to 19 digits are a payment card's number by Luhn's test; separators do not count."""
    digits = [int(char) for char in reversed(text) if char.isdigit()]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[1::2])
    return 13 <= len(digits) <= 19 and any(digits) and (sum(digits[::2]) + sum(doubled)) % 10 == 0


_Decide = Callable[[str], "tuple[str, int | None] | None"]
"""From what matched to its mark and how many characters of it give way (None: all); None where it stays."""


def _replaced(text: str, pattern: re.Pattern[str], decide: _Decide) -> str:
    """Return a text with marks for what a pattern finds in its plain form."""
    plain = text if text.isascii() and "\n" not in text and "\t" not in text else "".join(map(_plain, text))
    parts, start = [], 0
    for match in pattern.finditer(plain):
        decided = decide(match.group())
        if decided is None:
            continue
        mark, length = decided
        parts += [text[start : match.start()], mark]
        start = match.end() if length is None else match.start() + length
    return "".join([*parts, text[start:]])


def _plain(char: str) -> str:
    """Return the one character that a character stands for: a space, a hyphen, an ASCII digit, or itself."""
    if char.isspace():
        return " "
    if char == "\u2212" or unicodedata.category(char) == "Pd":
        return "-"
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    return {"\uff20": "@", "\uff0e": ".", "\uff0b": "+"}.get(char, char)


def _iban(candidate: str) -> tuple[str, int | None] | None:
    """Decide for the longest beginning that ends with a word and passes the test; words may have followed it."""
    for end in range(len(candidate), 0, -1):
        ends_a_word = end == len(candidate) or not candidate[end].isalnum()
        if ends_a_word and is_iban(candidate[:end]):
            return "[iban]", end
    return None


def _checked(test: Callable[[str], bool], mark: str) -> _Decide:
    return lambda candidate: (mark, None) if test(candidate) else None


def _alphanumeric(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isalnum())
