"""What was published: every version, by whom, why, and what it did."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Row, Transaction


class Version(Struct, frozen=True):
    """One publication."""

    id: UUID
    n: int
    at: datetime
    author_id: UUID
    author: str
    approver: str  # empty when none was needed
    reason: str
    partner_id: UUID | None
    activates_at: datetime | None
    ended: list[UUID]
    added: list[UUID]
    impact: dict[str, int]


_VERSION: Final = """
    /*under access*/
    SELECT c.id, c.n, c.at, c.author_id, coalesce(a.name, '') AS author, coalesce(p.name, '') AS approver, c.reason,
        c.partner_id, c.activates_at, c.ended, c.added, c.impact::text AS impact
    FROM access_changes c
    LEFT JOIN users a ON a.tenant_id = c.tenant_id AND a.id = c.author_id
    LEFT JOIN users p ON p.tenant_id = c.tenant_id AND p.id = c.approver_id
    WHERE c.tenant_id = $1 AND ($2::uuid IS NULL OR c.partner_id = $2)
"""


async def lock_rules(transaction: Transaction) -> int:
    """Stand first in the line of those who publish; gives the last version. Held until the transaction ends."""
    return cast("int", await transaction.driver.fetchval("SELECT lock_rules()"))


async def read_last(transaction: Transaction) -> int:
    """Read the number of the last version."""
    found = await transaction.driver.fetchval(
        "SELECT published FROM access_versions WHERE tenant_id = $1", transaction.tenant_id
    )
    return 1 if found is None else cast("int", found)


async def list_versions(
    transaction: Transaction, partner_id: UUID | None, limit: int, before: int | None = None
) -> tuple[list[Version], int]:
    """List publications, the last first, and count them."""
    rows = await transaction.driver.fetch(
        f"{_VERSION} AND ($3::int IS NULL OR c.n < $3) ORDER BY c.n DESC LIMIT $4",
        *(transaction.tenant_id, partner_id, before, limit),
    )
    total = await transaction.driver.fetchval(
        "/*under access*/ "
        "SELECT count(*) FROM access_changes WHERE tenant_id = $1 AND ($2::uuid IS NULL OR partner_id = $2)",
        *(transaction.tenant_id, partner_id),
    )
    return [_version(row) for row in rows], cast("int", total)


async def read_version(transaction: Transaction, partner_id: UUID | None, n: int) -> Version | None:
    """Read one publication."""
    row = await transaction.driver.fetchrow(f"{_VERSION} AND c.n = $3", transaction.tenant_id, partner_id, n)
    return None if row is None else _version(row)


async def versions_since(transaction: Transaction, n: int) -> list[Version]:
    """List what was published after a version, the first first."""
    rows = await transaction.driver.fetch(f"{_VERSION} AND c.n > $3 ORDER BY c.n", *(transaction.tenant_id, None, n))
    return [_version(row) for row in rows]


async def add_version(
    transaction: Transaction,
    version: Version,
    *,
    draft_id: UUID,
    approver_id: UUID | None,
) -> None:
    """Write a publication; the version of the rules is read last, after every rule has moved."""
    await transaction.driver.execute(
        "/*under access*/ "
        "INSERT INTO access_changes (tenant_id, id, n, rules_v, author_id, approver_id, reason, draft_id, partner_id,"
        " activates_at, ended, added, impact) VALUES ($1, $2, $3, (SELECT rules_v FROM access_versions WHERE"
        " tenant_id = $1), $4, $5, $6, $7, $8, $9, $10, $11, $12::text::jsonb)",
        *(transaction.tenant_id, version.id, version.n, version.author_id, approver_id, version.reason, draft_id),
        *(version.partner_id, version.activates_at, version.ended, version.added),
        msgspec.json.encode(version.impact).decode(),
    )


def _version(row: Row) -> Version:
    found = dict(cast("Mapping[str, object]", row))
    found["impact"] = msgspec.json.decode(str(found["impact"]), type=dict[str, int])
    return msgspec.convert(found, Version)
