"""docs/datasets.md says what the datasets are."""

import pytest

from functions.aggregate.datasets.registry import DATASETS
from functions.aggregate.datasets.spec import Dataset
from operations.dataset_docs import PAGE, dataset_docs


def test_the_page_is_what_make_docs_would_write() -> None:
    assert PAGE.read_text("utf-8") == dataset_docs(), "run `make docs`"


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_every_column_says_what_it_means_in_what_athena_takes_as_a_comment(dataset: Dataset) -> None:
    assert len({column.name for column in dataset.columns}) == len(dataset.columns)
    for column in dataset.columns:
        assert 0 < len(column.meaning) <= 255, column.name
        assert column.meaning.isprintable(), column.name


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_what_orders_and_masks_a_dataset_are_columns_of_it(dataset: Dataset) -> None:
    assert {*dataset.order, *dataset.masked} <= {column.name for column in dataset.columns}
