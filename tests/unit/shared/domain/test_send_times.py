from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from holidays import list_supported_countries
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.shared.domain.client import Holidays, SendWindow
from functions.shared.domain.send_times import days_off, is_open, planned_send_time, unknown_holidays

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OFFICE = SendWindow()
WITHOUT_HOLIDAYS = days_off("XX", Holidays())


def dutch(received: str, holidays: Holidays | None = None, window: SendWindow = OFFICE) -> str:
    moment = datetime.fromisoformat(received)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)
    planned = planned_send_time(moment, window, AMSTERDAM, days_off("NL", holidays or Holidays()))
    assert planned.tzinfo is UTC
    return planned.astimezone(AMSTERDAM).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("received", "sent"),
    [
        ("2026-04-24T21:00", "2026-04-28T09:00+02:00"),  # Friday; Monday is King's Day
        ("2026-04-02T20:30", "2026-04-03T09:00+02:00"),  # Good Friday, worked
        ("2026-10-24T10:00+02:00", "2026-10-26T09:00+01:00"),  # clocks go back
        ("2026-12-24T20:00", "2026-12-28T09:00+01:00"),  # the closing moment is after the window
        ("2026-03-27T21:00", "2026-03-30T09:00+02:00"),  # clocks go forward
        ("2026-11-23T09:00", "2026-11-23T09:00+01:00"),  # the opening moment is inside
        ("2026-11-23T08:59", "2026-11-23T09:00+01:00"),
        ("2026-11-23T19:59", "2026-11-23T19:59+01:00"),
        ("2026-11-23T23:30+00:00", "2026-11-24T09:00+01:00"),  # already the next day in Amsterdam
    ],
)
def test_a_mail_leaves_on_the_day_of_receipt_or_the_next_working_day(received: str, sent: str) -> None:
    assert dutch(received) == sent


def test_good_friday_is_a_day_off_when_the_client_says_so() -> None:
    assert dutch("2026-04-02T20:30", Holidays(worked=())) == "2026-04-07T09:00+02:00"


def test_a_holiday_is_worked_under_its_english_or_its_own_name() -> None:
    for name in ("King's Day", "Koningsdag", "koningsdag"):
        assert dutch("2026-04-24T21:00", Holidays(worked=(name,))) == "2026-04-27T09:00+02:00"


def test_saying_which_holidays_are_worked_replaces_the_default_of_the_country() -> None:
    assert dutch("2026-04-02T20:30", Holidays(worked=("King's Day",))) == "2026-04-07T09:00+02:00"


def test_an_extra_day_off_is_kept() -> None:
    assert dutch("2026-11-22T12:00", Holidays(off=(date(2026, 11, 23),))) == "2026-11-24T09:00+01:00"


def test_a_country_without_known_holidays_has_only_its_extra_days_off() -> None:
    off = days_off("XX", Holidays(off=(date(2026, 12, 31),)))
    assert date(2026, 12, 25) not in off
    assert date(2026, 12, 31) in off


def test_a_worked_holiday_that_the_country_does_not_have_is_reported() -> None:
    worked = Holidays(worked=("Good Friday", "Koningsdag", "Kingsday"))
    assert unknown_holidays("NL", worked, 2026) == ["Kingsday"]


def test_a_window_that_a_clock_change_skips_opens_when_the_clock_has_jumped() -> None:
    santiago, midnight = ZoneInfo("America/Santiago"), SendWindow(days=("sun",), opens=time(0), closes=time(6))
    planned = planned_send_time(datetime(2026, 9, 5, 12, tzinfo=santiago), midnight, santiago, WITHOUT_HOLIDAYS)
    assert planned.astimezone(santiago).isoformat() == "2026-09-06T01:00:00-03:00"


def test_a_day_that_a_zone_skips_is_no_working_day() -> None:
    apia, friday = ZoneInfo("Pacific/Apia"), SendWindow(days=("fri",))
    planned = planned_send_time(datetime(2011, 12, 29, 12, tzinfo=apia), friday, apia, WITHOUT_HOLIDAYS)
    assert planned.astimezone(apia).date() == date(2012, 1, 6)


def test_a_client_that_never_works_is_refused() -> None:
    off = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(1500))
    with pytest.raises(ValueError, match="working day"):
        planned_send_time(datetime(2026, 2, 1, tzinfo=UTC), OFFICE, AMSTERDAM, days_off("NL", Holidays(off=off)))


ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})).map(ZoneInfo)
COUNTRIES = st.sampled_from([code for code in sorted(list_supported_countries()) if len(code) == 2])
START = datetime(2024, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 7 * 365 * 24 * 3600).map(lambda seconds: START + timedelta(seconds=seconds))
CLOCK = st.times().filter(lambda t: not time(2) <= t < time(3)).map(lambda t: t.replace(second=0, microsecond=0))


@st.composite
def windows(draw: st.DrawFn) -> SendWindow:
    days = draw(st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, unique=True))
    opens, closes = sorted((draw(CLOCK), draw(CLOCK)))
    assume(opens < closes)
    return SendWindow(days=tuple(days), opens=opens, closes=closes)


EVERY_CASE = given(received=MOMENTS, window=windows(), zone=ZONES, country=COUNTRIES)


@EVERY_CASE
@settings(max_examples=300, deadline=None)
def test_no_mail_ever_leaves_outside_the_window_or_before_it_is_received(
    received: datetime, window: SendWindow, zone: ZoneInfo, country: str
) -> None:
    off = days_off(country, Holidays())
    planned = planned_send_time(received, window, zone, off)
    assert planned >= received
    assert is_open(planned.astimezone(zone), window, off)


@EVERY_CASE
@settings(max_examples=150, deadline=None)
def test_planning_a_planned_moment_again_changes_nothing(
    received: datetime, window: SendWindow, zone: ZoneInfo, country: str
) -> None:
    off = days_off(country, Holidays())
    planned = planned_send_time(received, window, zone, off)
    assert planned_send_time(planned, window, zone, off) == planned


@EVERY_CASE
@settings(max_examples=300, deadline=None)
def test_no_mail_waits_longer_than_the_opening_of_the_next_working_day(
    received: datetime, window: SendWindow, zone: ZoneInfo, country: str
) -> None:
    off = days_off(country, Holidays())
    planned = planned_send_time(received, window, zone, off)
    quarter = timedelta(minutes=15)
    moment = received
    while moment < planned:
        assert not is_open(moment.astimezone(zone), window, off)
        moment += quarter
