"""What a calendar must be, and how people write its days."""

from datetime import time

import pytest
from msgspec.structs import replace

from app.calendars.rules import Calendar, SpecialDay
from app.settings.rules.calendars import find_problems
from app.settings.rules.dates import read_day, write_day

GOOD = Calendar(
    "KZ", "Asia/Almaty", (1, 2, 3, 4, 5), time(9), time(18), time(13), time(14), (SpecialDay(12, 16, name_ru="День"),)
)
NAMED = SpecialDay(3, 8, name_ru="День")


def faults(calendar: Calendar, *places: int) -> list[tuple[str, str]]:
    """The codes and fields of everything that is wrong."""
    return [(one.code, one.field) for one in find_problems(calendar, places)]


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        (GOOD, []),
        (replace(GOOD, pause_from=None, pause_to=None), []),
        (replace(GOOD, weekdays=(7,)), []),
        (replace(GOOD, weekdays=()), [("weekdays_missing", "weekdays")]),
        (replace(GOOD, weekdays=(1, 8)), [("not_a_choice", "weekdays")]),
        (replace(GOOD, weekdays=(1, 1)), [("not_a_choice", "weekdays")]),
        (replace(GOOD, opens=time(18)), [("hours_reversed", "closes")]),
        (replace(GOOD, opens=time(19)), [("hours_reversed", "closes")]),
        (replace(GOOD, pause_from=None), [("pause_half", "pause_from")]),
        (replace(GOOD, pause_to=None), [("pause_half", "pause_to")]),
        (replace(GOOD, pause_from=time(9)), [("pause_outside", "pause_from")]),
        (replace(GOOD, pause_to=time(18)), [("pause_outside", "pause_from")]),
        (replace(GOOD, pause_from=time(15)), [("pause_outside", "pause_from")]),
        (replace(GOOD, pause_from=time(9, 1), pause_to=time(17, 59)), []),
        (replace(GOOD, days=(replace(NAMED, day=31, month=4),)), [("no_such_day", "days[0].date")]),
        (replace(GOOD, days=(replace(NAMED, name_ru=""),)), [("required", "days[0].name_ru")]),
        (replace(GOOD, days=(NAMED, NAMED)), [("day_twice", "days[1].date")]),
        (replace(GOOD, days=(NAMED, replace(NAMED, year=2026))), []),
    ],
)
def test_everything_that_is_wrong_is_named_with_its_field(calendar: Calendar, expected: list[tuple[str, str]]) -> None:
    assert faults(calendar) == expected


def test_everything_is_told_at_once_and_rows_are_counted_as_the_form_does() -> None:
    bad = replace(GOOD, weekdays=(), closes=time(8), days=(NAMED, NAMED))
    assert faults(bad, 2, 5) == [
        ("weekdays_missing", "weekdays"),
        ("hours_reversed", "closes"),
        ("day_twice", "days[5].date"),
    ]


def test_the_break_is_told_with_the_hours_it_must_lie_in() -> None:
    problem = find_problems(replace(GOOD, pause_from=time(8, 5)))[0]
    assert problem.params == {"opens": "09:00", "closes": "18:00"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16.12", (12, 16, None)),
        ("16.12.", (12, 16, None)),
        ("1.5", (5, 1, None)),
        ("27.05.2026", (5, 27, 2026)),
        ("2026-05-27", (5, 27, 2026)),
        ("31.02", (2, 31, None)),
        ("16/12", None),
        ("", None),
        ("16.12.26", None),
        ("2026-5-27", None),
        ("\u0661\u0666.12", None),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str, expected: tuple[int, int, int | None] | None) -> None:
    assert read_day(text) == expected


@pytest.mark.parametrize(("day", "text"), [((12, 16, None), "16.12"), ((5, 7, 2026), "07.05.2026")])
def test_a_day_is_written_as_it_is_read(day: tuple[int, int, int | None], text: str) -> None:
    assert write_day(*day) == text
    assert read_day(text) == day
