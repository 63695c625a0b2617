"""Statements of holds.

Every one that moves a figure locks the stock rows first, in order of product and warehouse, and only then
touches holds: one order for everybody, so that nobody waits in a circle.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

from app.infra.db.transaction import Transaction
from app.kernel.ids import new_id
from app.stock.rules import Want

Place = tuple[UUID, UUID]  # product, warehouse

_LOCK_WANTED: Final = """
    SELECT /*free taking*/ l.product_id, l.warehouse_id, l.erp_free - l.unreflected AS free
    FROM stock_levels l
    WHERE l.tenant_id = $1 AND (l.product_id, l.warehouse_id) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))
    ORDER BY l.product_id, l.warehouse_id
    FOR UPDATE OF l
"""
_TAKE: Final = """
    WITH /*within order $3*/ wanted AS (
        SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::numeric[])
            AS w (id, line_id, product_id, warehouse_id, quantity)
    ), taken AS (
        UPDATE stock_levels l SET unreflected = l.unreflected + s.quantity
        FROM (SELECT product_id, warehouse_id, sum(quantity) AS quantity FROM wanted GROUP BY 1, 2) s
        WHERE l.tenant_id = $1 AND l.product_id = s.product_id AND l.warehouse_id = s.warehouse_id
          AND l.erp_free - l.unreflected >= s.quantity
        RETURNING l.product_id, l.warehouse_id
    ), held AS (
        INSERT INTO stock_holds (tenant_id, id, partner_id, order_id, line_id, product_id, warehouse_id, quantity)
        SELECT $1, w.id, $2, $3, w.line_id, w.product_id, w.warehouse_id, w.quantity
        FROM wanted w JOIN taken t ON t.product_id = w.product_id AND t.warehouse_id = w.warehouse_id
        RETURNING 1
    )
    SELECT count(*) FROM held
"""
_LOCK_ORDERS: Final = """
    SELECT /*within order $2*/ 1 FROM stock_levels l
    WHERE l.tenant_id = $1 AND (l.product_id, l.warehouse_id) IN (
        SELECT h.product_id, h.warehouse_id FROM stock_holds h
        WHERE h.tenant_id = $1 AND h.order_id = ANY ($2::uuid[]) AND h.state = 'held')
    ORDER BY l.product_id, l.warehouse_id
    FOR UPDATE OF l
"""
_RELEASE: Final = """
    WITH /*within order $2*/ open AS (
        SELECT id, state, product_id, warehouse_id, quantity FROM stock_holds
        WHERE tenant_id = $1 AND order_id = $2 AND state <> 'released'
        FOR UPDATE
    ), ended AS (
        UPDATE stock_holds h SET state = 'released', ended_at = now() FROM open o
        WHERE h.tenant_id = $1 AND h.id = o.id AND h.state <> 'released'
    )
    UPDATE stock_levels l SET unreflected = l.unreflected - back.quantity
    FROM (SELECT product_id, warehouse_id, sum(quantity) AS quantity FROM open WHERE state = 'held' GROUP BY 1, 2) back
    WHERE l.tenant_id = $1 AND l.product_id = back.product_id AND l.warehouse_id = back.warehouse_id
"""
_POST: Final = """
    UPDATE stock_holds h SET posted_batch = p.batch
    FROM unnest($2::uuid[], $3::bigint[]) AS p (order_id, batch)
    WHERE h.tenant_id = $1 AND h.order_id = p.order_id AND h.state = 'held' AND h.posted_batch IS NULL
"""
_LOCK_LEVELS_OF_BATCHES: Final = """
    SELECT FROM stock_levels WHERE tenant_id = $1 AND as_of_batch <> 0 ORDER BY product_id, warehouse_id FOR UPDATE
"""
_FORGET: Final = """
    UPDATE stock_holds SET posted_batch = NULL
    WHERE tenant_id = $1 AND state = 'held' AND posted_batch IS NOT NULL
"""
# A hold the figure contains already: its order was posted at or before the moment of the figure.
_LOCK_SEEN: Final = """
    SELECT 1 FROM stock_levels l
    WHERE l.tenant_id = $1 AND EXISTS (
        SELECT 1 FROM stock_holds h
        WHERE h.tenant_id = $1 AND h.product_id = l.product_id AND h.warehouse_id = l.warehouse_id
          AND h.state = 'held' AND h.posted_batch <= l.as_of_batch)
      AND ($2::uuid[] IS NULL OR (l.product_id, l.warehouse_id) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[])))
    ORDER BY l.product_id, l.warehouse_id
    FOR UPDATE OF l
