"""What of a sheet a person does not see: rows that are hidden or filtered out, and hidden columns."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from functions.crm_import.readers.xlsx.xml_parts import PartReader

_MAX_HEAD_LENGTH = 1024 * 1024
"""Bytes before the rows."""
_COLUMN = re.compile(rb"<(?:[\w.-]+:)?col(?=\s)([^<>]*)>")
_ATTRIBUTE = re.compile(rb"""\s(min|max|hidden)\s*=\s*["']([^"']*)["']""")
_LAST_COLUMN = 16_384
_HIDDEN = ("1", "true")

MAY_BE_HIDDEN = "hidden="
_HIDDEN_ATTRIBUTE = r"""\shidden=["'](?:1|true)["']"""
_HIDDEN_ROW = re.compile(
    rf"<row(?=[^<>]*{_HIDDEN_ATTRIBUTE})[^<>]*(?:(?<=/)>|(?<!/)>((?:(?!</row>)[^<]*<)*?)/row>)", re.DOTALL
)


def hidden_columns(blocks: Iterable[bytes]) -> Sequence[slice]:
    """Return the hidden columns of a sheet, counted from 0, in stretches that do not touch, the last one first."""
    head = b""
    for block in blocks:
        head += block
        if b"sheetData" in head or len(head) > _MAX_HEAD_LENGTH:
            break
    columns: set[int] = set()
    for tag in _COLUMN.findall(head.partition(b"sheetData")[0]):
        attributes = {name.decode(): value.decode("ascii", "replace") for name, value in _ATTRIBUTE.findall(tag)}
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if attributes.get("hidden") in _HIDDEN and first.isdecimal() and last.isdecimal():
            columns.update(range(int(first[:6]) - 1, min(int(last[:6]), _LAST_COLUMN)))
    stretches: list[slice] = []
    for column in sorted(columns, reverse=True):
        if stretches and stretches[-1].start == column + 1:
            stretches[-1] = slice(column, stretches[-1].stop)
        else:
            stretches.append(slice(column, column + 1))
    return stretches


def without_hidden_rows(block: str) -> tuple[str, int]:
    """Return whole rows of a sheet without those that are hidden, and how many of these have cells."""
    hidden = 0

    def leave_out(row: "re.Match[str]") -> str:
        nonlocal hidden
        hidden += "<c" in (row[1] or "")
        return ""

    return _HIDDEN_ROW.sub(leave_out, block), hidden


def hidden_rows(blocks: Iterable[bytes]) -> Mapping[int, bool]:
    """Return the hidden rows of a sheet by their number from 1, and whether each has cells. Raises FileRejected."""
    return _Rows().take(blocks).hidden


class _Rows(PartReader):
    """The rows of a sheet, however it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[int, bool] = {}
        self._row = 0

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """See PartReader."""
        if name == "row":
            place = attributes.get("r", "")
            self._row = int(place) if place.isascii() and place.isdigit() and len(place) < 8 else self._row + 1
            if attributes.get("hidden") in _HIDDEN:
                self.hidden[self._row] = False
        elif name == "c" and self._row in self.hidden:
            self.hidden[self._row] = True


def numbered(rows: Iterable[list[str]], after: int, hidden: Mapping[int, bool]) -> Iterator[list[str]]:
    """Yield the rows behind the one with the number `after` that are not hidden; they begin at row 1."""
    return (row for number, row in enumerate(rows, 1) if number > after and number not in hidden)
