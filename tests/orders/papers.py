"""Papers of an order as the ERP would have sent them."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from tests.orders.shop import Shop

INVOICED: Final = Decimal("731904.57")
PAID: Final = Decimal("518263.94")
_SYNC: Final = "src_version, src_label"


async def write_papers(shop: Shop, order_id: UUID, *, due_in_days: int = 5) -> None:
    """Write a shipment with a batch and seals, one that was taken back, an invoice, and a payment of a part of it."""
    for number, gone in (("РТ00-000001", "NULL"), ("РТ00-000009", "now()")):
        await shop.change(
            f"""INSERT INTO shipments (tenant_id, id, number, shipped_at, order_id, partner_id, delivery, state,
                waybill, kg, deleted_at, {_SYNC})
                SELECT 1, md5($2)::uuid, $2, '2026-03-01T08:00Z', id, partner_id, 'road', 'on_the_way', 'ТТН-7',
                    540, {gone}, 1, '' FROM orders WHERE id = $1""",
            order_id,
            number,
        )
    await shop.change(
        f"""INSERT INTO batches (tenant_id, id, grade_id, number, certificate, {_SYNC})
            VALUES (1, md5('batch')::uuid, gen_random_uuid(), '2602-00007', 'ПК-000031', 1, '')"""
    )
    await shop.change(
        """INSERT INTO shipment_lines (tenant_id, id, shipment_id, place, product_id, batch_id, quantity, unit, kg,
               seals)
           VALUES (1, gen_random_uuid(), md5('РТ00-000001')::uuid, 1, gen_random_uuid(), md5('batch')::uuid, 3,
                   'piece', 540, 'П000001, П000002')"""
    )
    await shop.change(
        f"""INSERT INTO invoices (tenant_id, id, number, issued_at, partner_id, contract_id, order_id, shipment_id,
            currency, gross, vat, paid, due_on, state, {_SYNC})
            SELECT 1, md5('invoice')::uuid, 'СЧ00-000001', '2026-03-01T08:00Z', partner_id, contract_id, id,
                md5('РТ00-000001')::uuid, currency, $2, 0, $3, current_date + $4::int, 'partly', 1, ''
            FROM orders WHERE id = $1""",
        order_id,
        INVOICED,
        PAID,
        due_in_days,
    )
    await shop.change(
        f"""INSERT INTO payments (tenant_id, id, number, paid_at, partner_id, currency, amount, {_SYNC})
            SELECT 1, md5('payment')::uuid, 'ПП00-000001', '2026-03-02T08:00Z', partner_id, currency, $2 + 1000, 1, ''
            FROM orders WHERE id = $1""",
        order_id,
        PAID,
    )
    await shop.change(
        """INSERT INTO payment_parts (tenant_id, id, payment_id, partner_id, invoice_id, order_id, amount)
           SELECT 1, gen_random_uuid(), md5('payment')::uuid, partner_id, md5('invoice')::uuid, id, $2
           FROM orders WHERE id = $1""",
        order_id,
        PAID,
    )
