"""The first page of the exchange: channels, alerts, throughput, streams, messages."""

from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import get, post
from litestar.controller import Controller
from litestar.params import Parameter

from app.erp.schemas import PauseForm, ReloadForm, VersionForm
from app.erp.services import overview
from app.erp.services.post import Post
from app.erp.web.showing import Monitor, show_exchange
from app.erp.web.stage import GIVEN, MANAGE, NOTHING_WRONG, VIEW, Answer, Press, Returned, draw
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse

HERE: Final = "/erp"
OfDirection = Annotated[Literal["in", "out"], Parameter(description="in: news from the ERP; out: messages to it")]


class MonitorPages(Controller):
    """How the exchange stands."""

    path = HERE
    opt = VIEW
    dependencies = GIVEN

    @get()
    async def show(self, post: Post, page: Page) -> PageResponse:
        """Show the exchange; a partial request gets what moves."""
        if page.is_partial:
            context = {"can_manage": await post.may("manage"), "now": await _read(page, post)}
            return page.fragment("erp/overview.html", "live", status_code=200, headers=None, **context)
        return await _page(page, post, NOTHING_WRONG)

    @post("/channels/{direction:str}", opt=MANAGE, status_code=200)
    async def pause(self, direction: OfDirection, press: Press) -> Answer:
        """Pause a direction, or let it through again."""
        form = await read_form(press.request, PauseForm)

        async def change() -> None:
            wish = form.result()
            await overview.set_pause(
                press.post, direction, is_paused=wish.paused, reason=wish.reason, version=wish.version
            )

        said = "pause" if form.value is not None and form.value.paused else "resume"
        return await press.take(change(), lambda found: _page(press.page, press.post, found), HERE, said)

    @post("/reload", opt=MANAGE, status_code=200)
    async def reload(self, press: Press) -> Answer:
        """Ask to load a stream anew."""
        form = await read_form(press.request, ReloadForm)

        async def change() -> None:
            wish = form.result()
            await overview.reload(press.post, wish.stream, wish.reason)

        return await press.take(change(), lambda found: _page(press.page, press.post, found), HERE, "reload")

    @post("/alerts/{alert_id:uuid}/seen", opt=MANAGE, status_code=200)
    async def see(self, alert_id: UUID, press: Press) -> Answer:
        """Say that one looks after an alert."""
        form = await read_form(press.request, VersionForm)

        async def change() -> None:
            await overview.see_alert(press.post, alert_id, form.result().version)

        return await press.take(change(), lambda found: _page(press.page, press.post, found), HERE, "seen")


async def _read(page: Page, desk: Post) -> Monitor:
    return show_exchange(await overview.read_exchange(desk), page.locale, desk.actor.zone)


async def _page(page: Page, desk: Post, found: Returned) -> PageResponse:
    return await draw(page, desk, "overview", found, now=await _read(page, desk))
