"""The parts of a workbook as XML: read tag by tag, in bounded memory, without a DTD and so without entities."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Self
from xml.parsers import expat

from functions.crm_import.errors import FileRejected

LAST_ROW = 1_048_576
"""In Excel."""
_MAX_TAG_LENGTH = 1024 * 1024


class UnsupportedSheet(Exception):
    """A part of a workbook is not written as nearly all programs do."""


class PartReader(ABC):
    """Feeds a part to expat, `parser`. Prefixes of names do not count."""

    def __init__(self) -> None:
        self.parser = parser = expat.ParserCreate()
        parser.StartElementHandler = lambda name, attributes: self.started(name.rpartition(":")[2], attributes)
        parser.StartDoctypeDeclHandler = self.refuse
        self._fed = 0

    def feed(self, block: bytes) -> None:
        """Take in a block. Raises FileRejected."""
        self._fed += len(block)
        try:
            self.parser.Parse(block, False)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise FileRejected("workbook_broken") from error
        # What expat keeps is a tag that has not come to its end.
        if self._fed - self.parser.CurrentByteIndex > _MAX_TAG_LENGTH:
            self.refuse()

    def take(self, blocks: Iterable[bytes]) -> Self:
        """Take in a part. Raises FileRejected."""
        for block in blocks:
            self.feed(block)
        return self

    @abstractmethod
    def started(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the begin of an element."""

    @staticmethod
    def refuse(*_: object) -> None:
        """Raise FileRejected: Excel itself would not open such a workbook."""
        raise FileRejected("workbook_broken")


def letters_of(column: int) -> str:
    """Return the letters of a column, from 0."""
    letters, number = "", column + 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def column_of(letters: bytes) -> int:
    """Return the number of a column, from 1, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
