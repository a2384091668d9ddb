"""Moments as DynamoDB keeps them here: a number of epoch seconds, so that conditions and indexes can compare them."""

from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER


class EpochAttribute(Attribute[datetime]):
    """A zone-aware moment as whole epoch seconds (a number); it reads as UTC. What is less than a second is dropped.

    An attribute that TTL deletes by is PynamoDB's TTLAttribute, whose stored form is the same. PynamoDB's
    UTCDateTimeAttribute is not: it stores a text.
    """

    attr_type = NUMBER

    def serialize(self, value: datetime) -> str:
        """Return whole epoch seconds. Raises ValueError where the moment has no zone."""
        return str(int(_seconds(value)))

    def deserialize(self, value: Any) -> datetime:
        """Return a moment in UTC."""
        return datetime.fromtimestamp(float(value), UTC)


class PreciseEpochAttribute(EpochAttribute):
    """A zone-aware moment as epoch seconds with their fraction."""

    def serialize(self, value: datetime) -> str:
        """Return epoch seconds to the microsecond. Raises ValueError where the moment has no zone."""
        return repr(_seconds(value))


def _seconds(moment: datetime) -> float:
    if moment.tzinfo is None:
        raise ValueError("A moment to store must be zone-aware.")
    return moment.timestamp()
