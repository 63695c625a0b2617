"""Rules as they stand and as they stood, and the two ways they move: some begin, some end. Nothing else changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.rules import Link, Rule
from app.infra.db.transaction import Row, Transaction
from app.rights.rules.lines import Line

_COLUMNS: Final = """
    r.id, r.subject, r.resource, r.action, r.effect::text AS effect, r.reg, r.org, r.ctr, r.agr, r.lin, r.prd, r.val,
    r.aut, r.valid_from, r.valid_to, r.owner_id IS NOT NULL AS is_lent
"""
_META: Final = """
    , r.owner_id, r.note, coalesce(c.at, r.created_at) AS at, c.n, coalesce(u.name, '') AS author
"""
_FROM: Final = """
    FROM access_rules r
    LEFT JOIN access_changes c ON c.tenant_id = r.tenant_id AND c.id = r.change_id
    LEFT JOIN users u ON u.tenant_id = r.tenant_id AND u.id = r.created_by
"""
_STANDING: Final = "r.tenant_id = $1 AND r.superseded_by IS NULL AND (r.valid_to IS NULL OR r.valid_to > now())"
# What was brought up to version $2 and not ended up to it.
_STOOD: Final = """
    FROM access_rules r
    LEFT JOIN access_changes c ON c.tenant_id = r.tenant_id AND c.id = r.change_id
    LEFT JOIN access_changes e ON e.tenant_id = r.tenant_id AND e.id = r.superseded_by
    WHERE r.tenant_id = $1 AND (r.change_id IS NULL OR c.n <= $2) AND (r.superseded_by IS NULL OR e.n > $2)
"""


class Standing(Struct, frozen=True):
    """A rule with where it comes from; ``n`` is None for what the tenant began with."""

    rule: Rule
    owner_id: UUID | None
    note: str
    at: datetime
    n: int | None
    author: str


async def read_standing(transaction: Transaction) -> list[Standing]:
    """Read every rule in force now or later."""
    rows = await transaction.driver.fetch(
        f"SELECT /*under access*/ {_COLUMNS}{_META}{_FROM} WHERE {_STANDING} ORDER BY r.id", transaction.tenant_id
    )
    return [_standing(row) for row in rows]


async def read_rule(transaction: Transaction, rule_id: UUID) -> Standing | None:
    """Read one rule, also one that has ended."""
    row = await transaction.driver.fetchrow(
        f"SELECT /*under access*/ {_COLUMNS}{_META}{_FROM} WHERE r.tenant_id = $1 AND r.id = $2",
        transaction.tenant_id,
        rule_id,
    )
    return None if row is None else _standing(row)


async def read_known(transaction: Transaction, ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Read these rules with where they come from, standing or not."""
    rows = await transaction.driver.fetch(
        f"SELECT /*under access*/ {_COLUMNS}{_META}{_FROM} WHERE r.tenant_id = $1 AND r.id = ANY ($2::uuid[])",
        transaction.tenant_id,
        list(ids),
    )
    return {one.rule.id: one for one in map(_standing, rows)}


async def read_at(transaction: Transaction, n: int) -> list[Rule]:
    """Read the rules of a version, exactly as they were published."""
    rows = await transaction.driver.fetch(
        f"SELECT /*under access*/ {_COLUMNS}{_STOOD} ORDER BY r.id", transaction.tenant_id, n
    )
    return [_rule(row) for row in rows]


async def read_some(transaction: Transaction, ids: Sequence[UUID]) -> list[Rule]:
    """Read these rules, standing or not."""
    rows = await transaction.driver.fetch(
        "/*under access*/ "
        f"SELECT {_COLUMNS} FROM access_rules r WHERE r.tenant_id = $1 AND r.id = ANY ($2::uuid[]) ORDER BY r.id",
        transaction.tenant_id,
        list(ids),
    )
    return [_rule(row) for row in rows]


async def read_owned(transaction: Transaction, ids: Sequence[UUID], owner_id: UUID) -> frozenset[UUID]:
    """Tell which of these rules the heads of a client wrote."""
    rows = await transaction.driver.fetch(
        "SELECT /*under access*/ id FROM access_rules WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND owner_id = $3",
        *(transaction.tenant_id, list(ids), owner_id),
    )
    return frozenset(cast("UUID", row["id"]) for row in rows)


async def read_links(transaction: Transaction) -> list[Link]:
    """Read who has whose rules."""
    rows = await transaction.driver.fetch(
        "SELECT /*under access*/ child, parent FROM access_role_links WHERE tenant_id = $1 ORDER BY child, parent",
        transaction.tenant_id,
    )
    return [Link(str(row["child"]), str(row["parent"])) for row in rows]


async def read_region_tree(transaction: Transaction) -> dict[UUID, UUID | None]:
    """Read each region's parent."""
    rows = await transaction.driver.fetch(
        "SELECT id, parent_id FROM regions WHERE tenant_id = $1 AND deleted_at IS NULL", transaction.tenant_id
    )
    return {cast("UUID", row["id"]): cast("UUID | None", row["parent_id"]) for row in rows}


async def add_rules(
    transaction: Transaction,
    lines: Sequence[tuple[UUID, Line]],
    *,
    change_id: UUID,
    owner_id: UUID | None,
    author_id: UUID,
    note: str,
) -> None:
    """Let rules begin, under the ids given."""
    await transaction.driver.executemany(
        "/*under access*/ "
        "INSERT INTO access_rules (tenant_id, id, change_id, owner_id, created_by, note, subject, resource, action,"
        " effect, reg, org, ctr, agr, lin, prd, val, aut, valid_from, valid_to)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        [
            (transaction.tenant_id, rule_id, change_id, owner_id, author_id, note, *values_of(line))
            for rule_id, line in lines
        ],
    )


async def end_rules(transaction: Transaction, ids: Sequence[UUID], change_id: UUID) -> int:
    """Let rules end; tells how many did, fewer than given if somebody else ended one."""
    ended = await transaction.driver.execute(
        "UPDATE /*under access*/ access_rules SET superseded_by = $3"
        " WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND superseded_by IS NULL",
        transaction.tenant_id,
        list(ids),
        change_id,
    )
    return int(ended.rpartition(" ")[2])


def values_of(line: Line) -> tuple[object, ...]:
    """Lay a line out in the order of the columns, subject to valid_to."""
    terms = line.terms
    return (
        *(line.subject, line.resource, line.action, line.effect),
        *(terms.reg, terms.org, terms.ctr, terms.agr, terms.lin, terms.prd, terms.val, terms.aut),
        *(terms.since, terms.until),
    )


def _rule(row: Row) -> Rule:
    found = cast("Mapping[str, object]", row)
    return msgspec.convert({name: found[name] for name in Rule.__struct_fields__}, Rule)


def _standing(row: Row) -> Standing:
    return Standing(
        rule=_rule(row),
        owner_id=cast("UUID | None", row["owner_id"]),
        note=str(row["note"]),
        at=cast("datetime", row["at"]),
        n=cast("int | None", row["n"]),
        author=str(row["author"]),
    )
