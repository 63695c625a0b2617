"""The page of the time zone."""

from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import get, post
from litestar.controller import Controller

from app.access.actors import Actor
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.dates import date_time
from app.infra.i18n.places import zone_name
from app.infra.pages.views import Choice
from app.kernel.clock import utc_now
from app.settings.schemas import TimeForm, TimeInput
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
)

HERE: Final = "/settings/time"


class TimePages(Controller):
    """When the manufacturer's day begins."""

    path = HERE
    opt = ADMIN
    dependencies = SECTION

    @get()
    async def show(self, actor: Actor, transaction: Transaction, page: Page) -> PageResponse:
        """Show the time zone."""
        return await _page(page, Office(transaction, actor))

    @post(status_code=200)
    async def save(self, section: Section) -> Answer:
        """Change the time zone."""
        form = await read_form(section.request, TimeForm)

        async def change() -> None:
            value = form.result()
            await hours.change_time(section.office, TimeInput(value.zone), value.version)

        async def again(found: Returned) -> PageResponse:
            return await _page(section.page, section.office, found, form.raw.get("zone", ""))

        return await section.take(change(), again, HERE, "time")


async def _page(page: Page, office: Office, found: Returned = NOTHING_WRONG, typed: str = "") -> PageResponse:
    stored = await hours.read_time(office)
    choices = zone_choices(page.locale, stored.zone)
    if found.is_older:
        names = {one.value: one.label for one in choices}
        both = [{"zone": names.get(zone, zone)} for zone in (stored.zone, typed)]
        found = msgspec.structs.replace(found, differences=differ(page.locale, *both))
    return draw(
        page,
        "time",
        found,
        version=stored.version,
        zone=typed or stored.zone,
        now=date_time(page.locale, utc_now(), ZoneInfo(stored.zone)),
        choices=choices,
    )


def zone_choices(locale: str, chosen: str) -> list[Choice]:
    """Offer the zones of the region, and the one that is set."""
    now = utc_now()
    names = hours.OFFERED_ZONES if chosen in hours.OFFERED_ZONES else (chosen, *hours.OFFERED_ZONES)
    return [Choice(name, zone_name(locale, name, now)) for name in names]
