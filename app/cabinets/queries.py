"""The one statement of the shell: unread news, age of the data, one's places."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import Transaction

_SHELL: Final = """
    SELECT (SELECT count(*) FROM notifications
            WHERE tenant_id = $1 AND user_id = $2 AND partner_id IS NOT DISTINCT FROM $3 AND read_at IS NULL) AS unread,
           f.feed_at, f.away_since,
           (SELECT coalesce(json_agg(p), '[]')::text FROM my_places() p) AS places
    FROM (SELECT 1) AS one LEFT JOIN erp_freshness f ON f.tenant_id = $1
"""


class Place(Struct, frozen=True):
    """One of the places a person may work in."""

    membership_id: UUID
    role: str
    partner_id: UUID | None  # None at the manufacturer
    organisation: str


class ShellFacts(Struct, frozen=True):
    """What the shell shows of the data."""

    unread: int
    feed_at: datetime | None
    away_since: datetime | None
    places: Sequence[Place]


async def read_shell(transaction: Transaction, actor: Actor) -> ShellFacts:
    """Read everything the shell shows."""
    row = await transaction.driver.fetchrow(_SHELL, actor.tenant_id, actor.user_id, actor.partner_id)
    if row is None:
        return ShellFacts(0, None, None, [])
    return ShellFacts(
        unread=cast("int", row["unread"]),
        feed_at=cast("datetime | None", row["feed_at"]),
        away_since=cast("datetime | None", row["away_since"]),
        places=msgspec.json.decode(cast("str", row["places"]), type=list[Place]),
    )
