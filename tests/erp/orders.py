"""Orders as the orders room leaves them at submit: frozen, held, and waiting in the outbox."""

from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.credit import services as credit
from app.erp.loading import Side
from app.infra import outbox
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.kernel.ids import new_id
from app.kernel.vat import vat_percent
from app.orders.events import ORDER_PUT, OrderPut, PutLine, Transport, aggregate
from app.orders.rules.amounts import Amounts, Price, line_amounts
from app.stock import services as stock
from app.stock.rules import Want

AUTHOR = UUID("11111111-2222-3333-4444-555555555555")

# Something the ERP will take: live papers, a price, stock and credit to spare, nothing overdue.
_OFFERS = """
    SELECT a.id AS agreement_id, a.partner_id, a.contract_id, a.warehouse_id, a.price_list_id, a.discount_pct,
           a.min_amount, c.counterparty_id, c.currency, c.vat_country, c.vat_regime,
           p.id AS product_id, p.grade_id, p.pack_multiple, p.net_kg, r.amount, r.src_version,
           d.id AS address_id, d.counterparty_id AS consignee_id, d.text AS address_text,
           l.erp_free - l.unreflected AS free,
           k.limited, k.erp_limit - k.erp_debt - k.erp_orders - k.unreflected AS credit_left
    FROM agreements a
    JOIN contracts c ON c.tenant_id = a.tenant_id AND c.id = a.contract_id
    JOIN segment_items i ON i.tenant_id = a.tenant_id AND i.segment_id = a.segment_id
    JOIN products p ON p.tenant_id = a.tenant_id AND p.id = i.product_id
    JOIN grades g ON g.tenant_id = a.tenant_id AND g.id = p.grade_id
    JOIN prices r ON r.tenant_id = a.tenant_id AND r.price_list_id = a.price_list_id AND r.product_id = p.id
    JOIN price_lists pl ON pl.tenant_id = a.tenant_id AND pl.id = a.price_list_id AND pl.currency = c.currency
    JOIN stock_levels l ON l.tenant_id = a.tenant_id AND l.product_id = p.id AND l.warehouse_id = a.warehouse_id
    JOIN credit_accounts k ON k.tenant_id = a.tenant_id AND k.contract_id = c.id
    JOIN LATERAL (
        SELECT * FROM consignee_addresses d WHERE d.tenant_id = a.tenant_id AND d.partner_id = a.partner_id
            AND d.deleted_at IS NULL ORDER BY d.id LIMIT 1) d ON true
    WHERE a.tenant_id = $1 AND a.status = 'live' AND c.status = 'live' AND a.deleted_at IS NULL
      AND c.deleted_at IS NULL AND p.deleted_at IS NULL AND g.deleted_at IS NULL AND NOT p.is_blocked
      AND p.unit = 'piece' AND c.currency = 'KZT' AND k.overdue_days = 0
      AND coalesce(a.valid_from, '-infinity') < current_date AND coalesce(a.valid_to, 'infinity') > current_date + 40
      AND coalesce(c.valid_from, '-infinity') < current_date AND coalesce(c.valid_to, 'infinity') > current_date + 40
    ORDER BY p.id, a.id
"""


class Placed(Struct, frozen=True):
    """What was submitted."""

    id: UUID
    intent_id: UUID
    product_id: UUID
    warehouse_id: UUID
    contract_id: UUID
    quantity: Decimal
    gross: Decimal


class Offer(Struct, frozen=True):
    """One row of the offers, with how much of it to order."""

    agreement_id: UUID
    partner_id: UUID
    contract_id: UUID
    warehouse_id: UUID
    price_list_id: UUID
    discount_pct: Decimal
    min_amount: Decimal
    counterparty_id: UUID
    currency: str
    vat_country: str
    vat_regime: str
    product_id: UUID
    grade_id: UUID
    pack_multiple: Decimal
    net_kg: Decimal
    amount: Decimal
    src_version: int
    address_id: UUID
    consignee_id: UUID
    address_text: str
    free: Decimal
    limited: bool
    credit_left: Decimal

    def quantity(self) -> Decimal:
        """Whole packs worth a little more than the smallest order."""
        net = self.amount * (1 - self.discount_pct / 100)
        packs = (self.min_amount / (net * self.pack_multiple)).to_integral_value(ROUND_CEILING) + 1
        return packs * self.pack_multiple

    def amounts(self, quantity: Decimal, ship_on: date) -> Amounts:
        vat = vat_percent(self.vat_country, self.vat_regime, ship_on)
        return line_amounts(quantity, self.net_kg, Price(self.amount, self.discount_pct, vat, self.currency))


