"""An order put together for the rules: its lines priced on today's terms, its contract, credit and stock."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.caching.shelf import read
from app.catalog.schemas import Offer, ProductCard
from app.catalog.services import current_offers
from app.kernel.money import MINOR_DIGITS, round_money
from app.kernel.vat import vat_percent
from app.orders.families import PLACED, ask_about, load_goods
from app.orders.models import Order
from app.orders.queries.context import Context, read_context
from app.orders.queries.lines import LineRow, read_refusals
from app.orders.rules.amounts import Amounts, Price, line_amounts, total
from app.orders.rules.facts import (
    AddressFacts,
    ContractFacts,
    CreditFacts,
    LineFacts,
    OfferFacts,
    OrderFacts,
    PickupFacts,
    Refusal,
)
from app.orders.rules.quantities import Lot, compartment_tonnes, mode_of_package
from app.orders.services.desk import Desk

_ZERO: Final = Decimal(0)
_BULK_STEP: Final = Decimal("0.001")


class SheetLine(Struct, frozen=True):
    """One line: as stored, as the rules see it, and what the catalogue says of its product and its price."""

    row: LineRow
    facts: LineFacts
    card: ProductCard | None
    offers: Sequence[Offer]  # of the contract, best price first
    price: Price | None


class Sheet(Struct, frozen=True):
    """A whole order as it stands on ``today``."""

    order: Order
    context: Context
    lines: tuple[SheetLine, ...]
    facts: OrderFacts
    today: date

    @property
    def totals(self) -> Amounts:
        """Sums of the lines that stand."""
        return total(line.facts.amounts for line in self.lines if not line.row.cancelled)


async def read_sheet(desk: Desk, order: Order) -> Sheet:
    """Describe an order: a draft on today's terms, any other on the terms it was submitted at.

    Three statements at most, one more for a draft, and one more where a product of it cannot be ordered.
    """
    context = await read_context(desk.transaction, order, desk.today)
    if order.state != "draft":
        placed = await read(desk.transaction, PLACED, ask_about(await desk.decision("order", "view"), order))
        kept = tuple(_frozen(row, placed.cards.get(row.product_id), order.currency) for row in placed.lines)
        return Sheet(order, context, kept, _order_facts(order, context, kept), desk.today)
    goods = await load_goods(desk.transaction, order.id)
    rows, cards = goods.lines, goods.cards
    products = list({row.product_id for row in rows})
    offers: Mapping[UUID, Sequence[Offer]] = {}
    refusals: Mapping[UUID, Refusal] = {}
    if context.contract_id is not None and products:
        decision = await desk.decision("offer", "order")
        if decision.is_empty:  # whoever only looks on sees today's prices, not a page of refusals
            decision = await desk.decision("offer", "view")
        offers = await current_offers(desk.transaction, decision, products, context.contract_id, desk.today)
        if missing := [one for one in products if one not in offers]:
            refusals = await read_refusals(desk.transaction, missing, context.contract_id, desk.today)
    vat = vat_of(context, order.ship_on or desk.today)
    lines = tuple(_line(row, cards.get(row.product_id), offers, refusals, vat) for row in rows)
    return Sheet(order, context, lines, _order_facts(order, context, lines), desk.today)


def vat_of(context: Context, supplied_on: date) -> Decimal | None:
    """Give the contract's VAT rate on the day of supply; None where no rate or currency is known."""
    if context.vat_country is None or context.currency not in MINOR_DIGITS:
        return None
    try:
        return vat_percent(context.vat_country, context.vat_regime or "domestic", supplied_on)
    except KeyError:
        return None


def _line(
    row: LineRow,
    card: ProductCard | None,
    offers: Mapping[UUID, Sequence[Offer]],
    refusals: Mapping[UUID, Refusal],
    vat_pct: Decimal | None,
) -> SheetLine:
    mine = offers.get(row.product_id, ())
    offer = next((one for one in mine if one.agreement_id == row.agreement_id), mine[0] if mine else None)
    refusal: Refusal | None = None
    if card is None or card.is_blocked:
        refusal = "product_blocked"
    elif offer is None:
        refusal = refusals.get(row.product_id, "not_in_contract")
    price = _price(offer, vat_pct)
    return SheetLine(
        row=row,
        facts=LineFacts(
            id=row.id,
            place=row.place,
            product_id=row.product_id,
            sku=card.sku if card else "",
            mode=mode_of_package(card.package if card else ""),
            quantity=row.quantity,
            lot=lot_of(card, row.compartments_l) if card else Lot(),
            offer=_offer_facts(offer) if refusal is None else None,
            refusal=refusal,
            free=offer.stock.free if offer and offer.stock else _ZERO,
            amounts=_amounts(row, card, price),
        ),
        card=card,
        offers=mine,
        price=price,
    )


