"""Repeating an order: a new draft of the same goods on today's terms, with the difference said (R6)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.decisions import require
from app.access.terms import Facts
from app.kernel.errors import NotFoundError, Problem, RejectedError
from app.kernel.ids import new_id
from app.orders.models import Order, OrderLine
from app.orders.queries.access import facts_of
from app.orders.queries.lines import LineRow, read_lines
from app.orders.queries.numbers import next_number
from app.orders.queries.writing import add_event
from app.orders.services.desk import Desk
from app.orders.services.drafts import keep, usual_ship_date
from app.orders.services.sheet import Sheet
from app.orders.services.sight import sees_money

_STEP: Final = Decimal("0.0001")


class Difference(Struct, frozen=True):
    """What one product cost then and costs now, per order unit, after the discount and without VAT."""

    product_id: UUID
    sku: str
    before: Decimal | None  # None: the source was never priced
    after: Decimal | None  # None: it cannot be ordered today


class Repetition(Struct, frozen=True):
    """The new draft and how its prices differ; only products whose price moved are listed."""

    sheet: Sheet
    differences: tuple[Difference, ...]


async def repeat(desk: Desk, order_id: UUID) -> Repetition:
    """Make a draft of the same goods under the same contract; products gone stay in it and say so.

    Raises:
        NotFoundError: no such order within the actor's rights.
        NotAllowedError: the actor may not keep drafts for this client.
        RejectedError: the order has no lines.
    """
    source = await desk.read(order_id)
    facts = Facts(
        reg=source.region_id,
        org=source.partner_id,
        ctr=source.contract_id,
        author=desk.actor.user_id,
        branch=desk.actor.branch,
    )
    drafting = await desk.decision("order", "draft")
    require(drafting, facts)
    rows = [row for row in await read_lines(desk.transaction, source.id) if not row.cancelled]
    if not rows:
        raise RejectedError([Problem("nothing_to_repeat")])
    order = await _copy(desk, source)
    await desk.add(order, drafting)
    desk.transaction.session.add_all(_copy_line(order, place, row) for place, row in enumerate(rows, start=1))
    await add_event(desk.transaction, order, "created", desk.actor, {"source": source.number})
    sheet = await keep(desk, order)
    return Repetition(sheet, differences(rows, sheet))


async def differences_to_source(desk: Desk, sheet: Sheet) -> tuple[Difference, ...]:
    """Compare a draft with the order it repeats; nothing to whoever may not see that order or its prices."""
    order = sheet.order
    if order.source_id is None:
        return ()
    if not await sees_money(desk, facts_of(order)):
        return ()
    try:
        source = await desk.read(order.source_id)
    except NotFoundError:
        return ()
    rows = [row for row in await read_lines(desk.transaction, source.id) if row.price is not None]
    known = {row.product_id for row in rows}
    return tuple(one for one in differences(rows, sheet) if one.product_id in known)


def differences(before: Sequence[LineRow], after: Sheet) -> tuple[Difference, ...]:
    """Compare the prices an order had with those its copy has now."""
    old = {row.product_id: _net_unit(row.price, row.discount_pct) for row in before}
    found: list[Difference] = []
    for line in after.lines:
        price = line.price if line.facts.offer is not None else None
        now = _net_unit(price.amount, price.discount_pct) if price else None
        then = old.get(line.row.product_id)
        if now != then:
            found.append(Difference(line.row.product_id, line.facts.sku, then, now))
    return tuple(found)


def _net_unit(price: Decimal | None, discount_pct: Decimal | None) -> Decimal | None:
    if price is None:
        return None
    return (price * (100 - (discount_pct or Decimal(0))) / 100).quantize(_STEP)


async def _copy(desk: Desk, source: Order) -> Order:
    return Order(
        tenant_id=source.tenant_id,
        id=new_id(),
        number=await next_number(desk.transaction, desk.today),
        partner_id=source.partner_id,
        author_id=desk.actor.user_id,
        branch=desk.actor.branch,
        region_id=source.region_id,
        state="draft",
        version=0,
        contract_id=source.contract_id,
        counterparty_id=source.counterparty_id,
        address_id=source.address_id,
        address_text=source.address_text,
        delivery=source.delivery,
        ship_on=await usual_ship_date(desk),
        comment=source.comment,
        source_id=source.id,
        created_at=desk.now,
        updated_at=desk.now,
    )


def _copy_line(order: Order, place: int, row: LineRow) -> OrderLine:
    return OrderLine(
        tenant_id=order.tenant_id,
        id=new_id(),
        order_id=order.id,
        partner_id=order.partner_id,
        place=place,
        product_id=row.product_id,
        agreement_id=row.agreement_id,
        quantity=row.quantity,
        unit=row.unit,
    )