async def offers(transaction: Transaction) -> list[Offer]:
    """Everything that may be ordered with room to spare, by product."""
    found = await transaction.driver.fetch(_OFFERS, transaction.tenant_id)
    rows = [msgspec.convert(dict(cast("dict[str, object]", row)), Offer) for row in found]
    ship_on = date.today() + timedelta(days=7)  # noqa: DTZ011 - any day soon
    return [
        row
        for row in rows
        if row.free >= row.quantity() * 3
        and (not row.limited or row.credit_left > row.amounts(row.quantity(), ship_on).gross * 3)
    ]


async def place(side: Side, number: int = 0, *, wrong_price: bool = False) -> Placed:
    """Submit an order for the offer of this number; a wrong price makes the ERP refuse it."""
    async with open_tenant_transaction(side.engine, side.tenant_id, read_only=True) as transaction:
        found = await offers(transaction)
    return await place_for(side, found[number % len(found)], wrong_price=wrong_price)


async def place_for(side: Side, offer: Offer, *, wrong_price: bool = False, transport: Transport = "road") -> Placed:
    """Submit an order for an offer."""
    order_id, line_id = new_id(), new_id()
    ship_on = date.today() + timedelta(days=7)  # noqa: DTZ011 - any day soon
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        quantity = offer.quantity()
        amounts = offer.amounts(quantity, ship_on)
        await transaction.driver.execute(
            """INSERT INTO orders (tenant_id, id, number, partner_id, author_id, state, contract_id, counterparty_id,
                   address_id, address_text, ship_on, currency, net, vat, gross, kg, submitted_at)
               VALUES ($1, $2, $3, $4, $5, 'submitted', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, now())""",
            *(transaction.tenant_id, order_id, f"P-{order_id}", offer.partner_id, AUTHOR, offer.contract_id),
            *(offer.counterparty_id, offer.address_id, offer.address_text, ship_on, offer.currency),
            *(amounts.net, amounts.vat, amounts.gross, amounts.kg),
        )
        await transaction.driver.execute(
            """INSERT INTO order_lines
                   (tenant_id, id, order_id, partner_id, place, product_id, agreement_id, quantity, unit, price,
                    price_list_id, price_version, discount_pct, vat_pct, net, vat, gross, kg, warehouse_id)
               VALUES ($1, $2, $3, $4, 1, $5, $6, $7, 'piece', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)""",
            *(transaction.tenant_id, line_id, order_id, offer.partner_id, offer.product_id, offer.agreement_id),
            *(quantity, offer.amount, offer.price_list_id, offer.src_version, offer.discount_pct),
            *(vat_percent(offer.vat_country, offer.vat_regime, ship_on), amounts.net, amounts.vat, amounts.gross),
            *(amounts.kg, offer.warehouse_id),
        )
        assert await credit.take(transaction, order_id, offer.contract_id, amounts.gross)
        want = Want(line_id, offer.product_id, offer.warehouse_id, quantity)
        assert await stock.take(transaction, order_id, offer.partner_id, [want]) == []
        body = OrderPut(
            order_id=order_id,
            version=1,
            number=f"P-{order_id}"[:20],
            partner_id=offer.partner_id,
            counterparty_id=offer.counterparty_id,
            contract_id=offer.contract_id,
            agreement_id=offer.agreement_id,
            warehouse_id=offer.warehouse_id,
            currency=offer.currency,
            consignee_id=offer.consignee_id,
            address_id=offer.address_id,
            address_text=offer.address_text,
            transport=transport,
            ship_on=ship_on,
            customer_number="",
            comment="",
            lines=(
                PutLine(
                    code=1,
                    product_id=offer.product_id,
                    grade_id=offer.grade_id,
                    agreement_id=offer.agreement_id,
                    warehouse_id=offer.warehouse_id,
                    price_list_id=offer.price_list_id,
                    quantity=quantity,
                    price=offer.amount + (1 if wrong_price else 0),
                    discount_pct=offer.discount_pct,
                    net=amounts.net,
                    vat_pct=vat_percent(offer.vat_country, offer.vat_regime, ship_on),
                    vat=amounts.vat,
                ),
            ),
        )
        intent_id = await outbox.enqueue(transaction, "erp", aggregate(order_id), ORDER_PUT, body)
    return Placed(order_id, intent_id, offer.product_id, offer.warehouse_id, offer.contract_id, quantity, amounts.gross)
