"""The data sets of QuickSight: which rows of which dataset, the fields beside its columns, and who may see them.

Each is one query, which Athena and DuckDB both understand.
"""

from dataclasses import dataclass

from functions.aggregate.dashboards import RULES_BY_CLIENT, RULES_BY_TEAM, RULES_BY_TOUCHPOINT
from functions.aggregate.datasets.funnel_daily import FUNNEL_DAILY
from functions.aggregate.datasets.released import RELEASED_ANSWERS, RELEASED_DIMENSIONS, RELEASED_SCORES
from functions.aggregate.datasets.reviews import REVIEWS
from functions.aggregate.datasets.spec import Dataset
from infra.datasets import RULE_COLUMNS, RULE_TABLE
from infra.quicksight_scores import (
    COUNTS_OF_AN_ANSWER,
    OF_ANSWERS,
    OF_DIMENSIONS,
    OF_FUNNEL,
    OF_REVIEWS,
    OF_SCORES,
    TEAM,
    WEEK,
    CalculatedField,
)

_TYPES = {"string": "STRING", "bigint": "INTEGER", "double": "DECIMAL", "boolean": "BOOLEAN", "timestamp": "DATETIME"}


@dataclass(frozen=True)
class AthenaSource:
    """A data set: the dataset it shows, without the columns `withheld` and the rows that fail `condition`; `fields` are
    made of one row each, `scores` of sums over rows; `rules` says who sees which rows."""

    dataset: Dataset
    scores: tuple[CalculatedField, ...]
    rules: str
    fields: tuple[CalculatedField, ...] = ()
    withheld: tuple[str, ...] = ()
    condition: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """Return the columns of the query with their types in QuickSight."""
        return {c.name: _TYPES[c.type] for c in self.dataset.all_columns if c.name not in self.withheld}

    def sql(self, database: str) -> str:
        """Return the query."""
        condition = f" WHERE {self.condition}" if self.condition else ""
        return f"SELECT {', '.join(self.columns)} FROM {database}.{self.dataset.name}{condition}"  # noqa: S608  (ours)


@dataclass(frozen=True)
class RuleSource:
    """A data set of rules for data sets with these columns. Whoever is limited by another column has no rule in it."""

    name: str
    columns: tuple[str, ...]

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Return the columns of the query."""
        return ("user_name", "group_name", *self.columns)

    def sql(self, database: str) -> str:
        """Return the query."""
        others = [name for name in RULE_COLUMNS if name not in self.all_columns]
        condition = f" WHERE {' AND '.join(f'{name} IS NULL' for name in others)}" if others else ""
        return f"SELECT {', '.join(self.all_columns)} FROM {database}.{RULE_TABLE}{condition}"  # noqa: S608  (ours)


RULES = (
    RuleSource(RULES_BY_TEAM, ("client", "touchpoint", "team")),
    RuleSource(RULES_BY_TOUCHPOINT, ("client", "touchpoint")),
    RuleSource(RULES_BY_CLIENT, ("client",)),
)

SOURCES = (
    # None is of single answers, or of counts that are not released (docs/decisions/0023-answers-are-released.md).
    AthenaSource(RELEASED_SCORES, OF_SCORES, RULES_BY_TEAM, (WEEK, TEAM)),
    AthenaSource(RELEASED_DIMENSIONS, OF_DIMENSIONS, RULES_BY_TOUCHPOINT),
    AthenaSource(RELEASED_ANSWERS, OF_ANSWERS, RULES_BY_TOUCHPOINT, COUNTS_OF_AN_ANSWER),
    # A row counts one dimension at a time, so that without this a contact would count once for each, whatever sheet
    # shows it. It leaves out teams and employees: a rate of those could be one customer's.
    AthenaSource(
        FUNNEL_DAILY, OF_FUNNEL, RULES_BY_TOUCHPOINT, withheld=("dimension", "value"), condition="dimension = 'all'"
    ),
    # Without words: what people wrote elsewhere stands in the report, with where and when.
    AthenaSource(
        REVIEWS,
        OF_REVIEWS,
        RULES_BY_CLIENT,
        withheld=("review_id", "native_id", "title", "text", "written_at", "version", "removed", "threshold"),
        condition="NOT removed AND rating IS NOT NULL",
    ),
)
