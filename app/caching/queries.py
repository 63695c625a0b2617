"""Statements of the marks, and of whoever asks the owner what changed. They name collections and ids, nothing else."""

from collections.abc import Mapping, Sequence
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.caching.marks import Mark
from app.infra.db.transaction import Row, Transaction

_BATCH: Final = 2_000
_REALM: Final = """
    SELECT left(encode(sha256(convert_to(s.system_identifier::text || '.' || c.timeline_id || '.' || d.oid, 'UTF8')),
        'hex'), 8)
    FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()
"""
_WAITING: Final = f"""
    SELECT id, tag, object, xid::text AS number FROM cache_marks WHERE tenant_id = $1 ORDER BY xid, id LIMIT {_BATCH}
"""
# A transaction that wrote nothing has no number, and no marks.
_OWN: Final = """
    SELECT tag, object, xid::text AS number FROM cache_marks
    WHERE tenant_id = $1 AND xid = pg_current_xact_id_if_assigned()
"""
_DROP: Final = (
    "DELETE FROM cache_marks WHERE tenant_id = $1 AND xid = ANY ($2::text[]::xid8[]) AND id = ANY ($3::bigint[])"
)
_NOTE: Final = """
    INSERT INTO cache_changes (tenant_id, tag, xid)
    SELECT $1, t.tag, max(t.number::xid8) FROM unnest($2::text[], $3::text[]) AS t (tag, number) GROUP BY t.tag
    ON CONFLICT (tenant_id, tag) DO UPDATE SET xid = greatest(cache_changes.xid, excluded.xid)
"""
_LABELS: Final = """
    SELECT t.tag, greatest(c.xid, m.xid)::text AS number
    FROM unnest($2::text[]) AS t (tag)
    LEFT JOIN cache_changes c ON c.tenant_id = $1 AND c.tag = t.tag
    LEFT JOIN (SELECT tag, max(xid) AS xid FROM cache_marks WHERE tenant_id = $1 GROUP BY tag) m ON m.tag = t.tag
"""
_IS_FED: Final = """
    SELECT away_since IS NULL AND feed_at > now() - interval '10 seconds' FROM erp_freshness WHERE tenant_id = $1
"""


class Waiting(Struct, frozen=True):
    """Marks that wait to be carried, and the rows that hold them."""

    marks: Sequence[Mark]
    ids: Sequence[int]


async def read_realm(transaction: Transaction) -> str:
    """Name the database as it is since it was made or last restored."""
    return cast("str", await transaction.driver.fetchval(_REALM))


async def read_waiting(transaction: Transaction) -> Waiting:
    """Read the oldest marks."""
    rows = await transaction.driver.fetch(_WAITING, transaction.tenant_id)
    return Waiting([_mark(row) for row in rows], [cast("int", row["id"]) for row in rows])


async def read_own(transaction: Transaction) -> Sequence[Mark]:
    """Read what this very transaction has changed so far."""
    return [_mark(row) for row in await transaction.driver.fetch(_OWN, transaction.tenant_id)]


async def end_waiting(transaction: Transaction, waiting: Waiting) -> None:
    """Take marks away and remember the last change of each collection."""
    numbers, tags = [str(one.number) for one in waiting.marks], [one.tag for one in waiting.marks]
    await transaction.driver.execute(_NOTE, transaction.tenant_id, tags, numbers)
    await transaction.driver.execute(_DROP, transaction.tenant_id, numbers, waiting.ids)


async def is_fed(transaction: Transaction) -> bool:
    """Whether the ERP told all it had within the last seconds."""
    return await transaction.driver.fetchval(_IS_FED, transaction.tenant_id) is True


async def read_labels(transaction: Transaction, tags: Sequence[str]) -> Mapping[str, int]:
    """Read the last transaction that changed each collection; 0 for one never changed."""
    rows = await transaction.driver.fetch(_LABELS, transaction.tenant_id, list(tags))
    return {cast("str", row["tag"]): _number(row["number"]) for row in rows}


def _mark(row: Row) -> Mark:
    return Mark(cast("str", row["tag"]), cast("UUID | None", row["object"]), _number(row["number"]))


def _number(text: object) -> int:
    return 0 if text is None else int(cast("str", text))
