"""Writing: every write of an infobase takes the next value of its batch clock under one row lock.

The lock makes the order of clock values the order of commits, so a state "as of N" is exact.
"""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from erp_peer.store.db import Connection, value

CHANNEL = "erp_peer"
_TICK = "UPDATE peer.infobases SET tick = tick + 1 WHERE ib = $1 RETURNING tick"


class Write:
    """One write transaction: its clock value, its time, and what it touched."""

    def __init__(self, conn: Connection, ib: str, tick: int, now: dt.datetime) -> None:
        self.conn = conn
        self.ib = ib
        self.tick = tick
        self.now = now
        self._touched: dict[tuple[str, str], None] = {}

    @property
    def today(self) -> dt.date:
        """The business day."""
        return self.now.date()

    def touch(self, stream: str, *refs: str) -> None:
        """Remember objects for the change registration."""
        for ref in refs:
            self._touched[stream, ref] = None

    def forget(self) -> None:
        """Register nothing: a load from elsewhere is no change of this base."""
        self._touched.clear()

    @property
    def touched(self) -> list[tuple[str, str]]:
        """Stream and reference of everything touched, in order."""
        return list(self._touched)

    async def register(self) -> None:
        """Register what was touched for every node and wake those who wait, at commit."""
        if self._touched:
            await self.conn.execute(
                "WITH registered AS ("
                " INSERT INTO peer.changed (ib, node, stream, ref, tick, at)"
                " SELECT $1, n.node, t.stream, t.ref, $4, $5 FROM peer.nodes n"
                " CROSS JOIN unnest($2::text[], $3::uuid[]) AS t (stream, ref) WHERE n.ib = $1"
                " ON CONFLICT (ib, node, stream, ref) DO UPDATE SET tick = excluded.tick, at = excluded.at)"
                " SELECT pg_notify($6, $1)",
                self.ib,
                [stream for stream, _ in self._touched],
                [ref for _, ref in self._touched],
                self.tick,
                self.now,
                CHANNEL,
            )


async def take_tick(conn: Connection, ib: str) -> int:
    """Advance the batch clock; holds the infobase's lock until the transaction ends."""
    return await value(conn, int, _TICK, ib)


@asynccontextmanager
async def writing(pool: asyncpg.Pool, ib: str, now: dt.datetime) -> AsyncIterator[Write]:
    """One write transaction. Follow with `flush` before telling anybody that it is safe."""
    async with pool.acquire() as conn, conn.transaction():
        # The lock is held to the end of the commit: waiting for the disk there would queue everybody.
        tick = await value(conn, int, f"{_TICK}, set_config('synchronous_commit', 'off', true)", ib)
        write = Write(conn, ib, tick, now)
        yield write
        await write.register()


async def flush(pool: asyncpg.Pool) -> None:
    """Wait until every commit so far is on disk: one durable commit behind them, shared by all who wait."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SELECT pg_logical_emit_message(true, 'erp_peer', '')")
