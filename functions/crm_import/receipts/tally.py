"""What the rows of a file came to, counted by team and employee, and how many interactions had an address."""

from collections import Counter

from functions.crm_import.messages import translate
from functions.shared.domain.coverage import Coverage
from functions.shared.domain.interaction import RowOutcome

Tally = Counter[tuple[str | None, RowOutcome, str | None, int, int]]
"""Rows by team (None: the row names none), outcome, employee (None as well where the client wants none told), and what
each adds to the coverage: interactions, and of those with an address."""

MAX_TEAMS = 500
"""More are no teams but a column that was taken for one; the largest are told. The same of employees."""


def outcomes(tally: Tally) -> dict[str, int]:
    """Return the rows by outcome."""
    counts: Counter[str] = Counter()
    for (_, outcome, *_), rows in tally.items():
        counts[outcome.value] += rows
    return counts


def coverage(tally: Tally, language: str) -> dict[str, object]:
    """Return how many interactions of the file (`rows`) had an address: `with_address`, `share`, in all and per group.

    What counts is said in functions.shared.domain.coverage. `message` says in words what to act on. A row without a
    team is in the whole only; `employees`, by key, is there only where the client has results per employee.
    """
    whole = Coverage()
    teams: dict[str, Coverage] = {}
    employees: dict[str, Coverage] = {}
    for (team, _, employee, interactions, with_address), rows in tally.items():
        adds = Coverage(interactions * rows, with_address * rows)
        whole += adds
        if team and interactions:
            teams[team] = teams.get(team, Coverage()) + adds
        if employee and interactions:
            employees[employee] = employees.get(employee, Coverage()) + adds
    parts_of_whole = {**_shares(whole), "message": _message(whole, teams, language), "teams": _lines("team", teams)}
    return {**parts_of_whole, "employees": _lines("employee_key", employees)} if employees else parts_of_whole


def invited(tally: Tally) -> dict[str | None, int]:
    """Return the invitations by team, the largest first."""
    counts: Counter[str | None] = Counter()
    for (team, outcome, *_), rows in tally.items():
        if outcome is RowOutcome.INVITED:
            counts[team] += rows
    return dict(counts.most_common())


def _lines(name: str, parts: dict[str, Coverage]) -> list[dict[str, object]]:
    largest = sorted(parts, key=lambda part: parts[part].interactions, reverse=True)[:MAX_TEAMS]
    return [{name: part, **_shares(parts[part])} for part in sorted(largest)]


def _shares(covered: Coverage) -> dict[str, object]:
    share = None if covered.share is None else round(covered.share, 4)
    return {"rows": covered.interactions, "with_address": covered.with_address, "share": share}


def _message(whole: Coverage, teams: dict[str, Coverage], language: str) -> str:
    """Say how many can be asked at all, and where most is to be gained."""
    if not whole.interactions:
        return ""
    values = {"rows": whole.interactions, "with_address": whole.with_address, "without": whole.without}
    if not whole.is_low:
        return translate(language, "coverage", **values)
    low = [(covered.without, team) for team, covered in teams.items() if covered.is_low]
    if len(teams) < 2 or not low:
        return translate(language, "coverage_low", **values)
    without, team = max(low)
    return translate(language, "coverage_low_team", **values, team=team, most=without)
