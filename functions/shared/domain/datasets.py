"""The datasets' columns: one description for the Parquet writer, the Glue tables and the QuickSight data sets."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from functions.shared.domain.interaction import RowOutcome

ColumnType = Literal["string", "bigint", "double", "boolean", "timestamp"]


@dataclass(frozen=True)
class DatasetColumn:
    """A column: its name and its Glue type."""

    name: str
    type: ColumnType


class KeptRows(StrEnum):
    """Rows that the aggregate keeps between runs: what of them changed says which days of a dataset to write again."""

    ANSWERS = "answers"
    """Responses with their invitations; days are days of the answer."""
    IMPORTS = "imports"
    """Invitations and the outcomes of rows; days are days of the import."""
    REVIEWS = "reviews"
    """Reviews; days are days on which they were written."""


@dataclass(frozen=True)
class Dataset:
    """A dataset, partitioned by `client` and `dt` (yyyy-mm-dd, the client's local day), which are not in `columns`."""

    name: str
    made_of: KeptRows
    columns: tuple[DatasetColumn, ...]


def _columns(kind: ColumnType, *names: str) -> tuple[DatasetColumn, ...]:
    return tuple(DatasetColumn(name, kind) for name in names)


RESPONSES = Dataset(
    "responses",
    KeptRows.ANSWERS,
    (
        *_columns("string", "response_id", "invitation_id", "touchpoint", "questionnaire"),
        *_columns("bigint", "questionnaire_version"),
        *_columns("string", "channel", "product", "team", "employee_key", "language", "state"),
        *_columns("bigint", "score"),
        *_columns("string", "bucket"),
        *_columns("bigint", "csat", "ces"),
        *_columns("string", "contact_reason", "wave"),
        *_columns("double", "minutes_to_answer"),
        *_columns("timestamp", "answered_at"),
        *_columns("string", "comment"),
    ),
)
"""`state`: complete, partial or suspect; only complete ones are in the scores. `wave`: first or reminder. Without an
invitation, `invitation_id` and `wave` are empty. dt: the day of the answer."""

SCORES_DAILY = Dataset(
    "scores_daily",
    KeptRows.ANSWERS,
    (
        *_columns("string", "touchpoint", "dimension", "value"),
        *_columns("bigint", "n", "promoters", "passives", "detractors"),
        *_columns("bigint", "csat_n", "csat_sum", "csat_top", "ces_n", "ces_sum", "ces_top"),
    ),
)
"""`dimension`: all, channel, product, team or employee; `value` is '' for all. dt: the day of the answer."""

FUNNEL_DAILY = Dataset(
    "funnel_daily",
    KeptRows.IMPORTS,
    (
        *_columns("string", "touchpoint", "dimension", "value"),
        *_columns("bigint", "imported", *(outcome.value for outcome in RowOutcome)),
        *_columns("bigint", "accepted", "delivered", "bounced", "complained", "refused", "reminded"),
        *_columns("bigint", "started", "completed", "completed_after_reminder", "suspect"),
        *_columns("bigint", "with_address", "interactions"),
    ),
)
"""`dimension`: all, team or employee. dt: the day of the import (the wave), so that the stages of one row count the
same people. `imported` and the outcomes count rows; `refused`: opted out after the invitation. `interactions` and, of
them, `with_address` are the coverage (functions.shared.domain.coverage): each once, on the day it first came."""

REVIEWS = Dataset(
    "reviews",
    KeptRows.REVIEWS,
    (
        *_columns("string", "review_id", "source", "native_id"),
        *_columns("double", "rating_raw", "rating_best", "rating_worst", "rating"),
        *_columns("string", "language", "title", "text"),
        *_columns("timestamp", "written_at"),
        *_columns("bigint", "version"),
        *_columns("boolean", "removed"),
    ),
)
"""`rating`: normalised to 0..1. dt: the day on which the review was written."""

DATASETS = (RESPONSES, SCORES_DAILY, FUNNEL_DAILY, REVIEWS)


def datasets_of(rows: KeptRows) -> tuple[Dataset, ...]:
    """Return the datasets that are made of these rows."""
    return tuple(dataset for dataset in DATASETS if dataset.made_of is rows)
