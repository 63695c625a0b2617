"""Lines of an order as rows, with what the rules need to know of each product's vehicle."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.orders.rules.facts import Refusal

_LINES: Final = """
    SELECT /*within order $2*/
        l.id, l.place, l.product_id, l.agreement_id, l.quantity, l.unit, l.price, l.price_list_id,
        l.price_version, l.discount_pct, l.vat_pct, l.net, l.vat, l.gross, l.kg, l.warehouse_id,
        l.shipped, l.cancelled, coalesce(p.compartments_l, '{}') AS compartments_l
    FROM order_lines l
    LEFT JOIN products p ON p.tenant_id = $1 AND p.id = l.product_id
    WHERE l.tenant_id = $1 AND l.order_id = $2
    ORDER BY l.place
"""
# Why a product of this contract cannot be ordered today; asked only when it cannot.
_REFUSALS: Final = """
    SELECT /*within contract $3*/ /*free existence*/ w.product_id,
        CASE
            WHEN NOT bool_or(i.product_id IS NOT NULL) THEN 'not_in_contract'
            WHEN NOT bool_or(i.product_id IS NOT NULL AND a.is_live) THEN 'agreement_closed'
            WHEN NOT bool_or(i.product_id IS NOT NULL AND a.is_live AND r.product_id IS NOT NULL) THEN 'no_price'
            ELSE 'not_in_contract'
        END AS refusal
    FROM unnest($2::uuid[]) AS w (product_id)
    LEFT JOIN (
        SELECT id, segment_id, price_list_id,
            status = 'live' AND deleted_at IS NULL AND coalesce(valid_from, $4) <= $4
            AND coalesce(valid_to, $4) >= $4 AS is_live
        FROM agreements WHERE tenant_id = $1 AND contract_id = $3
    ) a ON true
    LEFT JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = w.product_id
    LEFT JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = w.product_id
        AND r.amount > 0 AND r.valid_from <= $4 AND coalesce(r.valid_to, $4) >= $4
    GROUP BY w.product_id
"""
_BAD_LINES: Final = """
    SELECT /*within order $2*/
        b.id, b.place, b.text, b.reason, b.params::text AS params, b.suggested_product_id, b.suggested_quantity,
        coalesce(p.sku, '') AS suggested_sku
    FROM order_bad_lines b
    LEFT JOIN products p ON p.tenant_id = $1 AND p.id = b.suggested_product_id
    WHERE b.tenant_id = $1 AND b.order_id = $2
    ORDER BY b.place, b.id
"""


class LineRow(Struct, frozen=True):
    """One line as stored; prices and sums are None until submit."""

    id: UUID
    place: int
    product_id: UUID
    agreement_id: UUID | None
    quantity: Decimal
    unit: str
    price: Decimal | None
    price_list_id: UUID | None
    price_version: int | None
    discount_pct: Decimal | None
    vat_pct: Decimal | None
    net: Decimal | None
    vat: Decimal | None
    gross: Decimal | None
    kg: Decimal | None
    warehouse_id: UUID | None
    shipped: Decimal
    cancelled: bool
    compartments_l: tuple[Decimal, ...]


class BadLineRow(Struct, frozen=True):
    """A pasted line that waits for a fix."""

    id: UUID
    place: int
    text: str
    reason: str
    params: dict[str, str]
    suggested_product_id: UUID | None
    suggested_quantity: Decimal | None
    suggested_sku: str


async def read_lines(transaction: Transaction, order_id: UUID) -> list[LineRow]:
    """Read the lines in their order."""
    rows = await transaction.driver.fetch(_LINES, transaction.tenant_id, order_id)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), LineRow) for row in rows]


async def read_refusals(
    transaction: Transaction, product_ids: Sequence[UUID], contract_id: UUID, today: date
) -> dict[UUID, Refusal]:
    """Say why each of these products cannot be ordered under a contract; one statement."""
    rows = await transaction.driver.fetch(_REFUSALS, transaction.tenant_id, list(product_ids), contract_id, today)
    return {cast("UUID", row["product_id"]): cast("Refusal", row["refusal"]) for row in rows}


async def read_bad_lines(transaction: Transaction, order_id: UUID) -> list[BadLineRow]:
    """Read the pasted lines that wait for a fix."""
    rows = await transaction.driver.fetch(_BAD_LINES, transaction.tenant_id, order_id)
    found: list[BadLineRow] = []
    for row in rows:
        values = dict(cast("dict[str, object]", row))
        values["params"] = msgspec.json.decode(cast("str", values["params"]))
        found.append(msgspec.convert(values, BadLineRow))
    return found


async def read_compartments(transaction: Transaction, product_ids: Sequence[UUID]) -> dict[UUID, Sequence[Decimal]]:
    """Read the litres of each compartment of the vehicles that bulk products travel in."""
    rows = await transaction.driver.fetch(
        "SELECT id, compartments_l FROM products WHERE tenant_id = $1 AND id = ANY ($2::uuid[])",
        transaction.tenant_id,
        list(product_ids),
    )
    return {cast("UUID", row["id"]): cast("Sequence[Decimal]", row["compartments_l"]) for row in rows}
