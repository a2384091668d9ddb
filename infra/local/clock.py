"""The clock of one system: the real one, moved. The deployed functions read the same file (see overlay/)."""

import json
from datetime import UTC, datetime, timedelta

from infra.local.workdir import Room, write_json


def offset(room: Room) -> timedelta:
    """Return how far the clock is ahead of the real one."""
    try:
        return timedelta(seconds=float(json.loads(room.clock.read_text())["offset_seconds"]))
    except FileNotFoundError:
        return timedelta(0)


def now(room: Room) -> datetime:
    """Return the moment that the system lives in, zone-aware, in UTC."""
    return datetime.now(UTC) + offset(room)


def move(room: Room, by: timedelta) -> None:
    """Move the clock ahead by `by`. Raises ValueError for a move back: what has happened stays."""
    if by < timedelta(0):
        raise ValueError("The clock only moves ahead.")
    write_json(room.clock, {"offset_seconds": (offset(room) + by).total_seconds()})


def move_to(room: Room, moment: datetime) -> None:
    """Move the clock ahead to a moment; do nothing where it is past already."""
    if (ahead := moment - now(room)) > timedelta(0):
        move(room, ahead)
