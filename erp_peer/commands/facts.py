"""What the posting rules look at, read in four statements."""

import datetime as dt
from decimal import Decimal

import msgspec
from msgspec import Struct

from erp_peer.commands.outcomes import InvalidError
from erp_peer.commands.shapes import LineDoc, OrderData
from erp_peer.rules.life import Status
from erp_peer.rules.money import ZERO
from erp_peer.rules.posting import AgreementFact, ContractFact, GoodsFact
from erp_peer.store.db import many, one
from erp_peer.store.writing import Write


class GoodsRow(Struct, frozen=True):
    """One line's item as the database has it."""

    item: str
    product: str
    is_barred: bool
    is_bulk: bool
    unit: str
    multiple: int
    in_segment: bool
    price: Decimal | None
    price_to: dt.date | None
    free: Decimal


class Held(Struct, frozen=True):
    """What one line of an order holds."""

    line: str
    item: str
    warehouse: str
    quantity: Decimal
    amount: Decimal


class OrderRow(Struct, frozen=True):
    """An order as it stands, with its label for `if_label`."""

    ref: str
    number: str
    is_posted: bool
    status: Status
    is_cancelled: bool
    partner: str
    contract: str
    mode: str
    shipped_percent: int
    placed_at: dt.datetime
    lines: str

    def line_docs(self) -> list[LineDoc]:
        """The lines, decoded."""
        return msgspec.json.decode(self.lines, type=list[LineDoc])

    @property
    def is_movable(self) -> bool:
        """Whether the buyer may still change or cancel it."""
        return not self.is_cancelled and self.status in {Status.DRAFT, Status.SUPPLY} and self.shipped_percent == 0


async def find_order(write: Write, ref: str) -> OrderRow | None:
    """An order by reference."""
    sql = (
        "SELECT ref, number, is_posted, status, is_cancelled, partner, contract, mode, shipped_percent,"
        " placed_at, lines FROM peer.orders WHERE ib = $1 AND ref = $2"
    )
    return await one(write.conn, OrderRow, sql, write.ib, ref)


async def held(write: Write, order: str) -> list[Held]:
    """What an order holds of stock and limit."""
    sql = (
        "SELECT line, item, warehouse, quantity, amount FROM peer.reserves"
        " WHERE ib = $1 AND order_ref = $2 ORDER BY line"
    )
    return await many(write.conn, Held, sql, write.ib, order)


async def find_contract(write: Write, ref: str, own: list[Held]) -> ContractFact:
    """The contract without what the order itself already holds of its limit.

    Raises:
        InvalidError: no such contract.
    """
    sql = (
        "SELECT c.ref, c.partner, c.counterparty, c.deleted, c.status, c.valid_from, c.valid_to, c.currency,"
        " c.is_limited, c.credit_limit, c.forbids_overdue, c.vat_country, c.vat_regime, c.manager, c.pay_days,"
        " coalesce(l.debt, 0) AS debt, coalesce(l.overdue, 0) AS overdue,"
        " coalesce(l.overdue_days, 0) AS overdue_days, coalesce(l.reserved, 0) - $3 AS reserved"
        " FROM peer.contracts c LEFT JOIN peer.limits l ON l.ib = c.ib AND l.contract = c.ref"
        " WHERE c.ib = $1 AND c.ref = $2"
    )
    amount = sum((line.amount for line in own), ZERO)
    contract = await one(write.conn, ContractFact, sql, write.ib, ref, amount)
    if contract is None:
        raise InvalidError("unknown_reference", "Договор не найден.", "Договор_Key")
    return contract


async def find_agreements(write: Write, refs: list[str]) -> dict[str, AgreementFact]:
    """The agreements named by the head and the lines.

    Raises:
        InvalidError: one of them does not exist.
    """
    sql = (
        "SELECT a.ref, a.contract, a.deleted, a.status, a.valid_from, a.valid_to, a.discount, a.min_amount,"
        " a.price_type, coalesce(t.currency, '') AS currency, a.warehouse,"
        " coalesce(w.loads_bulk, false) AS loads_bulk"
        " FROM peer.agreements a"
        " LEFT JOIN peer.price_types t ON t.ib = a.ib AND t.ref = a.price_type"
        " LEFT JOIN peer.warehouses w ON w.ib = a.ib AND w.ref = a.warehouse"
        " WHERE a.ib = $1 AND a.ref = ANY($2::uuid[])"
    )
    found = {row.ref: row for row in await many(write.conn, AgreementFact, sql, write.ib, refs)}
    for ref in refs:
        if ref not in found:
            raise InvalidError("unknown_reference", "Соглашение не найдено.", "Соглашение_Key")
    return found


