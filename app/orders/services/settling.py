"""Ending a difference with 1C:ERP by a person's word: its figures are accepted, or ours are sent once more."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from app.catalog.services import product_cards
from app.infra import outbox
from app.kernel.clock import utc_now
from app.kernel.errors import ChangedMeanwhileError, Problem, RejectedError
from app.kernel.ids import new_id
from app.kernel.money import round_quantity
from app.orders import events
from app.orders.models import Order, OrderLine
from app.orders.queries.access import facts_of
from app.orders.queries.differences import Theirs, read_theirs
from app.orders.queries.parts import read_line_models
from app.orders.queries.writing import add_event
from app.orders.rules.differing import OF_GOODS, WHOLE, Difference, Line, adds_up, find_differences
from app.orders.rules.states import SENT_AGAIN
from app.orders.schemas.inputs import Settlement
from app.orders.schemas.outputs import HeldFigure, HeldView
from app.orders.services.desk import Desk
from app.orders.services.holding import add_up, lift, version_of
from app.orders.services.noting import note, standing
from app.orders.services.sheet import read_sheet
from app.orders.services.sight import sees_money
from app.orders.services.telling import tell_people, tell_state
from app.orders.services.terms import frozen_before, order_put

_NO_FIGURES: Final = frozenset({"product", "currency"})


async def read_held(desk: Desk, order: Order) -> HeldView:
    """Tell in what an order the actor has read differs from 1C, without sums where they may not see any."""
    theirs = await read_theirs(desk.transaction, order)
    if theirs is None:
        return HeldView(
            held_at=None, label="", currency=order.currency, figures=(), may_settle=False, may_send_again=False
        )
    lines = await read_line_models(desk.transaction, order)
    facts = facts_of(order)
    differences = find_differences(version_of(order, lines), theirs.version)
    if not await sees_money(desk, facts):
        differences = [one for one in differences if one.figure in OF_GOODS]
    may_settle = (await desk.decision("order", "approve")).check(facts)
    return HeldView(
        held_at=order.held_at,
        label=theirs.label,
        currency=order.currency,
        figures=await _figures(desk, lines, theirs, differences),
        may_settle=may_settle,
        may_send_again=may_settle and order.state in SENT_AGAIN,
    )


async def settle(desk: Desk, order_id: UUID, wish: Settlement) -> Order:
    """Let one side stand. Ours is sent over theirs, and the order stays held until 1C has it.

    Raises:
        ChangedMeanwhileError: 1C has yet another version than the one that was looked at.
        RejectedError: it is not held, no reason was given, or it has gone too far to be sent again, or what 1C has
            cannot be taken over.
    """
    order = await desk.lock(order_id, "approve")
    theirs = await read_theirs(desk.transaction, order)
    if theirs is None:
        raise RejectedError([Problem("not_held")])
    if not wish.reason.strip():
        raise RejectedError([Problem("reason_missing", "reason")])
    if wish.label != theirs.label:
        raise ChangedMeanwhileError(order.version)
    before = standing(order)
    if wish.choice == "ours":
        await _send_again(desk, order, wish.reason)
    else:
        await _take_over(desk, order, theirs, wish.reason)
    await note(desk, order, "sent_again" if wish.choice == "ours" else "taken_over", before, {"reason": wish.reason})
    return order


async def _send_again(desk: Desk, order: Order, reason: str) -> None:
    if order.state not in SENT_AGAIN:
        raise RejectedError([Problem("too_late_to_send_again")])
    sheet = await read_sheet(desk, order)
    live = replace(sheet, lines=tuple(line for line in sheet.lines if not line.row.cancelled))
    order.version += 1
    body = order_put(live, order, frozen_before(live))
    await outbox.enqueue(desk.transaction, "erp", events.aggregate(order.id), events.ORDER_PUT, body)
    await _keep(desk, order)
    await add_event(desk.transaction, order, "sent_again", desk.actor, {"reason": reason})
    await tell_state(desk.transaction, order)


async def _take_over(desk: Desk, order: Order, theirs: Theirs, reason: str) -> None:
    lines = await read_line_models(desk.transaction, order)
    version = theirs.version
    cards = await product_cards(desk.transaction, [line.product_id for line in version.lines])
    if version.currency != order.currency or not adds_up(version):
        raise RejectedError([Problem("erp_does_not_add_up")])
    if any(line.product_id not in cards for line in version.standing.values()):
        raise RejectedError([Problem("erp_product_unknown")])
    known = {line.place: line for line in lines}
    wanted = version.standing
    for place, line in known.items():
        line.cancelled = place not in wanted
    for place, their in wanted.items():
        line = known.get(place) or _new_line(order, lines, place)
        if line not in lines:
            desk.transaction.session.add(line)
            lines.append(line)
        _write(line, their, cards[their.product_id].net_kg, order.src_version)
    add_up(order, lines)
    await lift(desk.transaction, order)
    await _keep(desk, order)
    await add_event(desk.transaction, order, "taken_over", desk.actor, {"reason": reason})
    await tell_people(desk.transaction, order, "order.taken_over")


def _new_line(order: Order, lines: Sequence[OrderLine], place: int) -> OrderLine:
    """Make a line that only 1C has; where it names no terms, those of the first line hold."""
    first = lines[0]
    return OrderLine(
        tenant_id=order.tenant_id,
        id=new_id(),
        order_id=order.id,
        partner_id=order.partner_id,
        place=place,
        agreement_id=first.agreement_id,
        price_list_id=first.price_list_id,
        warehouse_id=first.warehouse_id,
    )


def _write(line: OrderLine, their: Line, net_kg: Decimal, source: int) -> None:
    if line.price != their.price:
        line.price_version = source  # the price is 1C's, and of this version (R6)
    line.product_id, line.unit, line.quantity = their.product_id, their.unit, their.quantity
    line.price, line.discount_pct, line.vat_pct = their.price, their.discount_pct, their.vat_pct
    line.net, line.vat, line.gross = their.net, their.vat, their.net + their.vat
    line.kg = round_quantity(their.quantity * net_kg)
    line.shipped, line.cancelled = their.shipped, False
    line.agreement_id = their.agreement_id or line.agreement_id
    line.price_list_id = their.price_list_id or line.price_list_id
    line.warehouse_id = their.warehouse_id or line.warehouse_id


async def _keep(desk: Desk, order: Order) -> None:
    order.updated_at = utc_now()
    await desk.transaction.session.flush()


async def _figures(
    desk: Desk, lines: Sequence[OrderLine], theirs: Theirs, differences: Sequence[Difference]
) -> list[HeldFigure]:
    ours, other = {line.place: line for line in lines}, {line.place: line for line in theirs.version.lines}
    products = {one.product_id for one in (*ours.values(), *other.values())}
    cards = await product_cards(desk.transaction, list(products))

    def sku(product_id: UUID) -> str:
        return cards[product_id].sku if product_id in cards else ""

    found: list[HeldFigure] = []
    for one in differences:
        line = ours.get(one.place) or other.get(one.place)
        values = (one.ours, one.theirs)
        if one.figure == "product":
            values = (sku(UUID(one.ours)), sku(UUID(one.theirs)))
        is_figure = one.figure not in _NO_FIGURES
        found.append(
            HeldFigure(
                place=one.place,
                sku="" if one.place == WHOLE or line is None else sku(line.product_id),
                figure=one.figure,
                ours=values[0],
                theirs=values[1],
                difference=f"{Decimal(one.theirs or 0) - Decimal(one.ours or 0):f}" if is_figure else None,
                unit="" if line is None else line.unit,
            )
        )
    return found
