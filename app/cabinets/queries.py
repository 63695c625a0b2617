"""Statements of the shell (unread news, age of the data, one's places) and of the portal's own figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import Transaction

_SHELL: Final = """
    SELECT /*within person $2*/ (SELECT count(*) FROM notifications
            WHERE tenant_id = $1 AND user_id = $2 AND partner_id IS NOT DISTINCT FROM $3 AND read_at IS NULL) AS unread,
           f.feed_at, f.away_since, f.paused_at, f.held_at, f.behind::text AS behind,
           (SELECT coalesce(json_agg(p), '[]')::text FROM my_places() p) AS places
    FROM (SELECT 1) AS one LEFT JOIN erp_freshness f ON f.tenant_id = $1
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


class ShellFacts(Struct, frozen=True):
    """What the shell shows of the data."""

    unread: int
    feed_at: datetime | None
    away_since: datetime | None
    places: Sequence[Place]
    paused_at: datetime | None = None  # since when a person keeps news of the ERP out
    held_at: datetime | None = None  # since when a person keeps messages to it back
    behind: Mapping[str, datetime] = {}  # stream -> since when it does not move


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
