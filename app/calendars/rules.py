"""Counting in working time: pure functions over one country's calendar.

A deadline "in three working days" or "in four working hours" means the days and hours of the country where the work
is done. A day named for one year stands above a day named for every year, and both above the week.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

WEEK: Final = (1, 2, 3, 4, 5, 6, 7)  # ISO: Monday is 1
_HORIZON_DAYS: Final = 3660  # no deadline is further away than ten years
_LEAP: Final = 2000  # a year that has every day there is
_NONE: Final = timedelta()


class SpecialDay(Struct, frozen=True):
    """A holiday, or a day off made a working one; without a year it comes every year."""

    month: int
    day: int
    year: int | None = None
    is_working: bool = False
    name_ru: str = ""
    name_kk: str = ""
    name_en: str = ""


class Calendar(Struct, frozen=True):
    """How a country works; ``version`` is 0 as long as nobody changed what we ship."""

    country: str  # ISO 3166 alpha-2
    zone: str  # IANA name
    weekdays: tuple[int, ...]  # of WEEK
    opens: time
    closes: time
    pause_from: time | None = None
    pause_to: time | None = None
    days: tuple[SpecialDay, ...] = ()
    version: int = 0


class CalendarError(Exception):
    """The calendar has no working time within ten years; a saved one cannot be like that."""


def find_day(calendar: Calendar, day: date) -> SpecialDay | None:
    """Find what is special about a day; one year's word stands above every year's."""
    found = [one for one in calendar.days if (one.month, one.day) == (day.month, day.day)]
    exact = next((one for one in found if one.year == day.year), None)
    return exact or next((one for one in found if one.year is None), None)


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether people work on this day."""
    special = find_day(calendar, day)
    return day.isoweekday() in calendar.weekdays if special is None else special.is_working


def add_working_days(calendar: Calendar, start: date, days: int) -> date:
    """Count working days on; ``start`` itself is not counted, and 0 gives the first working day from it on.

    Raises:
        CalendarError: there are none.
    """
    day, left = start, days
    for _ in range(_HORIZON_DAYS):
        if left <= 0 and is_working_day(calendar, day):
            return day
        day += timedelta(days=1)
        left -= is_working_day(calendar, day)
    raise CalendarError


def add_working_time(calendar: Calendar, start: datetime, span: timedelta) -> datetime:
    """Count working hours on from an aware moment; gives the aware moment in UTC when they are over.

    Raises:
        CalendarError: there is no working time.
    """
    zone = ZoneInfo(calendar.zone)
    day, left = start.astimezone(zone).date(), span
    for _ in range(_HORIZON_DAYS):
        for begin, end in _stretches(calendar, day):
            since = max(begin, start)
            if since < end:
                if end - since >= left:
                    return (since + left).astimezone(UTC)
                left -= end - since
        day += timedelta(days=1)
    raise CalendarError


def working_time_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Count the working time from one aware moment to a later one; nothing if it is not later."""
    zone = ZoneInfo(calendar.zone)
    day, last, total = start.astimezone(zone).date(), end.astimezone(zone).date(), _NONE
    while day <= last:
        for begin, finish in _stretches(calendar, day):
            total += max(_NONE, min(finish, end) - max(begin, start))
        day += timedelta(days=1)
    return total


def day_length(calendar: Calendar) -> timedelta:
    """How long a working day is without its pause."""
    return sum((_span(begin, end) for begin, end in _parts(calendar)), _NONE)


def is_real_day(month: int, day: int, year: int | None) -> bool:
    """Whether the calendar of all people has this day; 29 February of every year comes when it comes."""
    try:
        date(year or _LEAP, month, day)
    except ValueError:
        return False
    return True


def _parts(calendar: Calendar) -> Sequence[tuple[time, time]]:
    if calendar.pause_from is None or calendar.pause_to is None:
        return [(calendar.opens, calendar.closes)]
    return [(calendar.opens, calendar.pause_from), (calendar.pause_to, calendar.closes)]


def _stretches(calendar: Calendar, day: date) -> Sequence[tuple[datetime, datetime]]:
    """List a day's working hours as moments in UTC, so that a change of the clocks is counted as it was lived."""
    if not is_working_day(calendar, day):
        return []
    zone = ZoneInfo(calendar.zone)
    return [
        (datetime.combine(day, begin, zone).astimezone(UTC), datetime.combine(day, end, zone).astimezone(UTC))
        for begin, end in _parts(calendar)
    ]


def _span(begin: time, end: time) -> timedelta:
    return datetime.combine(date.min, end) - datetime.combine(date.min, begin)
