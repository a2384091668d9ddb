"""The figures of a client that a rehearsal forecasts with, from the datasets."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from duckdb import DuckDBPyConnection

from functions.aggregate import queries
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.figures import Figures, InvitationWeek, Measured
from functions.shared.domain.small_groups import Showing, showing

MEASURED = timedelta(days=365)
"""How far back: what customers did earlier says less of what they do now."""


def make_figures(bundle: ClientBundle, folder: Path, now: datetime) -> bytes:
    """Return a client's figures as JSON, from the datasets under a folder as they stand at `now`."""
    with queries.open_datasets(folder) as connection:
        return json.dumps(figures(connection, bundle, now).to_json(), separators=(",", ":")).encode()


def figures(connection: DuckDBPyConnection, bundle: ClientBundle, now: datetime) -> Figures:
    """Measure the invitations of the last year and the scores that were given in it; small groups stay hidden."""
    client, thresholds = bundle.client.client, bundle.client.thresholds
    since = (now.astimezone(bundle.client.zone).date() - MEASURED).isoformat()
    weeks: defaultdict[str, list[InvitationWeek]] = defaultdict(list)
    whole: dict[str, InvitationWeek] = {}
    for touchpoint, week in queries.invitation_weeks(connection, client, since):
        weeks[touchpoint].append(week)
        whole[week.monday.isoformat()] = _sum(whole.get(week.monday.isoformat()), week)
    rows = queries.score_table(connection, client, "touchpoint", thresholds, since)
    shown = {row.value: row.counts for row in rows}
    total = queries.totals(connection, client, since)
    return Figures(
        Measured(tuple(whole.values()), None if showing(total.n, thresholds) is Showing.HIDDEN else total),
        {name: Measured(tuple(weeks[name]), shown.get(name)) for name in {*weeks, *shown}},
    )


def _sum(a: InvitationWeek | None, b: InvitationWeek) -> InvitationWeek:
    if a is None:
        return b
    return InvitationWeek(a.monday, a.invited + b.invited, a.delivered + b.delivered, a.completed + b.completed)
