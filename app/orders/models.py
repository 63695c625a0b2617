"""Tables of orders. Drafts are edited through these; submit and the lists speak SQL (see ``queries``)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db.base import Base, Key, Money, Percent, Quantity, Tenant, UnitPrice
from app.orders.rules.facts import Delivery
from app.orders.rules.quantities import Mode
from app.orders.rules.states import State

NOBODY: Final = UUID(int=0)  # the author of an order that was born in the ERP
PART_OF: Final = ("order", "order_id")  # whoever may change the order may change its parts


class Order(Base):
    """One order from its draft to its end. ``version`` is the optimistic lock of the draft."""

    __tablename__ = "orders"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    number: Mapped[str]
    partner_id: Mapped[UUID]
    author_id: Mapped[UUID]
    branch: Mapped[str] = mapped_column(default="")
    shared: Mapped[bool] = mapped_column(default=False)
    state: Mapped[State] = mapped_column(sa.Text, default="draft")
    version: Mapped[int] = mapped_column(default=1)
    contract_id: Mapped[UUID | None]
    counterparty_id: Mapped[UUID | None]
    address_id: Mapped[UUID | None]
    address_text: Mapped[str] = mapped_column(default="")
    region_id: Mapped[UUID | None]
    mode: Mapped[Mode] = mapped_column(sa.Text, default="packaged")
    delivery: Mapped[Delivery] = mapped_column(sa.Text, default="delivery")
    ship_on: Mapped[date | None]
    customer_number: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")
    currency: Mapped[str] = mapped_column(default="")
    net: Mapped[Money] = mapped_column(default=Decimal(0))
    vat: Mapped[Money] = mapped_column(default=Decimal(0))
    gross: Mapped[Money] = mapped_column(default=Decimal(0))
    kg: Mapped[Quantity] = mapped_column(default=Decimal(0))
    source_id: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None]
    erp_number: Mapped[str] = mapped_column(default="")
    erp_state: Mapped[str] = mapped_column(default="")
    erp_label: Mapped[str] = mapped_column(default="")
    erp_synced_at: Mapped[datetime | None]
    src_version: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    decision_code: Mapped[str] = mapped_column(default="")
    decision_text: Mapped[str] = mapped_column(default="")
    held_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class OrderLine(Base):
    """One product in one order. Price and sums are frozen at submit and empty in a draft."""

    __tablename__ = "order_lines"
    __within__ = PART_OF

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    order_id: Mapped[UUID]
    partner_id: Mapped[UUID]
    place: Mapped[int]
    product_id: Mapped[UUID]
    agreement_id: Mapped[UUID | None]
    quantity: Mapped[Quantity]
    unit: Mapped[str]
    price: Mapped[UnitPrice | None]
    price_list_id: Mapped[UUID | None]
    price_version: Mapped[int | None] = mapped_column(sa.BigInteger)
    discount_pct: Mapped[Percent | None]
    vat_pct: Mapped[Percent | None]
    net: Mapped[Money | None]
    vat: Mapped[Money | None]
    gross: Mapped[Money | None]
    kg: Mapped[Quantity | None]
    warehouse_id: Mapped[UUID | None]
    shipped: Mapped[Quantity] = mapped_column(default=Decimal(0))
    cancelled: Mapped[bool] = mapped_column(default=False)


class BadLine(Base):
    """A pasted line that could not become a line of the order: its text, a reason, perhaps a suggestion."""

    __tablename__ = "order_bad_lines"
    __within__ = PART_OF

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    order_id: Mapped[UUID]
    partner_id: Mapped[UUID]
    place: Mapped[int]
    text: Mapped[str]
    reason: Mapped[str]
    params: Mapped[dict[str, str]]
    suggested_product_id: Mapped[UUID | None]
    suggested_quantity: Mapped[Quantity | None]


class Pickup(Base):
    """Who comes for the goods; ``plate_key`` is the plate without blanks, in one alphabet."""

    __tablename__ = "order_pickups"
    __within__ = PART_OF

    tenant_id: Mapped[Tenant]
    order_id: Mapped[Key]
    partner_id: Mapped[UUID]
    plate: Mapped[str] = mapped_column(default="")
    plate_key: Mapped[str] = mapped_column(default="")
    trailer: Mapped[str] = mapped_column(default="")
    vehicle_model: Mapped[str] = mapped_column(default="")
    driver_name: Mapped[str] = mapped_column(default="")
    driver_document: Mapped[str] = mapped_column(default="")
    driver_phone: Mapped[str] = mapped_column(default="")
    proxy_number: Mapped[str] = mapped_column(default="")
    proxy_date: Mapped[date | None]
    proxy_valid_to: Mapped[date | None]
