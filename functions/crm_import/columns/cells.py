"""What a cell holds, without what nobody meant: control characters, runs of white space, white space around it."""

import re

from functions.crm_import.readers.table import MAX_CELL_LENGTH, Cells

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return the text of a cell trimmed, without control characters, with every run of white space as one space."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", _CONTROL.sub("", text)).strip()


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
    ):
        return cells
    if max(map(len, cells)) > MAX_CELL_LENGTH:
        return None
    return [clean(cell) for cell in cells]
