"""Tables of the room, as the ERP's feed fills them (migration 0003)."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.infra.db.base import Base, Key, Money, Percent, Synced, Tenant


class Region(Synced, Base):
    """A sales region; regions form a tree."""

    __tablename__ = "regions"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    parent_id: Mapped[UUID | None]
    country: Mapped[str]
    name_ru: Mapped[str]
    name_kk: Mapped[str]
    name_en: Mapped[str]


class Partner(Synced, Base):
    """A client organisation or a logistics company."""

    __tablename__ = "partners"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    kind: Mapped[str]  # distributor, direct_buyer, logistics, prospect
    name: Mapped[str]
    region_id: Mapped[UUID | None]
    manager_id: Mapped[UUID | None]


class Counterparty(Synced, Base):
    """A legal entity of a partner."""

    __tablename__ = "counterparties"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    partner_id: Mapped[UUID]
    name: Mapped[str]
    tax_id: Mapped[str]
    country: Mapped[str]


class ConsigneeAddress(Synced, Base):
    """Where a consignee receives goods; ``counterparty_id`` is the consignee."""

    __tablename__ = "consignee_addresses"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    partner_id: Mapped[UUID]
    counterparty_id: Mapped[UUID]
    kind: Mapped[str]  # road, rail
    text: Mapped[str]
    station: Mapped[str]
    station_code: Mapped[str]
    region_id: Mapped[UUID | None]


class Contact(Synced, Base):
    """A person on the client's side."""

    __tablename__ = "contacts"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    partner_id: Mapped[UUID]
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    role: Mapped[str]
    locale: Mapped[str]
    region_id: Mapped[UUID | None]  # the person's branch


class Manager(Synced, Base):
    """A person on the manufacturer's side."""

    __tablename__ = "managers"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    role: Mapped[str]
    locale: Mapped[str]
    regions: Mapped[list[UUID]]


class Contract(Synced, Base):
    """A sales contract: parties, currency, payment and credit."""

    __tablename__ = "contracts"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    partner_id: Mapped[UUID]
    counterparty_id: Mapped[UUID]
    number: Mapped[str]
    signed_on: Mapped[date | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]  # last day
    currency: Mapped[str]
    incoterm: Mapped[str]
    incoterm_place: Mapped[str]
    payment_days: Mapped[int]
    status: Mapped[str]  # draft, live, closed
    credit_limited: Mapped[bool]
    credit_limit: Mapped[Money]
    forbid_overdue: Mapped[bool]
    vat_country: Mapped[str]
    vat_regime: Mapped[str]


class Agreement(Synced, Base):
    """What a contract allows: assortment x price list x warehouse."""

    __tablename__ = "agreements"

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    partner_id: Mapped[UUID]
    contract_id: Mapped[UUID]
    number: Mapped[str]
    name: Mapped[str]
    segment_id: Mapped[UUID]
    price_list_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    region_id: Mapped[UUID | None]  # None: any
    discount_pct: Mapped[Percent]
    min_amount: Mapped[Money]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]  # last day
    status: Mapped[str]  # draft, live, closed
