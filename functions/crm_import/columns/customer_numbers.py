"""One number, one person: a customer number as it is compared, however a file writes it."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from functions.crm_import.columns.addresses import BadAddress, mailable_addresses
from functions.shared.domain.placeholders import is_placeholder, is_placeholder_number

_GUARDED = re.compile(r'=\s*"(.*)"|\'(.+)', re.DOTALL)
"""What keeps a spreadsheet from reading a number: `="00123"`, `'00123`."""
_WHOLE = re.compile(r"(\d+)[.,]0+", re.ASCII)
"""A number cell, as some programs write it: `123.0`."""
_GROUPED = re.compile(r"\d{1,3}([ .,'])\d{3}(?:\1\d{3})*", re.ASCII)


def canonical_number(text: str) -> str:
    """Return a customer number as it is compared.

    Digits alone are a number: without the zeros before it, the zero decimals behind it, separators of thousands and
    what a spreadsheet is kept from reading it by; digits of other scripts and widths are the same digits. So 00123,
    ="00123", '00123, 123.0 and full-width digits are one. Any other text is compared as it stands, in its own case.
    """
    if text.isascii() and text.isalnum() and text[0] != "0":
        return text
    bare = unicodedata.normalize("NFKC", text).strip()
    if guarded := _GUARDED.fullmatch(bare):
        bare = (guarded[1] if guarded[1] is not None else guarded[2]).strip()
    bare = "".join(str(unicodedata.decimal(one, one)) for one in bare if unicodedata.category(one) != "Cf")
    if _GROUPED.fullmatch(bare):
        bare = re.sub(r"\D", "", bare)
    elif whole := _WHOLE.fullmatch(bare):
        bare = whole[1]
    return bare.lstrip("0") or "0" if bare.isdigit() else bare


@dataclass(frozen=True)
class NobodysNumbers:
    """The customer numbers of a file that identify nobody, beside those that are placeholders anywhere."""

    shared: frozenset[str] = frozenset()
    """Canonical numbers on rows of many different people."""
    digits_needed: bool = False
    """Whether a word is none, because the others are numbers."""

    def why(self, number: str) -> str:
        """Return the reason for which a canonical number is nobody's; an empty text for somebody's."""
        if is_placeholder_number(number) or (self.digits_needed and not _has_digit(number)):
            return "placeholder_number"
        return "shared_number" if number in self.shared else ""


PLACEHOLDERS = NobodysNumbers()
"""Those that are nobody's in any file."""


@dataclass
class _Holders:
    """The people on whose rows a number stands."""

    addresses: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    rows: list[int] = field(default_factory=list)

    def are_many(self, *, has_names: bool) -> bool:
        """Say whether they are too many for one customer."""
        if not has_names:
            return len(self.addresses) >= _MANY_UNNAMED
        return len(self.addresses) >= _MANY and len(self.names) >= _MANY


_MANY = 3
"""People under one number, each with an address and a last name of his own: more than a couple is no customer."""
_MANY_UNNAMED = 5
"""Addresses under one number, in a file that has no names."""
_NUMBERS = 3
"""Numbers for each word: then the words are no numbers."""


def judge_numbers(
    rows: Iterable[tuple[int, str, str, str]], *, has_names: bool = True
) -> tuple[NobodysNumbers, list[int]]:
    """Look at rows of (number of the row, customer number, address, last or whole name).

    Returns the numbers that are nobody's, and the rows with one that many people share.
    """
    holders: dict[str, _Holders] = {}
    for place, written, address, name in rows:
        if not written or is_placeholder_number(number := canonical_number(written)):
            continue
        of_number = holders.setdefault(number, _Holders())
        of_number.rows.append(place)
        of_number.addresses.update(_first(address))
        if not is_placeholder(name):
            of_number.names.add(name.casefold())
    with_digit = sum(map(_has_digit, holders))
    words = len(holders) - with_digit
    shared = {number for number, of_number in holders.items() if of_number.are_many(has_names=has_names)}
    nobodys = NobodysNumbers(frozenset(shared), digits_needed=with_digit >= _NUMBERS * max(words, 1))
    return nobodys, sorted(row for number in shared for row in holders[number].rows)


class SharedNumbers:
    """Finds, row by row, the numbers of different people: of another address and another last name.

    It remembers the first so many persons, each as a number of 64 bits: 18 MB at most.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._first: dict[int, tuple[int, int]] = {}

    def rows(self, row: int, person: str, address: str, name: str) -> tuple[int, ...]:
        """Return the rows that tell of different people: this one and the first of its person; none as a rule.

        `person` and `address` are keys; `name` is a last name, or empty.
        """
        if not name or not address or person == address:
            return ()
        who = hash(person)
        what = hash(address) & _HALF | (hash(name.casefold()) & _HALF) << 32
        known = self._first.get(who)
        if known is None:
            if len(self._first) < self._most:
                self._first[who] = what, row
            return ()
        other = known[0] ^ what
        return (known[1], row) if other & _HALF and other >> 32 else ()


_HALF = 0xFFFFFFFF


def _first(address: str) -> tuple[str, ...]:
    try:
        return mailable_addresses(address)[:1]
    except BadAddress:
        return ()


def _has_digit(number: str) -> bool:
    return any(character.isdigit() for character in number)
