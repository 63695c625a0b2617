"""What the templates of orders draw; every text is translated, every figure still a figure."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from app.infra.pages.views import BadgeView
from app.orders.rules.states import State


class RowView(Struct, frozen=True, kw_only=True):
    """One order of the dashboard."""

    id: UUID
    href: str
    number: str
    erp_number: str
    customer_number: str
    state: State
    is_held: bool
    next_step: str
    partner: str  # only for the manufacturer's people
    destination: str
    # Ready words: a page draws fifty rows, and a template writes them ten times slower.
    shipping: str
    weight: str
    lines: str
    total: str  # "" where there is no sum, or none for this reader
    repeat: str  # what the button says; "" is no button, here and below
    archive: str
    restore: str


class FixView(Struct, frozen=True):
    """A quantity that one click puts right."""

    label: str
    quantity: str  # as typed in the reader's language


class LineRow(Struct, frozen=True, kw_only=True):
    """One line of a draft."""

    id: UUID
    index: int
    name: str
    href: str
    sku: str
    package: str
    lot: str  # how it is sold: "packs of 4"
    quantity: str  # as typed
    step: str
    unit: str  # code of the unit: pcs or t
    price: Decimal | None  # per unit, after the discount, without VAT
    gross: Decimal | None
    kg: Decimal
    problems: Sequence[str]
    fixes: Sequence[FixView]
    meanwhile: str = ""  # the quantity somebody else saved


class BadLineRow(Struct, frozen=True, kw_only=True):
    """A pasted line that needs attention."""

    id: UUID
    text: str
    reason: str
    fix: str  # what one click would make of it; empty: nothing


class MeterView(Struct, frozen=True, kw_only=True):
    """A bar with its words; ``value`` and ``most`` are plain numbers in one unit."""

    label: str
    value: str
    most: str
    words: str
    hint: str = ""
    high: str = ""
    why: str = ""  # where it is told what the figure is made of


class PlacedLine(Struct, frozen=True, kw_only=True):
    """One line of a submitted order."""

    name: str
    href: str
    sku: str
    package: str
    quantity: Decimal
    unit: str
    shipped: Decimal
    is_cancelled: bool
    price: Decimal | None
    gross: Decimal | None
    kg: Decimal


class ProblemLink(Struct, frozen=True):
    """One obstacle of the check with the place where it is put right."""

    text: str
    href: str


class TurnView(Struct, frozen=True):
    """Where an order stands: its badge and what comes next."""

    state: State
    badge: BadgeView
    next_step: str
    held: BadgeView | None = None
