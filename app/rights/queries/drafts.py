"""Drafts and their lines."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.rules import Rule
from app.infra.db.transaction import Row, Transaction
from app.rights.queries.rules import values_of
from app.rights.rules.lines import line_of
from app.rights.rules.planning import Change

State = Literal["draft", "waiting", "published", "dropped"]


class Draft(Struct, frozen=True):
    """A set of changes under work, or what became of it."""

    id: UUID
    title: str
    author_id: UUID
    author: str
    partner_id: UUID | None  # the client whose own rules it changes
    base_n: int
    state: State
    version: int
    reason: str
    activates_at: datetime | None
    refusal: str
    published_n: int | None
    created_at: datetime
    updated_at: datetime
    changes: int


_DRAFT: Final = """
    /*under access*/
    SELECT d.id, d.title, d.author_id, coalesce(u.name, '') AS author, d.partner_id, d.base_n, d.state, d.version,
        d.reason, d.activates_at, d.refusal, d.published_n, d.created_at, d.updated_at,
        (SELECT count(DISTINCT (c.subject, c.resource, c.action)) FROM access_draft_changes c
         WHERE c.tenant_id = d.tenant_id AND c.draft_id = d.id) AS changes
    FROM access_drafts d LEFT JOIN users u ON u.tenant_id = d.tenant_id AND u.id = d.author_id
    WHERE d.tenant_id = $1
"""


async def read_draft(
    transaction: Transaction, draft_id: UUID, partner_id: UUID | None, *, lock: bool = False
) -> Draft | None:
    """Read one draft; ``partner_id`` narrows to one client's, None is every draft."""
    row = await transaction.driver.fetchrow(
        f"{_DRAFT} AND d.id = $2 AND ($3::uuid IS NULL OR d.partner_id = $3) {'FOR UPDATE OF d' if lock else ''}",
        transaction.tenant_id,
        draft_id,
        partner_id,
    )
    return None if row is None else _draft(row)


async def list_drafts(
    transaction: Transaction,
    partner_id: UUID | None,
    states: Sequence[State],
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> tuple[list[Draft], int]:
    """List drafts, the last touched first, and count them."""
    place = (None, None) if after is None else after
    rows = await transaction.driver.fetch(
        f"{_DRAFT} AND d.state = ANY ($2::text[]) AND ($3::uuid IS NULL OR d.partner_id = $3)"
        " AND ($4::timestamptz IS NULL OR (d.updated_at, d.id) < ($4, $5::uuid))"
        " ORDER BY d.updated_at DESC, d.id DESC LIMIT $6",
        *(transaction.tenant_id, list(states), partner_id, *place, limit),
    )
    total = await transaction.driver.fetchval(
        "SELECT /*under access*/ count(*) FROM access_drafts WHERE tenant_id = $1 AND state = ANY ($2::text[])"
        " AND ($3::uuid IS NULL OR partner_id = $3)",
        *(transaction.tenant_id, list(states), partner_id),
    )
    return [_draft(row) for row in rows], cast("int", total)


async def add_draft(
    transaction: Transaction, draft_id: UUID, title: str, author_id: UUID, partner_id: UUID | None, base_n: int
) -> None:
    """Begin a draft."""
    await transaction.driver.execute(
        "INSERT /*under access*/ INTO access_drafts (tenant_id, id, title, author_id, partner_id, base_n)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        *(transaction.tenant_id, draft_id, title, author_id, partner_id, base_n),
    )


async def move_draft(transaction: Transaction, draft: Draft) -> None:
    """Write what may change of a draft and count its version; the caller holds the row."""
    await transaction.driver.execute(
        "/*under access*/ "
        "UPDATE access_drafts SET title = $3, base_n = $4, state = $5, reason = $6, activates_at = $7, refusal = $8,"
        " published_n = $9, version = version + 1, updated_at = now() WHERE tenant_id = $1 AND id = $2",
        *(transaction.tenant_id, draft.id, draft.title, draft.base_n, draft.state, draft.reason, draft.activates_at),
        *(draft.refusal, draft.published_n),
    )


async def read_owners(transaction: Transaction, draft_ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """Read whose rights these drafts change: a client's, or None for the tenant's."""
    rows = await transaction.driver.fetch(
        "SELECT /*under access*/ id, partner_id FROM access_drafts WHERE tenant_id = $1 AND id = ANY ($2::uuid[])",
        *(transaction.tenant_id, list(draft_ids)),
    )
    return {cast("UUID", row["id"]): cast("UUID | None", row["partner_id"]) for row in rows}


async def read_changes(transaction: Transaction, draft_id: UUID) -> list[Change]:
    """Read the lines of a draft in the order they were made."""
    rows = await transaction.driver.fetch(
        "/*under access*/ "
        "SELECT id, op, author_id, rule_id, subject, resource, action, effect::text AS effect, reg, org, ctr, agr,"
        " lin, prd, val, aut, valid_from, valid_to, partner_id IS NOT NULL AS is_lent FROM access_draft_changes"
        " WHERE tenant_id = $1 AND draft_id = $2 ORDER BY created_at, id",
        transaction.tenant_id,
        draft_id,
    )
    return [_change(row) for row in rows]


async def add_changes(transaction: Transaction, draft: Draft, changes: Sequence[Change]) -> None:
    """Put lines into a draft."""
    await transaction.driver.executemany(
        "/*under access*/ "
        "INSERT INTO access_draft_changes (tenant_id, id, draft_id, partner_id, author_id, op, rule_id, subject,"
        " resource, action, effect, reg, org, ctr, agr, lin, prd, val, aut, valid_from, valid_to)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        [
            (
                *(transaction.tenant_id, one.id, draft.id, draft.partner_id, one.author_id, one.op, one.rule_id),
                *values_of(one.line),
            )
            for one in changes
        ],
    )


async def drop_changes(transaction: Transaction, draft_id: UUID, ids: Sequence[UUID]) -> None:
    """Take lines out of a draft."""
    await transaction.driver.execute(
        "/*under access*/ "
        "DELETE FROM access_draft_changes WHERE tenant_id = $1 AND draft_id = $2 AND id = ANY ($3::uuid[])",
        transaction.tenant_id,
        draft_id,
        list(ids),
    )


def _draft(row: Row) -> Draft:
    return msgspec.convert(dict(cast("Mapping[str, object]", row)), Draft)


def _change(row: Row) -> Change:
    found = dict(cast("Mapping[str, object]", row))
    rule = msgspec.convert(
        {name: found[name] for name in Rule.__struct_fields__},
        Rule,
    )
    return Change(
        id=rule.id,
        op=cast("Literal['add', 'end']", found["op"]),
        line=line_of(rule),
        author_id=cast("UUID", found["author_id"]),
        rule_id=cast("UUID | None", found["rule_id"]),
    )
