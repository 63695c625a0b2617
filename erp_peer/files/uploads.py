"""New files: pieces in any number of calls, the whole checked by its digest before anybody sees it."""

import datetime as dt
from hashlib import sha256
from typing import Literal

import asyncpg
from msgspec import Struct

from erp_peer.commands.dispatch import audit
from erp_peer.files.reading import find_file
from erp_peer.store.db import Connection, column, one, value
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write, flush, writing

MOST_BYTES = 10 * 1024 * 1024
KEPT_DAYS = 7  # of what was begun and not finished
OWNERS = {
    "Catalog_ДоговорыКонтрагентов": "contracts",
    "Catalog_Претензии": "claims",
    "Document_СчетНаОплатуКлиенту": "invoices",
}
MEDIA_TYPES = frozenset(
    {
        "application/pdf",
        "image/jpeg",
        "image/png",
        "text/plain",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
Fault = Literal["owner_missing", "file_exists", "range_gap", "digest_mismatch"]


class Head(Struct, frozen=True):
    """What every call says of the file it brings."""

    ref: str
    owner_set: str
    owner: str
    name: str
    media_type: str
    size: int
    sha256: str


class Progress(Struct):
    """How far a file is: so many bytes are safely here."""

    ref: str
    received: int
    complete: bool


class UploadError(Exception):
    """A piece that cannot be taken; ``received`` is where the file stands."""

    def __init__(self, fault: Fault, received: int = 0) -> None:
        """Name what is wrong."""
        super().__init__(fault)
        self.fault: Fault = fault
        self.received = received


class _Begun(Struct, frozen=True):
    sha256: str
    size: int
    received: int


async def take(pool: asyncpg.Pool, ib: str, head: Head, first: int | None, piece: bytes, now: dt.datetime) -> Progress:
    """Take bytes from ``first`` on, or only tell how far the file is; the last ones complete it.

    What is here already is not read again, so any piece may come twice.

    Raises:
        UploadError: no such owner, another file under this reference, bytes missing before these, a wrong digest.
    """
    async with pool.acquire() as conn, conn.transaction():
        found = await find_file(conn, ib, head.ref)
        if found is not None and found.sha256 != head.sha256:
            raise UploadError("file_exists")
        if found is not None:
            return Progress(head.ref, head.size, complete=True)
        if not await _has_owner(conn, ib, head):
            raise UploadError("owner_missing")
        received = await _begun(conn, ib, head, now)
        if first is not None and first > received:
            raise UploadError("range_gap", received)
        if first is not None:
            received = await _keep(conn, ib, head.ref, received, piece[received - first :])
    if received == head.size:
        return await _complete(pool, ib, head, now)
    await flush(pool)
    return Progress(head.ref, received, complete=False)


async def _has_owner(conn: Connection, ib: str, head: Head) -> bool:
    sql = f"SELECT EXISTS (SELECT FROM peer.{OWNERS[head.owner_set]} WHERE ib = $1 AND ref = $2)"
    return await value(conn, bool, sql, ib, head.owner)


async def _begun(conn: Connection, ib: str, head: Head, now: dt.datetime) -> int:
    """Lock what there is of the file; another content under the same reference begins anew."""
    await conn.execute(
        "INSERT INTO peer.uploads (ib, ref, sha256, size, begun_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (ib, ref) DO NOTHING",
        *(ib, head.ref, head.sha256, head.size, now),
    )
    sql = "SELECT sha256, size, received FROM peer.uploads WHERE ib = $1 AND ref = $2 FOR UPDATE"
    begun = await one(conn, _Begun, sql, ib, head.ref)
    if begun is not None and (begun.sha256, begun.size) == (head.sha256, head.size):
        return begun.received
    await conn.execute("DELETE FROM peer.upload_parts WHERE ib = $1 AND ref = $2", ib, head.ref)
    sql = "UPDATE peer.uploads SET sha256 = $3, size = $4, received = 0 WHERE ib = $1 AND ref = $2"
    await conn.execute(sql, ib, head.ref, head.sha256, head.size)
    return 0


async def _keep(conn: Connection, ib: str, ref: str, received: int, news: bytes) -> int:
    if not news:
        return received
    sql = "INSERT INTO peer.upload_parts (ib, ref, first, content) VALUES ($1, $2, $3, $4)"
    await conn.execute(sql, ib, ref, received, news)
    sql = "UPDATE peer.uploads SET received = received + $3 WHERE ib = $1 AND ref = $2 RETURNING received"
    return await value(conn, int, sql, ib, ref, len(news))


async def _complete(pool: asyncpg.Pool, ib: str, head: Head, now: dt.datetime) -> Progress:
    """Check the whole and attach it; who comes second finds it attached."""
    async with writing(pool, ib, now) as write:
        is_right = await _attach(write, head)
    await flush(pool)
    if not is_right:
        raise UploadError("digest_mismatch")
    return Progress(head.ref, head.size, complete=True)


async def _attach(write: Write, head: Head) -> bool:
    """Whether the content is what was promised; what is not is thrown away whole."""
    if await find_file(write.conn, write.ib, head.ref) is not None:
        return True
    sql = "SELECT content FROM peer.upload_parts WHERE ib = $1 AND ref = $2 ORDER BY first"
    content = b"".join(await column(write.conn, bytes, sql, write.ib, head.ref))
    await write.conn.execute("DELETE FROM peer.uploads WHERE ib = $1 AND ref = $2", write.ib, head.ref)
    if sha256(content).hexdigest() != head.sha256:
        return False
    sql = "INSERT INTO peer.file_contents (ib, ref, content) VALUES ($1, $2, $3)"
    await write.conn.execute(sql, write.ib, head.ref, content)
    await upsert(
        write,
        "files",
        head.ref,
        {
            "owner_set": head.owner_set,
            "owner": head.owner,
            "name_ru": head.name,
            "media_type": head.media_type,
            "size": head.size,
            "sha256": head.sha256,
            "created_at": write.now,
        },
    )
    await audit(write, "file.put", "files", head.ref, "")
    return True


async def forget_unfinished(pool: asyncpg.Pool, now: dt.datetime) -> int:
    """Drop what was begun a week ago and never finished; returns how many files."""
    async with pool.acquire() as conn:
        sql = "DELETE FROM peer.uploads WHERE begun_at < $1 RETURNING 1"
        return len(await column(conn, int, sql, now - dt.timedelta(days=KEPT_DAYS)))
