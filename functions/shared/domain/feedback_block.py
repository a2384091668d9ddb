"""The promise not to ask again: how long a feedback block lasts, and whom it stops."""

import calendar
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from functions.shared.domain.client import Client, Period


class BlockState(NamedTuple):
    """Nobody but the invitation that holds it may be admitted before `expires_at` (zone-aware).

    `claimants` are the rows of files that claimed it for that invitation (`functions.shared.domain.upload.Claim`).
    """

    invitation_id: str
    expires_at: datetime
    claimants: frozenset[str] = frozenset()


def block_keys(person: str, address_key: str | None, client: Client) -> tuple[str, ...]:
    """Return the keys under which a person's block is kept: the person's, and the address's where that is another.

    One mailbox is asked once, however many customer numbers or spellings lead to it. A client whose customers share
    addresses (`shared_addresses`) blocks the person alone.
    """
    if address_key in (None, person) or client.shared_addresses:
        return (person,)
    return person, str(address_key)


def is_blocked(block: BlockState | None, now: datetime, invitation_id: str | None = None) -> bool:
    """Say whether a block stops an invitation at `now`: a block that ran out does not, nor does its own."""
    return block is not None and block.expires_at > now and block.invitation_id != invitation_id


def block_end(start: datetime, length: Period, zone: ZoneInfo) -> datetime:
    """Return the first moment (UTC, a whole second) at which a block that starts at `start` no longer stops anybody.

    Months are calendar months on the wall clock of `zone`; a day that the month does not have becomes its last one
    (30 November and three months: 28 February), a time that a clock change skips moves past the gap, and of a doubled
    one the first is meant. Days are n x 24 hours. A part of a second is rounded up: a block is never shorter than said.
    """
    if length.days is not None:
        end = start.astimezone(UTC) + timedelta(days=length.days)
    else:
        end = _months_later(start.astimezone(zone), length.months or 0).astimezone(UTC)
    return end.replace(microsecond=0) + timedelta(seconds=1 if end.microsecond else 0)


def _months_later(local: datetime, months: int) -> datetime:
    years, month = divmod(local.month - 1 + months, 12)
    year = local.year + years
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day, fold=0)
