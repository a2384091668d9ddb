"""The datasets, in the order in which they are made: a query may read those before it."""

from functions.aggregate.datasets.answers import ANSWERS
from functions.aggregate.datasets.answers_daily import ANSWERS_DAILY
from functions.aggregate.datasets.funnel_daily import FUNNEL_DAILY
from functions.aggregate.datasets.released import (
    RELEASED_ANSWERS,
    RELEASED_DIMENSIONS,
    RELEASED_RESPONSES,
    RELEASED_SCORES,
)
from functions.aggregate.datasets.responses import RESPONSES
from functions.aggregate.datasets.reviews import REVIEWS
from functions.aggregate.datasets.scores_daily import SCORES_DAILY
from functions.aggregate.datasets.spec import Dataset, KeptRows

DATASETS: tuple[Dataset, ...] = (
    *(RESPONSES, ANSWERS, SCORES_DAILY, ANSWERS_DAILY, FUNNEL_DAILY, REVIEWS),
    *(RELEASED_SCORES, RELEASED_DIMENSIONS, RELEASED_ANSWERS, RELEASED_RESPONSES),
)


DATASET_NAMES = frozenset(dataset.name for dataset in DATASETS)


def datasets_of(rows: KeptRows) -> tuple[Dataset, ...]:
    """Return the datasets that are made of these rows."""
    return tuple(dataset for dataset in DATASETS if dataset.made_of is rows)
