"""What the rules look at: an order with everything its lines, contract and client stand on, as values."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.orders.rules.amounts import Amounts
from app.orders.rules.quantities import Lot, Mode

Delivery = Literal["delivery", "pickup"]
# Why no agreement of the contract sells a product today (R2).
Refusal = Literal["product_blocked", "not_in_contract", "agreement_closed", "no_price"]


class ContractFacts(Struct, frozen=True):
    """The contract an order is under. ``is_live``: agreed, not closed, and within its dates today."""

    id: UUID
    number: str
    counterparty_id: UUID
    currency: str
    is_live: bool
    has_rate: bool  # its VAT and its currency are known, so that lines can be priced
    valid_from: date | None
    valid_to: date | None


class AddressFacts(Struct, frozen=True):
    """Where goods go; ``regions`` are its region and the regions that contain it."""

    id: UUID
    counterparty_id: UUID  # the consignee
    is_rail: bool
    regions: frozenset[UUID]


class OfferFacts(Struct, frozen=True):
    """A live agreement's word on one product. ``price`` is the list's, without VAT and before the discount."""

    agreement_id: UUID
    agreement_number: str
    region_id: UUID | None  # delivery only there; None: anywhere
    warehouse_id: UUID
    price_list_id: UUID
    price: Decimal
    price_version: int
    discount_pct: Decimal
    min_amount: Decimal


class LineFacts(Struct, frozen=True):
    """One line. ``offer`` is None where it cannot be ordered, and ``refusal`` then says why."""

    id: UUID
    place: int
    product_id: UUID
    sku: str
    mode: Mode
    quantity: Decimal
    lot: Lot
    offer: OfferFacts | None
    refusal: Refusal | None
    free: Decimal  # what may still be promised, in order units
    amounts: Amounts


class CreditFacts(Struct, frozen=True):
    """The contract's credit. ``left`` is what remains before this order; None: the contract has no limit."""

    left: Decimal | None
    limit: Decimal
    used: Decimal
    overdue_days: int
    forbids_overdue: bool


class PickupFacts(Struct, frozen=True):
    """Who comes for the goods."""

    plate: str
    driver_name: str
    driver_document: str
    proxy_number: str
    proxy_date: date | None
    proxy_valid_to: date | None


class OrderFacts(Struct, frozen=True):
    """A draft as it stands; anything may be missing (R8)."""

    contract: ContractFacts | None
    counterparty_id: UUID | None
    address: AddressFacts | None
    delivery: Delivery
    ship_on: date | None
    lines: tuple[LineFacts, ...]
    credit: CreditFacts | None
    pickup: PickupFacts | None
    unread_lines: int = 0  # pasted lines still waiting for a fix

    @property
    def mode(self) -> Mode:
        """The mode of the order: that of its first line (R3)."""
        return self.lines[0].mode if self.lines else "packaged"
