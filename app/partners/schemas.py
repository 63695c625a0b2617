"""What the room tells, to pages and scripts alike. Times are of the ERP's last word about the row."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct


class RegionView(Struct, frozen=True):
    """A sales region."""

    id: UUID
    parent_id: UUID | None
    country: str
    name: dict[str, str]  # by language
    synced_at: datetime


class CounterpartyView(Struct, frozen=True):
    """A legal entity of an organisation."""

    id: UUID
    name: str
    tax_id: str
    country: str


class ManagerView(Struct, frozen=True):
    """The manufacturer's person to turn to."""

    name: str
    email: str
    phone: str


class OrganisationView(Struct, frozen=True):
    """A client organisation or a logistics company."""

    id: UUID
    kind: Literal["distributor", "direct_buyer", "logistics", "prospect"]
    name: str
    region_id: UUID | None
    manager: ManagerView | None
    counterparties: list[CounterpartyView]
    synced_at: datetime


class ContractView(Struct, frozen=True):
    """A sales contract."""

    id: UUID
    number: str
    partner_id: UUID
    partner: str
    region_id: UUID | None  # the client's
    counterparty_id: UUID
    counterparty: str
    tax_id: str
    currency: str
    incoterm: str
    incoterm_place: str
    payment_days: int  # 0: prepayment
    vat_country: str
    vat_regime: str
    signed_on: date | None
    valid_from: date | None
    valid_to: date | None  # last day; null: open
    status: Literal["draft", "live", "closed"]
    is_live: bool  # in force on today's business date
    live_agreements: int
    synced_at: datetime


class AgreementView(Struct, frozen=True):
    """What a contract allows: an assortment at a price list from a warehouse."""

    id: UUID
    number: str
    name: str
    contract_id: UUID
    contract: str
    partner_id: UUID
    partner: str
    currency: str
    region_id: UUID | None  # delivery there only; null: anywhere
    rule_region_id: UUID | None  # the region rules of access go by: that one, or the client's
    warehouse_id: UUID
    warehouse: dict[str, str]
    segment_id: UUID
    assortment: dict[str, str]
    price_list_id: UUID
    discount_pct: Decimal | None  # null: the caller may not see prices
    min_amount: Decimal  # in ``currency``, without VAT
    valid_from: date | None
    valid_to: date | None
    status: Literal["draft", "live", "closed"]
    is_live: bool  # it and its contract are in force on today's business date
    synced_at: datetime


class ConsigneeView(Struct, frozen=True):
    """An address a consignee receives goods at."""

    id: UUID
    partner_id: UUID
    partner: str
    counterparty_id: UUID
    consignee: str
    tax_id: str
    kind: Literal["road", "rail"]
    text: str
    station: str
    station_code: str
    region_id: UUID | None
    synced_at: datetime
