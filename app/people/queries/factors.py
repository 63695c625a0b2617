"""Rows of second factors; the context of the transaction is the person's, and nobody else's rows are seen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from app.access.passkeys import NewKey
from app.infra.db.transaction import Row, Transaction
from app.people.schemas import FactorsView, PasskeyView

_STATE: Final = """
    /*within person $2*/
    SELECT (SELECT confirmed_at FROM totp_factors WHERE tenant_id = $1 AND user_id = $2) AS confirmed_at,
           (SELECT count(*) FROM recovery_codes WHERE tenant_id = $1 AND user_id = $2 AND used_at IS NULL) AS codes,
           EXISTS (SELECT FROM factor_roles r JOIN my_places() p ON p.role = r.role
                   WHERE r.tenant_id = $1 AND p.on_behalf = '') AS is_demanded
"""
_BEGIN: Final = """
    INSERT /*within person $2*/ INTO totp_factors (tenant_id, user_id, seed) VALUES ($1, $2, $3)
    ON CONFLICT (tenant_id, user_id) DO UPDATE SET seed = excluded.seed, created_at = now()
    WHERE totp_factors.confirmed_at IS NULL RETURNING true
"""
_WAITING: Final = """
    SELECT /*within person $2*/ seed FROM totp_factors WHERE tenant_id = $1 AND user_id = $2 AND confirmed_at IS NULL
        AND created_at > now() - interval '1 hour'
"""
_CONFIRM: Final = """
    UPDATE /*within person $2*/ totp_factors SET confirmed_at = now(), last_step = $3
    WHERE tenant_id = $1 AND user_id = $2 AND confirmed_at IS NULL AND seed = $4
"""
_ADD_KEY: Final = """
    INSERT /*within person $3*/ INTO passkeys (tenant_id, id, user_id, credential_id, public_key, sign_count, label)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""
_STANDING: Final = """
    /*within person $2*/
    SELECT epoch, (SELECT max(expires_at) FROM sessions WHERE tenant_id = $1 AND user_id = $2) AS until
    FROM users WHERE tenant_id = $1 AND id = $2
"""


async def read_state(transaction: Transaction, user_id: UUID) -> FactorsView:
    """Read what is on."""
    row = cast("Row", await transaction.driver.fetchrow(_STATE, transaction.tenant_id, user_id))
    return FactorsView(
        totp=row["confirmed_at"] is not None,
        passkeys=await read_passkeys(transaction, user_id),
        recovery_codes_left=cast("int", row["codes"]),
        is_demanded=row["is_demanded"] is True,
    )


async def begin_totp(transaction: Transaction, user_id: UUID, seed: bytes) -> bool:
    """Write a secret that waits for its first code; False if one is confirmed already."""
    return await transaction.driver.fetchval(_BEGIN, transaction.tenant_id, user_id, seed) is True


async def read_waiting(transaction: Transaction, user_id: UUID) -> bytes | None:
    """Read the seed that waits for its first code."""
    return cast("bytes | None", await transaction.driver.fetchval(_WAITING, transaction.tenant_id, user_id))


async def confirm_totp(transaction: Transaction, user_id: UUID, seed: bytes, step: int) -> bool:
    """Turn it on from this step on; False if another secret waits meanwhile."""
    done = await transaction.driver.execute(_CONFIRM, transaction.tenant_id, user_id, step, seed)
    return done == "UPDATE 1"


async def read_passkeys(transaction: Transaction, user_id: UUID) -> Sequence[PasskeyView]:
    """List a person's keys, the oldest first."""
    rows = await transaction.driver.fetch(
        "SELECT /*within person $2*/ id, label, created_at, used_at FROM passkeys"
        " WHERE tenant_id = $1 AND user_id = $2 ORDER BY id",
        *(transaction.tenant_id, user_id),
    )
    return [
        PasskeyView(
            id=cast("UUID", row["id"]),
            label=str(row["label"]),
            created_at=cast("datetime", row["created_at"]),
            used_at=cast("datetime | None", row["used_at"]),
        )
        for row in rows
    ]


async def read_credentials(transaction: Transaction, user_id: UUID) -> Sequence[bytes]:
    """List how a person's devices call their keys."""
    rows = await transaction.driver.fetch(
        "SELECT /*within person $2*/ credential_id FROM passkeys WHERE tenant_id = $1 AND user_id = $2",
        *(transaction.tenant_id, user_id),
    )
    return [cast("bytes", row["credential_id"]) for row in rows]


async def add_passkey(transaction: Transaction, key_id: UUID, user_id: UUID, made: NewKey, label: str) -> bool:
    """Keep a key; False if it is somebody's already."""
    done = await transaction.driver.execute(
        _ADD_KEY,
        *(transaction.tenant_id, key_id, user_id, made.credential_id, made.public_key, made.sign_count, label),
    )
    return not done.endswith(" 0")


async def remove_passkey(transaction: Transaction, user_id: UUID, key_id: UUID) -> None:
    """Forget a key."""
    await transaction.driver.execute(
        "DELETE /*within person $2*/ FROM passkeys WHERE tenant_id = $1 AND user_id = $2 AND id = $3",
        *(transaction.tenant_id, user_id, key_id),
    )


async def end_sessions(transaction: Transaction, user_id: UUID) -> tuple[int, datetime | None]:
    """End every session of a person; gives the epoch, and until when the longest would have lasted."""
    row = cast("Row", await transaction.driver.fetchrow(_STANDING, transaction.tenant_id, user_id))
    await transaction.driver.execute(
        "DELETE /*within person $2*/ FROM sessions WHERE tenant_id = $1 AND user_id = $2",
        *(transaction.tenant_id, user_id),
    )
    return cast("int", row["epoch"]), cast("datetime | None", row["until"])


async def drop(transaction: Transaction, user_id: UUID) -> None:
    """Take everything away that proves a person besides the password."""
    for table in ("totp_factors", "recovery_codes", "passkeys"):
        await transaction.driver.execute(
            f"DELETE /*within person $2*/ FROM {table} WHERE tenant_id = $1 AND user_id = $2",
            transaction.tenant_id,
            user_id,
        )


async def read_roles(transaction: Transaction) -> Sequence[str]:
    """List the roles that may not work without a second factor."""
    rows = await transaction.driver.fetch(
        "SELECT role FROM factor_roles WHERE tenant_id = $1 ORDER BY role", transaction.tenant_id
    )
    return [str(row["role"]) for row in rows]


async def write_roles(transaction: Transaction, roles: Sequence[str]) -> None:
    """Demand a second factor of exactly these roles."""
    await transaction.driver.execute(
        "DELETE FROM factor_roles WHERE tenant_id = $1 AND role <> ALL ($2)", transaction.tenant_id, roles
    )
    await transaction.driver.execute(
        "INSERT INTO factor_roles (tenant_id, role) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING",
        *(transaction.tenant_id, roles),
    )
