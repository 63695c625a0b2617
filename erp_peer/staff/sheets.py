"""What the ERP's people write by the sheet, one item or thousands: prices of a list, stock of a warehouse."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from erp_peer.staff.references import derived_ref
from erp_peer.store.db import many, one
from erp_peer.store.writing import Write


class UnknownTargetError(Exception):
    """The edit names something that does not exist."""


class Term(Struct, frozen=True):
    """First and last day; the empty date means open."""

    first: dt.date
    last: dt.date


class _List(Struct, frozen=True):
    ref: str
    currency: str


class _Item(Struct, frozen=True):
    """An item, with its price of the same day if there is one."""

    ref: str
    sku: str
    price: str | None


class _Row(Struct, frozen=True):
    ref: str
    sku: str


async def write_prices(write: Write, code: str, amounts: Mapping[str, Decimal], term: Term) -> None:
    """Write prices of items, named by their SKU, into a list, named by its code; those of the same day give way.

    Raises:
        UnknownTargetError: there is no such list or item.
    """
    sql = "SELECT ref, currency FROM peer.price_types WHERE ib = $1 AND code = $2"
    found = await one(write.conn, _List, sql, write.ib, code)
    if found is None:
        raise UnknownTargetError(code)
    items = await many(
        write.conn,
        _Item,
        "SELECT c.ref, c.sku, p.ref AS price FROM peer.characteristics c"
        " LEFT JOIN peer.prices p ON p.ib = $1 AND p.price_type = $3 AND p.item = c.ref AND p.valid_from = $4"
        " WHERE c.ib = $1 AND c.sku = ANY ($2)",
        write.ib,
        list(amounts),
        found.ref,
        term.first,
    )
    _check(amounts, {item.sku for item in items})
    start = term.first.isoformat()
    refs = [item.price or derived_ref(found.ref, item.ref, start) for item in items]
    await write.conn.execute(
        "INSERT INTO peer.prices"
        "  (ib, ref, ver, price_type, product, item, valid_from, valid_to, amount, currency, unit)"
        " SELECT $1, n.ref, $2, $3, c.product, c.ref, $4, $5, n.amount, $6, c.unit"
        " FROM unnest($7::uuid[], $8::uuid[], $9::numeric[]) AS n (ref, item, amount)"
        " JOIN peer.characteristics c ON c.ib = $1 AND c.ref = n.item"
        " ON CONFLICT (ib, ref) DO UPDATE SET ver = excluded.ver, valid_to = excluded.valid_to,"
        "  amount = excluded.amount, currency = excluded.currency, unit = excluded.unit",
        write.ib,
        write.tick,
        found.ref,
        term.first,
        term.last,
        found.currency,
        refs,
        [item.ref for item in items],
        [amounts[item.sku] for item in items],
    )
    write.touch("prices", *refs)


async def write_stock(write: Write, code: str, on_hand: Mapping[str, Decimal]) -> None:
    """Write the physical stock of items, named by their SKU, in a warehouse, named by its code.

    Raises:
        UnknownTargetError: the warehouse has no row for one of them.
    """
    rows = await many(
        write.conn,
        _Row,
        "UPDATE peer.stock s SET ver = $2, on_hand = n.on_hand, free = n.on_hand - s.reserved"
        " FROM unnest($4::text[], $5::numeric[]) AS n (sku, on_hand), peer.characteristics c"
        " WHERE s.ib = $1 AND c.ib = $1 AND c.sku = n.sku AND s.item = c.ref"
        "  AND s.warehouse = (SELECT ref FROM peer.warehouses WHERE ib = $1 AND code = $3)"
        " RETURNING s.ref, c.sku",
        write.ib,
        write.tick,
        code,
        list(on_hand),
        list(on_hand.values()),
    )
    _check(on_hand, {row.sku for row in rows})
    write.touch("stock", *(row.ref for row in rows))


def _check(named: Mapping[str, Decimal], found: set[str]) -> None:
    if missing := named.keys() - found:
        raise UnknownTargetError(min(missing))
