"""Looks through another person's eyes: begun, and ended before their time."""

from typing import Final, cast
from uuid import UUID

from app.access.actors import Actor
from app.infra.db.transaction import Transaction

_BEGIN: Final = """
    INSERT INTO seeings (tenant_id, id, id_hash, session_hash, watcher_id, watcher_membership_id, user_id,
        membership_id, class, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_END: Final = """
    UPDATE seeings SET ended_at = now()
    WHERE tenant_id = $1 AND session_hash = $2 AND id_hash = $3 AND ended_at IS NULL
    RETURNING user_id, membership_id
"""


async def begin(  # noqa: PLR0917 - who looks from where, as whom and why
    transaction: Transaction,
    look_id: UUID,
    secret_hash: bytes,
    session_hash: bytes,
    watcher: Actor,
    seen: Actor,
    reason: str,
) -> None:
    """Begin a look that hangs on the watcher's session."""
    await transaction.driver.execute(
        _BEGIN,
        *(transaction.tenant_id, look_id, secret_hash, session_hash, watcher.user_id, watcher.membership_id),
        *(seen.user_id, seen.membership_id, seen.kind, reason),
    )


async def end(transaction: Transaction, session_hash: bytes, secret_hash: bytes) -> tuple[UUID, UUID] | None:
    """End a look; tells the person and the membership it was through, None if it had ended or never began."""
    row = await transaction.driver.fetchrow(_END, transaction.tenant_id, session_hash, secret_hash)
    return None if row is None else (cast("UUID", row["user_id"]), cast("UUID", row["membership_id"]))
