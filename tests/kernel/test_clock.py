"""Rule R15: a business date is the tenant's calendar day."""

from datetime import UTC, date, datetime

from app.kernel.clock import business_date, utc_now


def test_the_day_turns_at_the_tenants_midnight() -> None:
    late = datetime(2026, 12, 31, 19, 30, tzinfo=UTC)
    assert business_date(late, "Asia/Almaty") == date(2027, 1, 1)
    assert business_date(late, "Europe/London") == date(2026, 12, 31)


def test_the_clock_knows_its_zone() -> None:
    assert utc_now().tzinfo is UTC
