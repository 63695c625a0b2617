"""Numbers of orders: one growing counter a tenant and year, without gaps while nobody gives up."""

from datetime import date
from typing import Final, cast

from app.infra.db.transaction import Transaction

_NEXT: Final = """
    WITH next AS (
        INSERT INTO counters (tenant_id, name, value) VALUES ($1, $2, 1)
        ON CONFLICT (tenant_id, name) DO UPDATE SET value = counters.value + 1
        RETURNING value
    )
    SELECT t.order_prefix, next.value FROM next JOIN tenants t ON t.id = $1
"""


async def next_number(transaction: Transaction, today: date) -> str:
    """Take the next number, e.g. ``P-2026-000123``. Others who need one wait until this transaction ends."""
    row = await transaction.driver.fetchrow(_NEXT, transaction.tenant_id, f"orders-{today.year}")
    values = cast("dict[str, object]", row)
    return f"{values['order_prefix']}-{today.year}-{cast('int', values['value']):06}"
