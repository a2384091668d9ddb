"""The figures of a client that a rehearsal forecasts with, from the datasets."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from duckdb import DuckDBPyConnection

from functions.aggregate import queries
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.figures import Figures, Measured, WeekOfWaves
from functions.shared.domain.small_groups import Showing, showing

MEASURED = timedelta(days=365)
"""How far back: what customers did earlier says less of what they do now."""


def make_figures(bundle: ClientBundle, folder: Path, now: datetime) -> bytes:
    """Return a client's figures as JSON, from the datasets under a folder as they stand at `now`."""
    with queries.open_datasets(folder) as connection:
        return json.dumps(figures(connection, bundle, now).to_json(), separators=(",", ":")).encode()


def figures(connection: DuckDBPyConnection, bundle: ClientBundle, now: datetime) -> Figures:
    """Measure the waves of the last year and the scores that were given in it; small groups stay hidden."""
    client, thresholds = bundle.client.client, bundle.client.thresholds
    since = (now.astimezone(bundle.client.zone).date() - MEASURED).isoformat()
    waves: defaultdict[str, list[WeekOfWaves]] = defaultdict(list)
    whole: dict[str, WeekOfWaves] = {}
    for touchpoint, wave in queries.waves(connection, client, since):
        waves[touchpoint].append(wave)
        whole[wave.week.isoformat()] = _sum(whole.get(wave.week.isoformat()), wave)
    rows = queries.score_table(connection, client, "touchpoint", thresholds, since)
    shown = {row.value: row.counts for row in rows}
    total = queries.totals(connection, client, since)
    return Figures(
        Measured(tuple(whole.values()), None if showing(total.n, thresholds) is Showing.HIDDEN else total),
        {name: Measured(tuple(waves[name]), shown.get(name)) for name in {*waves, *shown}},
    )


def _sum(a: WeekOfWaves | None, b: WeekOfWaves) -> WeekOfWaves:
    if a is None:
        return b
    return WeekOfWaves(a.week, a.invited + b.invited, a.delivered + b.delivered, a.completed + b.completed)
