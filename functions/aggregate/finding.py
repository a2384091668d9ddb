"""The use case of the schedule: which clients have something new. One message each; needs no DuckDB."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.aggregate.fact_objects import clients_with_facts, divide_mixed_facts, new_facts
from functions.aggregate.freshness import digest_is_due, is_outdated, report_is_due
from functions.aggregate.roles import Objects, RunQueue
from functions.aggregate.state import State, state_key
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.dataset_run import DatasetRun
from functions.shared.domain.errors import NotFound
from functions.shared.services.clients import ListedClients


@dataclass(frozen=True)
class Found:
    """The clients for which a run was asked."""

    clients: Sequence[str]
    unreadable: Sequence[str] = ()
    """Keys of objects of an earlier release's facts that are none."""
    unfinished: bool = False
    """Whether the facts of an earlier release are still being divided among the clients: until then none is run."""
    unknown: Sequence[str] = field(default=())
    """Clients that were asked for by name and of which there is nothing."""


def find_clients(
    objects: Objects,
    clients: ListedClients,
    queue: RunQueue,
    now: datetime,
    has_time: Callable[[], bool],
    *,
    only: Collection[str] = (),
    rebuild: str = "",
    report: bool = False,
) -> Found:
    """Ask for a run of every client with something to do, or of those named in `only` whatever there is.

    `rebuild` (a name) and `report` as in DatasetRun: who asks for one of them by hand means every client.
    """
    divided, unreadable = divide_mixed_facts(objects, has_time)
    if not divided:
        return Found([], unreadable, unfinished=True)
    bundles = _bundles(clients)
    known = {*bundles, *clients_with_facts(objects)}
    everyone = bool(rebuild or report)
    wanted = [
        client
        for client in sorted(known)
        if (client in only if only else everyone or _has_work(objects, client, bundles.get(client), now))
    ]
    queue.send([DatasetRun(client, rebuild, report) for client in wanted])
    return Found(wanted, unreadable, unknown=sorted(set(only) - known))


def _bundles(clients: ListedClients) -> dict[str, ClientBundle]:
    bundles = {}
    for slug in clients.slugs():
        try:
            bundles[slug] = clients.load(slug)
        except NotFound:
            continue  # withdrawn since it was listed
    return bundles


def _has_work(objects: Objects, client: str, bundle: ClientBundle | None, now: datetime) -> bool:
    kept = objects.read(state_key(client))
    state = State.from_json(kept[0]) if kept else State()
    return bool(
        state.pending
        or is_outdated(state, bundle)
        or report_is_due(state, bundle, now)
        or digest_is_due(state, bundle, now)
        or next(new_facts(objects, client, state), None)
    )
