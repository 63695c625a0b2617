"""Rows of comparisons with the ERP: runs, what differed, and how often they are made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.kernel.ids import new_id

Depth = Literal["labels", "values"]
Kind = Literal["missing", "extra", "label", "value", "total"]
_DUE: Final = """
    SELECT NOT EXISTS (SELECT FROM erp_reconciliations r WHERE r.tenant_id = $1 AND (r.ended_at IS NULL
               OR r.asked_at > now() - make_interval(mins => coalesce(
                   (SELECT g.every_m FROM erp_regulations g WHERE g.tenant_id = $1), 120))))
           AND EXISTS (SELECT FROM erp_streams s WHERE s.tenant_id = $1 AND s.stream = 'changes')
           AND NOT EXISTS (SELECT FROM erp_streams s WHERE s.tenant_id = $1 AND s.state IN ('new', 'loading'))
"""
_ASK: Final = """
    INSERT INTO erp_reconciliations (tenant_id, id, depth, asked_by) VALUES ($1, $2, $3, $4)
"""
_OPEN: Final = "SELECT /*under erp*/ count(*) FROM erp_reconciliations WHERE tenant_id = $1 AND ended_at IS NULL"
_TAKE: Final = """
    UPDATE erp_reconciliations r SET state = 'running', began_at = coalesce(began_at, now())
    FROM (SELECT id FROM erp_reconciliations WHERE tenant_id = $1 AND ended_at IS NULL
          ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED) o
    WHERE r.tenant_id = $1 AND r.id = o.id RETURNING r.id, r.depth
"""
_FORGET: Final = "DELETE FROM erp_differences WHERE tenant_id = $1 AND run_id = $2"
_ADD: Final = """
    INSERT INTO erp_differences (tenant_id, id, run_id, stream, ref, name, kind, ours, theirs, since, healed_at, how)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce((
        -- The same difference of an earlier comparison that nobody healed: it has stood since then.
        SELECT min(d.since) FROM erp_differences d WHERE d.tenant_id = $1 AND d.stream = $4 AND d.ref = $5
            AND d.kind = $7 AND d.healed_at IS NULL), $10, now()), CASE WHEN $11 <> '' THEN now() END, $11)
"""
_END: Final = """
    UPDATE erp_reconciliations SET state = $3, ended_at = now(), objects = $4, reason = $5,
        found = (SELECT count(*) FROM erp_differences WHERE tenant_id = $1 AND run_id = $2),
        healed = (SELECT count(*) FROM erp_differences WHERE tenant_id = $1 AND run_id = $2 AND healed_at IS NOT NULL)
    WHERE tenant_id = $1 AND id = $2
"""
_RUNS: Final = """
    SELECT /*under erp:manage*/ r.id, r.depth, r.asked_at, coalesce(u.name, '') AS asked_by, r.began_at, r.ended_at,
           r.state, r.objects, r.found, r.healed, r.reason
    FROM erp_reconciliations r LEFT JOIN users u ON u.tenant_id = $1 AND u.id = r.asked_by
    WHERE r.tenant_id = $1 ORDER BY r.asked_at DESC, r.id LIMIT $2
"""
_DIFFERENCES: Final = """
    SELECT /*under erp:manage*/ stream, ref, name, kind, ours, theirs, since, found_at, healed_at, how
    FROM erp_differences WHERE tenant_id = $1 AND run_id = $2
    ORDER BY healed_at IS NOT NULL, stream, ref, id LIMIT $3 OFFSET $4
"""
_REGULATION: Final = """
    SELECT /*under erp*/ every_m, heal_most, version FROM erp_regulations WHERE tenant_id = $1
"""
_REGULATE: Final = """
    INSERT INTO erp_regulations AS g (tenant_id, every_m, heal_most, version) VALUES ($1, $2, $3, 2)
    ON CONFLICT (tenant_id) DO UPDATE SET every_m = excluded.every_m, heal_most = excluded.heal_most,
        version = g.version + 1 WHERE g.version = $4
