"""Records of JSON: an array of objects, or objects one after the other (NDJSON), read as a stream."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.encoding import text_of
from functions.crm_import.readers.records import Record, put, table_of
from functions.crm_import.readers.table import MAX_RECORD_LENGTH, Broken, RowCount, Table

_GROWTH = 64 * 1024
"""Characters that come in before a value that is not complete is tried again."""
_SPACE = re.compile(r"[ \t\r\n]*")
# Numbers stay as they are written: 1.50 is 1.50, and a long customer number loses nothing.
_decode = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).raw_decode


def read_json(blocks: Iterable[bytes]) -> Table:
    """Read records of JSON in UTF-8. Raises FileRejected, also while the rows are read.

    Objects in objects become columns with a point in their name; lists are joined with a comma. Where every line is an
    object of its own, a broken line costs its own row only.
    """
    count = RowCount()
    text = _Text(text_of(blocks, count), count)
    values = _array(text) if text.next_is("[") else _objects(text)
    return table_of(map(_record, values), count)


class _Text:
    """A stream of text that is taken value by value."""

    def __init__(self, pieces: Iterator[str], count: RowCount) -> None:
        self._pieces = pieces
        self._count = count
        self._text = ""
        self._place = 0
        self._ended = False

    def next_is(self, character: str) -> bool:
        """Pass over white space; say whether `character` is next, and pass over it if it is."""
        if self._at() != character:
            return False
        self._place += 1
        return True

    def at_end(self) -> bool:
        """Pass over white space; say whether nothing else is left."""
        return not self._at()

    def value(self) -> Any:
        """Return the next value. Raises FileRejected."""
        self._at()
        while True:
            try:
                value, place = _decode(self._text, self._place)
            except (json.JSONDecodeError, RecursionError) as error:
                if not self._grow():
                    raise self.refused() from error
                continue
            # A number may go on in the next piece.
            if place == len(self._text) and self._grow():
                continue
            self._place = place
            return value

    def line(self) -> str | None:
        """Return what is left of the line, if it is there whole; None where it is too long for that."""
        begin = self._place
        while (end := self._text.find("\n", self._place)) < 0 and self._grow():
            begin = self._place
        if end < 0 and not self._ended:
            return None
        return self._text[begin:] if end < 0 else self._text[begin : end + 1]

    def skip(self, characters: int) -> None:
        """Pass over so many characters."""
        self._place += characters

    def refused(self) -> FileRejected:
        """Return why no value can be read here: it is too long, or it is no JSON."""
        if len(self._text) - self._place > MAX_RECORD_LENGTH:
            return FileRejected("long_record", row=self._count.value + 1, limit=MAX_RECORD_LENGTH)
        return FileRejected("json_broken", row=self._count.value + 1)

    def _at(self) -> str:
        while True:
            match = _SPACE.match(self._text, self._place)
            self._place = match.end() if match else self._place
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._grow():
                return ""

    def _grow(self) -> bool:
        """Take in more text; say whether there was any and it may still become a record."""
        left = len(self._text) - self._place
        if self._ended or left > MAX_RECORD_LENGTH:
            return False
        pieces, size = [self._text[self._place :]], 0
        for piece in self._pieces:
            pieces.append(piece)
            size += len(piece)
            if size >= _GROWTH:
                break
        else:
            self._ended = True
        self._text, self._place = "".join(pieces), 0
        return size > 0


def _array(text: _Text) -> Iterator[Any]:
    if not text.next_is("]"):
        yield text.value()
        while text.next_is(","):
            yield text.value()
        if not text.next_is("]"):
            raise FileRejected("cut_off") if text.at_end() else text.refused()
    if not text.at_end():
        raise text.refused()


def _objects(text: _Text) -> Iterator[Any]:
    """Yield objects that follow each other: each on a line, or laid out over several."""
    text.at_end()
    by_line = _is_whole(text.line())
    while not text.at_end():
        line = text.line() if by_line else None
        if line is None:
            yield text.value()
            continue
        text.skip(len(line))
        try:
            value, place = _decode(line)
            yield value if not line[place:].strip() else None
        except (json.JSONDecodeError, RecursionError):
            yield None


def _is_whole(line: str | None) -> bool:
    try:
        return line is not None and not line[_decode(line)[1] :].strip()
    except (json.JSONDecodeError, RecursionError):
        return False


def _record(value: Any) -> Record | Broken:
    if not isinstance(value, dict):
        return Broken("broken_record", {})
    record: Record = {}
    try:
        _flatten(value, "", record)
    except RecursionError:
        return Broken("broken_record", {})
    return record if _is_text(record) else {_whole(name): list(map(_whole, own)) for name, own in record.items()}


def _is_text(record: Record) -> bool:
    """JSON can write halves of surrogate pairs, which no encoding takes: say whether there are none."""
    try:
        "".join(chain(record, *record.values())).encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _flatten(value: Any, name: str, record: Record) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, f"{name}.{key}" if name else key, record)
    elif isinstance(value, list):
        put(record, name, None)
        for inner in value:
            _flatten(inner, name, record)
    elif isinstance(value, bool):
        put(record, name, "true" if value else "false")
    else:
        put(record, name, value)
