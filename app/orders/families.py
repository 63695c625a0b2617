"""Orders as pages show them. Whether somebody may see one, and what it may become, is asked of the database every time.

Drafts are priced on today's terms, and the credit, the vehicle and the driver of an order are read anew for each page:
none of it is kept. Whoever writes reads nothing from here.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.caching.families import Family, Tag
from app.caching.rules import Bounds
from app.catalog.schemas import ProductCard
from app.catalog.services import product_cards
from app.infra.db.transaction import Transaction
from app.orders.models import Order
from app.orders.queries.board import Board, BoardRow, Place, read_counts, read_rows
from app.orders.queries.lines import LineRow, read_lines
from app.orders.queries.papers import read_invoices, read_payments, read_shipments
from app.orders.queries.timeline import EventRow, read_events
from app.orders.rules.states import View
from app.orders.schemas.papers import InvoiceView, PaymentView, ShipmentView

_MINUTE: Final = Bounds(ttl_s=60)


class BoardAsk(Struct, frozen=True):
    """Which page of the list. ``partner_id`` is set where the reader belongs to one client and sees no other."""

    board: Board
    partner_id: UUID | None
    after: Place | None
    limit: int


class Listed(Struct, frozen=True):
    """Counts and rows of one snapshot."""

    counts: dict[View, int]
    rows: Sequence[BoardRow]


class OrderAsk(Struct, frozen=True):
    """Which order, of those the reader has just been let see."""

    visible: Decision
    order_id: UUID
    partner_id: UUID
    today: date = date.min


class Goods(Struct, frozen=True):
    """Lines as they were submitted, and what the catalogue says of their products."""

    lines: Sequence[LineRow]
    cards: Mapping[UUID, ProductCard]


class Bills(Struct, frozen=True):
    """What an order costs and what of it is paid, for whoever may see its sums."""

    invoices: Sequence[InvoiceView]
    payments: Sequence[PaymentView]


def ask_about(visible: Decision, order: Order, today: date = date.min) -> OrderAsk:
    """Ask about an order that was read under ``visible``."""
    return OrderAsk(visible, order.id, order.partner_id, today)


async def load_board(transaction: Transaction, ask: BoardAsk) -> Listed:
    """Count, and read one page."""
    counts = await read_counts(transaction, ask.board)
    return Listed(counts, await read_rows(transaction, ask.board, ask.after, ask.limit))


async def load_goods(transaction: Transaction, order_id: UUID) -> Goods:
    """Read lines and name their products."""
    lines = await read_lines(transaction, order_id)
    return Goods(lines, await product_cards(transaction, list({row.product_id for row in lines})))


async def _load_placed(transaction: Transaction, ask: OrderAsk) -> Goods:
    return await load_goods(transaction, ask.order_id)


async def _load_course(transaction: Transaction, ask: OrderAsk) -> Sequence[EventRow]:
    return await read_events(transaction, ask.order_id)


async def _load_shipments(transaction: Transaction, ask: OrderAsk) -> Sequence[ShipmentView]:
    return await read_shipments(transaction, ask.order_id)


async def _load_bills(transaction: Transaction, ask: OrderAsk) -> Bills:
    invoices = await read_invoices(transaction, ask.order_id, ask.today)
    return Bills(invoices, await read_payments(transaction, ask.order_id))


def _seen(ask: OrderAsk) -> Sequence[object]:
    return (ask.visible.fingerprint,)


def _order(ask: OrderAsk) -> Sequence[object]:
    return (ask.order_id, ask.today)


def _changes(ask: OrderAsk) -> Sequence[Tag]:
    return (("orders", ask.partner_id),)


def _papers(ask: OrderAsk) -> Sequence[Tag]:
    return (("papers", ask.partner_id),)


BOARDS: Final = Family(
    "boards",
    "write-through",
    Listed,
    load_board,
    # Whoever decides and whoever waits count different orders as theirs to act on.
    scope=lambda ask: (ask.board.visible.fingerprint, ask.board.is_staff),
    parts=lambda ask: (ask.board.view, ask.after, ask.limit),
    tags=lambda ask: (("orders", ask.partner_id), ("clients", ask.partner_id)),
    bounds=_MINUTE,
    owner=(18,),
)
PLACED: Final = Family(
    "placed_goods",
    "write-through",
    Goods,
    _load_placed,
    scope=_seen,
    parts=_order,
    # Names of products are in it.
    tags=lambda ask: (*_changes(ask), ("goods", None)),
    bounds=_MINUTE,
    owner=(18,),
)
COURSES: Final = Family(
    "courses",
    "write-through",
    Sequence[EventRow],
    _load_course,
    scope=_seen,
    parts=_order,
    tags=_changes,
    bounds=_MINUTE,
    owner=(18,),
)
SHIPMENTS: Final = Family(
    "shipments",
    "write-through",
    Sequence[ShipmentView],
    _load_shipments,
    scope=_seen,
    parts=_order,
    tags=_papers,
    bounds=_MINUTE,
    owner=(19,),
)
BILLS: Final = Family(
    "bills",
    "synchronized",
    Bills,
    _load_bills,
    scope=_seen,
    parts=_order,
    tags=_papers,
    bounds=_MINUTE,
    owner=(20, 21),
)

FAMILIES: Final = [BOARDS, PLACED, COURSES, SHIPMENTS, BILLS]
