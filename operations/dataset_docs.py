"""docs/datasets.md, from the datasets themselves: `make docs` writes it, a test holds it.

python -m operations.dataset_docs
"""

from collections.abc import Iterator
from pathlib import Path

from functions.aggregate.datasets.registry import DATASETS
from functions.aggregate.datasets.spec import Dataset
from functions.shared.domain import object_keys

PAGE = Path(__file__).resolve().parents[1] / "docs" / "datasets.md"
_HEAD = f"""# Datasets

This page is made by `make docs` from `functions/aggregate/datasets/`, where each dataset is one module.

Parquet files under `{object_keys.DATASETS}<dataset>/client=<client>/dt=<yyyy-mm-dd>/` in the data bucket:
one file a day, replaced whole. Every dataset has the columns `client` and `dt`, a day of the client's own time zone;
moments are in UTC, so an answer of just after midnight can have a `dt` a day later than its `answered_at`. Athena has a
table of the same name for each (`deploy.md`). Every file of a dataset has the same columns and types, and as far as
Parquet is concerned each may be empty.

What people wrote themselves is masked: addresses, numbers and the like stand as `[email]`, `[phone]`. A column may be
empty where nothing is said of that; counts never are.

`responses`, `answers`, `scores_daily` and `answers_daily` hold every answer as it stands, for analysts who may see
single
answers. What many people see is to be made of `released_scores` and `released_answers`: those count whole batches of
people, so that no filter leads to fewer than the client's threshold
([decision 23](decisions/0023-answers-are-released.md)).
"""


def dataset_docs() -> str:
    """Return the page."""
    return "\n".join((_HEAD, *(line for dataset in DATASETS for line in _section(dataset))))


def _section(dataset: Dataset) -> Iterator[str]:
    yield f"## {dataset.name}"
    yield ""
    yield f"{dataset.row} Rows stand in the order of {', '.join(f'`{name}`' for name in dataset.order)}."
    yield ""
    yield "| column | type | |"
    yield "|---|---|---|"
    for column in dataset.columns:
        yield f"| `{column.name}` | {column.type} | {column.meaning} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(dataset_docs(), "utf-8")
