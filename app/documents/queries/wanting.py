"""Which contents are wanted, which are here, and which nobody needs any more. Jobs ask, for nobody in particular."""

from collections.abc import Sequence
from typing import Final, cast
from uuid import UUID

from app.documents.events import FILE_GET
from app.infra.db.transaction import Transaction
from app.infra.outbox import word_of
from app.infra.waking import note

# One that was given up waits for a person; another content under the same reference is another intent.
_WANT: Final = f"""
    INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body)
    SELECT $1, gen_random_uuid(), 'fetch', 'file:' || a.id, '{FILE_GET}',
           jsonb_build_object('id', a.id, 'size', a.size, 'sha256', a.sha256)
    FROM attachments a WHERE a.tenant_id = $1 AND a.stored_at IS NULL AND a.deleted_at IS NULL
        AND NOT EXISTS (
            SELECT FROM outbox o WHERE o.tenant_id = $1 AND o.lane = 'fetch' AND o.aggregate = 'file:' || a.id
            AND o.body ->> 'sha256' = a.sha256 AND (o.stage <> 'done' OR o.error_class = 'skipped'))
    ORDER BY a.created_at DESC, a.id
"""
_IS_WANTED: Final = """
    SELECT EXISTS (SELECT FROM attachments WHERE tenant_id = $1 AND id = $2 AND sha256 = $3 AND size = $4
        AND stored_at IS NULL AND deleted_at IS NULL)
"""
_ARRIVED: Final = """
    UPDATE attachments SET stored_at = now() WHERE tenant_id = $1 AND id = $2 AND sha256 = $3 AND stored_at IS NULL
"""
# Whoever says that a content is here, and whoever takes contents away, pass here: never both at once.
_LOCK_SHARED: Final = "SELECT pg_advisory_xact_lock_shared(hashtextextended('files', $1::int))"
_LOCK_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended('files', $1::int))"
_NEEDED: Final = """
    SELECT sha256 FROM attachments WHERE tenant_id = $1 AND sha256 = ANY ($2)
        AND (deleted_at IS NULL OR deleted_at > now() - interval '30 days')
    UNION
    SELECT sha256 FROM outgoing_files WHERE tenant_id = $1 AND sha256 = ANY ($2)
        AND (state <> 'sent' OR settled_at > now() - interval '30 days')
"""
_GONE: Final = "UPDATE attachments SET stored_at = NULL WHERE tenant_id = $1 AND sha256 = ANY ($2)"
_STORED: Final = """
    SELECT DISTINCT sha256, size FROM attachments WHERE tenant_id = $1 AND stored_at IS NOT NULL AND deleted_at IS NULL
"""


async def want_missing(transaction: Transaction) -> int:
    """Ask for every content that is not here; gives how many were asked for. Asking again asks for nothing twice."""
    tag = await transaction.driver.execute(_WANT, transaction.tenant_id)
    asked = int(tag.rpartition(" ")[2])
    if asked:
        note(transaction, word_of(transaction.tenant_id, "fetch"))
    return asked


async def is_wanted(transaction: Transaction, file_id: UUID, sha256: str, size: int) -> bool:
    """Whether exactly this content is still wanted."""
    return bool(await transaction.driver.fetchval(_IS_WANTED, transaction.tenant_id, file_id, sha256, size))


async def share_store(transaction: Transaction) -> None:
    """Keep contents from being taken away until this transaction ends."""
    await transaction.driver.execute(_LOCK_SHARED, transaction.tenant_id)


async def note_arrived(transaction: Transaction, file_id: UUID, sha256: str) -> None:
    """Note that a content is here; nothing happens if the file has another one by now."""
    await transaction.driver.execute(_ARRIVED, transaction.tenant_id, file_id, sha256)


async def pick_needless(transaction: Transaction, contents: Sequence[str]) -> list[str]:
    """Pick those contents that no file needs; nobody can begin to need one until this transaction ends."""
    await transaction.driver.execute(_LOCK_ALONE, transaction.tenant_id)
    rows = await transaction.driver.fetch(_NEEDED, transaction.tenant_id, list(contents))
    needed = {cast("str", row["sha256"]) for row in rows}
    return [one for one in contents if one not in needed]


async def note_gone(transaction: Transaction, contents: Sequence[str]) -> None:
    """Note that contents are not here any more; files that have them want them again."""
    await transaction.driver.execute(_GONE, transaction.tenant_id, list(contents))


async def read_stored(transaction: Transaction) -> list[tuple[str, int]]:
    """Read digest and size of every content that should be here."""
    rows = await transaction.driver.fetch(_STORED, transaction.tenant_id)
    return [(cast("str", row["sha256"]), cast("int", row["size"])) for row in rows]
