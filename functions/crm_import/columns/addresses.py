"""Is this an address that can be mailed? The cheap pattern first, the library for what the pattern cannot decide."""

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from functions.shared.domain.identity import normalise_address

_SHORT = 64
"""Characters: as many as may stand before the `@`, and one more than a label of the domain may have."""
_PLAIN = re.compile(
    r"[a-z0-9_%+'&/=-]++(?:\.[a-z0-9_%+'&/=-]++)*+@(?:[a-z0-9]++(?:-++[a-z0-9]++)*+\.)++[a-z]{2,63}+"
).fullmatch
"""A short ASCII address without anything unusual: normalised it is itself in lower case."""

_BESIDE_A_NAME = re.compile(r"(?:mailto:|[^<>@]*<)([^<>\s]+?)>?|[^()@]+\(([^()\s]+)\)")
"""`Jan <jan@klant.example>`, as mail programs write it, and `Jan (jan@klant.example)`, as HubSpot does."""


def mailable(text: str) -> str | None:
    """Return the normalised address of a cell, or None where it holds none. Raises ValueError for a broken one.

    A text without `@` (`n/a`, `onbekend`) is no address rather than a broken one. Nothing is looked up on the network.
    """
    plain = text.strip().lower()
    if len(plain) <= _SHORT and _PLAIN(plain):
        return plain
    if "@" not in plain:
        return None
    return _decided_by_library(plain)


@lru_cache(maxsize=4096)
def _decided_by_library(text: str) -> str:
    bare = _BESIDE_A_NAME.fullmatch(text)
    try:
        found = validate_email(
            bare[1] or bare[2] if bare else text, check_deliverability=False, test_environment=True, strict=True
        )
        return normalise_address(found.normalized)
    except (EmailNotValidError, UnicodeError) as error:
        raise ValueError("not an address") from error
