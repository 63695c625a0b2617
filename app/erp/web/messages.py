"""Pages of messages that could not be delivered."""

from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import get, post
from litestar.controller import Controller
from litestar.params import Parameter

from app.erp.schemas import ReasonInput
from app.erp.services import messages
from app.erp.services.post import Post
from app.erp.web.showing import show_message
from app.erp.web.stage import GIVEN, MANAGE, NOTHING_WRONG, Answer, Press, Returned, draw
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse

HERE: Final = "/erp/messages"
OfDeed = Annotated[Literal["retry", "renew", "skip"], Parameter(description="what becomes of the message")]


class MessagePages(Controller):
    """Messages to the ERP that wait for a decision."""

    path = HERE
    opt = MANAGE
    dependencies = GIVEN

    @get()
    async def every(self, post: Post, page: Page) -> PageResponse:
        """List messages that wait, and what was decided lately."""
        waiting, settled = await messages.read_messages(post)
        return await draw(
            page,
            post,
            "messages",
            NOTHING_WRONG,
            waiting=[show_message(one, page.locale) for one in waiting],
            settled=[show_message(one, page.locale) for one in settled],
        )

    @get("/{message_id:uuid}")
    async def show(self, message_id: UUID, post: Post, page: Page) -> PageResponse:
        """Show one message with its attempts."""
        return await _page(page, post, message_id, NOTHING_WRONG)

    @post("/{message_id:uuid}/{deed:str}", status_code=200)
    async def decide(self, message_id: UUID, deed: OfDeed, press: Press) -> Answer:
        """Try again, send as a new version, or skip."""
        form = await read_form(press.request, ReasonInput)

        async def change() -> None:
            await messages.decide(press.post, message_id, deed, form.result().reason)

        async def again(found: Returned) -> PageResponse:
            return await _page(press.page, press.post, message_id, found)

        return await press.take(change(), again, f"{HERE}/{message_id}", deed)


async def _page(page: Page, desk: Post, message_id: UUID, found: Returned) -> PageResponse:
    read = await messages.read_message(desk, message_id)
    return await draw(page, desk, "message", found, message=show_message(read, page.locale))
