"""What the ERP has written for an order: shipments, invoices, payments."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.documents.names import plain_name
from app.infra.db.transaction import Transaction
from app.orders.schemas.papers import FileLink, InvoiceView, PaymentView, ShipmentView

S = TypeVar("S", bound=Struct)

_SHIPMENTS: Final = """
    SELECT /*within order $2*/ s.id, s.number, s.shipped_at, s.state, s.delivery, s.waybill, s.kg,
           ARRAY(SELECT DISTINCT concat_ws(' · ', b.number, nullif(b.certificate, ''))
                 FROM shipment_lines l JOIN batches b ON b.tenant_id = $1 AND b.id = l.batch_id
                 WHERE l.tenant_id = $1 AND l.shipment_id = s.id ORDER BY 1) AS batches,
           ARRAY(SELECT l.seals FROM shipment_lines l
                 WHERE l.tenant_id = $1 AND l.shipment_id = s.id AND l.seals <> '' ORDER BY l.place) AS seals
    FROM shipments s WHERE s.tenant_id = $1 AND s.order_id = $2 AND s.deleted_at IS NULL
    ORDER BY s.shipped_at, s.number
"""
_INVOICES: Final = """
    SELECT /*within order $2*/ id, number, issued_at, shipment_id, gross, paid, currency, due_on, state,
           state <> 'paid' AND coalesce(due_on < $3, false) AS is_overdue FROM invoices
    WHERE tenant_id = $1 AND order_id = $2 AND deleted_at IS NULL ORDER BY issued_at, number
"""
# Of a payment only what it settles of this order: the rest is of other orders.
_PAYMENTS: Final = """
    SELECT /*within order $2*/ p.id, p.number, p.paid_at, sum(t.amount) AS amount, p.currency
    FROM payment_parts t JOIN payments p ON p.tenant_id = $1 AND p.id = t.payment_id AND p.deleted_at IS NULL
    WHERE t.tenant_id = $1 AND t.order_id = $2
    GROUP BY p.tenant_id, p.id, p.number, p.paid_at, p.currency ORDER BY p.paid_at, p.number
"""

_FILES: Final = """
    SELECT /*within order $2*/ a.id, a.name, a.size, i.id AS invoice_id FROM attachments a
    JOIN invoices i ON i.tenant_id = $1 AND i.id = a.owner_id
    WHERE a.tenant_id = $1 AND a.owner_kind = 'invoice' AND i.order_id = $2 AND i.deleted_at IS NULL
      AND a.deleted_at IS NULL AND a.stored_at IS NOT NULL ORDER BY a.created_at, a.id
"""


class _File(FileLink, frozen=True):
    invoice_id: UUID


async def read_shipments(transaction: Transaction, order_id: UUID) -> list[ShipmentView]:
    """Read the shipments of an order, oldest first."""
    return await _read(transaction, _SHIPMENTS, ShipmentView, order_id)


async def read_invoices(transaction: Transaction, order_id: UUID, today: date) -> list[InvoiceView]:
    """Read the invoices of an order, oldest first."""
    return await _read(transaction, _INVOICES, InvoiceView, order_id, today)


async def read_files(transaction: Transaction, order_id: UUID) -> Mapping[UUID, Sequence[FileLink]]:
    """Read which files of the invoices of an order have arrived, by invoice."""
    files: dict[UUID, list[FileLink]] = {}
    for one in await _read(transaction, _FILES, _File, order_id):
        files.setdefault(one.invoice_id, []).append(FileLink(one.id, plain_name(one.name), one.size))
    return files


async def read_payments(transaction: Transaction, order_id: UUID) -> list[PaymentView]:
    """Read what was paid for an order, oldest first."""
    return await _read(transaction, _PAYMENTS, PaymentView, order_id)


async def _read(transaction: Transaction, statement: str, shape: type[S], *args: object) -> list[S]:
    rows = await transaction.driver.fetch(statement, transaction.tenant_id, *args)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), shape) for row in rows]
