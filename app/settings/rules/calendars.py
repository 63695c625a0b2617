"""What a working calendar must be before it is saved: every reason at once, by the field of the form."""

from collections.abc import Iterator
from datetime import time

from app.calendars.rules import WEEK, Calendar, is_real_day
from app.kernel.errors import Problem


def find_problems(calendar: Calendar, places: tuple[int, ...] = ()) -> list[Problem]:
    """List what is wrong; ``places`` are the rows of the form the days stand in, if they do not just count up."""
    return [*_week(calendar), *_hours(calendar), *_days(calendar, places or tuple(range(len(calendar.days))))]


def _week(calendar: Calendar) -> Iterator[Problem]:
    if not calendar.weekdays:
        yield Problem("weekdays_missing", "weekdays")
    elif set(calendar.weekdays) - set(WEEK) or len(set(calendar.weekdays)) < len(calendar.weekdays):
        yield Problem("not_a_choice", "weekdays")


def _hours(calendar: Calendar) -> Iterator[Problem]:
    if calendar.opens >= calendar.closes:
        yield Problem("hours_reversed", "closes")
        return
    begin, end = calendar.pause_from, calendar.pause_to
    if begin is None and end is None:
        return
    if begin is None or end is None:
        yield Problem("pause_half", "pause_from" if begin is None else "pause_to")
    elif not calendar.opens < begin < end < calendar.closes:
        hours = {"opens": _said(calendar.opens), "closes": _said(calendar.closes)}
        yield Problem("pause_outside", "pause_from", hours)


def _days(calendar: Calendar, places: tuple[int, ...]) -> Iterator[Problem]:
    seen = set[tuple[int, int, int | None]]()
    for place, one in zip(places, calendar.days, strict=True):
        when = (one.month, one.day, one.year)
        if not is_real_day(*when):
            yield Problem("no_such_day", f"days[{place}].date")
        elif when in seen:
            yield Problem("day_twice", f"days[{place}].date")
        seen.add(when)
        if not one.name_ru:
            yield Problem("required", f"days[{place}].name_ru")


def _said(moment: time) -> str:
    return f"{moment.hour:02d}:{moment.minute:02d}"
