from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain.client import Period
from functions.shared.domain.feedback_block import BlockState, block_end, is_blocked

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Hypothesis adds the zone itself.
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-11-22T10:00+01:00", 3, "2027-02-22T10:00+01:00"),
        ("2026-11-30T10:00+01:00", 3, "2027-02-28T10:00+01:00"),
        ("2027-11-30T10:00+01:00", 3, "2028-02-29T10:00+01:00"),
        ("2026-10-31T10:00+01:00", 1, "2026-11-30T10:00+01:00"),
        ("2026-12-31T23:59+01:00", 12, "2027-12-31T23:59+01:00"),
        # The wall clock counts: an hour of clock change lies between, and the block is an hour more or less.
        ("2026-09-01T10:00+02:00", 3, "2026-12-01T10:00+01:00"),
        ("2027-01-15T10:00+01:00", 3, "2027-04-15T10:00+02:00"),
        # 02:30 does not exist on 28 March 2027; on 25 October 2026 it exists twice and the first one is meant.
        ("2026-12-28T02:30+01:00", 3, "2027-03-28T03:30+02:00"),
        ("2026-07-25T02:30+02:00", 3, "2026-10-25T02:30+02:00"),
    ],
)
def test_months_are_calendar_months_on_the_clients_clock(start, months, end):
    assert block_end(datetime.fromisoformat(start), Period(months=months), AMSTERDAM) == datetime.fromisoformat(end)


def test_the_month_is_that_of_the_clients_zone_and_not_of_utc():
    # 1 December in Amsterdam, still 30 November in UTC.
    start = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)

    assert block_end(start, Period(months=3), AMSTERDAM) == datetime(2027, 2, 28, 23, 30, tzinfo=UTC)


@given(moments, st.integers(1, 400))
def test_days_are_of_24_hours(start, days):
    end = block_end(start, Period(days=days), AMSTERDAM)

    assert timedelta(0) <= end - (start + timedelta(days=days)) < timedelta(seconds=1)


@given(moments, st.integers(1, 60))
def test_a_block_of_months_ends_on_a_whole_second_between_28_and_31_days_a_month_later(start, months):
    end = block_end(start, Period(months=months), AMSTERDAM)

    assert end.microsecond == 0
    assert timedelta(days=28 * months, hours=-2) < end - start < timedelta(days=31 * months, hours=2)


@given(moments, moments)
def test_a_block_stops_exactly_until_it_expires(expires_at, now):
    block = BlockState("an-invitation", expires_at)

    assert is_blocked(block, now) == (now < expires_at)
    assert not is_blocked(block, now, invitation_id="an-invitation")
    assert is_blocked(block, now, invitation_id="another") == (now < expires_at)


def test_nobody_is_blocked_without_a_block():
    assert not is_blocked(None, NOW)
