"""Whole streams, straight from the server's COPY to the wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from urllib.parse import quote

import asyncpg
from msgspec import Struct

from erp_peer.feed.batches import read_tick
from erp_peer.store.db import Connection, value
from erp_peer.store.wire import LabelStyle, copy_sql, drifted, line_sql
from erp_peer.streams.spec import HEAD, Stream

_CHUNK_BYTES = 128 * 1024
_CHUNKS_AHEAD = 8
# A reader that takes nothing for so long is gone.
_STALLED_S = 120


class Opened(Struct):
    """A snapshot whose moment is fixed and whose rows are on their way."""

    batch: int
    rows: int
    columns: str
    body: AsyncIterator[bytes]


class _Pipe:
    """Gathers small COPY messages into chunks and holds the server back when the reader is slow."""

    def __init__(self) -> None:
        self._ready: asyncio.Queue[bytes | None] = asyncio.Queue(_CHUNKS_AHEAD)
        self._parts: list[bytes] = []
        self._size = 0

    async def write(self, data: bytes) -> None:
        """Take what COPY sends."""
        self._parts.append(data)
        self._size += len(data)
        if self._size >= _CHUNK_BYTES:
            await self._pass_on()

    async def _pass_on(self) -> None:
        chunk = b"".join(self._parts)
        self._parts, self._size = [], 0
        if chunk:
            await asyncio.wait_for(self._ready.put(chunk), _STALLED_S)

    async def close(self) -> None:
        """Say that all is in."""
        await self._pass_on()
        await asyncio.wait_for(self._ready.put(None), _STALLED_S)

    async def read(self) -> bytes | None:
        """The next chunk; None at the end."""
        return await self._ready.get()


async def open_snapshot(
    pool: asyncpg.Pool, stream: Stream, style: LabelStyle, ib: str, cursor: str, *, as_lines: bool
) -> Opened:
    """Fix the moment of a snapshot and start sending the rows after the cursor."""
    stream = drifted(stream)
    stack = AsyncExitStack()
    conn = await stack.enter_async_context(pool.acquire())
    try:
        await stack.enter_async_context(conn.transaction(isolation="repeatable_read", readonly=True))
        batch = await read_tick(conn, ib)
        count = f"SELECT count(*) FROM peer.{stream.name} WHERE ib = $1 AND ref > $2"
        rows = await value(conn, int, count, ib, cursor)
    except BaseException:
        await stack.aclose()
        raise
    pipe = _Pipe()
    sql = line_sql(stream, style) if as_lines else copy_sql(stream, style)
    sender = asyncio.create_task(_send(stack, conn, pipe, sql, ib, cursor, as_lines=as_lines))
    columns = ",".join(quote(field.wire, safe="") for field in (*HEAD, *stream.fields))
    return Opened(batch, rows, columns, _body(pipe, sender))


async def _send(
    stack: AsyncExitStack, conn: Connection, pipe: _Pipe, sql: str, ib: str, cursor: str, *, as_lines: bool
) -> None:
    """Run COPY into the pipe; gives the connection back whatever happens."""
    async with stack:
        if as_lines:
            # COPY text would escape the backslashes of JSON once more; CSV with signs that JSON cannot hold does not.
            await conn.copy_from_query(sql, ib, cursor, output=pipe.write, format="csv", delimiter="\x02", quote="\x01")
        else:
            await conn.copy_from_query(sql, ib, cursor, output=pipe.write)
        await pipe.close()


async def _body(pipe: _Pipe, sender: asyncio.Task[None]) -> AsyncIterator[bytes]:
    """Chunks until the end; a broken COPY breaks the answer, so that nobody takes it for whole."""
    try:
        while True:
            reading = asyncio.ensure_future(pipe.read())
            await asyncio.wait({reading, sender}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done() and sender.done() and sender.exception() is not None:
                reading.cancel()
                sender.result()
            chunk = await reading
            if chunk is None:
                return
            yield chunk
    finally:
        sender.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await sender
