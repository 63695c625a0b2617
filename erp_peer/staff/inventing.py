"""Which edit an accountant makes next: drawn from a generator, so that a run can be repeated."""

from decimal import Decimal
from random import Random
from uuid import UUID

from msgspec import Struct

from erp_peer.staff.edits import Edit, PriceEdit, StockEdit
from erp_peer.store.db import Connection, one

_CENT = Decimal("0.01")


class _Priced(Struct, frozen=True):
    sku: str
    price_type: str
    amount: Decimal


class _Stocked(Struct, frozen=True):
    sku: str
    warehouse: str
    on_hand: Decimal
    multiple: int


async def invent(conn: Connection, ib: str, rng: Random) -> Edit | None:
    """A price up or down by up to 3 %, or a delivery; None when the draw hits behind the last row."""
    # Rows are drawn by reference: those are spread evenly, and an index finds the next one.
    start = str(UUID(int=rng.getrandbits(128)))
    if rng.getrandbits(1):
        return await _price(conn, ib, start, Decimal(str(round(rng.uniform(0.97, 1.03), 3))))
    return await _delivery(conn, ib, start, rng.randrange(1, 60))


async def _price(conn: Connection, ib: str, start: str, factor: Decimal) -> Edit | None:
    sql = (
        "SELECT i.sku, t.code AS price_type, p.amount FROM peer.prices p"
        " JOIN peer.characteristics i ON i.ib = p.ib AND i.ref = p.item"
        " JOIN peer.price_types t ON t.ib = p.ib AND t.ref = p.price_type"
        " WHERE p.ib = $1 AND p.ref >= $2 ORDER BY p.ref LIMIT 1"
    )
    row = await one(conn, _Priced, sql, ib, start)
    if row is None:
        return None
    return PriceEdit(ib, row.sku, row.price_type, (row.amount * factor).quantize(_CENT))


async def _delivery(conn: Connection, ib: str, start: str, packs: int) -> Edit | None:
    sql = (
        "SELECT i.sku, w.code AS warehouse, s.on_hand, i.multiple FROM peer.stock s"
        " JOIN peer.characteristics i ON i.ib = s.ib AND i.ref = s.item"
        " JOIN peer.warehouses w ON w.ib = s.ib AND w.ref = s.warehouse"
        " WHERE s.ib = $1 AND s.ref >= $2 ORDER BY s.ref LIMIT 1"
    )
    row = await one(conn, _Stocked, sql, ib, start)
    return None if row is None else StockEdit(ib, row.sku, row.warehouse, row.on_hand + packs * row.multiple)
