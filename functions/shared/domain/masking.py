"""Masks what tells who somebody is in the words that people write themselves.

An e-mail address, a telephone number, an IBAN (mod 97), a Dutch citizen number (BSN, 11-test), a postcode with a house
number and a number plate give way to a mark that says what stood there. Names are not recognised. Where a pattern
leaves doubt it masks: a comment loses little by a missing order number.
"""

import re
from collections.abc import Callable

MARKS = ("[e-mail]", "[phone]", "[iban]", "[bsn]", "[address]", "[plate]")
"""What can stand in a masked text; none of them is masked again."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ .-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_PHONE = re.compile(
    r"(?<![A-Za-z\d+])(?:(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(0\)[ .-]?)?\d(?:[ ./-]{0,3}\d){6,11}"
    r"|\(?0[1-9](?:[ ./()-]{0,3}\d){8,9})(?!\d)"
)
_BSN = re.compile(
    r"(?<![\d.,-])\d{3}[ .]?\d{3}[ .]?\d{3}(?!\d|[.,-]\d)|(?<![\d.,-])\d{4}[ .]\d{2}[ .]\d{3}(?!\d|[.,-]\d)"
)
_POSTCODE = r"[1-9]\d{3}(?: ?[A-Z]{2}|[a-z]{2})"
_PREFIX = r"(?:(?:nr\.?|no\.?|nummer|huisnummer|huisnr\.?|number|#) ?)?"
_NUMBER = r"\d{1,5}(?:[ -]?[A-Za-z](?![A-Za-z])|-\d{1,4})?"
_ADDRESS = re.compile(
    rf"(?<![A-Za-z0-9]){_POSTCODE},? {{0,2}}{_PREFIX}{_NUMBER}(?![A-Za-z0-9])"
    rf"|(?<![A-Za-z0-9]){_NUMBER},?\s{{1,2}}{_POSTCODE}(?![A-Za-z0-9])"
)
_SIDECODES = (
    *("LL-DD-DD", "DD-DD-LL", "DD-LL-DD", "LL-DD-LL", "LL-LL-DD", "DD-LL-LL", "DD-LLL-D"),
    *("D-LLL-DD", "LL-DDD-L", "L-DDD-LL", "LLL-DD-L", "L-DD-LLL", "D-LL-DDD", "DDD-LL-D"),
)
"""The layouts of Dutch number plates: letters and digits, as the RDW numbers them."""


def _plates(letter: str, hyphen: str) -> str:
    return "|".join(code.replace("-", hyphen).replace("D", r"\d").replace("L", letter) for code in _SIDECODES)


_PLATE = re.compile(
    rf"(?<![A-Za-z0-9-])(?:{_plates('[A-Za-z]', '-')}|{_plates('[A-Z]', '')})(?![A-Za-z0-9]|-[A-Za-z0-9])"
)


def mask(text: str) -> str:
    """Return a text with marks in the place of what tells who its writer is. Masking twice is masking once."""
    text = _EMAIL.sub("[e-mail]", text)
    text = _IBAN.sub(_iban, text)
    text = _BSN.sub(_checked(is_bsn, "[bsn]"), text)
    text = _PHONE.sub("[phone]", text)
    text = _ADDRESS.sub("[address]", text)
    return _PLATE.sub("[plate]", text)


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


def _iban(match: re.Match[str]) -> str:
    """Mask the longest beginning of the match that ends with a word and passes the test; words may have followed it."""
    found = match.group()
    for end in range(len(found), 0, -1):
        ends_a_word = end == len(found) or not found[end].isalnum()
        if ends_a_word and is_iban(found[:end]):
            return "[iban]" + found[end:]
    return found


def _checked(test: Callable[[str], bool], mark: str) -> Callable[[re.Match[str]], str]:
    return lambda match: mark if test(match.group()) else match.group()


def _alphanumeric(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isalnum())
