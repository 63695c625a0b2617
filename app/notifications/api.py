"""The bell as JSON."""

from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.controller import Controller
from litestar.params import Parameter

from app.access.actors import Actor
from app.infra.db.transaction import Transaction
from app.infra.http.collections import CursorText, Limit
from app.notifications.bell import Bell
from app.notifications.schemas import MarkedView, NotificationList, NotificationView


class NotificationApi(Controller):
    """One's own news."""

    path = "/api/v1/notifications"
    tags = ("notifications",)
    opt = {"permission": "notification:view"}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get()
    async def page(
        self,
        actor: Actor,
        transaction: Transaction,
        bell: Bell,
        limit: Limit = 50,
        cursor: CursorText = None,
        unread: Annotated[bool, Parameter(description="Only what was not read yet")] = False,  # noqa: FBT002 - a query parameter
    ) -> NotificationList:
        """List one's news, the newest first."""
        return await bell.page(transaction, actor, cursor=cursor, unread_only=unread, limit=limit)

    @get("/{notification_id:uuid}")
    async def one(self, notification_id: UUID, actor: Actor, transaction: Transaction, bell: Bell) -> NotificationView:
        """Show one piece of news."""
        return await bell.one(transaction, actor, notification_id)

    @post("/{notification_id:uuid}/read", status_code=200)
    async def mark_one(self, notification_id: UUID, actor: Actor, transaction: Transaction, bell: Bell) -> MarkedView:
        """Mark one piece of news as read."""
        return await bell.mark_read(transaction, actor, notification_id)

    @post("/read", status_code=200)
    async def mark_all(self, actor: Actor, transaction: Transaction, bell: Bell) -> MarkedView:
        """Mark all one's news as read."""
        return await bell.mark_read(transaction, actor)


API: Final = [NotificationApi]
