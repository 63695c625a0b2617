"""People as actors although they are not making a request: who would be told of something."""

from collections.abc import Sequence
from typing import Final, cast
from uuid import UUID

from app.access.actors import Actor
from app.access.sessions import read_actor
from app.infra.db.transaction import Transaction

_ACTORS: Final = """
    SELECT u.id AS user_id, m.id AS membership_id, u.name, u.email, u.locale, u.theme, m.partner_id, m.role, m.branch,
           m.regions, m.partners, false AS read_only, t.zone,
           coalesce((SELECT v.rules_v FROM access_versions v WHERE v.tenant_id = $1), 0) AS rules_v,
           coalesce((SELECT f.facts_v FROM facts_versions f
                     WHERE f.tenant_id = $1 AND f.partner_id = m.partner_id), 0) AS facts_v
    FROM memberships m
    JOIN users u ON u.tenant_id = $1 AND u.id = m.user_id AND u.disabled_at IS NULL
    JOIN tenants t ON t.id = $1
    WHERE m.tenant_id = $1 AND m.ended_at IS NULL
"""
_OF_CLIENT: Final = f"{_ACTORS} AND m.partner_id = $2 ORDER BY m.id"
_OF_STAFF: Final = f"{_ACTORS} AND m.partner_id IS NULL ORDER BY m.id"
_ONE: Final = f"{_ACTORS} AND m.id = $2"
_BY_IDS: Final = f"{_ACTORS} AND m.id = ANY ($2)"


async def clients_people(transaction: Transaction, partner_id: UUID) -> Sequence[Actor]:
    """List everybody who works for a client now."""
    return await _read(transaction, _OF_CLIENT, partner_id)


async def staff(transaction: Transaction) -> Sequence[Actor]:
    """List the manufacturer's people."""
    return await _read(transaction, _OF_STAFF)


async def member(transaction: Transaction, membership_id: UUID) -> Actor | None:
    """Find one person in one place; None if they have left it."""
    found = await _read(transaction, _ONE, membership_id)
    return found[0] if found else None


async def members(transaction: Transaction, membership_ids: Sequence[UUID]) -> Sequence[Actor]:
    """Find people in their places; who has left is missing."""
    return await _read(transaction, _BY_IDS, list(membership_ids))


async def _read(transaction: Transaction, statement: str, *args: object) -> Sequence[Actor]:
    rows = await transaction.driver.fetch(statement, transaction.tenant_id, *args)
    return [read_actor(cast("dict[str, object]", row), transaction.tenant_id, cast("str", row["zone"])) for row in rows]
