"""Where a paper stands, day by day."""

from datetime import date, timedelta

import pytest

from app.partners.rules import Outlook, outlook

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("status", "begins", "ends", "expected"),
    [
        ("live", None, None, "live"),
        ("live", 0, None, "live"),
        ("live", 1, None, "coming"),
        ("live", 1, 5, "coming"),
        ("live", -400, 61, "live"),
        ("live", None, 60, "ending"),
        ("live", None, 31, "ending"),
        ("live", None, 30, "ending_soon"),
        ("live", None, 8, "ending_soon"),
        ("live", None, 7, "ending_now"),
        ("live", None, 0, "ending_now"),
        ("live", None, -1, "ended"),
        ("draft", None, -1, "draft"),
        ("closed", None, 100, "closed"),
    ],
)
def test_the_outlook_of_a_paper(status: str, begins: int | None, ends: int | None, expected: Outlook) -> None:
    valid_from = None if begins is None else TODAY + timedelta(days=begins)
    valid_to = None if ends is None else TODAY + timedelta(days=ends)
    assert outlook(status, valid_from, valid_to, TODAY) == expected