"""


class Regulation(Struct, frozen=True):
    """How often both sides are compared, and how many objects of a stream are healed without asking."""

    every_m: int = 120
    heal_most: int = 1000
    version: int = 1


class Difference(Struct, frozen=True, kw_only=True):
    """One object in which the sides differ; an empty ``how`` is one that nobody has healed."""

    stream: str
    ref: UUID
    name: str
    kind: Kind
    ours: str = ""
    theirs: str = ""
    since: datetime | None = None
    how: str = ""


class Run(Struct, frozen=True):
    """One comparison."""

    id: UUID
    depth: Depth
    asked_at: datetime
    asked_by: str
    began_at: datetime | None
    ended_at: datetime | None
    state: str
    objects: int
    found: int
    healed: int
    reason: str


class Found(Struct, frozen=True):
    """One difference as it is kept."""

    stream: str
    ref: UUID
    name: str
    kind: Kind
    ours: str
    theirs: str
    since: datetime
    found_at: datetime
    healed_at: datetime | None
    how: str


async def is_due(transaction: Transaction) -> bool:
    """Whether the schedule wants a comparison: everything is loaded, none is under way, the last is long ago."""
    return await transaction.driver.fetchval(_DUE, transaction.tenant_id) is True


async def ask(transaction: Transaction, depth: Depth, user_id: UUID | None) -> UUID:
    """Ask for a comparison; the worker makes it."""
    run_id = new_id()
    mark = "" if user_id is None else "/*under erp:manage*/ "
    await transaction.driver.execute(mark + _ASK, transaction.tenant_id, run_id, depth, user_id)
    return run_id


async def count_open(transaction: Transaction) -> int:
    """Count comparisons that have not ended."""
    return cast("int", await transaction.driver.fetchval(_OPEN, transaction.tenant_id))


async def take(transaction: Transaction) -> tuple[UUID, Depth] | None:
    """Take the oldest that has not ended; one whose worker died begins anew."""
    row = await transaction.driver.fetchrow(_TAKE, transaction.tenant_id)
    if row is None:
        return None
    run_id = cast("UUID", row["id"])
    await transaction.driver.execute(_FORGET, transaction.tenant_id, run_id)
    return run_id, cast("Depth", row["depth"])


async def add(transaction: Transaction, run_id: UUID, found: Sequence[Difference]) -> None:
    """Keep differences, in the transaction that healed them."""
    rows = [
        (
            *(transaction.tenant_id, new_id(), run_id, one.stream, one.ref, one.name[:200], one.kind),
            *(one.ours[:500], one.theirs[:500], one.since, one.how),
        )
        for one in found
    ]
    if rows:
        await transaction.driver.executemany(_ADD, rows)


async def end(transaction: Transaction, run_id: UUID, state: str, objects: int, reason: str) -> None:
    """Close a comparison."""
    await transaction.driver.execute(_END, transaction.tenant_id, run_id, state, objects, reason[:500])


async def read_runs(transaction: Transaction, most: int) -> Sequence[Run]:
    """Read comparisons, the newest first."""
    rows = await transaction.driver.fetch(_RUNS, transaction.tenant_id, most)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), Run) for row in rows]


async def read_differences(transaction: Transaction, run_id: UUID, most: int, skipped: int = 0) -> Sequence[Found]:
    """Read what a comparison found, those that stand first."""
    rows = await transaction.driver.fetch(_DIFFERENCES, transaction.tenant_id, run_id, most, skipped)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), Found) for row in rows]


async def read_regulation(transaction: Transaction) -> Regulation:
    """Read how often is compared."""
    row = await transaction.driver.fetchrow(_REGULATION, transaction.tenant_id)
    if row is None:
        return Regulation()
    return msgspec.convert(dict(cast("dict[str, object]", row)), Regulation)


async def regulate(transaction: Transaction, every_m: int, heal_most: int, version: int) -> bool:
    """Change it; False if somebody was faster."""
    tag = await transaction.driver.execute(
        "/*under erp:manage*/ " + _REGULATE, transaction.tenant_id, every_m, heal_most, version
    )
    return not tag.endswith(" 0")
