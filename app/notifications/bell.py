"""The verbs of the bell for the person whose bell it is."""

from typing import Final
from uuid import UUID

from app.access.actors import Actor
from app.caching.shelf import read
from app.infra.db.transaction import Transaction
from app.infra.http.collections import read_cursor, read_id, read_moment, write_cursor
from app.kernel.errors import NotFoundError
from app.notifications import queries
from app.notifications.families import NEWS, NewsAsk
from app.notifications.notices import Notices
from app.notifications.queries import After, Entry
from app.notifications.schemas import MarkedView, NotificationList, NotificationView

_CURSOR_SIZE: Final = 2


class Bell:
    """Reads and marks one's own news."""

    def __init__(self, notices: Notices) -> None:
        """Know how news is worded."""
        self._notices = notices

    async def page(
        self, transaction: Transaction, actor: Actor, *, cursor: str | None, unread_only: bool, limit: int
    ) -> NotificationList:
        """Read a page, the newest first.

        Raises:
            InvalidInputError: the cursor is not one of this list.
        """
        after = _after(cursor)
        news = await read(transaction, NEWS, NewsAsk(actor, after, unread_only, limit + 1))
        entries, counts = news.entries, news.counts
        shown = entries[:limit]
        return NotificationList(
            items=[self._view(one, actor.locale) for one in shown],
            next=_cursor(shown[-1]) if len(entries) > limit else None,
            total=counts.unread if unread_only else counts.total,
            unread=counts.unread,
        )

    async def one(self, transaction: Transaction, actor: Actor, entry_id: UUID) -> NotificationView:
        """Read one entry.

        Raises:
            NotFoundError: there is no such entry of this person.
        """
        entry = await queries.read_one(transaction, actor, entry_id)
        if entry is None:
            raise NotFoundError
        return self._view(entry, actor.locale)

    async def mark_read(self, transaction: Transaction, actor: Actor, entry_id: UUID | None = None) -> MarkedView:
        """Mark one entry, or all, as read; marking twice is harmless.

        Raises:
            NotFoundError: there is no such entry of this person.
        """
        if entry_id is not None:
            await self.one(transaction, actor, entry_id)
        marked = await queries.mark_read(transaction, actor, entry_id)
        return MarkedView(marked, await queries.count_unread(transaction, actor))

    def _view(self, entry: Entry, locale: str) -> NotificationView:
        told = self._notices.tell(entry.kind, entry.object_id, entry.params, locale)
        return NotificationView(
            id=entry.id,
            kind=entry.kind,
            tone=told.tone,
            title=told.title,
            text=told.text,
            href=told.href,
            object_kind=entry.object_kind,
            object_id=entry.object_id,
            created_at=entry.created_at,
            read_at=entry.read_at,
        )


def _cursor(entry: Entry) -> str:
    return write_cursor(entry.created_at.isoformat(), str(entry.id))


def _after(cursor: str | None) -> After | None:
    places = read_cursor(cursor, _CURSOR_SIZE)
    if places is None:
        return None
    return After(read_moment(places[0]), read_id(places[1]))
