"""Bounded change batches of a node: cut, given again until acknowledged, acknowledged.

What is registered waits in peer.changed; a cut moves it to peer.given, where the place of each entry is fixed.
An object written after the cut is registered again beside, so a repeated batch may be skipped without loss.
"""

import datetime as dt
from operator import attrgetter

import asyncpg
from msgspec import Raw, Struct

from erp_peer.store.db import Connection, column, many, one, value
from erp_peer.store.wire import LabelStyle, Shown, show
from erp_peer.store.writing import take_tick
from erp_peer.streams import BY_NAME, STREAMS

_ORDER = [stream.name for stream in STREAMS]


class Given(Struct, frozen=True):
    """One entry of a cut batch."""

    batch: int
    idx: int
    stream: str
    ref: str
    at: dt.datetime


class Entry(Struct):
    """One entry on the wire."""

    idx: int
    set: str
    ref: str
    label: str
    deleted: bool
    at: str
    as_of_batch: int
    data: Raw


class Batch(Struct):
    """An answer of `/changes`."""

    node: str
    batch: int | None
    as_of_batch: int
    more: bool
    entries: list[Entry]


class FutureBatchError(Exception):
    """An acknowledgement of a batch that was not cut yet."""


class Node(Struct, frozen=True):
    """How far a node is."""

    sent: int
    received: int


async def ensure_node(pool: asyncpg.Pool, ib: str, node: str) -> None:
    """Register a node; from now on it gets every change."""
    async with pool.acquire() as conn:
        sql = "SELECT EXISTS (SELECT FROM peer.nodes WHERE ib = $1 AND node = $2)"
        if await value(conn, bool, sql, ib, node):
            return
        async with conn.transaction():
            # Under the infobase's lock: a write now going on either sees the node or is over before it.
            await take_tick(conn, ib)
            await conn.execute("INSERT INTO peer.nodes (ib, node) VALUES ($1, $2) ON CONFLICT DO NOTHING", ib, node)


async def read_tick(conn: Connection, ib: str) -> int:
    """The batch clock as this transaction sees it."""
    return await value(conn, int, "SELECT tick FROM peer.infobases WHERE ib = $1", ib)


async def _given(conn: Connection, ib: str, node: str) -> list[Given]:
    sql = "SELECT batch, idx, stream, ref, at FROM peer.given WHERE ib = $1 AND node = $2 ORDER BY idx"
    return await many(conn, Given, sql, ib, node)


async def _has_more(conn: Connection, ib: str, node: str) -> bool:
    return await value(conn, bool, "SELECT EXISTS (SELECT FROM peer.changed WHERE ib = $1 AND node = $2)", ib, node)


async def _cut(conn: Connection, ib: str, node: str, limit: int) -> list[Given]:
    """Move the oldest registrations into a new batch; the caller holds the infobase's lock by `tick`."""
    tick = await take_tick(conn, ib)
    found = await many(
        conn,
        Given,
        "WITH taken AS (DELETE FROM peer.changed WHERE ib = $1 AND node = $2 AND (stream, ref) IN ("
        "   SELECT stream, ref FROM peer.changed WHERE ib = $1 AND node = $2"
        "   ORDER BY tick, array_position($5::text[], stream), ref LIMIT $4)"
        "  RETURNING stream, ref, tick, at)"
        " INSERT INTO peer.given (ib, node, batch, idx, stream, ref, at)"
        " SELECT $1, $2, $3, row_number() OVER (ORDER BY tick, array_position($5::text[], stream), ref),"
        "  stream, ref, at FROM taken RETURNING batch, idx, stream, ref, at",
        ib,
        node,
        tick,
        limit,
        _ORDER,
    )
    await conn.execute("UPDATE peer.nodes SET sent = $3 WHERE ib = $1 AND node = $2", ib, node, tick)
    return sorted(found, key=attrgetter("idx"))


async def next_batch(pool: asyncpg.Pool, style: LabelStyle, ib: str, node: str, limit: int) -> Batch | None:
    """The batch that waits for its acknowledgement, else a new one; None when nothing is registered."""
    async with pool.acquire() as conn:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            if found := await _given(conn, ib, node):
                return await _show(conn, style, ib, node, found)
            if not await _has_more(conn, ib, node):
                return None
        async with conn.transaction():
            # Two calls of one node at once: the second waits here and finds the first one's batch.
            await conn.execute("SELECT FROM peer.nodes WHERE ib = $1 AND node = $2 FOR UPDATE", ib, node)
            found = await _given(conn, ib, node) or await _cut(conn, ib, node, limit)
            return await _show(conn, style, ib, node, found) if found else None


async def _show(conn: Connection, style: LabelStyle, ib: str, node: str, found: list[Given]) -> Batch:
    """Present states of the entries; all of one moment, because writers wait or the snapshot is fixed."""
    tick = await read_tick(conn, ib)
    shown: dict[tuple[str, str], Shown] = {}
    refs: dict[str, list[str]] = {}
    for entry in found:
        refs.setdefault(entry.stream, []).append(entry.ref)
    for stream, own in refs.items():
        objects = await show(conn, style, ib, stream, own)
        shown |= {(stream, ref): state for ref, state in objects.items()}
    entries = [
        Entry(
            idx=entry.idx,
            set=BY_NAME[entry.stream].set_name,
            ref=entry.ref,
            label=shown[entry.stream, entry.ref].label,
            deleted=shown[entry.stream, entry.ref].deleted,
            at=entry.at.isoformat(),
            as_of_batch=tick,
            data=Raw(shown[entry.stream, entry.ref].data.encode()),
        )
        for entry in found
        # Only the open interface can remove a row; whoever follows batches finds it gone by its labels.
        if (entry.stream, entry.ref) in shown
    ]
    return Batch(node, found[0].batch, tick, await _has_more(conn, ib, node), entries)


async def acknowledge(pool: asyncpg.Pool, ib: str, node: str, batch: int) -> bool:
    """Forget a batch that arrived; False when that was done before.

    Raises:
        FutureBatchError: no such batch was given out yet.
    """
    async with pool.acquire() as conn, conn.transaction():
        sql = "SELECT sent, received FROM peer.nodes WHERE ib = $1 AND node = $2 FOR UPDATE"
        state = await one(conn, Node, sql, ib, node)
        if state is None or batch > state.sent:
            raise FutureBatchError
        if batch <= state.received:
            return False
        sql = "DELETE FROM peer.given WHERE ib = $1 AND node = $2 AND batch <= $3 RETURNING 1"
        gone = await column(conn, int, sql, ib, node, batch)
        await conn.execute("UPDATE peer.nodes SET received = $3 WHERE ib = $1 AND node = $2", ib, node, batch)
        return bool(gone)
