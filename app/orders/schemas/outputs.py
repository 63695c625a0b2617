"""What goes out as JSON. Money and quantities are decimal strings; money is null where the reader may not see it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from app.orders.rules.differing import Figure
from app.orders.rules.facts import Delivery
from app.orders.rules.quantities import Mode
from app.orders.rules.states import State, Turn


class TotalsView(Struct, frozen=True):
    """Sums of the lines, in ``currency``."""

    listed: Decimal  # at list prices, without VAT
    discount: Decimal
    net: Decimal
    vat: Decimal
    gross: Decimal
    currency: str


class OrderItem(Struct, frozen=True, kw_only=True):
    """One order in a list."""

    id: UUID
    number: str
    erp_number: str
    customer_number: str
    state: State
    turn: Turn  # whose move it is
    partner_id: UUID
    partner: str
    consignee: str
    address: str
    mode: Mode
    delivery: Delivery
    ship_on: date | None
    lines: int
    gross: Decimal | None
    currency: str
    kg: Decimal
    decision_code: str
    held_at: datetime | None  # since when its figures are others in 1C:ERP
    is_archived: bool
    created_at: datetime
    submitted_at: datetime | None
    updated_at: datetime
    erp_synced_at: datetime | None


class LineView(Struct, frozen=True, kw_only=True):
    """One line; prices of a draft are today's, of a submitted order those it was submitted at."""

    id: UUID
    place: int
    product_id: UUID
    sku: str
    names: Mapping[str, str]
    package: str
    quantity: Decimal
    unit: str  # piece or t
    agreement_id: UUID | None
    price: Decimal | None  # of the list, per unit, without VAT
    price_list_id: UUID | None
    price_version: int | None
    discount_pct: Decimal | None
    vat_pct: Decimal | None
    net: Decimal | None
    vat: Decimal | None
    gross: Decimal | None
    kg: Decimal
    free: Decimal | None  # stock that may be promised; only in a draft
    shipped: Decimal
    is_cancelled: bool


class BadLineView(Struct, frozen=True, kw_only=True):
    """A pasted line that needs attention; ``suggested_*`` is what one click would make of it."""

    id: UUID
    text: str
    code: str
    message: str
    suggested_product_id: UUID | None
    suggested_sku: str
    suggested_quantity: Decimal | None


class PickupView(Struct, frozen=True, kw_only=True):
    """Vehicle, driver and power of attorney."""

    plate: str = ""
    trailer: str = ""
    vehicle_model: str = ""
    driver_name: str = ""
    driver_document: str = ""
    driver_phone: str = ""
    proxy_number: str = ""
    proxy_date: date | None = None
    proxy_valid_to: date | None = None


class OrderView(Struct, frozen=True, kw_only=True):
    """One order as a whole. ``version`` is also its ETag."""

    id: UUID
    number: str
    version: int
    state: State
    turn: Turn
    partner_id: UUID
    partner: str
    author_id: UUID
    is_shared: bool
    contract_id: UUID | None
    contract: str
    counterparty_id: UUID | None
    counterparty: str
    address_id: UUID | None
    address: str
    consignee_id: UUID | None
    consignee: str
    mode: Mode
    delivery: Delivery
    ship_on: date | None
    customer_number: str
    comment: str
    kg: Decimal
    totals: TotalsView | None
    lines: Sequence[LineView]
    bad_lines: Sequence[BadLineView]
    pickup: PickupView | None
    source_id: UUID | None
    erp_number: str
    erp_state: str
    erp_synced_at: datetime | None
    decision_code: str
    decision_text: str
    held_at: datetime | None  # since when its figures are others in 1C:ERP; /held tells which
    is_archived: bool
    created_at: datetime
    submitted_at: datetime | None
    updated_at: datetime


class ProblemView(Struct, frozen=True):
    """One obstacle; ``field`` is the path of the input to correct, empty for the whole order."""

    field: str
    code: str
    message: str


class LoadView(Struct, frozen=True):
    """How full the vehicles are."""

    kg: Decimal
    capacity_kg: Decimal
    room_kg: Decimal
    vehicles: int


class CreditView(Struct, frozen=True):
    """Credit of the contract with this order in it."""

    limit: Decimal
    used: Decimal
    left_after: Decimal
    currency: str


class PlanView(Struct, frozen=True):
    """Plan of the month the goods leave in, over the product lines of this order."""

    month: date
    planned_kg: Decimal
    fact_kg: Decimal
    order_kg: Decimal


class CheckView(Struct, frozen=True, kw_only=True):
    """What stands between a draft and its submission, all at once."""

    may_submit: bool
    may_ask_approval: bool
    problems: Sequence[ProblemView]
    approvals: Sequence[ProblemView]
    warnings: Sequence[ProblemView]
    totals: TotalsView | None
    load: LoadView | None
    credit: CreditView | None
    plan: PlanView | None


class SubmittedView(Struct, frozen=True, kw_only=True):
    """An order that was submitted, or moved on in another way."""

    id: UUID
    number: str
    version: int
    state: State
    gross: Decimal | None
    currency: str
    kg: Decimal
    decision_code: str
    held_at: datetime | None


class ImportedView(Struct, frozen=True, kw_only=True):
    """What became of pasted text."""

    added: int
    bad: int
    order: OrderView


class DifferenceView(Struct, frozen=True):
    """What a product cost then and costs now, per unit, after discount and without VAT; null: not sold."""

    product_id: UUID
    sku: str
    before: Decimal | None
    after: Decimal | None


class RepeatedView(Struct, frozen=True, kw_only=True):
    """The new draft and how its prices differ from those of its source."""

    order: OrderView
    differences: Sequence[DifferenceView]


class EventView(Struct, frozen=True, kw_only=True):
    """One entry of the timeline; without an actor it was the ERP."""

    id: int
    at: datetime
    kind: str
    actor: str
    data: Mapping[str, str]


class HeldFigure(Struct, frozen=True):
    """One figure that is another one in 1C:ERP, as decimal strings; empty: that side has no such line.

    ``place`` is the line's, 0 for the order as a whole; ``difference`` is theirs less ours, null where it is no figure.
    """

    place: int
    sku: str
    figure: Figure
    ours: str
    theirs: str
    difference: str | None
    unit: str  # of a quantity: piece or t


class HeldView(Struct, frozen=True, kw_only=True):
    """Why an order is held, as far as the reader may see; ``label`` names the version of 1C:ERP it is about."""

    held_at: datetime | None
    label: str
    currency: str
    figures: Sequence[HeldFigure]
    may_settle: bool
    may_send_again: bool
