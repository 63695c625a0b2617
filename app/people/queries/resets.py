"""Rows of forgotten passwords; nobody is signed in, the owner of the link is who the context names."""

from typing import Final
from uuid import UUID

from app.infra.db.transaction import Row, Transaction

_ADD: Final = """
    INSERT /*within person $3*/ INTO password_resets (tenant_id, id, user_id, token_hash, expires_at)
    VALUES ($1, $2, $3, $4, now() + make_interval(mins => $5))
"""
_FIND: Final = """
    SELECT /*free secret*/ r.id, u.name, u.email FROM password_resets r
    JOIN users u ON u.tenant_id = r.tenant_id AND u.id = r.user_id AND u.disabled_at IS NULL
    WHERE r.tenant_id = $1 AND r.token_hash = $2 AND r.user_id = $3 AND r.used_at IS NULL AND r.expires_at > now()
"""
# All links of the person at once: the first that is used is the last that works.
_SPEND: Final = """
    /*within person $2*/
    UPDATE password_resets SET used_at = now() WHERE tenant_id = $1 AND user_id = $2 AND used_at IS NULL
        AND EXISTS (SELECT FROM password_resets own WHERE own.tenant_id = $1 AND own.id = $3 AND own.used_at IS NULL)
"""


async def add(own: Transaction, reset_id: UUID, user_id: UUID, token_hash: bytes, minutes: int) -> None:
    """Write a link's hash."""
    await own.driver.execute(_ADD, own.tenant_id, reset_id, user_id, token_hash, minutes)


async def end_all(own: Transaction, user_id: UUID) -> None:
    """Let no link of a person work any more."""
    await own.driver.execute(
        "UPDATE /*within person $2*/ password_resets SET used_at = now()"
        " WHERE tenant_id = $1 AND user_id = $2 AND used_at IS NULL",
        *(own.tenant_id, user_id),
    )


async def find(transaction: Transaction, secret_hash: bytes, user_id: UUID) -> Row | None:
    """Find the working link of a person: its id, their name and address."""
    return await transaction.driver.fetchrow(_FIND, transaction.tenant_id, secret_hash, user_id)


async def spend(own: Transaction, user_id: UUID, reset_id: UUID) -> bool:
    """Use all links of the person up; False for whoever comes second."""
    # The row of the person is the gate: of two who come at once the second finds the link used.
    await own.driver.execute("SELECT FROM users WHERE tenant_id = $1 AND id = $2 FOR UPDATE", own.tenant_id, user_id)
    return not (await own.driver.execute(_SPEND, own.tenant_id, user_id, reset_id)).endswith(" 0")


async def set_password(own: Transaction, user_id: UUID, password_hash: str) -> None:
    """Write a new password; sessions and tokens end with the epoch."""
    await own.driver.execute(
        "UPDATE users SET password_hash = $3, epoch = epoch + 1 WHERE tenant_id = $1 AND id = $2",
        *(own.tenant_id, user_id, password_hash),
    )
    await own.driver.execute(
        "DELETE /*within person $2*/ FROM sessions WHERE tenant_id = $1 AND user_id = $2", own.tenant_id, user_id
    )
