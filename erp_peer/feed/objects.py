"""Single objects, labels in bulk, live stock."""

from uuid import UUID

import asyncpg
from msgspec import Raw, Struct, field

from erp_peer.feed.batches import read_tick
from erp_peer.store.db import Connection, many
from erp_peer.store.wire import LabelStyle, Shown, label_sql, show
from erp_peer.streams import BY_SET
from erp_peer.streams.spec import Stream


class Found(Struct):
    """An answer of `/objects`."""

    set: str
    ref: str
    label: str
    deleted: bool
    as_of_batch: int
    data: Raw


class Gone(Struct):
    """An object that does not exist."""

    set: str
    ref: str


class Versions(Struct):
    """An answer of `/versions`."""

    stale: dict[str, dict[str, str]]
    gone: list[Gone]
    as_of_batch: int


class Question(Struct, forbid_unknown_fields=True):
    """One pair asked of `/available`."""

    item: UUID = field(name="Характеристика_Key")
    warehouse: UUID = field(name="Склад_Key")
    product: UUID | None = field(name="Номенклатура_Key", default=None)


class Answer(Struct):
    """Live stock of one pair."""

    product: str = field(name="Номенклатура_Key")
    item: str = field(name="Характеристика_Key")
    warehouse: str = field(name="Склад_Key")
    on_hand: str = field(name="ВНаличииОстаток")
    reserved: str = field(name="РезервОстаток")
    free: str = field(name="СвободныйОстаток")
    orders: list[str]


class Available(Struct):
    """An answer of `/available`."""

    as_of_batch: int
    items: list[Answer]


class Label(Struct, frozen=True):
    """Reference and label."""

    ref: str
    label: str


async def find(pool: asyncpg.Pool, stream: Stream, style: LabelStyle, ib: str, ref: str) -> Found | None:
    """One object as it stands."""
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        tick = await read_tick(conn, ib)
        shown: Shown | None = (await show(conn, style, ib, stream.name, [ref])).get(ref)
    if shown is None:
        return None
    return Found(stream.set_name, ref, shown.label, shown.deleted, tick, Raw(shown.data.encode()))


async def differing(pool: asyncpg.Pool, style: LabelStyle, ib: str, known: dict[str, dict[str, str]]) -> Versions:
    """Which of the known labels are no longer true."""
    stale: dict[str, dict[str, str]] = {}
    gone: list[Gone] = []
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        tick = await read_tick(conn, ib)
        for set_name, labels in known.items():
            present = await _labels(conn, BY_SET[set_name], style, ib, list(labels))
            news = {ref: present[ref] for ref, label in labels.items() if present.get(ref, label) != label}
            if news:
                stale[set_name] = news
            gone.extend(Gone(set_name, ref) for ref in labels if ref not in present)
    return Versions(stale, gone, tick)


async def _labels(conn: Connection, stream: Stream, style: LabelStyle, ib: str, refs: list[str]) -> dict[str, str]:
    sql = f"SELECT ref, {label_sql(style)} AS label FROM peer.{stream.name} WHERE ib = $1 AND ref = ANY($2::uuid[])"
    return {row.ref: row.label for row in await many(conn, Label, sql, ib, refs)}


_AVAILABLE_SQL = """
SELECT coalesce(i.product::text, '00000000-0000-0000-0000-000000000000') AS product, q.item, q.warehouse,
       coalesce(s.on_hand, 0.000)::numeric(20,3)::text AS on_hand,
       coalesce(s.reserved, 0.000)::numeric(20,3)::text AS reserved,
       coalesce(s.free, 0.000)::numeric(20,3)::text AS free,
       ARRAY(SELECT DISTINCT r.order_ref::text FROM peer.reserves r
             WHERE r.ib = $1 AND r.item = q.item AND r.warehouse = q.warehouse ORDER BY 1) AS orders
FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS q (item, warehouse, place)
LEFT JOIN peer.characteristics i ON i.ib = $1 AND i.ref = q.item
LEFT JOIN peer.stock s ON s.ib = $1 AND s.item = q.item AND s.warehouse = q.warehouse
ORDER BY q.place
"""


class _Row(Struct, frozen=True):
    """An answer by column names."""

    product: str
    item: str
    warehouse: str
    on_hand: str
    reserved: str
    free: str
    orders: list[str]


async def available(pool: asyncpg.Pool, ib: str, asked: list[Question]) -> Available:
    """Live stock with the orders inside the reserved figure."""
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        tick = await read_tick(conn, ib)
        rows = await many(
            conn,
            _Row,
            _AVAILABLE_SQL,
            ib,
            [str(question.item) for question in asked],
            [str(question.warehouse) for question in asked],
        )
    return Available(
        tick,
        [Answer(r.product, r.item, r.warehouse, r.on_hand, r.reserved, r.free, r.orders) for r in rows],
    )
