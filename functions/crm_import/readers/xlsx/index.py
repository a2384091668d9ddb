"""What a workbook says of itself: its sheets, where its texts are, and how the numbers of each style are shown."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar
from zipfile import ZipInfo

from functions.crm_import.readers.unpacking import Archive
from functions.crm_import.readers.xlsx.xml_parts import PartReader

_WORKBOOK = "xl/workbook.xml"
_MAX_STYLES = 65_536
"""Excel's own limit."""
_MAX_SHEETS = 10_000
"""And relations to parts; Excel has no limit of its own."""
_Reader = TypeVar("_Reader", bound=PartReader)

_LITERAL = re.compile(r'"[^"]*(?:"|$)|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*(?:\]|$)', re.DOTALL | re.IGNORECASE)
"""What is shown as it stands, or not at all: quoted, escaped, room, filling, colours, currencies, conditions."""
_ZEROS = re.compile(r"(?:\[\$[^\]]*\])?(0{2,30})(?:_.|\\ )*(?:;.*)?", re.DOTALL)
"""A format of zeros alone, in its first section: perhaps with a locale before it and room after it."""


class Shows(Enum):
    """What the numbers of a style are."""

    NUMBER = auto()
    MOMENT = auto()
    ELAPSED = auto()


_BUILT_IN = {str(number): Shows.MOMENT for number in (*range(14, 23), *range(27, 37), 45, 47, *range(50, 59))} | {
    "46": Shows.ELAPSED
}
"""Formats that a workbook names by number alone: ECMA-376 part 1, 18.8.30, with those of East Asia."""


@dataclass(frozen=True)
class Style:
    """How a number is shown. `digits` of at least two are filled up with leading zeros."""

    shows: Shows = Shows.NUMBER
    digits: int = 0


@dataclass(frozen=True)
class Sheet:
    """A worksheet. `part` is None where the archive holds none of that name."""

    name: str
    visible: bool
    part: ZipInfo | None


@dataclass(frozen=True)
class Index:
    """`styles` by the number that a cell names its style by; `texts` is the part with the shared texts."""

    sheets: tuple[Sheet, ...]
    styles: tuple[Style, ...]
    texts: ZipInfo | None
    since_1904: bool
    """Days are counted from 1904, as Excel for the Mac once did."""
    recalculated: bool = False
    """Excel is asked to calculate all formulas when the workbook is opened: their results do not stand in it."""


def index_of(archive: Archive) -> Index:
    """Read what a workbook says of itself. Raises FileRejected where that is no XML."""
    parts = {part.filename: part for part in archive.members}
    relations = _read(archive, parts.get("xl/_rels/workbook.xml.rels"), _Relations())
    book = _read(archive, parts.get(_WORKBOOK), _Book())
    styles = _read(archive, parts.get(relations.part_of("styles", "xl/styles.xml")), _Styles())
    return Index(
        sheets=tuple(
            Sheet(name, visible, parts.get(relations.targets.get(relation, "")))
            for name, visible, relation in book.sheets
            if relations.kinds.get(relation, "worksheet") == "worksheet"
        ),
        styles=tuple(styles.styles),
        texts=parts.get(relations.part_of("sharedStrings", "xl/sharedStrings.xml")),
        since_1904=book.since_1904,
        recalculated=book.recalculated,
    )


def style_of(code: str) -> Style:
    """Return how a format shows a number that is not below zero."""
    zeros = _ZEROS.fullmatch(code)
    if zeros:
        return Style(digits=len(zeros[1]))
    shown = _LITERAL.sub("", code).partition(";")[0].lower()
    if "[" in shown:
        return Style(Shows.ELAPSED)
    return Style(Shows.MOMENT if any(letter in shown for letter in "dmyhs") or "a/p" in shown else Shows.NUMBER)


def _read(archive: Archive, part: ZipInfo | None, reader: _Reader) -> _Reader:
    return reader if part is None else reader.take(archive.unpack(part))


class _Relations(PartReader):
    """Which part is which: `targets` and `kinds` by the relation's id."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}
        self.kinds: dict[str, str] = {}

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """See PartReader."""
        if name == "Relationship" and len(self.targets) < _MAX_SHEETS:
            relation = attributes.get("Id", "")
            target = attributes.get("Target", "")
            self.targets[relation] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
            self.kinds[relation] = attributes.get("Type", "").rpartition("/")[2]

    def part_of(self, kind: str, otherwise: str) -> str:
        """Return the part of a kind."""
        return next((self.targets[relation] for relation, one in self.kinds.items() if one == kind), otherwise)


class _Book(PartReader):
    """The sheets in their order: (name, visible, relation)."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, bool, str]] = []
        self.since_1904 = False
        self.recalculated = False

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """See PartReader."""
        if name == "sheet" and len(self.sheets) < _MAX_SHEETS:
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.sheets.append((attributes.get("name", ""), attributes.get("state", "visible") == "visible", relation))
        elif name == "workbookPr" and "date1904" in attributes:
            self.since_1904 = attributes["date1904"] not in ("0", "false")
        elif name == "calcPr":
            self.recalculated = attributes.get("fullCalcOnLoad", "0") not in ("0", "false")


class _Styles(PartReader):
    """The styles of cells, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.parser.EndElementHandler = self._end
        self.styles: list[Style] = []
        self._formats: dict[str, Style] = {}
        self._inside = False

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """See PartReader."""
        number = attributes.get("numFmtId", "")
        if name == "numFmt" and len(self._formats) < _MAX_STYLES:
            self._formats[number] = style_of(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside and len(self.styles) < _MAX_STYLES:
            self.styles.append(self._formats.get(number) or Style(_BUILT_IN.get(number, Shows.NUMBER)))

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "cellXfs":
            self._inside = False
