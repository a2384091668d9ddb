"""The seats of touchpoints' quotas, in DynamoDB: never more than there are, and never two for one invitation."""

from datetime import UTC, datetime, timedelta
from time import sleep

from pynamodb.exceptions import DoesNotExist

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.tables import QuotaCount
from functions.shared.domain.errors import TryAgain

_KEPT = timedelta(days=70)
_ATTEMPTS = 40


class DynamoQuotas:
    """Counts by period, with what each holder (a chunk of a file) has of them.

    The count is read and written back on the condition that nobody wrote it in between. A retry of a chunk finds the
    seats of its first attempt; a chunk that is decided is forgotten, so that the item does not grow with the files.
    """

    def admitted(self, period: str) -> int:
        """Return how many seats are taken."""
        return int(_read(period).admitted)

    def reserve(self, period: str, holder: str, taken: int, wanted: int, most: int) -> int:
        """Return how many of `wanted` seats `holder` has for more invitations than the `taken` ones that it made."""
        for attempt in range(_ATTEMPTS):
            item = _read(period)
            held = int(item.seats.get(holder, 0))
            free = max(0, held - taken)
            more = max(0, min(wanted - free, most - int(item.admitted)))
            if not more or _written(item, holder, held + more, more):
                return min(wanted, free + more)
            sleep(0.002 * attempt)
        raise TryAgain(f"The quota of {period} is asked for by too many at once.")

    def release(self, period: str, holder: str, used: int) -> None:
        """Give back the seats that a holder has beyond the ones that it used."""
        for attempt in range(_ATTEMPTS):
            item = _read(period)
            held = int(item.seats.get(holder, 0))
            if held <= used or _written(item, holder, used, used - held):
                return
            sleep(0.002 * attempt)
        raise TryAgain(f"The quota of {period} is asked for by too many at once.")

    def commit(self, period: str, holder: str) -> None:
        """Forget which seats are a holder's, now that it asks for no more: they stay taken."""
        for attempt in range(_ATTEMPTS):
            item = _read(period)
            if holder not in item.seats or _written(item, holder, None, 0):
                return
            sleep(0.002 * attempt)
        raise TryAgain(f"The quota of {period} is asked for by too many at once.")


def _read(period: str) -> QuotaCount:
    try:
        item = QuotaCount.get(period, consistent_read=True)
    except DoesNotExist:
        item = QuotaCount(period, admitted=0, version=0, expires_at=_expiry(period))
    item.seats = item.seats or {}
    return item


def _written(item: QuotaCount, holder: str, seats: int | None, change: int) -> bool:
    """Write a changed count; say whether nobody else did since it was read. `seats` None: the holder goes."""
    read = item.version
    item.version = read + 1
    item.admitted = item.admitted + change
    others = {name: held for name, held in item.seats.items() if name != holder}
    item.seats = others if seats is None else {**others, holder: seats}
    with conditional() as write:
        item.save(condition=QuotaCount.period.does_not_exist() if read == 0 else QuotaCount.version == read)
    return write.held


def _expiry(period: str) -> datetime:
    day = period.rpartition("/")[2]
    return datetime.fromisoformat(day if len(day) == 10 else f"{day}-01").replace(tzinfo=UTC) + _KEPT
