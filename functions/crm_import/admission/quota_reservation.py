"""The touchpoint's own limits: so many invitations a local day, so many a calendar month."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from functions.crm_import.roles import Quotas
from functions.shared.domain.client import ClientBundle


class QuotaReservation:
    """Hands the seats of a touchpoint's quotas to one chunk of a file.

    The day is that on which the file was received, in the client's zone, so that a retry counts in the same one.
    """

    def __init__(self, bundle: ClientBundle, received: datetime, holder: str, quotas: Quotas) -> None:
        self._bundle = bundle
        self._day = received.astimezone(bundle.client.zone).date()
        self._holder = holder
        self._quotas = quotas

    def reserve(self, touchpoint: str, taken: int, wanted: int) -> tuple[int, str]:
        """Return (how many of `wanted` seats there are beside the `taken` ones, name of the limit that is reached)."""
        granted, limit = wanted, ""
        for period, most, why in self._periods(touchpoint):
            reserved = self._quotas.reserve(period, self._holder, taken, granted, most)
            if reserved < granted:
                granted, limit = reserved, why
        return granted, limit

    def release(self, touchpoints: Iterable[str], taken: Mapping[str, int]) -> None:
        """Give back what was reserved and not used; `taken` counts the invitations of the chunk by touchpoint."""
        for touchpoint in touchpoints:
            for period, _, _ in self._periods(touchpoint):
                self._quotas.release(period, self._holder, taken.get(touchpoint, 0))

    def commit(self, touchpoints: Iterable[str]) -> None:
        """Say that the decisions of the chunk stand, so that no retry will look for its quota."""
        for touchpoint in touchpoints:
            for period, _, _ in self._periods(touchpoint):
                self._quotas.commit(period, self._holder)

    def _periods(self, touchpoint: str) -> Iterator[tuple[str, int, str]]:
        quota = self._bundle.touchpoints[touchpoint].rules.quota
        place = f"{self._bundle.client.client}/{touchpoint}"
        if quota.per_day is not None:
            yield f"{place}/{self._day:%Y-%m-%d}", quota.per_day, "over_quota_day"
        if quota.per_month is not None:
            yield f"{place}/{self._day:%Y-%m}", quota.per_month, "over_quota_month"
