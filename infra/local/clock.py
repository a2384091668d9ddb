"""The clock of one system: the real one, moved. The deployed functions read the same file (see overlay/)."""

import json
from datetime import UTC, datetime, timedelta

from infra.local.workdir import Workdir, write_json


def offset(workdir: Workdir) -> timedelta:
    """Return how far the clock is ahead of the real one."""
    try:
        return timedelta(seconds=float(json.loads(workdir.clock.read_text())["offset_seconds"]))
    except FileNotFoundError:
        return timedelta(0)


def now(workdir: Workdir) -> datetime:
    """Return the moment that the system lives in, zone-aware, in UTC."""
    return datetime.now(UTC) + offset(workdir)


def move(workdir: Workdir, by: timedelta) -> None:
    """Move the clock ahead by `by`. Raises ValueError for a move back: what has happened stays."""
    if by < timedelta(0):
        raise ValueError("The clock only moves ahead.")
    write_json(workdir.clock, {"offset_seconds": (offset(workdir) + by).total_seconds()})


def move_to(workdir: Workdir, moment: datetime) -> None:
    """Move the clock ahead to a moment; do nothing where it is past already."""
    if (ahead := moment - now(workdir)) > timedelta(0):
        move(workdir, ahead)
