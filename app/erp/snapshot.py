"""Fetch one stream whole: the bytes wait in a temporary file, so that no transaction waits for the network.

A cut answer is continued after the last row that arrived whole; the rows count, and the first answer's batch stays.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import IO, Final
from uuid import UUID

from msgspec import Struct

from app.erp.channel import Channel
from app.erp.ports import ErpPort
from app.erp.wire.failures import SchemaError, TransientError, UnknownOutcomeError
from app.erp.wire.messages import SnapshotHead

_MEGABYTE: Final = 1024 * 1024
_IN_MEMORY: Final = 8 * _MEGABYTE
_LARGEST: Final = 2048 * _MEGABYTE
_MOST_CUTS: Final = 5
_LONGEST_ROW: Final = 4 * _MEGABYTE

Progress = Callable[[SnapshotHead, int, str], Awaitable[None]]


class Fetched(Struct, frozen=True):
    """A whole stream; ``read`` may be called once."""

    batch: int
    rows: int
    columns: Sequence[str]
    holding: Sequence[UUID] | None
    is_own_count: bool
    read: Callable[[], AsyncIterator[bytes]]


class _Spool:
    """Rows received whole so far; a row cut in the middle is not one of them."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.rows = 0
        self.size = 0
        self.cursor = ""
        self._rest = b""

    def forget_rest(self) -> None:
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        data = self._rest + chunk
        end = data.rfind(b"\n") + 1
        whole, self._rest = data[:end], data[end:]
        self.size += len(whole)
        if self.size > _LARGEST or len(self._rest) > _LONGEST_ROW:
            message = "a snapshot, or a row of one, larger than any that makes sense"
            raise SchemaError(message)
        if whole:
            self.file.write(whole)
            self.rows += whole.count(b"\n")
            last = whole[whole.rfind(b"\n", 0, -1) + 1 :]
            self.cursor = last.partition(b"\t")[0].decode("ascii", "replace")


@asynccontextmanager
async def fetched_snapshot(channel: Channel, stream: str, progress: Progress) -> AsyncGenerator[Fetched]:
    """Fetch a stream; ``progress`` is told after each part, with no transaction open.

    Raises:
        ErpError: it could not be fetched whole.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        spool = _Spool(file)
        head = await _fetch(channel, stream, spool, progress)
        file.seek(0)
        yield Fetched(
            batch=head.batch,
            rows=spool.rows,
            columns=head.columns,
            holding=head.holding,
            is_own_count=head.is_own_count,
            read=lambda: _read(file),
        )


async def _fetch(channel: Channel, stream: str, spool: _Spool, progress: Progress) -> SnapshotHead:
    first: SnapshotHead | None = None
    for cut in range(_MOST_CUTS):
        if cut:
            await asyncio.sleep(0.2 * cut)

        async def receive(client: ErpPort) -> SnapshotHead:
            nonlocal first
            # The cursor is the row's reference, which must be the first column.
            async with client.snapshot(stream, spool.cursor) as snapshot:
                if first is None:
                    first = snapshot.head
                await progress(first, spool.rows, spool.cursor)
                expected = spool.rows + snapshot.head.rows
                async for chunk in snapshot.chunks:
                    spool.add(chunk)
                    await progress(first, spool.rows, spool.cursor)
            if spool.rows != expected:
                message = f"{stream}: {spool.rows} rows arrived of {expected}"
                raise UnknownOutcomeError(message)
            return first

        spool.forget_rest()
        try:
            return await channel.call(receive)
        except UnknownOutcomeError:
            continue
    message = f"{stream}: cut {_MOST_CUTS} times at row {spool.rows}"
    raise TransientError(message)


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, _MEGABYTE):
        yield chunk
