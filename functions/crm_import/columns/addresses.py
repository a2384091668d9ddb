"""The addresses in a cell that can be mailed. The cheap pattern first, libraries for what the pattern cannot decide.

An address is mailed as it is written or not at all: what is taken off is what nobody sees, and what stands around it.
"""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

import idna
from email_validator import EmailNotValidError, validate_email

from functions.shared.domain.identity import normalise_address

_SHORT = 64
"""Characters: as many as may stand before the `@`, and one more than a label of the domain may have."""
_PLAIN = re.compile(
    r"[a-z0-9_%+'&/=-]++(?:\.[a-z0-9_%+'&/=-]++)*+@(?:[a-z0-9]++(?:-++[a-z0-9]++)*+\.)++[a-z]{2,63}+"
).fullmatch
"""A short ASCII address without anything unusual: normalised it is itself in lower case."""

_QUOTED_NAME = re.compile(r'"[^"]*"\s*(?=<)')
"""`"Vries, Jan" <jan@klant.example>`"""
_BRACKETED = re.compile(r"<([^<>]*@[^<>]*)>")
_BESIDE = re.compile(r"[^()@]*\(([^()\s]+@[^()\s]+)\)|([^()\s]+@[^()\s]+)\s*\([^()@]*\)")
"""`Jan (jan@klant.example)`, as HubSpot has it, and `jan@klant.example (Jan)`."""
_BETWEEN = re.compile(r"[;,|\n\r\t]+|\s+(?:/|&|\+|en|and|und|et|of|or|oder|ou)\s+")
_AROUND = "\"'`<>[](){} \u201c\u201d\u2018\u2019\u201e\u00ab\u00bb"
_NAMES = {"\u00ad": "soft hyphen", "\u200b": "zero-width space", "\u2060": "word joiner", "\ufeff": "byte order mark"}


class BadAddress(ValueError):
    """A cell with an `@` of which no address can be mailed: the name of the reason, with its values."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(why)
        self.why = why
        self.values = values


def mailable_addresses(text: str) -> tuple[str, ...]:
    """Return the normalised addresses of a cell, in their order; none where it holds none. Raises BadAddress.

    A text without `@` (`n/a`, `onbekend`) is no address rather than a broken one. Of several addresses those that
    cannot be mailed are left out; `unmailable` counts them. Nothing is looked up on the network.
    """
    plain = text.strip().lower()
    if len(plain) <= _SHORT and _PLAIN(plain):
        return (plain,)
    if "@" not in plain and "\uff20" not in plain:
        return ()
    good, bad = _decided(plain)
    if not good:
        raise BadAddress(bad[0].why, **bad[0].values)
    return good


def unmailable(text: str) -> int:
    """Return how many addresses of a cell cannot be mailed, beside those that can."""
    plain = text.strip().lower()
    if (len(plain) <= _SHORT and _PLAIN(plain)) or "@" not in plain:
        return 0
    return len(_decided(plain)[1])


@lru_cache(maxsize=4096)
def _decided(text: str) -> tuple[tuple[str, ...], tuple[BadAddress, ...]]:
    good: dict[str, None] = {}
    bad = []
    for written in _written(text):
        try:
            good[_by_library(written)] = None
        except BadAddress as error:
            bad.append(error)
    return tuple(good), tuple(bad)


def _written(text: str) -> list[str]:
    """Return what a cell says are addresses: bare, beside a name, in a link, one after the other."""
    if beside := _BESIDE.fullmatch(text.strip()):
        return [_unlinked(beside[1] or beside[2])]
    addresses: list[str] = []
    for part in _BETWEEN.split(_QUOTED_NAME.sub(" ", text)):
        # In brackets is the one that is meant; another one beside it is one more.
        bracketed = _BRACKETED.findall(part)
        words = [word for word in _BRACKETED.sub(" ", part).split() if "@" in word or "\uff20" in word]
        if not bracketed and words and words != part.split():
            words = [part]  # a name before an address may be part of it
        addresses += [*bracketed, *words]
    return [_unlinked(one) for one in addresses]


def _unlinked(text: str) -> str:
    """Return an address without what stands around it: quotes, `mailto:`, what a link says beside it, a full stop."""
    bare = text.strip(_AROUND).rstrip(".,;:")
    if bare.startswith("mailto:"):
        bare = unquote(bare.removeprefix("mailto:").partition("?")[0])
    return bare.strip(_AROUND)


def _by_library(written: str) -> str:
    address = "".join(character for character in written if unicodedata.category(character) not in ("Cf", "Cc"))
    try:
        validated = validate_email(address, check_deliverability=False, test_environment=True, strict=True)
        _refuse_mapped(unicodedata.normalize("NFC", address.rpartition("@")[2]))
        normalised = normalise_address(validated.normalized)
    except (EmailNotValidError, UnicodeError) as error:
        raise _bad(written, address) from error
    if not normalised.isascii():
        letter = next(character for character in normalised.partition("@")[0] if not character.isascii())
        raise BadAddress("address_letter", letter=letter)
    return normalised


def _refuse_mapped(domain: str) -> None:
    """Refuse a domain with letters that stand for others, such as full-width ones: that is another domain's name."""
    for letter in domain:
        if not letter.isascii() and idna.uts46_remap(letter, std3_rules=False, transitional=False) != letter:
            raise BadAddress("address_letter", letter=letter)


def _bad(written: str, address: str) -> BadAddress:
    if written != address:
        hidden = next(character for character in written if unicodedata.category(character) in ("Cf", "Cc"))
        name = _NAMES.get(hidden) or unicodedata.name(hidden, "control character").lower()
        return BadAddress("address_hidden", character=f"{name}, U+{ord(hidden):04X}")
    if "\uff20" in address:
        return BadAddress("address_letter", letter="\uff20")
    if len(address.split()) > 1:
        return BadAddress("address_space")
    return BadAddress(_fault(address))


def _fault(address: str) -> str:
    """Return the name of what is wrong with an address, as far as it can be seen."""
    local, _, domain = address.rpartition("@")
    if "@" in local:
        return "address_two_ats"
    if not local or not domain:
        return "address_half"
    if ".." in address or local.startswith(".") or local.endswith(".") or domain.startswith("."):
        return "address_dots"
    return "bad_address" if "." in domain else "address_no_dot"
