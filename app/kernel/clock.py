"""Time as the portal means it: aware UTC inside, the tenant's calendar for business dates."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Read the wall clock; tests pass their own Clock instead."""
    return datetime.now(UTC)


def business_date(now: datetime, zone: str) -> date:
    """Turn an instant into the tenant's calendar day (R15), e.g. zone ``Asia/Almaty``."""
    return now.astimezone(ZoneInfo(zone)).date()
