"""Looks through another person's eyes: begun, running, and ended before their time or by it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import Transaction

_BEGIN: Final = """
    INSERT INTO seeings (tenant_id, id, id_hash, session_hash, watcher_id, watcher_membership_id, user_id,
        membership_id, class, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    RETURNING ends_at
"""
_RUNNING: Final = """
    SELECT g.user_id, g.membership_id, p.name, g.reason, g.began_at, g.ends_at
    FROM seeings g JOIN people() p ON p.id = g.user_id
    WHERE g.tenant_id = $1 AND g.session_hash = $2 AND g.id_hash = $3 AND g.ended_at IS NULL AND g.ends_at > now()
"""
# Whoever sees it first writes it down; a second one waits for the row and then finds it ended.
_RUN_OUT: Final = """
    WITH over AS (
        UPDATE seeings SET ended_at = ends_at
        WHERE tenant_id = $1 AND ended_at IS NULL AND ends_at <= now()
        RETURNING watcher_id, user_id, membership_id, ends_at)
    SELECT o.watcher_id, o.user_id, u.name, m.partner_id, o.ends_at
    FROM over o
    JOIN users u ON u.tenant_id = $1 AND u.id = o.user_id
    JOIN memberships m ON m.tenant_id = $1 AND m.id = o.membership_id
    ORDER BY o.ends_at
"""
_END: Final = """
    UPDATE seeings SET ended_at = now()
    WHERE tenant_id = $1 AND session_hash = $2 AND id_hash = $3 AND ended_at IS NULL
    RETURNING user_id, membership_id
"""


class RunningLook(Struct, frozen=True):
    """A look that still shows something."""

    user_id: UUID
    membership_id: UUID
    name: str
    reason: str
    began_at: datetime
    ends_at: datetime


class OverLook(Struct, frozen=True):
    """A look that time has ended."""

    watcher_id: UUID
    user_id: UUID
    name: str
    partner_id: UUID | None
    ends_at: datetime


async def begin(  # noqa: PLR0917 - who looks from where, as whom and why
    transaction: Transaction,
    look_id: UUID,
    secret_hash: bytes,
    session_hash: bytes,
    watcher: Actor,
    seen: Actor,
    reason: str,
) -> datetime:
    """Begin a look that hangs on the watcher's session; tells when time will end it."""
    ends_at = await transaction.driver.fetchval(
        _BEGIN,
        *(transaction.tenant_id, look_id, secret_hash, session_hash, watcher.user_id, watcher.membership_id),
        *(seen.user_id, seen.membership_id, seen.kind, reason),
    )
    return cast("datetime", ends_at)


async def end(transaction: Transaction, session_hash: bytes, secret_hash: bytes) -> tuple[UUID, UUID] | None:
    """End a look; tells the person and the membership it was through, None if it had ended or never began."""
    row = await transaction.driver.fetchrow(_END, transaction.tenant_id, session_hash, secret_hash)
    return None if row is None else (cast("UUID", row["user_id"]), cast("UUID", row["membership_id"]))


async def read_running(transaction: Transaction, session_hash: bytes, secret_hash: bytes) -> RunningLook | None:
    """Read the look that hangs on this session and this secret, while it runs."""
    row = await transaction.driver.fetchrow(_RUNNING, transaction.tenant_id, session_hash, secret_hash)
    return None if row is None else msgspec.convert(dict(cast("Mapping[str, object]", row)), RunningLook)


async def end_overdue(transaction: Transaction) -> list[OverLook]:
    """End every look whose time is over; each is told once, however many ask."""
    rows = await transaction.driver.fetch(_RUN_OUT, transaction.tenant_id)
    return [msgspec.convert(dict(cast("Mapping[str, object]", row)), OverLook) for row in rows]
