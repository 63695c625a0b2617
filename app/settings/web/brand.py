"""The page of the brand: names, colour with its computation, logo."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec
from litestar import get, post
from litestar.controller import Controller
from litestar.datastructures import UploadFile

from app.access.actors import Actor
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.kernel.colours import is_colour
from app.settings.schemas import BrandForm, BrandInput, BrandView, VersionForm
from app.settings.services import brand
from app.settings.services.office import Office, plain
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

HERE: Final = "/settings/brand"
_PORTAL: Final = "#0b6170"  # the portal's own colour, where a picker begins
_TEXTS: Final = tuple(name for name in BrandInput.__struct_fields__ if name != "accent")


class BrandPages(Controller):
    """How the portal looks to everybody."""

    path = HERE
    opt = ADMIN
    dependencies = SECTION

    @get()
    async def show(self, actor: Actor, transaction: Transaction, page: Page) -> PageResponse:
        """Show the brand."""
        return await _page(page, Office(transaction, actor))

    @post(status_code=200)
    async def save(self, section: Section) -> Answer:
        """Change names and colour, or only show what a colour would become."""
        form = await read_form(section.request, BrandForm)
        if form.value is not None and form.value.do == "check":
            return await _page(section.page, section.office, form.raw)

        async def change() -> None:
            value = form.result()
            await brand.change_brand(section.office, _wish(value), value.version)

        async def again(found: Returned) -> PageResponse:
            return await _page(section.page, section.office, form.raw, found)

        return await section.take(change(), again, HERE, "brand")

    @post("/logo", status_code=200)
    async def put_logo(self, section: Section) -> Answer:
        """Put a logo."""
        form = await read_form(section.request, VersionForm, ["png"])
        sent = (await section.request.form()).get("png")
        body = await sent.read() if isinstance(sent, UploadFile) else b""

        async def change() -> None:
            await brand.change_logo(section.office, body, form.result().version)

        return await section.take(change(), partial(_again, section), HERE, "logo")

    @post("/logo/remove", status_code=200)
    async def remove_logo(self, section: Section) -> Answer:
        """Take the logo away."""
        form = await read_form(section.request, VersionForm)

        async def change() -> None:
            await brand.remove_logo(section.office, form.result().version)

        return await section.take(change(), partial(_again, section), HERE, "no_logo")


async def _again(section: Section, found: Returned) -> PageResponse:
    return await _page(section.page, section.office, found=found)


async def _page(
    page: Page, office: Office, raw: Mapping[str, str] | None = None, found: Returned = NOTHING_WRONG
) -> PageResponse:
    now = await brand.read_brand(office)
    values = _stored(now) if raw is None else _typed(raw)
    if found.is_older and raw is not None:
        found = msgspec.structs.replace(found, differences=differ(page.locale, _flat(_stored(now)), _flat(values)))
    accent = values["accent"].lower() if values["has_accent"] else ""
    return draw(
        page,
        "brand",
        found,
        brand=now,
        values=values,
        fits=brand.fits(accent) if is_colour(accent) else [],
        is_checked=raw is not None and not found.problems and not found.is_older,
    )


def _wish(value: BrandForm) -> BrandInput:
    texts = {name: text for name, text in plain(value).items() if name in _TEXTS}
    return msgspec.convert({**texts, "accent": value.accent if value.has_accent else ""}, BrandInput)


def _stored(now: BrandView) -> dict[str, str]:
    texts = {name: str(text) for name, text in plain(now).items() if name in _TEXTS}
    return {**texts, "has_accent": "true" if now.accent else "", "accent": now.accent or _PORTAL}


def _typed(raw: Mapping[str, str]) -> dict[str, str]:
    return {name: raw.get(name, "") for name in (*_TEXTS, "has_accent", "accent")}


def _flat(values: Mapping[str, str]) -> dict[str, str]:
    """Give the fields two versions are compared by."""
    texts = {name: values[name] for name in _TEXTS}
    return {**texts, "accent": values["accent"].lower() if values["has_accent"] else ""}
