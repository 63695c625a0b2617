"""Pages of comparisons: what was found, where, since when, healed how."""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.controller import Controller
from msgspec import Struct

from app.access.downloads import offer
from app.erp.notices import stream_name
from app.erp.schemas import CompareInput, ComparisonView, DifferenceView, FileFormat, FileInput, RegulationForm
from app.erp.schemas import RegulationInput as Wish
from app.erp.services import comparisons
from app.erp.services.post import Post
from app.erp.web.stage import GIVEN, MANAGE, NOTHING_WRONG, Answer, Press, Returned, draw
from app.erp.wording import DEPTHS, DIFFERENCES, FIGURES, HOWS, RUNS
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.request import EdgeRequest
from app.infra.i18n.wording import gettext
from app.infra.pages.views import BadgeView

HERE: Final = "/erp/comparisons"
_FIGURE: Final = re.compile(r"(^|, )(?:([0-9]+)\.)?([a-z_]+)(?= )")
TYPES: Final[dict[FileFormat, str]] = {
    "csv": "text/csv",  # the framework adds the charset
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class RunRow(Struct, frozen=True):
    """One comparison in words."""

    view: ComparisonView
    badge: BadgeView
    depth: str
    left: int
    is_open: bool


class DifferenceRow(Struct, frozen=True):
    """One difference in words."""

    view: DifferenceView
    data: str
    badge: BadgeView
    how: str
    ours: str
    theirs: str


class ComparisonPages(Controller):
    """What the portal has against what 1C has."""

    path = HERE
    opt = MANAGE
    dependencies = GIVEN

    @get()
    async def every(self, post: Post, page: Page) -> PageResponse:
        """List comparisons; a partial request gets the list alone."""
        if page.is_partial:
            runs = await _runs(page, post)
            return page.fragment("erp/comparisons.html", "runs", status_code=200, headers=None, runs=runs)
        return await _page(page, post, NOTHING_WRONG)

    @post(status_code=200)
    async def ask(self, press: Press) -> Answer:
        """Ask for a comparison now."""
        form = await read_form(press.request, CompareInput)

        async def change() -> None:
            await comparisons.ask(press.post, form.result().depth)

        return await press.take(change(), lambda found: _page(press.page, press.post, found), HERE, "compare")

    @post("/schedule", status_code=200)
    async def regulate(self, press: Press) -> Answer:
        """Change how often is compared."""
        form = await read_form(press.request, RegulationForm)

        async def change() -> None:
            wish = form.result()
            await comparisons.regulate(press.post, Wish(wish.every_m, wish.heal_most), wish.version)

        return await press.take(change(), lambda found: _page(press.page, press.post, found), HERE, "regulation")

    @get("/{comparison_id:uuid}")
    async def show(self, comparison_id: UUID, post: Post, page: Page) -> PageResponse:
        """Show what a comparison found."""
        found = await comparisons.read_differences(post, comparison_id)
        runs = [one for one in await _runs(page, post) if one.view.id == comparison_id]
        return await draw(
            page,
            post,
            "comparison",
            NOTHING_WRONG,
            run=runs[0],
            rows=[_difference(one, page.locale) for one in found],
            most=comparisons.MOST_SHOWN,
        )

    @post("/{comparison_id:uuid}/export", status_code=200)
    async def take(self, comparison_id: UUID, post: Post, request: EdgeRequest) -> Response[bytes]:
        """Give the same rows as a file."""
        form = (await read_form(request, FileInput)).result()
        offer(request.scope, await comparisons.export(post, comparison_id, form.format))
        return file_answer(form.format)


def file_answer(form: FileFormat) -> Response[bytes]:
    """Give the head of a file whose pieces follow."""
    headers = {"Content-Disposition": f'attachment; filename="differences.{form}"', "Cache-Control": "no-store"}
    return Response(b"", media_type=TYPES[form], headers=headers)


async def _page(page: Page, desk: Post, found: Returned) -> PageResponse:
    regulation = await comparisons.read_regulation(desk)
    return await draw(page, desk, "comparisons", found, runs=await _runs(page, desk), regulation=regulation)


async def _runs(page: Page, desk: Post) -> Sequence[RunRow]:
    return [_run(one, page.locale) for one in await comparisons.read_comparisons(desk)]


def _run(one: ComparisonView, locale: str) -> RunRow:
    words, tone = RUNS[one.state]
    badge = BadgeView(gettext(locale, words), tone)
    return RunRow(one, badge, gettext(locale, DEPTHS[one.depth]), one.found - one.healed, one.ended_at is None)


def _difference(one: DifferenceView, locale: str) -> DifferenceRow:
    words, tone = DIFFERENCES[one.kind]
    badge = BadgeView(gettext(locale, words), tone)
    return DifferenceRow(
        *(one, stream_name(locale, one.stream), badge, gettext(locale, HOWS[one.how])),
        ours=_figures(one.ours, locale),
        theirs=_figures(one.theirs, locale),
    )


def _figures(text: str, locale: str) -> str:
    """Name the figures people ask about in their language; ``1.quantity 4`` is of the first line."""

    def named(found: re.Match[str]) -> str:
        before, place, name = found.groups()
        if name not in FIGURES:
            return found[0]
        return f"{before}{place + '. ' if place else ''}{gettext(locale, FIGURES[name])}"

    return _FIGURE.sub(named, text)
