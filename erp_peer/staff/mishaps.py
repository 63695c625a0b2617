"""What befalls the data of a base by itself: the faults of the protocol that are not on the wire."""

import datetime as dt
from random import Random

import asyncpg

from erp_peer.commands.dispatch import audit
from erp_peer.faults import shapes
from erp_peer.store.db import Connection, column, value
from erp_peer.store.writing import CHANNEL, Write, flush, take_tick, writing
from erp_peer.streams import BY_NAME, STREAMS

_NEGATIVE = (
    "UPDATE peer.stock SET ver = $2, on_hand = -abs(on_hand) - 1, free = -abs(on_hand) - 1 - reserved"
    " WHERE ib = $1 AND ref = ANY($3::uuid[])"
)
# The code of a product holds eleven letters.
_RENAME_ITEMS = (
    "UPDATE peer.characteristics SET ver = $2, old_skus = (old_skus::jsonb || to_jsonb(sku))::json,"
    " sku = sku || '-' || upper(left(md5(ref::text || $2::bigint::text), 4)), name_ru = name_ru || ' (новое)'"
    " WHERE ib = $1 AND ref = ANY($3::uuid[]) RETURNING product"
)
_RENAME_PRODUCTS = (
    "UPDATE peer.products SET ver = $2, old_skus = (old_skus::jsonb || to_jsonb(sku))::json, sku = sku || '-Н',"
    " code = upper(left(md5(ref::text || $2::bigint::text), 11)), name_ru = name_ru || ' (новое)'"
    " WHERE ib = $1 AND ref = ANY($3::uuid[])"
)
_TWIN = "md5('twin/' || ref::text)::uuid"
_BACKDATE = (
    "INSERT INTO peer.prices (ib, ref, ver, price_type, product, item, valid_from, valid_to, amount, currency, unit)"
    " SELECT ib, md5('backdate/' || ref::text || $4::int::text)::uuid, $2, price_type, product, item,"
    " valid_from - $4::int, valid_to, amount * 1.1, currency, unit"
    " FROM peer.prices WHERE ib = $1 AND ref = ANY($3::uuid[])"
    " ON CONFLICT (ib, price_type, item, valid_from) DO UPDATE SET ver = excluded.ver, amount = excluded.amount"
    " RETURNING ref"
)


async def befall(pool: asyncpg.Pool, ib: str, now: dt.datetime, rule: shapes.Mishap, rng: Random) -> None:
    """Let one mishap happen to a base; everything it touches is registered as changed, except by a restored backup."""
    if isinstance(rule, shapes.DataversReset):
        await _restore(pool, ib, rule.back)
    elif isinstance(rule, shapes.PacketBomb):
        await _register(pool, ib, rule.n, now)
    else:
        async with writing(pool, ib, now) as write:
            await _change(write, rule, rng)
            for stream, ref in write.touched:
                await audit(write, f"mishap.{rule.__struct_config__.tag}", stream, ref, "")
    await flush(pool)


async def _change(write: Write, rule: shapes.Mishap, rng: Random) -> None:
    conn, ib, tick = write.conn, write.ib, write.tick
    match rule:
        case shapes.NegativeStock():
            refs = await _some(write, "stock", rule.rows, rng)
            await conn.execute(_NEGATIVE, ib, tick, refs)
            write.touch("stock", *refs)
        case shapes.SkuRename():
            refs = await _some(write, "characteristics", rule.rows, rng)
            products = sorted(set(await column(conn, str, _RENAME_ITEMS, ib, tick, refs)))
            await conn.execute(_RENAME_PRODUCTS, ib, tick, products)
            write.touch("characteristics", *refs)
            write.touch("products", *products)
        case shapes.PriceBackdate():
            refs = await _some(write, "prices", rule.rows, rng)
            write.touch("prices", *await column(conn, str, _BACKDATE, ib, tick, refs, rule.days))
        case _:
            await _twin(write, rng)


async def _some(write: Write, stream: str, most: int, rng: Random) -> list[str]:
    """Rows chosen by chance; the same ones for the same seed."""
    sql = f"SELECT ref FROM peer.{stream} WHERE ib = $1 AND NOT deleted ORDER BY ref"
    refs = await column(write.conn, str, sql, write.ib)
    return rng.sample(refs, min(most, len(refs)))


async def _twin(write: Write, rng: Random) -> None:
    """Make a partner appear twice, or merge the twin that is there."""
    conn, ib, tick = write.conn, write.ib, write.tick
    merge = (
        "UPDATE peer.partners AS t SET ver = $2, deleted = true, merged_into = p.ref FROM peer.partners AS p"
        " WHERE t.ib = $1 AND p.ib = $1 AND NOT t.deleted AND t.ref = md5('twin/' || p.ref::text)::uuid RETURNING t.ref"
    )
    if merged := await column(conn, str, merge, ib, tick):
        write.touch("partners", *merged)
        return
    chosen = await _some(write, "partners", 1, rng)
    names = ", ".join(field.column for field in BY_NAME["partners"].stored)
    make = (
        f"INSERT INTO peer.partners (ib, ref, ver, {names}) SELECT ib, {_TWIN}, $2, {names} FROM peer.partners"
        " WHERE ib = $1 AND ref = ANY($3::uuid[]) ON CONFLICT DO NOTHING RETURNING ref"
    )
    write.touch("partners", *await column(conn, str, make, ib, tick, chosen))


async def _restore(pool: asyncpg.Pool, ib: str, back: int) -> None:
    """Take counters and labels back. The contents stay: what came after the backup was entered again by hand."""
    async with pool.acquire() as conn, conn.transaction():
        tick = max(await take_tick(conn, ib) - back, 0)
        await conn.execute("UPDATE peer.infobases SET tick = $2 WHERE ib = $1", ib, tick)
        for stream in STREAMS:
            await conn.execute(f"UPDATE peer.{stream.name} SET ver = $2 WHERE ib = $1 AND ver > $2", ib, tick)
        await conn.execute(
            "UPDATE peer.nodes SET sent = least(sent, $2), received = least(received, $2) WHERE ib = $1", ib, tick
        )
        await conn.execute("DELETE FROM peer.given WHERE ib = $1 AND batch > $2", ib, tick)
        await conn.execute("DELETE FROM peer.changed WHERE ib = $1 AND tick > $2", ib, tick)
        await conn.execute("SELECT pg_notify($2, $1)", ib, CHANNEL)


async def _register(pool: asyncpg.Pool, ib: str, most: int, now: dt.datetime) -> None:
    """Register so many objects for every node, as a mass re-registration in the configurator does."""
    async with pool.acquire() as conn, conn.transaction():
        tick = await take_tick(conn, ib)
        for stream in STREAMS:
            most -= await _register_stream(conn, ib, stream.name, most, tick, now)
        await conn.execute("SELECT pg_notify($2, $1)", ib, CHANNEL)


async def _register_stream(conn: Connection, ib: str, stream: str, most: int, tick: int, now: dt.datetime) -> int:
    sql = (
        f"WITH objects AS (SELECT ref FROM peer.{stream} WHERE ib = $1 ORDER BY ref LIMIT $3), registered AS ("
        " INSERT INTO peer.changed (ib, node, stream, ref, tick, at)"
        " SELECT $1, n.node, $2, o.ref, $4, $5 FROM peer.nodes n CROSS JOIN objects o WHERE n.ib = $1"
        " ON CONFLICT (ib, node, stream, ref) DO UPDATE SET tick = excluded.tick, at = excluded.at)"
        " SELECT count(*) FROM objects"
    )
    return await value(conn, int, sql, ib, stream, most, tick, now)