def _frozen(row: LineRow, card: ProductCard | None, currency: str) -> SheetLine:
    price = None
    amounts = Amounts(kg=row.kg or _ZERO)
    if row.price is not None and row.net is not None:
        price = Price(row.price, row.discount_pct or _ZERO, row.vat_pct or _ZERO, currency)
        listed = round_money(row.quantity * row.price, currency) if currency in MINOR_DIGITS else row.net
        vat, gross = row.vat or _ZERO, row.gross or _ZERO
        amounts = Amounts(listed, listed - row.net, row.net, vat, gross, row.kg or _ZERO)
    facts = LineFacts(
        id=row.id,
        place=row.place,
        product_id=row.product_id,
        sku=card.sku if card else "",
        mode=mode_of_package(card.package if card else ""),
        quantity=row.quantity,
        lot=lot_of(card, row.compartments_l) if card else Lot(),
        offer=None,
        refusal=None,
        free=_ZERO,
        amounts=amounts,
    )
    return SheetLine(row=row, facts=facts, card=card, offers=(), price=price)


def _price(offer: Offer | None, vat_pct: Decimal | None) -> Price | None:
    if offer is None or offer.price is None or vat_pct is None:
        return None
    return Price(offer.price, offer.discount_pct, vat_pct, offer.currency)


def _amounts(row: LineRow, card: ProductCard | None, price: Price | None) -> Amounts:
    if card is None:
        return Amounts()
    if price is None:
        return Amounts(kg=row.quantity * card.net_kg)
    return line_amounts(row.quantity, card.net_kg, price)


def lot_of(card: ProductCard, litres: Sequence[Decimal]) -> Lot:
    """Tell how a product is cut; bulk goes by the thousandth of a tonne where no compartments are known."""
    if not card.is_bulk:
        return Lot(card.pack_multiple)
    return Lot(_BULK_STEP, compartment_tonnes(litres, card.density))


def _offer_facts(offer: Offer | None) -> OfferFacts | None:
    if offer is None or offer.price is None:
        return None
    return OfferFacts(
        agreement_id=offer.agreement_id,
        agreement_number=offer.agreement_number,
        region_id=offer.region_id,
        warehouse_id=offer.warehouse_id,
        price_list_id=offer.price_list_id,
        price=offer.price,
        price_version=offer.price_version,
        discount_pct=offer.discount_pct,
        min_amount=offer.min_amount,
    )


def _order_facts(order: Order, context: Context, lines: Sequence[SheetLine]) -> OrderFacts:
    return OrderFacts(
        contract=contract_facts(context),
        counterparty_id=order.counterparty_id,
        address=_address_facts(context),
        delivery=order.delivery,
        ship_on=order.ship_on,
        lines=tuple(line.facts for line in lines),
        credit=_credit_facts(context),
        pickup=_pickup_facts(context),
        unread_lines=context.bad_lines,
    )


def contract_facts(context: Context) -> ContractFacts | None:
    """Give the contract of an order as the rules see it."""
    if context.contract_id is None or context.contract_counterparty_id is None:
        return None
    return ContractFacts(
        id=context.contract_id,
        number=context.contract_number or "",
        counterparty_id=context.contract_counterparty_id,
        currency=context.currency or "",
        is_live=context.is_live,
        has_rate=vat_of(context, date.max) is not None,
        valid_from=context.valid_from,
        valid_to=context.valid_to,
    )


def _address_facts(context: Context) -> AddressFacts | None:
    if context.address_id is None or context.consignee_id is None:
        return None
    return AddressFacts(context.address_id, context.consignee_id, context.is_rail, frozenset(context.regions))


def _credit_facts(context: Context) -> CreditFacts | None:
    if context.credit_limited is False and not context.has_account:
        return CreditFacts(left=None, limit=_ZERO, used=_ZERO, overdue_days=0, forbids_overdue=False)
    if not context.has_account:
        return None
    return CreditFacts(
        left=context.credit_limit - context.credit_used if context.limited else None,
        limit=context.credit_limit,
        used=context.credit_used,
        overdue_days=context.overdue_days,
        forbids_overdue=context.forbid_overdue,
    )


def _pickup_facts(context: Context) -> PickupFacts | None:
    if not context.has_pickup:
        return None
    return PickupFacts(
        plate=context.plate or "",
        driver_name=context.driver_name or "",
        driver_document=context.driver_document or "",
        proxy_number=context.proxy_number or "",
        proxy_date=context.proxy_date,
        proxy_valid_to=context.proxy_valid_to,
    )
