"""The page of a tenant's own mapping: what is in use, the next one, what it would change."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.controller import Controller
from msgspec import Struct

from app.erp.notices import stream_name
from app.erp.schemas import (
    DraftForm,
    DraftInput,
    DraftView,
    KeptMappingView,
    MappingView,
    StreamLook,
    UseForm,
    VersionForm,
)
from app.erp.services import mapping
from app.erp.services.post import Post
from app.erp.web.stage import GIVEN, MANAGE, NOTHING_WRONG, Answer, Press, Returned, draw
from app.erp.wording import ALL_DATA, LOOKS, PROOFS
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.wording import gettext
from app.infra.pages.views import BadgeView, Choice

HERE: Final = "/erp/mapping"


class LookRow(Struct, frozen=True):
    """What a draft does to one stream, in words."""

    view: StreamLook
    name: str
    badge: BadgeView


class Fit(Struct, frozen=True):
    """How many streams a family could read."""

    title: str
    count: int


class MappingPages(Controller):
    """Where each stream comes from over the standard interface."""

    path = HERE
    opt = MANAGE
    dependencies = GIVEN

    @get()
    async def show(self, post: Post, page: Page) -> PageResponse:
        """Show the mapping; a partial request gets the draft with what was seen of it."""
        if page.is_partial:
            now = await mapping.read_mapping(post)
            return page.fragment("erp/mapping.html", "draft", status_code=200, headers=None, **_seen(now, page.locale))
        return await _page(page, post, NOTHING_WRONG)

    @post(status_code=200)
    async def draft(self, press: Press) -> Answer:
        """Write a draft; the worker holds it against the ERP."""
        form = await read_form(press.request, DraftForm)

        async def change() -> None:
            wish = form.result()
            await mapping.draft(press.post, DraftInput(wish.family, wish.text), wish.version)

        async def again(found: Returned) -> PageResponse:
            typed = (form.raw.get("family", ""), form.raw.get("text", ""))
            return await _page(press.page, press.post, found, typed)

        return await press.take(change(), again, HERE, "mapping_draft")

    @post("/use", status_code=200)
    async def use(self, press: Press) -> Answer:
        """Put the draft into use."""
        form = await read_form(press.request, UseForm)

        async def change() -> None:
            wish = form.result()
            await mapping.use(press.post, wish.reason, wish.version)

        return await press.take(change(), lambda found: _page(press.page, press.post, found), HERE, "mapping_use")

    @post("/look", status_code=200)
    async def look(self, press: Press) -> Answer:
        """Hold the draft against the ERP once more."""
        form = await read_form(press.request, VersionForm)

        async def change() -> None:
            await mapping.look_again(press.post, form.result().version)

        return await press.take(change(), lambda found: _page(press.page, press.post, found), HERE, "mapping_draft")

    @post("/drop", status_code=200)
    async def drop(self, press: Press) -> Answer:
        """Throw the draft away."""
        form = await read_form(press.request, VersionForm)

        async def change() -> None:
            await mapping.drop(press.post, form.result().version)

        return await press.take(change(), lambda found: _page(press.page, press.post, found), HERE, "mapping_drop")

    @post("/{mapping_id:uuid}/draft", status_code=200)
    async def go_back(self, mapping_id: UUID, press: Press) -> Answer:
        """Draft a mapping that was in use before."""
        form = await read_form(press.request, VersionForm)

        async def change() -> None:
            await mapping.go_back(press.post, mapping_id, form.result().version)

        return await press.take(change(), lambda found: _page(press.page, press.post, found), HERE, "mapping_draft")


async def _page(page: Page, desk: Post, found: Returned, typed: tuple[str, str] | None = None) -> PageResponse:
    now = await mapping.read_mapping(desk)
    stored = (now.draft.family, now.draft.text) if now.draft else (now.family, now.text)
    family, text = typed or stored
    return await draw(
        page,
        desk,
        "mapping",
        found,
        **_seen(now, page.locale),
        family=family,
        text=text,
        errors={one.field: one.text for one in found.problems},
        choices=[
            Choice(one.family, f"{one.title} – {gettext(page.locale, PROOFS[one.proof])}") for one in now.families
        ],
        kept=_former(now.kept),
    )


def _former(kept: Sequence[KeptMappingView]) -> Sequence[KeptMappingView]:
    return sorted(kept, key=lambda one: not one.is_used)


def _seen(now: MappingView, locale: str) -> dict[str, object]:
    titles = {one.family: one.title for one in now.families}
    return {
        "now": now,
        "title": titles.get(now.family, now.family),
        "titles": titles,
        "draft": now.draft,
        "rows": _rows(now.draft, locale),
        "fits": _fits(now.draft, titles),
    }


def _fits(draft: DraftView | None, titles: dict[str, str]) -> Sequence[Fit]:
    if draft is None or draft.look is None:
        return []
    return [Fit(title, draft.look.fits[name]) for name, title in titles.items() if name in draft.look.fits]


def _rows(draft: DraftView | None, locale: str) -> Sequence[LookRow]:
    if draft is None or draft.look is None:
        return []
    rows = [_row(one, locale) for one in draft.look.streams]
    return sorted(rows, key=lambda row: row.view.is_readable_then)


def _row(one: StreamLook, locale: str) -> LookRow:
    words, tone = LOOKS[one.is_readable_now, one.is_readable_then]
    name = stream_name(locale, one.stream) if one.stream else gettext(locale, ALL_DATA)
    return LookRow(one, name, BadgeView(gettext(locale, words), tone))