_GOODS_SQL = """
SELECT i.ref AS item, i.product, i.is_blocked OR i.deleted OR p.deleted AS is_barred, i.is_bulk, i.unit, i.multiple,
       EXISTS (SELECT FROM peer.segment_items m WHERE m.ib = $1 AND m.segment = a.segment AND m.item = i.ref
               AND NOT m.deleted) AS in_segment,
       price.amount AS price, price.valid_to AS price_to, coalesce(s.free, 0) AS free
FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS asked (item, agreement, place)
JOIN peer.characteristics i ON i.ib = $1 AND i.ref = asked.item
JOIN peer.products p ON p.ib = $1 AND p.ref = i.product
JOIN peer.agreements a ON a.ib = $1 AND a.ref = asked.agreement
LEFT JOIN LATERAL (
    SELECT r.amount, r.valid_to FROM peer.prices r
    WHERE r.ib = $1 AND r.price_type = a.price_type AND r.item = i.ref AND r.valid_from <= $4 AND NOT r.deleted
    ORDER BY r.valid_from DESC LIMIT 1) AS price ON true
LEFT JOIN peer.stock s ON s.ib = $1 AND s.item = i.ref AND s.warehouse = a.warehouse AND NOT s.deleted
ORDER BY asked.place
"""


async def find_goods(
    write: Write, items: list[str], agreements: list[str], warehouses: list[str], own: list[Held]
) -> list[GoodsFact]:
    """One fact per line; what the order itself holds counts as free.

    Raises:
        InvalidError: an item does not exist.
    """
    rows = await many(write.conn, GoodsRow, _GOODS_SQL, write.ib, items, agreements, write.today)
    if len(rows) != len(items):
        raise InvalidError("unknown_reference", "Характеристика не найдена.", "Товары.Характеристика_Key")
    mine: dict[tuple[str, str], Decimal] = {}
    for line in own:
        place = (line.item, line.warehouse)
        mine[place] = mine.get(place, ZERO) + line.quantity
    return [
        GoodsFact(
            item=row.item,
            product=row.product,
            is_barred=row.is_barred,
            is_bulk=row.is_bulk,
            unit=row.unit,
            multiple=row.multiple,
            in_segment=row.in_segment,
            price=_in_force(row, write.today),
            free=row.free + mine.get((row.item, warehouse), ZERO),
        )
        for row, warehouse in zip(rows, warehouses, strict=True)
    ]


def _in_force(row: GoodsRow, today: dt.date) -> Decimal | None:
    """The newest price, unless it has ended."""
    if row.price is None or row.price_to is None:
        return None
    return row.price if row.price_to == dt.date.min or today <= row.price_to else None


class Place(Struct, frozen=True):
    """Where the goods go: whose it is and how it is written."""

    partner: str
    deleted: bool
    text: str


async def find_place(write: Write, data: OrderData) -> list[Place]:
    """The consignee and the address of an order, as far as they are given.

    Raises:
        InvalidError: one of them does not exist.
    """
    found: list[Place] = []
    for ref, field, sql in (
        (data.consignee, "Грузополучатель_Key", "name_ru AS text FROM peer.counterparties"),
        (data.address, "АдресДоставки_Key", "address AS text FROM peer.addresses"),
    ):
        if ref is None:
            continue
        place = await one(
            write.conn,
            Place,
            f"SELECT partner, deleted, {sql} WHERE ib = $1 AND ref = $2",
            write.ib,
            str(ref),
        )
        if place is None:
            raise InvalidError("unknown_reference", "Ссылка не найдена.", field)
        found.append(place)
    return found
