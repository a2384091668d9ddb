"""What QuickSight needs beside the datasets: who may see which rows, and fresh copies when something changed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Protocol

from functions.aggregate.datasets.funnel_daily import FUNNEL_DAILY
from functions.aggregate.datasets.released import RELEASED_ANSWERS, RELEASED_DIMENSIONS, RELEASED_SCORES
from functions.aggregate.datasets.reviews import REVIEWS
from functions.aggregate.roles import Objects
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.dashboard_readers import DashboardRule, rules_of
from functions.shared.domain.errors import NotFound
from functions.shared.services.clients import ListedClients

SHOWN_DATASETS = (RELEASED_SCORES, RELEASED_DIMENSIONS, RELEASED_ANSWERS, FUNNEL_DAILY, REVIEWS)
RULES_BY_TEAM, RULES_BY_TOUCHPOINT, RULES_BY_CLIENT = "rules_by_team", "rules_by_touchpoint", "rules_by_client"
RULE_DATA_SETS = (RULES_BY_TEAM, RULES_BY_TOUCHPOINT, RULES_BY_CLIENT)
"""Data sets of rules: for what has teams, for what has touchpoints only, for what has neither."""
GAP_SECONDS = 45 * 60
"""Between two refreshes of a data set: QuickSight takes 32 in 24 hours."""
_UNDER_WAY = ("INITIALIZED", "QUEUED", "RUNNING")
_FAILED = ("FAILED", "CANCELLED")


class DataSets(Protocol):
    """The copies (functions.shared.adapters.spice.SpiceDataSets)."""

    def refresh(self, name: str, ingestion: str) -> str: ...
    def status(self, name: str, ingestion: str) -> str: ...


@dataclass(frozen=True)
class DashboardRefresh:
    """The data sets of which a refresh was started, and those of which one failed, with the reason."""

    started: Sequence[str]
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Kept:
    """What is remembered of a data set: what it was made of, and its last refresh, begun at `at` (epoch seconds)."""

    made_of: str = ""
    ingestion: str = ""
    at: float = 0.0


def refresh_dashboards(
    objects: Objects, clients: ListedClients, data_sets: DataSets, owner: str, now: datetime
) -> DashboardRefresh:
    """Write the rules if they changed, and refresh every data set that changed and was not just refreshed.

    The rules come first. What failed is tried again; a copy stays what it was until then. `owner`: ARN of who owns the
    dashboards.
    """
    rules = _text(rules_of(_bundles(clients), owner))
    kept_rules = objects.read(object_keys.DASHBOARD_RULES)
    if kept_rules is None or kept_rules[0] != rules:
        objects.write(object_keys.DASHBOARD_RULES, rules, "application/x-ndjson")
    made_of = dict.fromkeys(RULE_DATA_SETS, hashlib.sha256(rules).hexdigest())
    made_of |= {dataset.name: _fingerprint(objects, dataset.name) for dataset in SHOWN_DATASETS}

    stored = objects.read(object_keys.DASHBOARD_REFRESHES)
    state = {name: _Kept(**kept) for name, kept in (json.loads(stored[0]) if stored else {}).items()}
    started, failed = [], {}
    for name, fingerprint in made_of.items():
        kept = state.get(name, _Kept())
        status = data_sets.status(name, kept.ingestion) if kept.ingestion else ""
        if status in _UNDER_WAY:
            continue
        if status in _FAILED:
            failed[name] = status
        elif fingerprint == kept.made_of:
            continue
        if now.timestamp() - kept.at < GAP_SECONDS:
            continue
        ingestion = f"{name.replace('_', '-')}-{now:%Y%m%dT%H%M%S}"
        refused = data_sets.refresh(name, ingestion)
        if refused:
            failed[name] = refused
        else:
            started.append(name)
            state[name] = _Kept(fingerprint, ingestion, now.timestamp())
    known = {name: asdict(kept) for name, kept in sorted(state.items()) if name in made_of}
    objects.write(object_keys.DASHBOARD_REFRESHES, json.dumps(known).encode(), "application/json")
    return DashboardRefresh(started, failed)


def _bundles(clients: ListedClients) -> Iterable[ClientBundle]:
    for slug in clients.slugs():
        try:
            yield clients.load(slug)
        except NotFound:
            continue  # withdrawn since it was listed


def _text(rules: Iterable[DashboardRule]) -> bytes:
    """Return rules as lines of JSON, as the table of rules has them."""
    return "".join(
        json.dumps(
            {
                "user_name": rule.user,
                "group_name": rule.group,
                "client": rule.client,
                "touchpoint": rule.touchpoint,
                "team": rule.team,
            },
            ensure_ascii=False,
        )
        + "\n"
        for rule in rules
    ).encode()


def _fingerprint(objects: Objects, dataset: str) -> str:
    """Return what stands for the files of a dataset: another one as soon as a file comes, goes or is replaced."""
    digest = hashlib.sha256()
    for found in objects.listing(f"{object_keys.DATASETS}{dataset}/"):
        digest.update(f"{found.key}\0{found.size}\0{found.modified}\n".encode())
    return digest.hexdigest()
