"""The page of the tenant's 1C:ERP: where it is, how to enter it, whether it answers."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec
from litestar import get, post
from litestar.controller import Controller

from app.access.actors import Actor
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.wording import gettext
from app.infra.pages.views import Choice
from app.settings.schemas import InfobaseForm, InfobaseInput, InfobaseView, SurfaceForm, VersionForm
from app.settings.services import infobase
from app.settings.services.infobase import Servers
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
from app.settings.wording import SURFACES, SURFACES_USED, VERDICT_TONES, VERDICTS

HERE: Final = "/settings/infobase"
_FIELDS: Final = ("base", "infobase", "username")


class InfobasePages(Controller):
    """Where the tenant's data comes from."""

    path = HERE
    opt = ADMIN
    dependencies = SECTION

    @get()
    async def show(self, actor: Actor, transaction: Transaction, page: Page) -> PageResponse:
        """Show where the infobase is; a partial request gets the verdict alone."""
        office = Office(transaction, actor)
        if page.is_partial:
            context = _verdict(page, await infobase.read_infobase(office))
            return page.fragment("settings/infobase.html", "verdict", status_code=200, headers=None, **context)
        return await _page(page, office)

    @post(status_code=200)
    async def save(self, section: Section, servers: Servers) -> Answer:
        """Name the infobase; the worker looks at it at once."""
        form = await read_form(section.request, InfobaseForm)

        async def change() -> None:
            value = form.result()
            wish = InfobaseInput(value.base, value.infobase, value.username, value.secret)
            await infobase.change_infobase(section.office, servers, wish, value.version)

        async def again(found: Returned) -> PageResponse:
            return await _page(section.page, section.office, found, form.raw)

        return await section.take(change(), again, HERE, "infobase")

    @post("/look", status_code=200)
    async def look(self, section: Section) -> Answer:
        """Ask the worker to look again."""
        asking = infobase.ask_for_a_look(section.office)
        return await section.take(asking, partial(_page, section.page, section.office), HERE)

    @post("/surface", status_code=200)
    async def choose_surface(self, section: Section) -> Answer:
        """Say over which interface of 1C the portal talks."""
        form = await read_form(section.request, SurfaceForm)

        async def change() -> None:
            value = form.result()
            await infobase.change_surface(section.office, value.surface, value.version)

        return await section.take(change(), partial(_page, section.page, section.office), HERE, "surface")

    @post("/usual", status_code=200)
    async def go_back(self, section: Section) -> Answer:
        """Use the infobase the operator set again."""
        form = await read_form(section.request, VersionForm)

        async def change() -> None:
            await infobase.go_back(section.office, form.result().version)

        return await section.take(change(), partial(_page, section.page, section.office), HERE, "usual")


async def _page(
    page: Page,
    office: Office,
    found: Returned = NOTHING_WRONG,
    raw: Mapping[str, str] | None = None,
) -> PageResponse:
    now = await infobase.read_infobase(office)
    stored = {"base": now.base, "infobase": now.infobase, "username": now.username}
    values = stored if raw is None else {name: raw.get(name, "") for name in _FIELDS}
    if found.is_older and raw is not None:
        found = msgspec.structs.replace(found, differences=differ(page.locale, stored, values))
    return draw(
        page,
        "infobase",
        found,
        now=now,
        values=values,
        surfaces=[Choice(name, gettext(page.locale, words)) for name, words in SURFACES.items()],
        surface_used=gettext(page.locale, SURFACES_USED[now.surface_used]),
        **_verdict(page, now),
    )


def _verdict(page: Page, now: InfobaseView) -> dict[str, object]:
    words = VERDICTS.get(now.verdict, "")
    return {
        "verdict": now,
        "verdict_words": gettext(page.locale, words) if words else "",
        "verdict_tone": VERDICT_TONES.get(now.verdict, "bad"),
    }
