"""The page of the brand: names, colour with its computation, logo."""

from collections.abc import Mapping
from typing import Final

import msgspec
from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State, UploadFile

from app.access.actors import Actor
from app.access.tenants import Tenants
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.kernel.colours import is_colour
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError
from app.settings.schemas import BrandForm, BrandInput, BrandView, VersionForm
from app.settings.services import brand
from app.settings.services.office import Office, plain
from app.settings.web.stage import ADMIN, NOTHING_WRONG, Returned, differ, done, draw, returned

HERE: Final = "/settings/brand"
_PORTAL: Final = "#0b6170"  # the portal's own colour, where a picker begins
_TEXTS: Final = tuple(name for name in BrandInput.__struct_fields__ if name != "accent")
Answer = PageResponse | Response[None]


class BrandPages(Controller):
    """How the portal looks to everybody."""

    path = HERE
    opt = ADMIN

    @get()
    async def show(self, actor: Actor, transaction: Transaction, page: Page) -> PageResponse:
        """Show the brand."""
        return await _page(page, Office(transaction, actor))

    @post(status_code=200)
    async def save(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        page: Page,
        wording: Wording,
        tenants: Tenants,
    ) -> Answer:
        """Change names and colour, or only show what a colour would become."""
        office, form = Office(transaction, actor), await read_form(request, BrandForm)
        try:
            value = form.result()
            if value.do == "check":
                return await _page(page, office, form.raw)
            await brand.change_brand(office, _wish(value), value.version)
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _page(page, office, form.raw, returned(page, wording, error))
        tenants.forget()
        return page.redirect(HERE, flash=done(page, "brand"))

    @post("/logo", status_code=200)
    async def put_logo(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        page: Page,
        wording: Wording,
        tenants: Tenants,
    ) -> Answer:
        """Put a logo."""
        office, form = Office(transaction, actor), await read_form(request, VersionForm, ["png"])
        sent = (await request.form()).get("png")
        body = await sent.read() if isinstance(sent, UploadFile) else b""
        try:
            await brand.change_logo(office, body, form.result().version)
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _page(page, office, found=returned(page, wording, error))
        tenants.forget()
        return page.redirect(HERE, flash=done(page, "logo"))

    @post("/logo/remove", status_code=200)
    async def remove_logo(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        page: Page,
        wording: Wording,
        tenants: Tenants,
    ) -> Answer:
        """Take the logo away."""
        office, form = Office(transaction, actor), await read_form(request, VersionForm)
        try:
            await brand.remove_logo(office, form.result().version)
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _page(page, office, found=returned(page, wording, error))
        tenants.forget()
        return page.redirect(HERE, flash=done(page, "no_logo"))


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
