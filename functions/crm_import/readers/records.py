"""From records, that each name their own fields, to a table with one header."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.table import MAX_COLUMNS, MAX_MENDED, MAX_NAME_LENGTH, Broken, Cells, RowCount, Table

SAMPLE = 4_000_000
"""Characters. The fields that occur in the first records of so many together are the columns."""
_PER_RECORD = 200

Record = dict[str, list[str]]
"""The values of each field, by its name: nested names joined with points."""


def put(record: Record, name: str, value: str | None) -> None:
    """Add a value to a field; None says that the field is there and empty. Raises FileRejected for an endless name."""
    if len(name) > MAX_NAME_LENGTH:
        raise FileRejected("long_name", limit=MAX_NAME_LENGTH)
    values = record.setdefault(name, [])
    if value:
        values.append(value)


def table_of(records: Iterator[Record | Broken], count: RowCount) -> Table:
    """Return the records as a table; what a field holds more than once is joined with a comma. Raises FileRejected.

    Records without any content are no rows. One that comes after the sample with a field that no earlier one had is
    broken: its value would be lost.
    """
    sample: list[Record | Broken] = []
    names: dict[str, int] = {}
    size = 0
    for record in records:
        sample.append(record)
        size += _PER_RECORD
        if not isinstance(record, Broken):
            for name, values in record.items():
                names.setdefault(name, len(names))
                size += len(name) + sum(map(len, values))
            if len(names) > MAX_COLUMNS:
                raise FileRejected("too_many_columns", count=len(names), limit=MAX_COLUMNS)
        if size > SAMPLE:
            break
    if not names:
        raise FileRejected("no_records" if sample else "empty")
    header = tuple(" ".join(name.split()) for name in names)
    return Table(header, _rows(chain(_emptied(sample), records), names, count))


def _emptied(sample: list[Record | Broken]) -> Iterator[Record | Broken]:
    sample.reverse()
    while sample:
        yield sample.pop()


def _rows(records: Iterable[Record | Broken], places: Mapping[str, int], count: RowCount) -> Iterator[Cells | Broken]:
    broken, width = 0, len(places)
    for record in records:
        row: Cells | Broken
        if isinstance(record, Broken):
            row, broken = record, broken + 1
            if broken > MAX_MENDED:
                raise FileRejected("no_records")
        elif not any(record.values()):
            continue
        else:
            row = _row(record, places, width)
        count.value += 1
        yield row


def _row(record: Record, places: Mapping[str, int], width: int) -> Cells | Broken:
    cells = [""] * width
    for name, values in record.items():
        place = places.get(name)
        if place is not None:
            cells[place] = values[0] if len(values) == 1 else ", ".join(values)
        elif values:
            return Broken("late_column", {"column": name})
    return cells
