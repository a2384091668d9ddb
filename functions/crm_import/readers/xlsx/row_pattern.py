"""How the cells of a sheet are written, learned from its rows: as one pattern that a whole row matches, or does not."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from functions.crm_import.readers.table import MAX_COLUMNS
from functions.crm_import.readers.xlsx.cells import converter
from functions.crm_import.readers.xlsx.index import Style
from functions.crm_import.readers.xlsx.xml_parts import UnsupportedSheet, column_of

_ROWS_LEARNED = 100
"""At a time."""
_MAX_WAYS = 5000
"""In which cells are written, all columns together."""

_EMPTY_ROWS = re.compile(r"(?:\s*<row(?:\s[^<>]*)?(?:/>|>\s*</row>))*\s*")
_ROW = re.compile(r'\s*<row(?=\s)(?>[^<>]*?\sr="[0-9]+")[^<>]*+>\s*')
_ROW_END = "</row>"
_CELL = re.compile(
    r'<c((?:\s+[\w:]+="[^"<>]*")+\s*)'
    r"(?:/>|>(<f(?:\s[^<>]*)?>(?:[^<]*</f>)?)?"
    r'(?:(<v(?: xml:space="preserve")?>|<is><t(?: xml:space="preserve")?>)[^<]*(</v>|</t></is>)|'
    r"((?:<v\s*/>|<is><t\s*/></is>)?))</c>)"
)
"""(attributes, formula, begin of the value, its end, what stands for no value): the last is None in `<c/>`."""
_BETWEEN_TAGS = re.compile(r">\s+<")
_PLACE = re.compile(r'(?<=\sr=")([A-Z]{1,3})[0-9]+(?=")')
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_STYLE = re.compile(r'(?<![\w:])s="[0-9]+"')

_ANY_STYLE = 's="[0-9]++"'
_ANY_FORMULA = r"<f(?:\s[^<>]*+)?+>(?:[^<]*+</f>)?+"
_ANY_NUMBER, _ANY_TEXT = "([0-9]++)", "([^<]*+)"

_SHARED, _TEXT, _TRUTH, _ERROR = "s", "str", "b", "e"
_KINDS = {"s": _SHARED, "str": _TEXT, "inlineStr": _TEXT, "b": _TRUTH, "e": _ERROR}
_How = str | Style
"""What a value is: the number of a shared text, a text, true or false, an error; or a number in a style."""
_TRUTHS = {"": "", "1": "true", "true": "true", "0": "false", "false": "false"}


@dataclass(frozen=True)
class RowReading:
    """What tells a row's number and its values, and what is made of each of these, by its place among them.

    `doubles` belong to the column of the value before them; one of the two is there. `gaps` are columns without values,
    by their place when doubles are out.
    """

    match: Callable[[str, int], "re.Match[str] | None"]
    shared: Sequence[slice]
    converted: Sequence[tuple[int, Callable[[str], str]]]
    doubles: Sequence[int]
    gaps: Sequence[tuple[int, list[str]]]


class RowPattern:
    """How the cells of each column are written, as far as was seen."""

    def __init__(self, styles: Sequence[Style], *, since_1904: bool) -> None:
        self._styles = styles
        self._since_1904 = since_1904
        self._columns: dict[int, dict[str, _How | None]] = {}

    def learn(self, block: str, at: int) -> None:
        """Take in the rows that begin there, at most so many. Raises UnsupportedSheet."""
        for _ in range(_ROWS_LEARNED):
            row = _ROW.match(block, at)
            if not row:
                break
            at = row.end()
            while not block.startswith(_ROW_END, at):
                at = self._take(_CELL.match(block, at))
            at = after_empty_rows(block, at + len(_ROW_END))
        if sum(map(len, self._columns.values())) > _MAX_WAYS:
            raise UnsupportedSheet

    def _take(self, cell: "re.Match[str] | None") -> int:
        if not cell:
            raise UnsupportedSheet
        attributes, formula, begin, end, nothing = cell.groups()
        place = _PLACE.search(attributes)
        if not place:
            raise UnsupportedSheet
        how = self._how(dict(_ATTRIBUTE.findall(attributes))) if begin else None
        before, after = (re.escape(part) for part in (attributes[: place.end(1)], attributes[place.end() :]))
        written = rf"<c{before}\1{after}"
        if not isinstance(how, Style):
            written = _STYLE.sub(_ANY_STYLE, written)
        if begin:
            value = _ANY_NUMBER if how == _SHARED else _ANY_TEXT
            written += f">{_ANY_FORMULA if formula else ''}{begin}{value}{end}</c>"
        elif nothing is not None:
            written += f">{_ANY_FORMULA if formula else ''}{nothing}</c>"
        else:
            written += "/>"
        self._columns.setdefault(column_of(place[1].encode()), {})[written] = how
        return cell.end()

    def _how(self, attributes: dict[str, str]) -> _How:
        kind = attributes.get("t", "n")
        if kind != "n":
            return _KINDS[kind]
        style = int(attributes.get("s", "0"))
        return self._styles[style] if style < len(self._styles) else Style()

    def reading(self) -> RowReading:
        """Return what tells the values of rows that are written as those that were seen. Raises UnsupportedSheet."""
        columns = sorted(self._columns.items())
        cells = "".join(f"(?:{'|'.join(ways)}|)" for _, ways in columns)
        # Once they have matched, cells are not looked at again: what follows is the end of the row, or it is not plain.
        pattern = re.compile(rf'\s*+<row(?=\s)(?>[^<>]*?\sr="([0-9]++)")[^<>]*+>\s*+(?>{cells}){_ROW_END}')
        values = [(column, how) for column, ways in columns for how in ways.values() if how is not None]
        filled = [column for column, _ in values]
        if filled and filled[-1] > MAX_COLUMNS:
            raise UnsupportedSheet
        return RowReading(
            match=pattern.match,
            shared=tuple(_stretches([place for place, (_, how) in enumerate(values) if how == _SHARED])),
            converted=tuple(
                (place, self._converter(how)) for place, (_, how) in enumerate(values) if how not in (_SHARED, _TEXT)
            ),
            doubles=tuple(place for place in range(len(filled) - 1, 0, -1) if filled[place] == filled[place - 1]),
            gaps=tuple(
                (before, [""] * (column - before - 1))
                for before, column in zip([0, *filled], filled, strict=False)
                if column > before + 1
            ),
        )

    def _converter(self, how: _How) -> Callable[[str], str]:
        if isinstance(how, Style):
            return converter(how, self._since_1904)
        return _TRUTHS.__getitem__ if how == _TRUTH else _no_text


def squeezed(block: str) -> str:
    """Return the same XML without white space between tags."""
    return _BETWEEN_TAGS.sub("><", block)


def after_empty_rows(block: str, at: int) -> int:
    """Return where the next row begins that is not empty, or that is no row."""
    empty = _EMPTY_ROWS.match(block, at)
    return empty.end() if empty else at


def _stretches(places: Sequence[int]) -> Iterator[slice]:
    """Yield the stretches that numbers in order make up."""
    for _, stretch in groupby(enumerate(places), lambda one: one[1] - one[0]):
        numbers = [number for _, number in stretch]
        yield slice(numbers[0], numbers[-1] + 1)


def _no_text(_: str) -> str:
    return ""
