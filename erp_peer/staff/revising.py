"""A line of an order as the accountant would have it: another quantity or price, with the sums that follow."""

from decimal import Decimal

import msgspec

from erp_peer.commands import effects
from erp_peer.commands.facts import Held, find_order, held
from erp_peer.commands.orders import note_move
from erp_peer.rules.money import ZERO, line_sums
from erp_peer.store.db import column
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write


async def revise_line(write: Write, number: str, code: str, quantity: Decimal | None, price: Decimal | None) -> bool:
    """Change a line of an order, named by its number; what it reserves follows. False if there is no such line."""
    sql = "SELECT ref FROM peer.orders WHERE ib = $1 AND number = $2"
    refs = await column(write.conn, str, sql, write.ib, number)
    order = await find_order(write, refs[0]) if refs else None
    docs = order.line_docs() if order else []
    line = next((doc for doc in docs if doc.code == code and doc.is_cancelled == "false"), None)
    if order is None or line is None:
        return False
    asked = Decimal(line.quantity) if quantity is None else quantity
    unit_price = Decimal(line.price) if price is None else price
    amount, vat = line_sums(asked, unit_price, Decimal(line.discount), Decimal(line.rate))
    line.quantity, line.price = f"{asked:.3f}", f"{unit_price:.4f}"
    line.amount, line.vat = f"{amount:.2f}", f"{vat:.2f}"
    standing = [doc for doc in docs if doc.is_cancelled == "false"]
    await upsert(
        write,
        "orders",
        order.ref,
        {
            "lines": msgspec.json.encode(docs).decode(),
            "amount": sum((Decimal(doc.amount) + Decimal(doc.vat) for doc in standing), ZERO),
            "vat": sum((Decimal(doc.vat) for doc in standing), ZERO),
        },
    )
    if any(one.line == code for one in await held(write, order.ref)):
        await effects.release(write, order.ref, order.contract, [code])
        taken = Held(code, line.item, line.warehouse, asked, amount + vat)
        await effects.take(write, order.ref, order.contract, [taken])
    await note_move(write, order.ref)
    return True
