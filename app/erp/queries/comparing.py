"""What the portal has of a stream, in the terms in which it is compared with the ERP."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.erp.mappings.spec import StreamMap, Target
from app.infra.db.transaction import Transaction

# The same sum as the ERP's: eight bytes of MD5 over reference and label, in any order.
_HASH: Final = "lpad(to_hex(bit_xor(('x' || left(md5(id::text || ' ' || src_label), 16))::bit(64)::bigint)), 16, '0')"
_BUCKETS: Final = """
    SELECT get_byte(uuid_send(id), 0) AS bucket, count(*) AS count, {hash} AS hash
    FROM {table} WHERE tenant_id = $1 GROUP BY 1
"""
_ROWS: Final = """
    SELECT id, src_label AS label, {deleted} AS is_deleted FROM {table}
    WHERE tenant_id = $1 AND get_byte(uuid_send(id), 0) = ANY ($2)
"""
_FACTS: Final = """
    SELECT f.id, coalesce(f.j ->> 'name_ru', f.j ->> 'name', f.j ->> 'number', f.j ->> 'sku',
                    f.j ->> 'code', '') AS name,
           (f.j ->> 'synced_at')::timestamptz AS synced_at
    FROM (SELECT t.id, to_jsonb(t) AS j FROM {table} t WHERE t.tenant_id = $1 AND t.id = ANY ($2)) f
"""
_HERE: Final = "SELECT id FROM {table} WHERE tenant_id = $1 AND id = ANY ($2)"
_MOVED: Final = """
    SELECT DISTINCT ref FROM erp_inbox WHERE tenant_id = $1 AND set_name = $2 AND applied_at >= $3
"""
_REMOVE: Final = """
    UPDATE {table} SET deleted_at = now() WHERE tenant_id = $1 AND id = ANY ($2) AND deleted_at IS NULL
"""
_FED: Final = "SELECT feed_at FROM erp_freshness WHERE tenant_id = $1"
_COUNT: Final = "SELECT count(*) FROM {table} WHERE tenant_id = $1"


class Known(Struct, frozen=True):
    """One row of ours."""

    label: str
    is_deleted: bool


class Facts(Struct, frozen=True):
    """What people call a row, and when it last came from the ERP."""

    name: str
    synced_at: datetime | None


def labelled(stream: StreamMap) -> Target | None:
    """Give the table whose rows carry the label of one object each; None where rows are figures without one."""
    target = stream.targets[0]
    return target if target.label == "src_label" and set(target.keys) == {"id"} and not target.source else None


async def read_buckets(transaction: Transaction, table: str) -> Mapping[int, tuple[int, str]]:
    """Count our rows by bucket, deleted ones too: bucket -> count and hash."""
    rows = await transaction.driver.fetch(_BUCKETS.format(table=table, hash=_HASH), transaction.tenant_id)
    return {cast("int", row["bucket"]): (cast("int", row["count"]), str(row["hash"])) for row in rows}


async def read_rows(transaction: Transaction, target: Target, buckets: Sequence[int]) -> Mapping[UUID, Known]:
    """List our rows of some buckets."""
    deleted = "deleted_at IS NOT NULL" if target.gone == "mark" else "false"
    statement = _ROWS.format(table=target.table, deleted=deleted)
    rows = await transaction.driver.fetch(statement, transaction.tenant_id, list(buckets))
    return {cast("UUID", row["id"]): Known(str(row["label"]), cast("bool", row["is_deleted"])) for row in rows}


async def read_facts(transaction: Transaction, table: str, refs: Sequence[UUID]) -> Mapping[UUID, Facts]:
    """Name rows for people."""
    rows = await transaction.driver.fetch(_FACTS.format(table=table), transaction.tenant_id, list(refs))
    return {
        cast("UUID", row["id"]): Facts(str(row["name"]).strip(), cast("datetime | None", row["synced_at"]))
        for row in rows
    }


async def read_keys(transaction: Transaction, source: str) -> frozenset[UUID]:
    """Tell which of the staged objects become rows."""
    rows = await transaction.driver.fetch(
        f"SELECT i.id FROM ({source}) i WHERE $1::int IS NOT NULL", transaction.tenant_id
    )
    return frozenset(cast("UUID", row["id"]) for row in rows)


async def read_here(transaction: Transaction, table: str, refs: Sequence[UUID]) -> frozenset[UUID]:
    """Tell which of these rows there are."""
    rows = await transaction.driver.fetch(_HERE.format(table=table), transaction.tenant_id, list(refs))
    return frozenset(cast("UUID", row["id"]) for row in rows)


async def read_moved(transaction: Transaction, set_name: str, since: datetime) -> frozenset[UUID]:
    """Tell which objects of a set the feed has brought since a moment: they differ for a good reason."""
    rows = await transaction.driver.fetch(_MOVED, transaction.tenant_id, set_name, since)
    return frozenset(cast("UUID", row["ref"]) for row in rows)


async def read_fed(transaction: Transaction) -> datetime | None:
    """Tell when nothing more waited in the ERP last."""
    return cast("datetime | None", await transaction.driver.fetchval(_FED, transaction.tenant_id))


async def remove(transaction: Transaction, table: str, refs: Sequence[UUID]) -> None:
    """End rows that the ERP does not have."""
    await transaction.driver.execute(_REMOVE.format(table=table), transaction.tenant_id, list(refs))


async def count_rows(transaction: Transaction, table: str) -> int:
    """Count our rows."""
    return cast("int", await transaction.driver.fetchval(_COUNT.format(table=table), transaction.tenant_id))
