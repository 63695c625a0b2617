"""The bell as a page."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.controller import Controller

from app.access.actors import Actor
from app.infra.db.transaction import Transaction
from app.infra.http.collections import CursorText
from app.infra.http.page import Page, PageResponse, safe_path
from app.infra.pages.views import Pager
from app.notifications.bell import Bell

PATH: Final = "/notifications"
PAGE_SIZE: Final = 30


class NotificationPages(Controller):
    """One's own news."""

    path = PATH
    opt = {"permission": "notification:view"}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get()
    async def show(
        self, actor: Actor, transaction: Transaction, bell: Bell, page: Page, cursor: CursorText = None
    ) -> PageResponse:
        """Show one's news, the newest first."""
        found = await bell.page(transaction, actor, cursor=cursor, unread_only=False, limit=PAGE_SIZE)
        pager = Pager(
            shown=len(found.items),
            total=found.total,
            first_href=PATH if cursor else "",
            next_href=f"{PATH}?cursor={found.next}" if found.next else "",
        )
        if page.is_partial:
            return page.fragment("notifications/list.html", "rows", news=found.items, pager=pager)
        return page.render("notifications/list.html", news=found.items, unread=found.unread, pager=pager)

    @post("/{notification_id:uuid}/open")
    async def open(
        self, notification_id: UUID, actor: Actor, transaction: Transaction, bell: Bell, page: Page
    ) -> Response[None]:
        """Mark as read and go to what the news is about."""
        found = await bell.one(transaction, actor, notification_id)
        await bell.mark_read(transaction, actor, notification_id)
        return page.redirect(safe_path(found.href, PATH))

    @post("/read")
    async def mark_all(self, actor: Actor, transaction: Transaction, bell: Bell, page: Page) -> Response[None]:
        """Mark everything as read."""
        await bell.mark_read(transaction, actor)
        return page.redirect(PATH)


WEB: Final = [NotificationPages]
