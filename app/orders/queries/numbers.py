"""Numbers of orders: one growing counter a tenant and year, shown shuffled (``rules.numbering``)."""

from datetime import date
from typing import cast
from uuid import UUID

from app.infra.db.transaction import Row, Transaction
from app.orders.rules.numbering import order_number


async def next_number(transaction: Transaction, today: date) -> str:
    """Take the next number, e.g. ``P-2026-4829131``. Others who need one wait until this transaction ends."""
    row = await transaction.driver.fetchrow(
        "SELECT t.order_prefix, n.value, n.key FROM take_number($2) n JOIN tenants t ON t.id = $1",
        transaction.tenant_id,
        f"orders-{today.year}",
    )
    taken = cast("Row", row)
    key = cast("UUID", taken["key"]).bytes
    return order_number(str(taken["order_prefix"]), today.year, cast("int", taken["value"]), key)
