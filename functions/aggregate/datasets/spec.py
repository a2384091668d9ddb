"""What a dataset is: one description for its query, its Parquet files, Athena, QuickSight and the docs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ColumnType = Literal["string", "bigint", "double", "boolean", "timestamp"]


@dataclass(frozen=True)
class DatasetColumn:
    """A column: its name, its Glue type, and what it means."""

    name: str
    type: ColumnType
    meaning: str


COMMON = (
    DatasetColumn("threshold", "bigint", "So many answers has the smallest group that the client lets be shown."),
    DatasetColumn("client", "string", "Whose it is."),
    DatasetColumn("dt", "string", "The day (yyyy-mm-dd) in the client's own time zone."),
)
"""Columns of every dataset."""


class KeptRows(StrEnum):
    """Rows that the aggregate keeps between runs: what of them changed says which days of a dataset to write again."""

    ANSWERS = "answers"
    """Responses with their invitations; days are days of the answer."""
    IMPORTS = "imports"
    """Invitations and the outcomes of rows; days are days of the import."""
    REVIEWS = "reviews"
    """Reviews; days are days on which they were written."""
    RELEASED = "released"
    """Responses that were released; days are days of the answer."""
    RELEASED_COUNTS = "released_counts"
    """What was released, counted; days are those that date a batch."""


@dataclass(frozen=True)
class Dataset:
    """A dataset: a file for each client and day. `all_columns` are in the files."""

    name: str
    made_of: KeptRows
    row: str
    """What one row is, and which day is its `dt`."""
    columns: tuple[DatasetColumn, ...]
    """Its own; every dataset has those of COMMON beside them."""
    order: tuple[str, ...]
    """Columns that no two rows of a day share: the order of the rows in a file, so that its bytes are certain."""
    sql: str
    """A query for the columns and `dt`, over the tables of the kept rows (functions.aggregate.publication) and the
    datasets that stand before this one in the registry. `getvariable('per_employee')`: the client's choice."""
    masked: tuple[str, ...] = ()
    """Columns of words that people wrote: masked once more when they are written."""
    whole_history: bool = False
    """Whether the report reads all of its days and not only the last ones."""
    reported: bool = True
    """Whether the report reads it at all."""

    @property
    def all_columns(self) -> tuple[DatasetColumn, ...]:
        """Its own columns, and those of every dataset."""
        return self.columns + COMMON


def columns(kind: ColumnType, **meanings: str) -> tuple[DatasetColumn, ...]:
    """Return columns of one type, by name, with what they mean."""
    return tuple(DatasetColumn(name, kind, meaning) for name, meaning in meanings.items())
