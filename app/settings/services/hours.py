"""Time: the zone of the business day, and the working calendars of the countries."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from app.calendars.defaults import COUNTRIES
from app.calendars.queries import read_calendar, read_home_calendar, read_versions, write_calendar
from app.calendars.rules import Calendar, add_working_days, add_working_time
from app.kernel.clock import KNOWN_ZONES
from app.kernel.errors import ChangedMeanwhileError, NotFoundError, Problem, RejectedError
from app.settings.queries import tenant as queries
from app.settings.rules.calendars import find_problems
from app.settings.schemas import CalendarInput, CalendarView, TimeInput, TimeView
from app.settings.services.office import Office, plain

# Where the manufacturer and its customers are; any other IANA name is taken from scripts too.
OFFERED_ZONES: Final = (
    "Asia/Aqtau", "Asia/Aqtobe", "Asia/Atyrau", "Asia/Oral", "Asia/Qostanay", "Asia/Qyzylorda", "Asia/Almaty",
    "Asia/Bishkek", "Asia/Dushanbe", "Asia/Tashkent", "Asia/Ashgabat", "Asia/Urumqi", "Asia/Shanghai",
    "Asia/Hovd", "Asia/Ulaanbaatar", "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk",
)  # fmt: skip


class Example(Struct, frozen=True):
    """Four working hours and three working days from now."""

    hours: datetime
    days: date


async def read_time(office: Office) -> TimeView:
    """Read the zone as it stands."""
    row = await queries.read_tenant(office.transaction)
    return TimeView(row.zone, row.time_version)


async def change_time(office: Office, wish: TimeInput, version: int) -> TimeView:
    """Change the zone of the business day.

    Raises:
        ChangedMeanwhileError: somebody was faster.
        RejectedError: there is no such zone.
    """
    if wish.zone not in KNOWN_ZONES:
        raise RejectedError([Problem("zone_unknown", "zone")])
    old = await queries.read_tenant(office.transaction)
    if not await queries.write_zone(office.transaction, wish.zone, version):
        raise ChangedMeanwhileError((await read_time(office)).version)
    await office.note("zone.changed", {"zone": old.zone}, {"zone": wish.zone})
    return await read_time(office)


async def read_home(office: Office) -> str:
    """Name the country whose calendar the tenant itself works by."""
    return (await read_home_calendar(office.transaction)).country


async def read_calendars(office: Office) -> Sequence[Calendar]:
    """Read the calendars of all countries."""
    return [await read_calendar(office.transaction, country) for country in COUNTRIES]


async def read_changed(office: Office) -> frozenset[str]:
    """Name the countries whose calendar somebody has changed."""
    return frozenset(await read_versions(office.transaction))


async def find_calendar(office: Office, country: str) -> Calendar:
    """Read one calendar.

    Raises:
        NotFoundError: we keep none for this country.
    """
    if country not in COUNTRIES:
        raise NotFoundError
    return await read_calendar(office.transaction, country)


async def change_calendar(office: Office, wanted: Calendar, version: int, places: tuple[int, ...] = ()) -> Calendar:
    """Replace a country's calendar; ``places`` are the rows of the form its days stand in.

    Raises:
        NotFoundError: we keep none for this country.
        ChangedMeanwhileError: somebody was faster.
        RejectedError: with every reason.
    """
    old = await find_calendar(office, wanted.country)
    if problems := problems_of(wanted, places):
        raise RejectedError(problems)
    if not await write_calendar(office.transaction, wanted, version):
        raise ChangedMeanwhileError((await find_calendar(office, wanted.country)).version)
    await office.note("calendar.changed", _lines(old), _lines(wanted), wanted.country)
    return await find_calendar(office, wanted.country)


def calendar_of(country: str, wish: CalendarInput) -> Calendar:
    """Read a calendar from what a script sent."""
    named = {**plain(wish), "weekdays": sorted(wish.weekdays), "days": [plain(one) for one in wish.days]}
    return msgspec.convert({**named, "country": country}, Calendar)


def calendar_view(calendar: Calendar) -> CalendarView:
    """Show a calendar."""
    return msgspec.convert({**plain(calendar), "days": [plain(one) for one in calendar.days]}, CalendarView)


def example(calendar: Calendar, now: datetime) -> Example:
    """Show what the calendar makes of a deadline that begins now."""
    today = now.astimezone(ZoneInfo(calendar.zone)).date()
    return Example(add_working_time(calendar, now, timedelta(hours=4)), add_working_days(calendar, today, 3))


def problems_of(calendar: Calendar, places: tuple[int, ...]) -> list[Problem]:
    """List what is wrong with a calendar."""
    unknown = [] if calendar.zone in KNOWN_ZONES else [Problem("zone_unknown", "zone")]
    return [*unknown, *find_problems(calendar, places)]


def _lines(calendar: Calendar) -> dict[str, object]:
    """Write a calendar for the audit trail: days as short lines, so that a change is readable."""
    named = plain(calendar)
    days = [
        f"{one.year or '*'}-{one.month:02d}-{one.day:02d} {'+' if one.is_working else '-'} {one.name_ru}"
        for one in calendar.days
    ]
    hours = {name: str(named[name] or "") for name in ("opens", "closes", "pause_from", "pause_to")}
    week = list(calendar.weekdays)
    return {**hours, "country": calendar.country, "zone": calendar.zone, "weekdays": week, "days": days}
