"""Records of XML: every element of one name, read as a stream by a parser that takes no DTD and so no entities."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from xml.parsers import expat

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.records import Record, put, table_of
from functions.crm_import.readers.table import MAX_NAME_LENGTH, MAX_RECORD_LENGTH, RowCount, Table

_DEEPEST = 50
_SAMPLE = 512 * 1024
"""Bytes in which is looked for the element that repeats."""
_MAX_TAG_LENGTH = 1024 * 1024
_OF_XML = ("xmlns", "xml", "xsi")


def read_xml(blocks: Iterable[bytes], record: str | None, encoding: str | None = None) -> Table:
    """Read the elements called `record`, or the one that repeats under the root.

    Raises FileRejected, also during the rows.

    Attributes and elements in it become columns, deeper ones with a point in their name; namespaces do not count.
    `encoding` overrules what the file says of itself.
    """
    count = RowCount()
    blocks = iter(blocks)
    if record is None:
        taken, size = list[bytes](), 0
        for block in blocks:
            taken.append(block)
            size += len(block)
            if size >= _SAMPLE:
                break
        record = _repeated(taken, encoding)
        blocks = chain(taken, blocks)
    return table_of(_records(blocks, record, encoding, count), count)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Walk(ABC):
    """Feeds a stream to expat, within limits."""

    def __init__(self, encoding: str | None) -> None:
        self._parser = parser = expat.ParserCreate(encoding)
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self._fed = 0
        self.depth = 0

    def feed(self, block: bytes, row: int, *, last: bool = False) -> None:
        """Parse a block. Raises FileRejected."""
        self._fed += len(block)
        try:
            self._parser.Parse(block, last)
        except expat.ExpatError as error:
            if last and error.code in _BREAKS_OFF:
                raise FileRejected("cut_off") from error
            raise FileRejected("xml_broken", line=error.lineno) from error
        except (LookupError, ValueError) as error:
            raise FileRejected("xml_encoding") from error
        # What expat keeps is a tag that has not come to its end.
        if self._fed - self._parser.CurrentByteIndex > _MAX_TAG_LENGTH:
            raise FileRejected("long_record", row=row, limit=_MAX_TAG_LENGTH)

    @abstractmethod
    def started(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the begin of an element, `depth` deep."""

    @abstractmethod
    def ended(self, name: str) -> None:
        """Take in the end of an element."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise FileRejected("xml_deep", limit=_DEEPEST)
        self.started(_local(name), attributes)

    def _end(self, name: str) -> None:
        self.ended(_local(name))
        self.depth -= 1

    @staticmethod
    def _refuse_doctype(*_: object) -> None:
        raise FileRejected("xml_doctype")


_BREAKS_OFF = frozenset(
    expat.errors.codes[text] for text in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
)


class _Records(_Walk):
    """Gathers the records."""

    def __init__(self, encoding: str | None, record: str, count: RowCount) -> None:
        super().__init__(encoding)
        self._parser.CharacterDataHandler = self._text
        self._element = record
        self._count = count
        self._record: Record | None = None
        self._size = 0
        self._path: list[str] = []
        self._texts: list[list[str]] = []
        self._leaf = False
        self.done: list[Record] = []

    def started(self, name: str, attributes: dict[str, str]) -> None:
        record = self._record
        if record is None:
            if name != self._element:
                return
            record, self._size = {}, 0
            self._record = record
            self._path, self._texts = [""], [[]]
        else:
            path = f"{self._path[-1]}.{name}" if self._path[-1] else name
            if len(path) > MAX_NAME_LENGTH:
                raise FileRejected("long_name", limit=MAX_NAME_LENGTH)
            self._path.append(path)
            self._texts.append([])
        self._leaf = True
        for key, value in attributes.items():
            if key.partition(":")[0] not in _OF_XML:
                self._grow(len(key) + len(value))
                prefix = self._path[-1]
                put(record, f"{prefix}.{_local(key)}" if prefix else _local(key), value.strip())
        self._grow(len(name))

    def ended(self, name: str) -> None:
        record = self._record
        if record is None:
            return
        path, text = self._path.pop(), "".join(self._texts.pop()).strip()
        if (text or self._leaf) and (path or text):
            put(record, path or self._element, text)
        self._leaf = False
        if not self._path:
            self.done.append(record)
            self._record = None

    def _text(self, text: str) -> None:
        if self._record is not None:
            self._grow(len(text))
            self._texts[-1].append(text)

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MAX_RECORD_LENGTH:
            raise FileRejected("long_record", row=self._count.value + len(self.done) + 1, limit=MAX_RECORD_LENGTH)


class _Sample(_Walk):
    """Counts the elements with something in them, by depth and name."""

    def __init__(self, encoding: str | None) -> None:
        super().__init__(encoding)
        self.element_counts: Counter[tuple[int, str]] = Counter()
        self.holding: Counter[tuple[int, str]] = Counter()
        self._open: list[tuple[str, bool]] = []

    def started(self, name: str, attributes: dict[str, str]) -> None:
        if self._open:
            self._open[-1] = (self._open[-1][0], True)
        holds = any(key.partition(":")[0] not in _OF_XML for key in attributes)
        self._open.append((name, holds))
        if self.depth > 1:
            self.element_counts[self.depth, name] += 1
            if len(self.element_counts) > 10_000:
                raise FileRejected("xml_record", found="...")

    def ended(self, name: str) -> None:
        if self._open.pop()[1] and self.depth > 1:
            self.holding[self.depth, name] += 1


def _repeated(blocks: Iterable[bytes], encoding: str | None) -> str:
    """Return the element that repeats nearest to the root, or the only one under it. Raises FileRejected."""
    sample = _Sample(encoding)
    for block in blocks:
        sample.feed(block, 1)
    for depth in sorted({depth for depth, _ in sample.holding}):
        times, name = max((times, name) for (at, name), times in sample.holding.items() if at == depth)
        if times > 1:
            return name
    children = [name for depth, name in sample.element_counts if depth == 2]
    if len(children) == 1 and not any(depth > 2 for depth, _ in sample.holding) and sample.holding:
        return children[0]
    if not children and not sample.depth:
        raise FileRejected("empty")
    raise FileRejected(
        "xml_record", found=", ".join(dict.fromkeys(name[:MAX_NAME_LENGTH] for _, name in sample.element_counts))[:300]
    )


def _records(blocks: Iterable[bytes], element: str, encoding: str | None, count: RowCount) -> Iterator[Record]:
    walk = _Records(encoding, element, count)
    some = False
    for block in chain(blocks, (b"",)):
        walk.feed(block, count.value + 1, last=not block)
        some = some or bool(walk.done)
        yield from walk.done
        walk.done.clear()
    if not some:
        raise FileRejected("xml_no_record", record=element)
