"""When a contract or an agreement is in force, and when its end is worth a warning (PRODUCT, process 4)."""

from datetime import date
from typing import Final, Literal

Outlook = Literal["draft", "coming", "live", "ending", "ending_soon", "ending_now", "ended", "closed"]

# Days before the last day at which people are warned, sharper each time.
_WARNINGS: Final[tuple[tuple[int, Outlook], ...]] = ((7, "ending_now"), (30, "ending_soon"), (60, "ending"))


def outlook(status: str, valid_from: date | None, valid_to: date | None, today: date) -> Outlook:
    """Say where a paper stands on this business date.

    ``status`` is draft, live or closed as the ERP has it, ``valid_to`` the last day.
    """
    if status != "live":
        return "draft" if status == "draft" else "closed"
    if valid_from is not None and today < valid_from:
        return "coming"
    return "live" if valid_to is None else _nearness(days_left(valid_to, today))


def days_left(valid_to: date, today: date) -> int:
    """Count the days until the last day; 0 is today, negative is over."""
    return (valid_to - today).days


def _nearness(left: int) -> Outlook:
    if left < 0:
        return "ended"
    for days, warning in _WARNINGS:
        if left <= days:
            return warning
    return "live"
