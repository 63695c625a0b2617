"""What the agreements and products of a submitted order are like today."""

from datetime import date
from typing import Final, cast
from uuid import UUID

import msgspec

from app.infra.db.transaction import Transaction
from app.orders.rules.standing import LineStanding

_STANDING: Final = """
    SELECT /*within order $2*/
        coalesce(p.sku, '') AS sku, coalesce(p.is_blocked OR p.deleted_at IS NOT NULL, true) AS is_blocked,
        coalesce(a.number, '') AS agreement_number, a.region_id,
        coalesce(a.contract_id = $3 AND a.status = 'live' AND a.deleted_at IS NULL
                 AND coalesce(a.valid_from, $4) <= $4 AND coalesce(a.valid_to, $4) >= $4, false) AS is_live,
        EXISTS (SELECT FROM segment_items i
                WHERE i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = l.product_id) AS is_covered
    FROM order_lines l
    LEFT JOIN products p ON p.tenant_id = $1 AND p.id = l.product_id
    LEFT JOIN agreements a ON a.tenant_id = $1 AND a.id = l.agreement_id
    WHERE l.tenant_id = $1 AND l.order_id = $2
    ORDER BY l.place
"""


async def read_standing(
    transaction: Transaction, order_id: UUID, contract_id: UUID | None, today: date
) -> list[LineStanding]:
    """Read it for every line, in the order of the lines, on a business date; one statement."""
    rows = await transaction.driver.fetch(_STANDING, transaction.tenant_id, order_id, contract_id, today)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), LineStanding) for row in rows]
