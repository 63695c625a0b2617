"""Pages of working calendars: one country each, its week, its hours and its days in one form."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import get, post
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.calendars.defaults import COUNTRIES
from app.calendars.rules import WEEK, Calendar, SpecialDay
from app.infra.db.transaction import Transaction
from app.infra.http.forms import Form, read_form
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.dates import date_time, short_date
from app.infra.i18n.places import country_name, weekday_name
from app.infra.pages.views import Choice, Tab
from app.kernel.clock import utc_now
from app.kernel.errors import Problem, RejectedError
from app.settings.rules.dates import read_day, write_day
from app.settings.schemas import CalendarForm
from app.settings.services import hours
from app.settings.services.office import Office
from app.settings.web.stage import (
    ADMIN,
    NOTHING_WRONG,
    SECTION,
    Answer,
    Returned,
    Section,
    differ,
    draw,
    sent_values,
)
from app.settings.web.zone import zone_choices

HERE: Final = "/settings/calendars"
_BLANKS: Final = 3  # lines to add days in
_HOURS: Final = ("opens", "closes", "pause_from", "pause_to")


class DayRow(Struct, frozen=True):
    """One line of the list of days, as it stands in the form."""

    date: str = ""
    kind: str = "off"
    name_ru: str = ""
    name_kk: str = ""
    name_en: str = ""


class Values(Struct, frozen=True):
    """What the form shows."""

    zone: str
    weekdays: Sequence[int]
    opens: str
    closes: str
    pause_from: str
    pause_to: str
    days: Sequence[DayRow]


class CalendarPages(Controller):
    """When people of a country work."""

    path = HERE
    opt = ADMIN
    dependencies = SECTION

    @get()
    async def first(self, actor: Actor, transaction: Transaction, page: Page) -> Answer:
        """Show the calendar of the tenant's own country."""
        home = await hours.read_home(Office(transaction, actor))
        return page.redirect(f"{HERE}/{home}")

    @get("/{country:str}")
    async def show(self, country: str, actor: Actor, transaction: Transaction, page: Page) -> PageResponse:
        """Show a country's calendar."""
        office = Office(transaction, actor)
        return await _page(page, office, await hours.find_calendar(office, country))

    @post("/{country:str}", status_code=200)
    async def save(self, country: str, section: Section) -> Answer:
        """Change a country's calendar."""
        await hours.find_calendar(section.office, country)
        form = await read_form(section.request, CalendarForm)
        chosen = await sent_values(section.request, "weekdays")

        async def change() -> None:
            value = form.result()
            wanted, places = _wanted(country, value)
            await hours.change_calendar(section.office, wanted, value.version, places)

        async def again(found: Returned) -> PageResponse:
            now = await hours.find_calendar(section.office, country)
            return await _page(section.page, section.office, now, found, _typed(form, chosen))

        return await section.take(change(), again, f"{HERE}/{country}", "calendar")


async def _page(
    page: Page,
    office: Office,
    calendar: Calendar,
    found: Returned = NOTHING_WRONG,
    typed: Values | None = None,
) -> PageResponse:
    stored = _stored(calendar)
    if found.is_older and typed is not None:
        pair = (_flat(page.locale, stored), _flat(page.locale, typed))
        found = msgspec.structs.replace(found, differences=differ(page.locale, *pair))
    changed = await hours.read_changed(office)
    values = typed or stored
    example = hours.example(calendar, utc_now())
    return draw(
        page,
        "calendars",
        found,
        country=calendar.country,
        country_name=country_name(page.locale, calendar.country),
        countries=[
            Tab(country_name(page.locale, code), f"{HERE}/{code}", is_active=code == calendar.country)
            for code in COUNTRIES
        ],
        is_shipped=calendar.country not in changed,
        version=calendar.version,
        values=values,
        weekdays=[Choice(str(day), weekday_name(page.locale, day)) for day in WEEK],
        zones=zone_choices(page.locale, values.zone if typed is None else stored.zone),
        rows=[*values.days, *(DayRow() for _ in range(_BLANKS))] if typed is None else values.days,
        in_hours=date_time(page.locale, example.hours, ZoneInfo(calendar.zone)),
        in_days=short_date(page.locale, example.days),
    )


def _wanted(country: str, value: CalendarForm) -> tuple[Calendar, tuple[int, ...]]:
    """Read a calendar from the form, and which rows its days stand in; empty rows are no days."""
    days: list[SpecialDay] = []
    places: list[int] = []
    problems: list[Problem] = []
    for place, row in enumerate(value.days):
        if not (row.date or row.name_ru or row.name_kk or row.name_en):
            continue
        when = read_day(row.date)
        if when is None:
            problems.append(Problem("no_such_day", f"days[{place}].date"))
            continue
        month, day, year = when
        days.append(SpecialDay(month, day, year, row.kind == "on", row.name_ru, row.name_kk, row.name_en))
        places.append(place)
    week = tuple(sorted(set(value.weekdays)))
    calendar = Calendar(
        country, value.zone, week, value.opens, value.closes, value.pause_from, value.pause_to, tuple(days)
    )
    if problems:
        raise RejectedError([*hours.problems_of(calendar, tuple(places)), *problems])
    return calendar, tuple(places)


def _stored(calendar: Calendar) -> Values:
    return Values(
        calendar.zone,
        calendar.weekdays,
        _clock(calendar.opens),
        _clock(calendar.closes),
        _clock(calendar.pause_from),
        _clock(calendar.pause_to),
        days=[
            DayRow(
                write_day(one.month, one.day, one.year),
                "on" if one.is_working else "off",
                one.name_ru,
                one.name_kk,
                one.name_en,
            )
            for one in calendar.days
        ],
    )


def _typed(form: Form[CalendarForm], chosen: Sequence[str]) -> Values:
    """Give back what was typed, whether it could be read or not."""
    raw = form.raw
    rows: list[DayRow] = []
    while (place := len(rows)) < len(raw) and f"days[{place}].date" in raw:
        rows.append(DayRow(**{name: raw.get(f"days[{place}].{name}", "") for name in DayRow.__struct_fields__}))
    week = [int(one) for one in chosen if one.isascii() and one.isdigit()]
    return Values(raw.get("zone", ""), week, *(raw.get(name, "") for name in _HOURS), days=rows)


def _flat(locale: str, values: Values) -> Mapping[str, str]:
    return {
        "zone": values.zone,
        "weekdays": ", ".join(weekday_name(locale, day, is_short=True) for day in values.weekdays if day in WEEK),
        "opens": values.opens,
        "closes": values.closes,
        "pause_from": values.pause_from,
        "pause_to": values.pause_to,
        "days": "; ".join(f"{one.date} {one.name_ru}" for one in values.days if one.date),
    }


def _clock(moment: time | None) -> str:
    return "" if moment is None else f"{moment.hour:02d}:{moment.minute:02d}"
