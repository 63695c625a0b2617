"""Statements of the shell (unread news, one's places, the exchange) and of the portal's own figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import Transaction

_MINE: Final = """
    SELECT /*within person $2*/ (SELECT count(*) FROM notifications
            WHERE tenant_id = $1 AND user_id = $2 AND partner_id IS NOT DISTINCT FROM $3 AND read_at IS NULL) AS unread,
           (SELECT coalesce(json_agg(p), '[]')::text FROM my_places() p) AS places
"""
_EXCHANGE: Final = """
    SELECT feed_at, away_since, paused_at, held_at, behind::text AS behind FROM erp_freshness WHERE tenant_id = $1
"""
_FIGURES: Final = """
    SELECT /*free existence*/ (SELECT count(*) FROM users WHERE tenant_id = $1 AND disabled_at IS NULL) AS people,
           (SELECT count(*) FROM sessions WHERE tenant_id = $1 AND expires_at > now()
                AND seen_at > now() - interval '30 minutes') AS sessions,
           (SELECT count(*) FROM outbox WHERE tenant_id = $1 AND lane = 'erp' AND stage IN ('new', 'sent')) AS waiting,
           (SELECT count(*) FROM outbox WHERE tenant_id = $1 AND stage = 'dead') AS stuck,
           (SELECT feed_at FROM erp_freshness WHERE tenant_id = $1) AS feed_at
"""


class Place(Struct, frozen=True):
    """One of the places a person may work in."""

    membership_id: UUID
    role: str
    partner_id: UUID | None  # None at the manufacturer
    organisation: str
    on_behalf: str = ""  # the colleague whose place it is


class Exchange(Struct, frozen=True):
    """How the exchange stands."""

    feed_at: datetime | None = None
    away_since: datetime | None = None
    paused_at: datetime | None = None  # since when a person keeps news of the ERP out
    held_at: datetime | None = None  # since when a person keeps messages to it back
    behind: Mapping[str, datetime] = {}  # stream -> since when it does not move


async def read_mine(transaction: Transaction, actor: Actor) -> tuple[int, Sequence[Place]]:
    """Count a person's unread news, and name the places they may work in today."""
    row = await transaction.driver.fetchrow(_MINE, actor.tenant_id, actor.user_id, actor.partner_id)
    if row is None:
        return 0, []
    return cast("int", row["unread"]), msgspec.json.decode(cast("str", row["places"]), type=list[Place])


async def read_exchange(transaction: Transaction) -> Exchange:
    """Read how the exchange stands; not kept, for it says how old everything kept is."""
    row = await transaction.driver.fetchrow(_EXCHANGE, transaction.tenant_id)
    if row is None:
        return Exchange()
    return Exchange(
        feed_at=cast("datetime | None", row["feed_at"]),
        away_since=cast("datetime | None", row["away_since"]),
        paused_at=cast("datetime | None", row["paused_at"]),
        held_at=cast("datetime | None", row["held_at"]),
        behind=msgspec.json.decode(cast("str | None", row["behind"]) or "{}", type=dict[str, datetime]),
    )


class PortalFigures(Struct, frozen=True):
    """The portal itself: accounts, open sessions, messages to the ERP, age of the data."""

    people: int
    sessions: int
    waiting: int
    stuck: int
    feed_at: datetime | None


async def read_figures(transaction: Transaction) -> PortalFigures:
    """Count; the caller has asked tenant:admin or erp:view."""
    row = await transaction.driver.fetchrow(_FIGURES, transaction.tenant_id)
    return msgspec.convert(dict(cast("dict[str, object]", row)), PortalFigures)
