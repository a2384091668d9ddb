"""When a client's rows are made again from the facts, and when its report is."""

from datetime import datetime

from functions.aggregate.state import FORMAT, State
from functions.shared.domain.client import ClientBundle

DIGEST_HOUR = 7
"""Of the client's Monday."""


def settings_of(bundle: ClientBundle | None) -> str:
    """Return what decides where a client's rows fall and what they tell of it, as its state keeps it."""
    if bundle is None:
        return str(FORMAT)
    return f"{FORMAT} {bundle.client.timezone} {bundle.client.per_employee} {bundle.client.thresholds.score}"


def is_outdated(state: State, bundle: ClientBundle | None) -> bool:
    """Say whether what is kept was made by other settings; those of a client that was withdrawn stay as they were."""
    if bundle is None:
        return state.settings.partition(" ")[0] != str(FORMAT)
    return state.settings != settings_of(bundle)


def report_is_due(state: State, bundle: ClientBundle | None, now: datetime) -> bool:
    """Say whether a client's report is to be made.

    It is where the client was published anew, once a day of the client's, and where as many answers came as the
    smallest group that is shown has: one answer more would be told by the difference of two reports.
    """
    if bundle is None:
        return False
    return (
        state.reported != bundle.version
        or state.reported_on != local_day(bundle, now)
        or state.unreported >= bundle.client.thresholds.score
    )


def digest_is_due(state: State, bundle: ClientBundle | None, now: datetime) -> bool:
    """Say whether the client's readers have not had this week's mail: it leaves from Monday morning on."""
    if bundle is None or not bundle.client.readers or state.digested == week_of(bundle, now):
        return False
    local = now.astimezone(bundle.client.zone)
    return local.weekday() > 0 or local.hour >= DIGEST_HOUR


def week_of(bundle: ClientBundle, now: datetime) -> str:
    """Return the client's ISO week, such as 2026-W47."""
    return f"{now.astimezone(bundle.client.zone):%G-W%V}"


def local_day(bundle: ClientBundle, now: datetime) -> str:
    """Return the client's day, yyyy-mm-dd."""
    return f"{now.astimezone(bundle.client.zone):%Y-%m-%d}"
