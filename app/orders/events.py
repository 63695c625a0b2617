"""What leaves this room through the outbox: complete bodies, so that the exchange only translates names."""

from datetime import date
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID, uuid5

from msgspec import Struct

ORDER_PUT: Final = "order.put"
ORDER_CANCEL: Final = "order.cancel"
VEHICLE_PUT: Final = "vehicle.put"

Transport = Literal["pickup", "road", "rail"]


def aggregate(order_id: UUID) -> str:
    """Name the aggregate whose rows leave strictly in order."""
    return f"order:{order_id}"


def vehicle_id(order_id: UUID) -> UUID:
    """Name the ERP's transport row of an order, the same whenever it is sent."""
    return uuid5(order_id, "vehicle")


class PutLine(Struct, frozen=True):
    """One frozen line. Sums are in the order's currency; per cents as 16, not 0.16."""

    code: int  # the line's place; the ERP keeps it as КодСтроки
    product_id: UUID
    grade_id: UUID
    agreement_id: UUID
    warehouse_id: UUID
    price_list_id: UUID
    quantity: Decimal
    price: Decimal
    discount_pct: Decimal
    net: Decimal
    vat_pct: Decimal
    vat: Decimal


class OrderPut(Struct, frozen=True):
    """The whole order as the ERP shall have it. ``version`` grows when a manager sends it again."""

    order_id: UUID
    version: int
    number: str
    partner_id: UUID
    counterparty_id: UUID
    contract_id: UUID
    agreement_id: UUID  # of the first line
    warehouse_id: UUID  # of the first line
    currency: str
    consignee_id: UUID | None
    address_id: UUID | None
    address_text: str
    transport: Transport
    ship_on: date
    customer_number: str
    comment: str
    lines: tuple[PutLine, ...]
    erp_label: str = ""  # of the version in the ERP this was made from; empty: there is none, or it does not matter


class OrderCancel(Struct, frozen=True):
    """Ask the ERP to cancel an order; ``reason`` is the person's own words."""

    order_id: UUID
    reason: str


class VehiclePut(Struct, frozen=True):
    """Vehicle and driver of a self-pickup; ``id`` is the reference of the ERP's transport row."""

    id: UUID
    order_id: UUID
    driver_name: str
    driver_document: str
    driver_phone: str
    plate: str
    vehicle_model: str
    trailer: str
    proxy: str  # number and date of the power of attorney
    arrive_on: date
