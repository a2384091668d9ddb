"""One number, one person: a customer number as it is compared, however a file writes it."""

import re
import unicodedata

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
