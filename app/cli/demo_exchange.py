"""What an exchange of months leaves behind, made by the exchange itself.

A message 1C does not take, an order changed on both sides, a comparison that healed something: here they are only
begun, the worker and the ERP do the rest. What the comparison leaves open is the order that ``demo_held`` let differ.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, cast
from uuid import UUID

import msgspec

from app.admin.tenants import DEMO_TENANTS
from app.config import Settings
from app.erp.queries import reconciling
from app.infra import outbox
from app.infra.db.engine import make_engine
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.orders.events import ORDER_PUT, VEHICLE_PUT, OrderPut, PutLine, VehiclePut, aggregate, vehicle_id

_HEALED: Final = 3  # rows whose version is wrong, few enough to be read anew
_WAIT_S: Final = 60
# An order the ERP has, with everything a message about it needs.
_ORDER: Final = """
    SELECT o.id, o.number, o.partner_id, o.counterparty_id, o.contract_id, o.currency, o.address_text, o.ship_on,
           o.delivery FROM orders o
    WHERE o.tenant_id = $1 AND o.counterparty_id IS NOT NULL AND o.contract_id IS NOT NULL AND o.ship_on IS NOT NULL
      AND o.state IN ('accepted', 'in_work') AND o.delivery = $2 AND o.held_at IS NULL
      AND NOT EXISTS (SELECT FROM order_lines l WHERE l.tenant_id = $1 AND l.order_id = o.id
                      AND (l.agreement_id IS NULL OR l.warehouse_id IS NULL OR l.price_list_id IS NULL))
    ORDER BY o.submitted_at DESC, o.id LIMIT 1
"""
_LINES: Final = """
    SELECT l.place AS code, l.product_id, p.grade_id, l.agreement_id, l.warehouse_id, l.price_list_id, l.quantity,
           l.price, l.discount_pct, l.net, l.vat_pct, l.vat
    FROM order_lines l JOIN products p ON p.tenant_id = $1 AND p.id = l.product_id
    WHERE l.tenant_id = $1 AND l.order_id = $2 ORDER BY l.place
"""
_SPOIL: Final = """
    UPDATE contacts SET src_label = 'AAAAAAAAAAA=' WHERE tenant_id = $1 AND id IN (
        SELECT id FROM contacts WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id LIMIT $2)
"""


async def leave_exchange(settings: Settings) -> None:
    """Let the first tenant's exchange meet a few troubles."""
    owner = make_engine(settings.database_url, pool_size=1)
    tenant_id = DEMO_TENANTS[0].id
    try:
        async with open_tenant_transaction(owner, tenant_id) as transaction:
            await _refused_vehicle(transaction)
            await _changed_order(transaction)
            await transaction.driver.execute(_SPOIL, tenant_id, _HEALED)
            run_id = await reconciling.ask(transaction, "labels", None)
        for _ in range(_WAIT_S):
            async with open_tenant_transaction(owner, tenant_id) as transaction:
                is_over = await transaction.driver.fetchval(
                    "SELECT ended_at IS NOT NULL FROM erp_reconciliations WHERE tenant_id = $1 AND id = $2",
                    *(tenant_id, run_id),
                )
                if is_over:
                    return
            await asyncio.sleep(1)
    finally:
        await owner.dispose()


async def _refused_vehicle(transaction: Transaction) -> None:
    """A vehicle without its number, which the ERP insists on."""
    order = await _order(transaction, "pickup")
    if order is None:
        return
    order_id = cast("UUID", order["id"])
    vehicle = VehiclePut(
        id=vehicle_id(order_id),
        order_id=order_id,
        driver_name="Сериков Дамир",
        driver_document="KZ 012345678",
        driver_phone="+7 701 555 12 34",
        plate="",
        vehicle_model="MAN TGX",
        trailer="",
        proxy="17 от 01.11.2026",
        arrive_on=(datetime.now(UTC) + timedelta(days=3)).date(),
    )
    await outbox.enqueue(transaction, "erp", aggregate(order_id), VEHICLE_PUT, vehicle)


async def _changed_order(transaction: Transaction) -> None:
    """An order the portal would change from a version that is no longer the ERP's."""
    order = await _order(transaction, "delivery")
    if order is None:
        return
    order_id = cast("UUID", order["id"])
    rows = await transaction.driver.fetch(_LINES, transaction.tenant_id, order_id)
    lines = tuple(msgspec.convert(dict(cast("dict[str, object]", row)), PutLine) for row in rows)
    if not lines:
        return
    body = OrderPut(
        order_id=order_id,
        version=2,
        number=str(order["number"]),
        partner_id=cast("UUID", order["partner_id"]),
        counterparty_id=cast("UUID", order["counterparty_id"]),
        contract_id=cast("UUID", order["contract_id"]),
        agreement_id=lines[0].agreement_id,
        warehouse_id=lines[0].warehouse_id,
        currency=str(order["currency"]),
        consignee_id=None,
        address_id=None,
        address_text=str(order["address_text"]),
        transport="road",
        ship_on=(datetime.now(UTC) + timedelta(days=9)).date(),
        customer_number="З-2026/097",
        comment="Просим отгрузить до обеда",
        lines=lines,
        erp_label="AAAAAAAAAAA=",
    )
    await outbox.enqueue(transaction, "erp", aggregate(order_id), ORDER_PUT, body)


async def _order(transaction: Transaction, delivery: str) -> Mapping[str, object] | None:
    row = await transaction.driver.fetchrow(_ORDER, transaction.tenant_id, delivery)
    return None if row is None else cast("Mapping[str, object]", row)
