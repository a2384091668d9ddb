"""When a mail may leave: inside the client's window, on its working days, in its local time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from holidays import country_holidays

from functions.shared.domain.client import Holidays, SendWindow, Weekday

_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

WORKED_BY_DEFAULT: Mapping[str, tuple[str, ...]] = MappingProxyType({"NL": ("Good Friday",)})
"""Public holidays on which is worked unless the client says otherwise, by country."""

_HORIZON = timedelta(days=730)


@dataclass(frozen=True)
class DaysOff:
    """The days on which no mail leaves although the window names their weekday: `day in days_off`."""

    country: str
    worked: frozenset[str] = frozenset()
    """Names of public holidays on which is worked, in lower case, in English or the country's language."""
    extra: frozenset[date] = field(default_factory=frozenset)

    def __contains__(self, day: date) -> bool:
        return day in self.extra or day in _holidays_kept(self.country, self.worked, day.year)


@lru_cache(maxsize=256)
def days_off(country: str, holidays: Holidays) -> DaysOff:
    """Return the days off of a country (ISO 3166-1), changed by what the client says.

    A country that the `holidays` library does not know has the client's own days off only.
    """
    worked = WORKED_BY_DEFAULT.get(country, ()) if holidays.worked is None else holidays.worked
    return DaysOff(country, frozenset(name.casefold() for name in worked), frozenset(holidays.off))


def unknown_holidays(country: str, holidays: Holidays, year: int) -> list[str]:
    """Return the names in `holidays.worked` that no public holiday of the country has, from last year to ten on.

    For the check of a client folder: a name with a slip in it would otherwise be a day off in silence.
    """
    known: set[str] = set()
    for span in range(year - 1, year + 11):
        for names in _public_holidays(country, span).values():
            known.update(*names)
    return [name for name in holidays.worked or () if name.casefold() not in known]


def planned_send_time(received: datetime, window: SendWindow, zone: ZoneInfo, days_off: DaysOff) -> datetime:
    """Return the moment (UTC) at which a mail that is ready at `received` (zone-aware) leaves.

    Inside the window: at once. Before it opens: at its opening. After it closes (its closing moment included) or on a
    day off: at the opening of the next working day. The window is of the wall clock in `zone`: on a day that skips
    the opening, it opens as much later as the clock jumps. Raises ValueError where no day of two years is worked.
    """
    received = received.astimezone(UTC)
    local = received.astimezone(zone)
    if is_open(local, window, days_off):
        return received
    day = local.date()
    last = day + _HORIZON
    while day <= last:
        # On the night that doubles an hour a wall-clock time happens twice: fold 0 and fold 1.
        for fold in (0, 1):
            opening = datetime.combine(day, window.opens, zone).replace(fold=fold).astimezone(UTC)
            if opening >= received and is_open(opening.astimezone(zone), window, days_off):
                return opening
        day += timedelta(days=1)
    raise ValueError("no day of the next two years is a working day inside the send window")


def is_open(local: datetime, window: SendWindow, days_off: DaysOff) -> bool:
    """Say whether mail may leave at a moment, given in the client's local time."""
    day = local.date()
    return (
        _WEEKDAYS[day.weekday()] in window.days and window.opens <= local.time() < window.closes and day not in days_off
    )


@lru_cache(maxsize=1024)
def _holidays_kept(country: str, worked: frozenset[str], year: int) -> frozenset[date]:
    """Return the public holidays of a year on which is not worked: those with a name that `worked` lacks."""
    return frozenset(
        day for day, names in _public_holidays(country, year).items() if not all(aliases & worked for aliases in names)
    )


@lru_cache(maxsize=1024)
def _public_holidays(country: str, year: int) -> Mapping[date, tuple[frozenset[str], ...]]:
    """Return the public holidays of a year: for each of the names of a day, its forms in lower case."""
    try:
        own = country_holidays(country, years=year, observed=True)
    except NotImplementedError:
        return MappingProxyType({})
    spoken = {own.default_language, "en_US"} & set(own.supported_languages)
    versions = [country_holidays(country, years=year, language=language) for language in spoken] or [own]
    return MappingProxyType(
        {
            day: tuple(
                frozenset(name.casefold() for name in forms)
                for forms in zip(*(version.get_list(day) for version in versions), strict=False)
            )
            for day in own
        }
    )
