"""Who sees which rows of the dashboards: what clients' folders say, as rules of QuickSight's row-level security.

A rule names a user or a group and, for each column, the values that it may see. An empty column is every value; who
has no rule sees nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from functions.shared.domain.client import ClientBundle


@dataclass(frozen=True)
class DashboardRule:
    """A row of the table of rules. `user` or `group`, by its name in QuickSight; the others None for every value."""

    user: str | None
    group: str | None
    client: str | None
    touchpoint: str | None
    team: str | None


def rules_of(bundles: Iterable[ClientBundle], owner: str) -> Iterator[DashboardRule]:
    """Yield the rules: one for each reader of each client, and one for who owns the dashboards.

    `owner` is an ARN that ends in `user/<namespace>/<name>` or `group/<namespace>/<name>`.
    """
    kind, _, name = owner.rpartition(":")[2].split("/", 2)
    by_user = kind == "user"
    yield DashboardRule(name if by_user else None, None if by_user else name, None, None, None)
    for bundle in bundles:
        for reader in bundle.client.dashboard_readers:
            yield DashboardRule(
                reader.user, reader.group, bundle.client.client, _any_of(reader.touchpoints), _any_of(reader.teams)
            )


def _any_of(values: tuple[str, ...]) -> str | None:
    """Return values as a rule names several: with commas between them, those with a comma of their own in quotes."""
    return ",".join(f'"{value}"' if "," in value else value for value in values) or None
