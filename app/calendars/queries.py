"""Working calendars as the tenant keeps them; until somebody changes one, it is the one we ship."""

from collections.abc import Mapping
from datetime import time
from typing import Final, cast

from app.calendars.defaults import COUNTRIES, default_calendar
from app.calendars.rules import Calendar, SpecialDay
from app.infra.db.transaction import Row, Transaction
from app.kernel.ids import new_id

_CALENDAR: Final = """
    SELECT country, zone, weekdays, opens, closes, pause_from, pause_to, version
    FROM calendars WHERE tenant_id = $1 AND country = $2
"""
_DAYS: Final = """
    SELECT month, day, year, is_working, name_ru, name_kk, name_en FROM calendar_days
    WHERE tenant_id = $1 AND country = $2 ORDER BY year NULLS FIRST, month, day
"""
_INSERT: Final = """
    INSERT INTO calendars (tenant_id, country, zone, weekdays, opens, closes, pause_from, pause_to)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
"""
_UPDATE: Final = """
    UPDATE calendars SET zone = $3, weekdays = $4, opens = $5, closes = $6, pause_from = $7, pause_to = $8,
        version = version + 1
    WHERE tenant_id = $1 AND country = $2 AND version = $9
"""
_INSERT_DAY: Final = """
    INSERT INTO calendar_days (tenant_id, id, country, month, day, year, is_working, name_ru, name_kk, name_en)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def read_calendar(transaction: Transaction, country: str) -> Calendar:
    """Read a country's calendar; a country we know nothing of works as the first we know."""
    row = await transaction.driver.fetchrow(_CALENDAR, transaction.tenant_id, country)
    if row is None:
        return default_calendar(country if country in COUNTRIES else COUNTRIES[0])
    days = await transaction.driver.fetch(_DAYS, transaction.tenant_id, country)
    return _calendar(row, tuple(_day(one) for one in days))


async def read_home_calendar(transaction: Transaction) -> Calendar:
    """Read the calendar of the country the tenant itself works in."""
    country = await transaction.driver.fetchval("SELECT country FROM tenants WHERE id = $1", transaction.tenant_id)
    return await read_calendar(transaction, str(country))


async def read_versions(transaction: Transaction) -> Mapping[str, int]:
    """Say which calendars somebody has changed, and how often."""
    rows = await transaction.driver.fetch(
        "SELECT country, version FROM calendars WHERE tenant_id = $1", transaction.tenant_id
    )
    return {str(row["country"]): cast("int", row["version"]) for row in rows}


async def write_calendar(transaction: Transaction, calendar: Calendar, version: int) -> bool:
    """Replace a calendar that still has this version; False if it has not, and nothing is written."""
    values = (transaction.tenant_id, calendar.country, calendar.zone, list(calendar.weekdays))
    hours = (calendar.opens, calendar.closes, calendar.pause_from, calendar.pause_to)
    if version == 0:
        done = await transaction.driver.execute(_INSERT, *values, *hours)
    else:
        done = await transaction.driver.execute(_UPDATE, *values, *hours, version)
    if done.endswith(" 0"):
        return False
    await transaction.driver.execute(
        "DELETE FROM calendar_days WHERE tenant_id = $1 AND country = $2", transaction.tenant_id, calendar.country
    )
    await transaction.driver.executemany(
        _INSERT_DAY,
        [(transaction.tenant_id, new_id(), calendar.country, *_columns(one)) for one in calendar.days],
    )
    return True


def _columns(one: SpecialDay) -> tuple[object, ...]:
    return (one.month, one.day, one.year, one.is_working, one.name_ru, one.name_kk, one.name_en)


def _calendar(row: Row, days: tuple[SpecialDay, ...]) -> Calendar:
    return Calendar(
        country=str(row["country"]),
        zone=str(row["zone"]),
        weekdays=tuple(cast("list[int]", row["weekdays"])),
        opens=cast("time", row["opens"]),
        closes=cast("time", row["closes"]),
        pause_from=cast("time | None", row["pause_from"]),
        pause_to=cast("time | None", row["pause_to"]),
        days=days,
        version=cast("int", row["version"]),
    )


def _day(row: Row) -> SpecialDay:
    return SpecialDay(
        month=cast("int", row["month"]),
        day=cast("int", row["day"]),
        year=cast("int | None", row["year"]),
        is_working=row["is_working"] is True,
        name_ru=str(row["name_ru"]),
        name_kk=str(row["name_kk"]),
        name_en=str(row["name_en"]),
    )