"""
_REFLECT: Final = """
    WITH seen AS (
        UPDATE stock_holds h SET state = 'reflected', ended_at = now()
        FROM stock_levels l
        WHERE l.tenant_id = $1
          AND h.tenant_id = $1 AND h.product_id = l.product_id AND h.warehouse_id = l.warehouse_id
          AND h.state = 'held' AND h.posted_batch <= l.as_of_batch
          AND ($2::uuid[] IS NULL OR (l.product_id, l.warehouse_id) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[])))
          AND ($4::uuid[] IS NULL OR h.order_id = ANY ($4::uuid[]))
        RETURNING h.product_id, h.warehouse_id, h.quantity
    )
    UPDATE stock_levels l SET unreflected = l.unreflected - s.quantity
    FROM (SELECT product_id, warehouse_id, sum(quantity) AS quantity FROM seen GROUP BY 1, 2) s
    WHERE l.tenant_id = $1 AND l.product_id = s.product_id AND l.warehouse_id = s.warehouse_id
"""


async def lock_levels(transaction: Transaction, places: Sequence[Place]) -> dict[Place, Decimal]:
    """Lock the stock rows and read what each can still promise; rows the ERP never named are absent."""
    rows = await transaction.driver.fetch(_LOCK_WANTED, transaction.tenant_id, *_columns(places))
    return {
        (cast("UUID", row["product_id"]), cast("UUID", row["warehouse_id"])): cast("Decimal", row["free"])
        for row in rows
    }


async def take_levels(transaction: Transaction, order_id: UUID, partner_id: UUID, wants: Sequence[Want]) -> int:
    """Take what fits by one conditional update and write its holds; gives how many lines were held."""
    held = await transaction.driver.fetchval(
        _TAKE,
        transaction.tenant_id,
        partner_id,
        order_id,
        [new_id() for _ in wants],
        [want.line_id for want in wants],
        [want.product_id for want in wants],
        [want.warehouse_id for want in wants],
        [want.quantity for want in wants],
    )
    return cast("int", held)


async def lock_orders(transaction: Transaction, order_ids: Sequence[UUID]) -> None:
    """Lock the stock rows these orders hold something of."""
    await transaction.driver.execute(_LOCK_ORDERS, transaction.tenant_id, order_ids)


async def release_order(transaction: Transaction, order_id: UUID) -> None:
    """End every open hold of an order; what the ERP's figures do not contain yet becomes free again."""
    await transaction.driver.execute(_RELEASE, transaction.tenant_id, order_id)


async def post_orders(transaction: Transaction, posted: Mapping[UUID, int]) -> None:
    """Remember which batch of the ERP contains each order; the first answer stands."""
    await transaction.driver.execute(_POST, transaction.tenant_id, list(posted), list(posted.values()))


async def forget_batches(transaction: Transaction) -> None:
    """Forget the batches of figures and of open holds."""
    driver, tenant_id = transaction.driver, transaction.tenant_id
    await driver.execute(_LOCK_LEVELS_OF_BATCHES, tenant_id)
    await driver.execute("UPDATE stock_levels SET as_of_batch = 0 WHERE tenant_id = $1 AND as_of_batch <> 0", tenant_id)
    await driver.execute(_FORGET, tenant_id)


async def lock_seen(transaction: Transaction, places: Sequence[Place] | None) -> None:
    """Lock the stock rows whose figure has caught up with a hold."""
    await transaction.driver.execute(_LOCK_SEEN, transaction.tenant_id, *_columns(places))


async def reflect(transaction: Transaction, places: Sequence[Place] | None, order_ids: Sequence[UUID] | None) -> None:
    """Stop counting holds that the ERP's figure contains; the rows must be locked."""
    await transaction.driver.execute(_REFLECT, transaction.tenant_id, *_columns(places), order_ids)


def _columns(places: Sequence[Place] | None) -> tuple[list[UUID] | None, list[UUID] | None]:
    if places is None:
        return None, None
    return [product for product, _ in places], [warehouse for _, warehouse in places]
