"""What a report tells of addresses: how many contacts had one, at each touchpoint, and where most are missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from duckdb import DuckDBPyConnection

from functions.aggregate import queries
from functions.aggregate.queries import CoverageRow
from functions.shared.domain.client import Client
from functions.shared.domain.coverage import Coverage
from functions.shared.domain.small_groups import Showing, showing_parts

LATE = timedelta(days=7)
"""What is told of an employee is told a week late."""


@dataclass(frozen=True)
class Part:
    """A team, an employee (by key) or a month (its first day), with its coverage; None where it is not shown."""

    value: str
    coverage: Coverage | None


@dataclass(frozen=True)
class Addresses:
    """The coverage of a touchpoint: all of it, by month, by team and, where the client has that, by employee.

    Teams and employees stand with those first that miss most addresses.
    """

    touchpoint: str
    whole: Coverage
    months: Sequence[Part]
    teams: Sequence[Part]
    employees: Sequence[Part]

    @property
    def begin_with(self) -> Part | None:
        """The team where most is to be gained, if there are several and its share is low."""
        low = [team for team in self.teams if team.coverage and team.coverage.is_low]
        return low[0] if len(self.teams) > 1 and low else None


def addresses(connection: DuckDBPyConnection, client: Client, since: date, today: date) -> list[Addresses]:
    """Return the coverage of a client's touchpoints from `since` on, those first that miss most addresses.

    Employees are there only where the client has results per employee: a week late, by key, and only who had as many
    contacts as the client's threshold for employees says, as with the small groups of scores.
    """
    asked = (connection, client.client)
    wholes = _by(queries.coverage(*asked, "all", since.isoformat()))
    teams = _by(queries.coverage(*asked, "team", since.isoformat()))
    employees: Mapping[str, list[CoverageRow]] = {}
    if client.per_employee:
        until = (today - LATE).isoformat()
        employees = _by(queries.coverage(*asked, "employee", since.isoformat(), until))
    reported = [
        Addresses(
            touchpoint,
            _sum(rows),
            [Part(row.month, row.coverage) for row in rows],
            [Part(team, coverage) for team, coverage in _parts(teams.get(touchpoint, ()))],
            _employees(employees.get(touchpoint, ()), client),
        )
        for touchpoint, rows in wholes.items()
    ]
    return sorted(reported, key=lambda one: (-one.whole.without, one.touchpoint))


def _employees(rows: Iterable[CoverageRow], client: Client) -> list[Part]:
    parts = dict(_parts(rows))
    contacts = {key: coverage.interactions for key, coverage in parts.items()}
    shown = showing_parts(contacts, client.thresholds, employee=True)
    return [Part(key, None if shown[key] is Showing.HIDDEN else coverage) for key, coverage in parts.items()]


def _by(rows: Iterable[CoverageRow]) -> dict[str, list[CoverageRow]]:
    by_touchpoint: dict[str, list[CoverageRow]] = {}
    for row in rows:
        by_touchpoint.setdefault(row.touchpoint, []).append(row)
    return by_touchpoint


def _parts(rows: Iterable[CoverageRow]) -> list[tuple[str, Coverage]]:
    sums: dict[str, Coverage] = {}
    for row in rows:
        sums[row.value] = sums.get(row.value, Coverage()) + row.coverage
    return sorted(sums.items(), key=lambda part: (-part[1].without, part[0]))


def _sum(rows: Iterable[CoverageRow]) -> Coverage:
    return sum((row.coverage for row in rows), Coverage())
