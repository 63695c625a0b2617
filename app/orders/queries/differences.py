"""What 1C:ERP has of orders that are held: one row beside each, gone with the hold."""

from typing import Final, cast

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.orders.models import Order
from app.orders.rules.differing import Version

_KEEP: Final = """
    INSERT INTO order_differences (tenant_id, order_id, partner_id, label, theirs)
    VALUES ($1, $2, $3, $4, $5::text::jsonb)
    ON CONFLICT (tenant_id, order_id) DO UPDATE SET label = excluded.label, theirs = excluded.theirs
"""
_READ: Final = """
    SELECT /*within order $2*/ label, theirs::text AS theirs FROM order_differences
    WHERE tenant_id = $1 AND order_id = $2
"""
_FORGET: Final = "/*within order $2*/ DELETE FROM order_differences WHERE tenant_id = $1 AND order_id = $2"


class Theirs(Struct, frozen=True):
    """The version that differs; ``label`` names it to whoever decides about it."""

    label: str
    version: Version


async def keep_theirs(transaction: Transaction, order: Order, theirs: Theirs) -> None:
    """Keep what 1C has of a held order; a newer version takes the place of an older one."""
    document = msgspec.json.encode(theirs.version).decode()
    await transaction.driver.execute(_KEEP, transaction.tenant_id, order.id, order.partner_id, theirs.label, document)


async def read_theirs(transaction: Transaction, order: Order) -> Theirs | None:
    """Read what 1C has of an order; None where it is not held."""
    if order.held_at is None:
        return None
    row = await transaction.driver.fetchrow(_READ, transaction.tenant_id, order.id)
    if row is None:
        return None
    return Theirs(cast("str", row["label"]), msgspec.json.decode(cast("str", row["theirs"]), type=Version))


async def forget_theirs(transaction: Transaction, order: Order) -> None:
    """Forget what 1C had."""
    await transaction.driver.execute(_FORGET, transaction.tenant_id, order.id)
