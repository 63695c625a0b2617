"""Working days and hours, counted by hand."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.calendars.defaults import COUNTRIES, default_calendar
from app.calendars.rules import (
    Calendar,
    CalendarError,
    SpecialDay,
    add_working_days,
    add_working_time,
    day_length,
    find_day,
    is_real_day,
    is_working_day,
    working_time_between,
)

ALMATY = ZoneInfo("Asia/Almaty")
PLAIN = Calendar("KZ", "Asia/Almaty", (1, 2, 3, 4, 5), time(9), time(18), time(13), time(14))
# 2026-03-20 is a Friday; Nauryz is on Saturday, Sunday and Monday.
KZ = default_calendar("KZ")


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """A moment of 2026 in Almaty."""
    return datetime(2026, month, day, hour, minute, tzinfo=ALMATY)


@pytest.mark.parametrize(
    ("calendar", "day", "expected"),
    [
        (PLAIN, date(2026, 3, 20), True),
        (PLAIN, date(2026, 3, 21), False),
        (KZ, date(2026, 3, 23), False),
        (KZ, date(2027, 3, 23), False),
        (KZ, date(2026, 3, 24), True),
        (replace(PLAIN, days=(SpecialDay(3, 21, 2026, is_working=True),)), date(2026, 3, 21), True),
        (replace(PLAIN, days=(SpecialDay(3, 20, 2026, is_working=True),)), date(2027, 3, 20), False),
    ],
)
def test_a_day_is_what_the_year_says_then_every_year_then_the_week(
    calendar: Calendar, day: date, *, expected: bool
) -> None:
    assert is_working_day(calendar, day) is expected


def test_the_word_for_one_year_stands_above_the_word_for_every_year() -> None:
    off, on = SpecialDay(7, 6), SpecialDay(7, 6, 2026, is_working=True)
    for days in ((off, on), (on, off)):
        calendar = replace(PLAIN, days=days)
        assert find_day(calendar, date(2026, 7, 6)) is on
        assert find_day(calendar, date(2027, 7, 6)) is off
    assert find_day(PLAIN, date(2026, 7, 6)) is None


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 3, 16), 3, date(2026, 3, 19)),
        (date(2026, 3, 19), 1, date(2026, 3, 20)),
        (date(2026, 3, 20), 1, date(2026, 3, 24)),  # over the weekend and Nauryz
        (date(2026, 3, 21), 1, date(2026, 3, 24)),
        (date(2026, 3, 20), 0, date(2026, 3, 20)),
        (date(2026, 3, 21), 0, date(2026, 3, 24)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
    ],
)
def test_working_days_are_counted_over_weekends_and_holidays(start: date, days: int, expected: date) -> None:
    assert add_working_days(KZ, start, days) == expected


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        (at(19, 10), 2, at(19, 12)),
        (at(19, 12), 2, at(19, 15)),  # the pause is not worked
        (at(19, 10), 8, at(20, 10)),
        (at(19, 7), 1, at(19, 10)),  # before opening
        (at(19, 13, 30), 1, at(19, 15)),  # within the pause
        (at(20, 17), 4, at(24, 12)),  # Friday evening, over Nauryz
        (at(21, 11), 1, at(24, 10)),  # a holiday
        (at(19, 9), 8, at(19, 18)),  # to the last minute of the day
        (at(19, 18), 0, at(20, 9)),  # nothing more is worked today
    ],
)
def test_working_hours_are_counted_within_the_hours_of_work(start: datetime, hours: int, expected: datetime) -> None:
    found = add_working_time(KZ, start, timedelta(hours=hours))
    assert found == expected
    assert found.tzinfo is UTC


def test_the_same_moment_is_counted_in_the_zone_of_the_calendar() -> None:
    # 16:00 in Almaty is 11:00 in UTC, and 19:00 in Shanghai, where the day is over.
    moment = datetime(2026, 3, 17, 11, tzinfo=UTC)
    assert add_working_time(PLAIN, moment, timedelta(hours=1)) == datetime(2026, 3, 17, 12, tzinfo=UTC)
    china = replace(PLAIN, zone="Asia/Shanghai")
    assert add_working_time(china, moment, timedelta(hours=1)) == datetime(2026, 3, 18, 2, tzinfo=UTC)


def test_an_hour_the_clocks_skip_is_not_worked() -> None:
    # Night shift in a place with summer time: 02:00 to 03:00 does not happen on 29 March 2026.
    berlin = Calendar("DE", "Europe/Berlin", (1, 2, 3, 4, 5, 6, 7), time(1), time(5))
    start = datetime(2026, 3, 29, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert add_working_time(berlin, start, timedelta(hours=2)) == datetime(2026, 3, 29, 2, tzinfo=UTC)
    assert working_time_between(berlin, start, start.replace(hour=5)) == timedelta(hours=3)


def test_time_between_two_moments_leaves_out_what_nobody_works() -> None:
    assert working_time_between(KZ, at(20, 17), at(24, 10)) == timedelta(hours=2)
    assert working_time_between(KZ, at(24, 10), at(20, 17)) == timedelta()
    assert working_time_between(KZ, at(19, 12), at(19, 15)) == timedelta(hours=2)
    assert working_time_between(KZ, at(21, 9), at(22, 18)) == timedelta()


def test_a_day_is_as_long_as_its_hours_without_the_pause() -> None:
    assert day_length(PLAIN) == timedelta(hours=8)
    assert day_length(replace(PLAIN, pause_from=None, pause_to=None)) == timedelta(hours=9)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.integers(1, 20_000))  # noqa: DTZ001 - made aware below
def test_what_was_added_is_what_lies_between(start: datetime, minutes: int) -> None:
    begin, span = start.replace(tzinfo=UTC, second=0, microsecond=0), timedelta(minutes=minutes)
    assert working_time_between(KZ, begin, add_working_time(KZ, begin, span)) == span


def test_a_calendar_without_work_is_an_error_and_not_an_endless_search() -> None:
    with pytest.raises(CalendarError):
        add_working_days(replace(PLAIN, weekdays=()), date(2026, 3, 20), 1)
    with pytest.raises(CalendarError):
        add_working_time(replace(PLAIN, weekdays=()), at(20, 9), timedelta(hours=1))


@pytest.mark.parametrize(
    ("month", "day", "year", "expected"),
    [(2, 29, None, True), (2, 29, 2028, True), (2, 29, 2026, False), (4, 31, None, False), (13, 1, None, False)],
)
def test_only_days_there_are_can_be_named(month: int, day: int, year: int | None, *, expected: bool) -> None:
    assert is_real_day(month, day, year) is expected


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_ships_with_its_fixed_holidays_in_three_languages(country: str) -> None:
    days = default_calendar(country).days
    assert len({(one.month, one.day) for one in days}) == len(days)
    assert all(one.name_ru and one.name_kk and one.name_en and one.year is None for one in days)
    assert all(is_real_day(one.month, one.day, one.year) and not one.is_working for one in days)
    assert [(one.month, one.day) for one in days] == sorted((one.month, one.day) for one in days)


@pytest.mark.parametrize(
    ("country", "count", "day"),
    [
        ("KZ", 14, (12, 16)),
        ("KG", 12, (8, 31)),
        ("TJ", 11, (9, 9)),
        ("CN", 6, (10, 3)),
        ("UZ", 7, (9, 1)),
        ("MN", 10, (7, 11)),
        ("TM", 8, (12, 12)),
    ],
)
def test_the_number_of_fixed_holidays_is_the_one_in_the_law(country: str, count: int, day: tuple[int, int]) -> None:
    days = default_calendar(country).days
    assert len(days) == count
    assert any((one.month, one.day) == day for one in days)
