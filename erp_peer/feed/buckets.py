"""A stream in 256 buckets by reference: what both sides have can be compared without sending it."""

import asyncpg
from msgspec import UNSET, Struct, UnsetType

from erp_peer.feed.batches import read_tick
from erp_peer.store.db import many
from erp_peer.store.wire import LabelStyle, label_sql
from erp_peer.streams.spec import Stream

BUCKETS = 256


class Bucket(Struct, frozen=True):
    """One bucket: how many objects, and the exclusive or of the hashes of their references and labels."""

    bucket: int
    count: int
    hash: str


class Row(Struct, frozen=True):
    """One object of a bucket."""

    ref: str
    label: str


class Buckets(Struct):
    """An answer of `/buckets`; `rows` only where one bucket was asked for."""

    stream: str
    as_of_batch: int
    buckets: list[Bucket]
    rows: list[Row] | UnsetType = UNSET


async def count_buckets(pool: asyncpg.Pool, stream: Stream, style: LabelStyle, ib: str, bucket: int | None) -> Buckets:
    """Count a whole stream, or one bucket and its rows, as of one moment; empty buckets are left out."""
    label = label_sql(style)
    one = "('x' || left(md5(ref::text || ' ' || label), 16))::bit(64)::bigint"
    source = (
        f"SELECT ref, {label} AS label, get_byte(uuid_send(ref), 0) AS bucket FROM peer.{stream.name}"
        " WHERE ib = $1 AND ($2::int IS NULL OR get_byte(uuid_send(ref), 0) = $2)"
    )
    counted = (
        f"SELECT bucket, count(*) AS count, lpad(to_hex(bit_xor({one})), 16, '0') AS hash"
        f" FROM ({source}) s GROUP BY bucket ORDER BY bucket"
    )
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        found = Buckets(stream.name, await read_tick(conn, ib), await many(conn, Bucket, counted, ib, bucket))
        if bucket is not None:
            listed = f"SELECT ref::text AS ref, label FROM ({source}) s ORDER BY ref"
            found.rows = await many(conn, Row, listed, ib, bucket)
    return found
