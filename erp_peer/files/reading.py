"""The content of an attached file: kept where it came from outside, made anew where it was invented."""

from msgspec import Struct

from erp_peer.data.scans import content_of
from erp_peer.store.db import Connection, one


class FileRow(Struct, frozen=True):
    """What the register of files says of one."""

    ref: str
    media_type: str
    size: int
    sha256: str


class _Content(Struct, frozen=True):
    content: bytes


async def find_file(conn: Connection, ib: str, ref: str) -> FileRow | None:
    """One attached file; also one that is marked for deletion, as long as the ERP has it."""
    sql = "SELECT ref, media_type, size, sha256 FROM peer.files WHERE ib = $1 AND ref = $2"
    return await one(conn, FileRow, sql, ib, ref)


async def read_content(conn: Connection, ib: str, file: FileRow, first: int, last: int) -> bytes:
    """Bytes of it, both ends included."""
    sql = (
        "SELECT substring(content FROM $3::int FOR $4::int) AS content FROM peer.file_contents"
        " WHERE ib = $1 AND ref = $2"
    )
    kept = await one(conn, _Content, sql, ib, file.ref, first + 1, last - first + 1)
    return kept.content if kept else content_of(file.ref, file.media_type)[first : last + 1]
