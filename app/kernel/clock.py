"""Time as the portal means it: aware UTC inside, the tenant's calendar for business dates."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

Clock = Callable[[], datetime]
# Not a place: the first is wherever the machine is set up to be, the second is nowhere.
_NO_PLACES: Final = frozenset({"localtime", "Factory"})
KNOWN_ZONES: Final = frozenset(available_timezones()) - _NO_PLACES


def utc_now() -> datetime:
    """Read the wall clock; tests pass their own Clock instead."""
    return datetime.now(UTC)


def business_date(now: datetime, zone: str) -> date:
    """Turn an instant into the tenant's calendar day (R15), e.g. zone ``Asia/Almaty``."""
    return now.astimezone(ZoneInfo(zone)).date()
