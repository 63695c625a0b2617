"""Papers of an order as JSON; sums are null for whoever may not see what an order costs."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct


class ShipmentView(Struct, frozen=True, kw_only=True):
    """What left a warehouse; a batch stands with the number of its quality certificate."""

    id: UUID
    number: str
    shipped_at: datetime
    state: Literal["on_the_way", "delivered"]
    delivery: Literal["pickup", "road", "rail"]
    waybill: str
    kg: Decimal
    batches: Sequence[str]
    seals: Sequence[str]


class FileLink(Struct, frozen=True):
    """A file that has arrived and may be had at ``/api/v1/files/{id}``."""

    id: UUID
    name: str
    size: int  # bytes


class InvoiceView(Struct, frozen=True, kw_only=True):
    """What is to be paid, with VAT."""

    id: UUID
    number: str
    issued_at: datetime
    shipment_id: UUID | None
    gross: Decimal
    paid: Decimal
    currency: str
    due_on: date | None
    state: Literal["unpaid", "partly", "paid"]
    is_overdue: bool
    files: Sequence[FileLink] = ()


class PaymentView(Struct, frozen=True, kw_only=True):
    """What one payment settles of this order."""

    id: UUID
    number: str
    paid_at: datetime
    amount: Decimal
    currency: str


class PapersView(Struct, frozen=True, kw_only=True):
    """Everything 1C:ERP has written for an order."""

    shipments: Sequence[ShipmentView]
    invoices: Sequence[InvoiceView] | None
    payments: Sequence[PaymentView] | None
