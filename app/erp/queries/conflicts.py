"""Rows of ``erp_conflicts``: what we wanted, what stands in the ERP, and what both last agreed on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.kernel.ids import new_id

Choice = Literal["ours", "theirs"]
_AGREED: Final = """
    SELECT p.body::text FROM outbox p WHERE p.tenant_id = $1 AND p.lane = 'erp' AND p.aggregate = $2
        AND p.kind = 'order.put' AND p.stage = 'done' AND p.error_class IS NULL AND p.id <> $3
    ORDER BY p.seq DESC LIMIT 1
"""
_ADD: Final = """
    INSERT INTO erp_conflicts (tenant_id, id, intent_id, kind, ref, name, base, ours, theirs, label)
    VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb, $9::text::jsonb, $10) ON CONFLICT DO NOTHING
"""
_COLUMNS: Final = """
    c.id, c.intent_id, c.kind, c.ref, c.name, c.found_at, c.base::text AS base, c.ours::text AS ours,
    c.theirs::text AS theirs, c.label, c.resolved_at, coalesce(u.name, '') AS resolved_by, c.choice, c.reason, c.version
"""
_READ: Final = f"""
    SELECT /*under erp:manage*/ {_COLUMNS}
    FROM erp_conflicts c LEFT JOIN users u ON u.tenant_id = $1 AND u.id = c.resolved_by
    WHERE c.tenant_id = $1 ORDER BY c.resolved_at IS NOT NULL, c.found_at DESC, c.id LIMIT $2
"""
_ONE: Final = f"""
    SELECT /*under erp:manage*/ {_COLUMNS}
    FROM erp_conflicts c LEFT JOIN users u ON u.tenant_id = $1 AND u.id = c.resolved_by
    WHERE c.tenant_id = $1 AND c.id = $2
"""
_RESOLVE: Final = """
    UPDATE /*under erp:manage*/ erp_conflicts SET resolved_at = now(), resolved_by = $3, choice = $4, reason = $5,
        version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $6 AND resolved_at IS NULL
"""
_SETTLE: Final = """
    UPDATE erp_conflicts SET settled_at = now() WHERE tenant_id = $1 AND choice = 'theirs' AND settled_at IS NULL
    RETURNING ref, reason
"""
_COUNT: Final = "SELECT /*under erp*/ count(*) FROM erp_conflicts WHERE tenant_id = $1 AND resolved_at IS NULL"


class Sides(Struct, frozen=True):
    """Three versions as JSON, masked; ``label`` is the ERP's own."""

    base: str | None
    ours: str
    theirs: str
    label: str


class ConflictRow(Struct, frozen=True):
    """One conflict."""

    id: UUID
    intent_id: UUID
    kind: str
    ref: UUID
    name: str
    found_at: datetime
    base: str | None
    ours: str
    theirs: str
    label: str
    resolved_at: datetime | None
    resolved_by: str
    choice: Choice | None
    reason: str
    version: int


async def last_agreed(transaction: Transaction, aggregate: str, intent_id: UUID) -> bytes | None:
    """Read the last version of an object that both sides had: the one the ERP took from us."""
    body = await transaction.driver.fetchval(_AGREED, transaction.tenant_id, aggregate, intent_id)
    return None if body is None else str(body).encode()


async def add_conflict(transaction: Transaction, about: tuple[UUID, str, UUID, str], sides: Sides) -> None:
    """Add a conflict of an intent (id, kind, reference, name)."""
    await transaction.driver.execute(
        *(_ADD, transaction.tenant_id, new_id(), *about, sides.base, sides.ours, sides.theirs, sides.label)
    )


async def read_conflicts(transaction: Transaction, most: int) -> Sequence[ConflictRow]:
    """Read conflicts, open ones first."""
    rows = await transaction.driver.fetch(_READ, transaction.tenant_id, most)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), ConflictRow) for row in rows]


async def find_conflict(transaction: Transaction, conflict_id: UUID) -> ConflictRow | None:
    """Read one conflict."""
    row = await transaction.driver.fetchrow(_ONE, transaction.tenant_id, conflict_id)
    return None if row is None else msgspec.convert(dict(cast("dict[str, object]", row)), ConflictRow)


async def resolve(
    transaction: Transaction, conflict_id: UUID, user_id: UUID, choice: Choice, reason: str, version: int
) -> bool:
    """Close a conflict; False if somebody was faster."""
    tag = await transaction.driver.execute(
        _RESOLVE, transaction.tenant_id, conflict_id, user_id, choice, reason, version
    )
    return not tag.endswith(" 0")


async def take_theirs(transaction: Transaction) -> Sequence[tuple[UUID, str]]:
    """Take the orders, with the reason, whose version of the ERP was chosen and not followed yet."""
    rows = await transaction.driver.fetch(_SETTLE, transaction.tenant_id)
    return [(cast("UUID", row["ref"]), str(row["reason"])) for row in rows]


async def count_open(transaction: Transaction) -> int:
    """Count conflicts that wait for a choice."""
    return cast("int", await transaction.driver.fetchval(_COUNT, transaction.tenant_id))
