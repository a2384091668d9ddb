"""What a cell holds, without what nobody meant: control characters, runs of white space, white space around it."""

import re

from functions.crm_import.readers.table import MAX_CELL_LENGTH, Cells

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SPACES = re.compile(r"\s+")


_GUARDED = re.compile(r'=\s*+"([^"]*+)"|\'([=+\-@\d].*)', re.DOTALL)
"""A cell that a spreadsheet is kept from reading as a number, a date or a formula: `="00123"`, `'00123`."""


def clean(text: str) -> str:
    """Return the text of a cell trimmed, without control characters, with every run of white space as one space.

    What keeps a spreadsheet from reading it otherwise (`="00123"`, `'00123`) is no part of it.
    """
    plain = text.isprintable() and "  " not in text
    bare = (text if plain else _SPACES.sub(" ", _CONTROL.sub("", text))).strip()
    guarded = _GUARDED.fullmatch(bare) if bare[:1] in ("=", "'") else None
    return (guarded[1] or guarded[2] or "").strip() if guarded else bare


def cleaned(cells: Cells) -> Cells | None:
    """Return the cells of a row, each of them clean; None where one of them is too long.

    Nearly all rows are clean as they come, which one look at all the cells together tells.
    """
    row = '"'.join(cells)
    if (
        len(row) <= MAX_CELL_LENGTH
        and row.isprintable()
        and "  " not in row
        and ' "' not in row
        and '" ' not in row
        and row == row.strip()
        and '"=' not in row
        and "\"'" not in row
        and row[:1] not in ("=", "'")
    ):
        return cells
    if max(map(len, cells)) > MAX_CELL_LENGTH:
        return None
    return [clean(cell) for cell in cells]


_MAX_SHAPE = 30


def shape_of(text: str) -> str:
    """Return how a text is written, and nothing of what it says: `99-aaa-9999` of `12-sep-2026`, cut off where long."""
    shape = "".join("9" if one.isdigit() else "a" if one.isalpha() else one for one in text[:_MAX_SHAPE])
    return f"{shape}..." if len(text) > _MAX_SHAPE else shape
