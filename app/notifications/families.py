"""One's own news as the bell shows it: whoever reads an entry sees it read on the next page."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from app.access.actors import Actor
from app.caching.families import Family
from app.caching.rules import Bounds
from app.infra.db.transaction import Transaction
from app.notifications.queries import After, Counts, Entry, read_counts, read_page


class NewsAsk(Struct, frozen=True):
    """Which of one's own news."""

    actor: Actor
    after: After | None
    unread_only: bool
    limit: int


class News(Struct, frozen=True):
    """A page of news, and how much there is."""

    entries: Sequence[Entry]
    counts: Counts


async def _load(transaction: Transaction, ask: NewsAsk) -> News:
    entries = await read_page(transaction, ask.actor, after=ask.after, unread_only=ask.unread_only, limit=ask.limit)
    return News(entries, await read_counts(transaction, ask.actor))


NEWS: Final = Family(
    "news",
    "write-through",
    News,
    _load,
    scope=lambda ask: (ask.actor.user_id, ask.actor.partner_id),
    parts=lambda ask: (ask.after, ask.unread_only, ask.limit),
    tags=lambda ask: (("bell", ask.actor.user_id),),
    bounds=Bounds(ttl_s=300),
    owner=(16,),
)

FAMILIES: Final = [NEWS]
