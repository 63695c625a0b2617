"""Rows of the bell."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import Row, Transaction
from app.kernel.ids import new_id

_COLUMNS: Final = "id, kind, object_kind, object_id, params::text AS params, created_at, read_at"
# One's own, in the place one works in now: news of another place leads to pages that are closed here.
_OWN: Final = "/*within person $2*/ tenant_id = $1 AND user_id = $2 AND partner_id IS NOT DISTINCT FROM $3"
_PAGE: Final = f"""
    SELECT {_COLUMNS} FROM notifications
    WHERE {_OWN} AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5)) AND (NOT $6 OR read_at IS NULL)
    ORDER BY created_at DESC, id DESC LIMIT $7
"""
_COUNTS: Final = f"""
    SELECT count(*) AS total, count(*) FILTER (WHERE read_at IS NULL) AS unread FROM notifications WHERE {_OWN}
"""
_TENANT: Final = """
    SELECT coalesce(nullif(CASE $2 WHEN 'kk' THEN name_kk WHEN 'en' THEN name_en END, ''), name)
    FROM tenants WHERE id = $1
"""
_UNREAD: Final = f"SELECT count(*) FROM notifications WHERE {_OWN} AND read_at IS NULL"


class Entry(Struct, frozen=True):
    """One piece of news for one person."""

    id: UUID
    kind: str
    object_kind: str
    object_id: UUID
    params: Mapping[str, str]
    created_at: datetime
    read_at: datetime | None


class Counts(Struct, frozen=True):
    """How much there is."""

    total: int
    unread: int


class After(Struct, frozen=True):
    """Where a page of the list begins: behind this entry."""

    created_at: datetime
    id: UUID


async def read_page(
    transaction: Transaction, actor: Actor, *, after: After | None, unread_only: bool, limit: int
) -> Sequence[Entry]:
    """Read a page of one's own news, the newest first."""
    rows = await transaction.driver.fetch(
        _PAGE,
        *_owner(actor),
        None if after is None else after.created_at,
        None if after is None else after.id,
        unread_only,
        limit,
    )
    return [_entry(row) for row in rows]


async def read_one(transaction: Transaction, actor: Actor, entry_id: UUID) -> Entry | None:
    """Read one of one's own entries."""
    row = await transaction.driver.fetchrow(
        f"SELECT {_COLUMNS} FROM notifications WHERE {_OWN} AND id = $4",
        *_owner(actor),
        entry_id,
    )
    return None if row is None else _entry(row)


async def read_counts(transaction: Transaction, actor: Actor) -> Counts:
    """Count one's own news."""
    row = await transaction.driver.fetchrow(_COUNTS, *_owner(actor))
    return Counts(0, 0) if row is None else Counts(cast("int", row["total"]), cast("int", row["unread"]))


async def count_unread(transaction: Transaction, actor: Actor) -> int:
    """Count what the bell shows."""
    return cast("int", await transaction.driver.fetchval(_UNREAD, *_owner(actor)))


async def mark_read(transaction: Transaction, actor: Actor, entry_id: UUID | None) -> int:
    """Mark one entry, or all, as read; gives how many were not read before."""
    tag = await transaction.driver.execute(
        f"UPDATE notifications SET read_at = now() WHERE {_OWN} AND read_at IS NULL AND ($4::uuid IS NULL OR id = $4)",
        *_owner(actor),
        entry_id,
    )
    return int(tag.rpartition(" ")[2])


async def add(
    transaction: Transaction, actor: Actor, kind: str, object_kind: str, object_id: UUID, params: Mapping[str, str]
) -> UUID:
    """Write one entry for one person."""
    entry_id = new_id()
    await transaction.driver.execute(
        "INSERT INTO notifications (tenant_id, id, user_id, partner_id, kind, object_kind, object_id, params)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb)",
        transaction.tenant_id,
        entry_id,
        actor.user_id,
        actor.partner_id,
        kind,
        object_kind,
        object_id,
        msgspec.json.encode(params).decode(),
    )
    return entry_id


async def tenant_name(transaction: Transaction, locale: str) -> str:
    """Name the manufacturer in a language."""
    return str(await transaction.driver.fetchval(_TENANT, transaction.tenant_id, locale))


def _owner(actor: Actor) -> tuple[int, UUID, UUID | None]:
    return actor.tenant_id, actor.user_id, actor.partner_id


def _entry(row: Row) -> Entry:
    return Entry(
        id=cast("UUID", row["id"]),
        kind=cast("str", row["kind"]),
        object_kind=cast("str", row["object_kind"]),
        object_id=cast("UUID", row["object_id"]),
        params=msgspec.json.decode(cast("str", row["params"]), type=dict[str, str]),
        created_at=cast("datetime", row["created_at"]),
        read_at=cast("datetime | None", row["read_at"]),
    )
