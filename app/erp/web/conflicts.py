"""Pages of conflicts: three versions beside each other, and a choice."""

from typing import Final
from uuid import UUID

from litestar import get, post
from litestar.controller import Controller

from app.erp.schemas import ChoiceForm
from app.erp.services import choosing
from app.erp.services.post import Post
from app.erp.web.showing import show_conflict
from app.erp.web.stage import GIVEN, MANAGE, NOTHING_WRONG, Answer, Press, Returned, draw
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse

HERE: Final = "/erp/conflicts"


class ConflictPages(Controller):
    """What was changed on both sides."""

    path = HERE
    opt = MANAGE
    dependencies = GIVEN

    @get()
    async def every(self, post: Post, page: Page) -> PageResponse:
        """List conflicts, those that wait first."""
        found = [show_conflict(one, page.locale) for one in await choosing.read_conflicts(post)]
        return await draw(page, post, "conflicts", NOTHING_WRONG, conflicts=found)

    @get("/{conflict_id:uuid}")
    async def show(self, conflict_id: UUID, post: Post, page: Page) -> PageResponse:
        """Show one conflict."""
        return await _page(page, post, conflict_id, NOTHING_WRONG)

    @post("/{conflict_id:uuid}", status_code=200)
    async def choose(self, conflict_id: UUID, press: Press) -> Answer:
        """Let one version stand."""
        form = await read_form(press.request, ChoiceForm)

        async def change() -> None:
            wish = form.result()
            await choosing.choose(press.post, conflict_id, wish.choice, wish.reason, wish.version)

        async def again(found: Returned) -> PageResponse:
            return await _page(press.page, press.post, conflict_id, found)

        said = form.value.choice if form.value is not None else "ours"
        return await press.take(change(), again, f"{HERE}/{conflict_id}", said)


async def _page(page: Page, desk: Post, conflict_id: UUID, found: Returned) -> PageResponse:
    read = await choosing.read_conflict(desk, conflict_id)
    return await draw(page, desk, "conflict", found, conflict=show_conflict(read, page.locale))
