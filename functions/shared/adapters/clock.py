"""The time, as the functions take it in."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, zone-aware, in UTC."""
    return datetime.now(UTC)
