"""What posting, cancelling and shipping do to stock, limits and plans."""

from decimal import Decimal

from erp_peer.commands.facts import Held
from erp_peer.rules.life import Shipped
from erp_peer.store.db import column, many
from erp_peer.store.writing import Write


async def take(write: Write, order: str, contract: str, lines: list[Held]) -> None:
    """Reserve stock and limit for an order that holds nothing yet."""
    await write.conn.execute(
        "INSERT INTO peer.reserves (ib, order_ref, line, item, warehouse, contract, quantity, amount)"
        " SELECT $1, $2, line, item, warehouse, $3, quantity, amount"
        " FROM unnest($4::text[], $5::uuid[], $6::uuid[], $7::numeric[], $8::numeric[])"
        " AS t (line, item, warehouse, quantity, amount)",
        write.ib,
        order,
        contract,
        [line.line for line in lines],
        [line.item for line in lines],
        [line.warehouse for line in lines],
        [line.quantity for line in lines],
        [line.amount for line in lines],
    )
    await _move_stock(write, lines, reserved=1)
    await _move_limit(write, contract, sum((line.amount for line in lines), Decimal(0)))


async def release(write: Write, order: str, contract: str, only: list[str] | None = None) -> None:
    """Give back what an order still holds, or only some of its lines."""
    sql = (
        "DELETE FROM peer.reserves WHERE ib = $1 AND order_ref = $2 AND ($3::text[] IS NULL OR line = ANY($3))"
        " RETURNING line, item, warehouse, quantity, amount"
    )
    lines = await many(write.conn, Held, sql, write.ib, order, only)
    if lines:
        await _move_stock(write, lines, reserved=-1)
        await _move_limit(write, contract, -sum((line.amount for line in lines), Decimal(0)))


async def _move_stock(write: Write, lines: list[Held], reserved: int) -> None:
    refs = await column(
        write.conn,
        str,
        "UPDATE peer.stock s SET reserved = s.reserved + t.quantity, free = s.free - t.quantity, ver = $2"
        " FROM (SELECT item, warehouse, sum(quantity) AS quantity"
        "       FROM unnest($3::uuid[], $4::uuid[], $5::numeric[]) AS u (item, warehouse, quantity)"
        "       GROUP BY item, warehouse) AS t"
        " WHERE s.ib = $1 AND s.item = t.item AND s.warehouse = t.warehouse RETURNING s.ref",
        write.ib,
        write.tick,
        [line.item for line in lines],
        [line.warehouse for line in lines],
        [line.quantity * reserved for line in lines],
    )
    write.touch("stock", *sorted(refs))


async def _move_limit(write: Write, contract: str, amount: Decimal, debt: Decimal = Decimal(0)) -> None:
    """Change the reserved sum and the debt of a contract."""
    refs = await column(
        write.conn,
        str,
        "UPDATE peer.limits SET reserved = reserved + $4, debt = debt + $5, ver = $2"
        " WHERE ib = $1 AND contract = $3 RETURNING ref",
        write.ib,
        write.tick,
        contract,
        amount,
        debt,
    )
    write.touch("limits", *refs)


async def ship_line(write: Write, order: str, contract: str, line: Held, done: Shipped) -> None:
    """Turn a part of a reserve into a shipment: stock goes down, the sum becomes debt."""
    left = done.left
    if left.quantity > 0:
        await write.conn.execute(
            "UPDATE peer.reserves SET quantity = $4, amount = $5 WHERE ib = $1 AND order_ref = $2 AND line = $3",
            write.ib,
            order,
            line.line,
            left.quantity,
            left.amount,
        )
    else:
        await write.conn.execute(
            "DELETE FROM peer.reserves WHERE ib = $1 AND order_ref = $2 AND line = $3", write.ib, order, line.line
        )
    refs = await column(
        write.conn,
        str,
        "UPDATE peer.stock SET on_hand = on_hand - $5, reserved = reserved - $6, free = free + $6 - $5, ver = $2"
        " WHERE ib = $1 AND item = $3 AND warehouse = $4 RETURNING ref",
        write.ib,
        write.tick,
        line.item,
        line.warehouse,
        done.measured,
        done.taken,
    )
    write.touch("stock", *refs)
    await _move_limit(write, contract, left.amount - line.amount, done.debt)


async def add_to_plan(write: Write, partner: str, item: str, quantity: Decimal) -> None:
    """Count shipped mass in the month's fact of the partner's plan, where there is one."""
    refs = await column(
        write.conn,
        str,
        "UPDATE peer.plans l SET fact_kg = fact_kg + $4 * i.net_kg, ver = $2"
        " FROM peer.characteristics i JOIN peer.products p ON p.ib = i.ib AND p.ref = i.product"
        " WHERE i.ib = $1 AND i.ref = $3 AND l.ib = $1 AND l.partner = $5 AND l.line = p.line AND l.month = $6"
        " RETURNING l.ref",
        write.ib,
        write.tick,
        item,
        quantity,
        partner,
        write.today.replace(day=1),
    )
    write.touch("plans", *refs)


async def pay(write: Write, contract: str, amount: Decimal) -> None:
    """A payment: debt and overdue debt go down."""
    refs = await column(
        write.conn,
        str,
        "UPDATE peer.limits SET debt = debt - $4, overdue = greatest(0, overdue - $4),"
        " overdue_days = CASE WHEN overdue <= $4 THEN 0 ELSE overdue_days END, ver = $2"
        " WHERE ib = $1 AND contract = $3 RETURNING ref",
        write.ib,
        write.tick,
        contract,
        amount,
    )
    write.touch("limits", *refs)
