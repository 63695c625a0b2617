"""An order as others see it: one description for pages and scripts, without what the reader may not see."""

import msgspec
from msgspec.structs import replace

from app.kernel.errors import Problem
from app.kernel.masking import partly
from app.orders.models import Order
from app.orders.queries.access import facts_of
from app.orders.queries.board import BoardRow
from app.orders.queries.context import Context
from app.orders.queries.lines import BadLineRow, read_bad_lines
from app.orders.queries.timeline import EventRow
from app.orders.rules.states import turn_of
from app.orders.schemas.outputs import (
    BadLineView,
    CheckView,
    CreditView,
    DifferenceView,
    EventView,
    LineView,
    LoadView,
    OrderItem,
    OrderView,
    PickupView,
    PlanView,
    ProblemView,
    SubmittedView,
    TotalsView,
)
from app.orders.services.checking import Check
from app.orders.services.desk import Desk
from app.orders.services.measuring import measure
from app.orders.services.repeating import Repetition
from app.orders.services.sheet import Sheet, SheetLine
from app.orders.services.sight import hears_erp, sees_driver, sees_money
from app.orders.wording import worded


async def show(desk: Desk, sheet: Sheet) -> OrderView:
    """Describe an order; one statement more where pasted lines wait for a fix."""
    order, context = sheet.order, sheet.context
    facts = facts_of(order)
    with_money = await sees_money(desk, facts)
    bad = await read_bad_lines(desk.transaction, order.id) if context.bad_lines else []
    return OrderView(
        id=order.id,
        number=order.number,
        version=order.version,
        state=order.state,
        turn=turn_of(order.state, is_held=order.held_at is not None),
        partner_id=order.partner_id,
        partner=context.partner_name,
        author_id=order.author_id,
        is_shared=order.shared,
        contract_id=order.contract_id,
        contract=context.contract_number or "",
        counterparty_id=order.counterparty_id,
        counterparty=context.counterparty_name or "",
        address_id=order.address_id,
        address=order.address_text or context.address_text,
        consignee_id=context.consignee_id,
        consignee=context.consignee_name or "",
        mode=sheet.facts.mode if sheet.lines else order.mode,
        delivery=order.delivery,
        ship_on=order.ship_on,
        customer_number=order.customer_number,
        comment=order.comment,
        kg=sheet.totals.kg,
        totals=totals_of(sheet) if with_money else None,
        lines=[_line(line, with_money=with_money, is_draft=order.state == "draft") for line in sheet.lines],
        bad_lines=[_bad_line(row, desk.actor.locale) for row in bad],
        pickup=await show_pickup(desk, sheet),
        source_id=order.source_id,
        erp_number=order.erp_number,
        erp_state=order.erp_state,
        erp_synced_at=order.erp_synced_at,
        decision_code=order.decision_code,
        # Of a draft these are the words a manager returned it with, for the buyer to read.
        decision_text=order.decision_text if order.state == "draft" or await hears_erp(desk, facts) else "",
        held_at=order.held_at,
        is_archived=order.archived_at is not None,
        created_at=order.created_at,
        submitted_at=order.submitted_at,
        updated_at=order.updated_at,
    )


async def show_moved(desk: Desk, order: Order) -> SubmittedView:
    """Describe an order that has just moved on, without reading anything more."""
    return SubmittedView(
        id=order.id,
        number=order.number,
        version=order.version,
        state=order.state,
        gross=order.gross if await sees_money(desk, facts_of(order)) else None,
        currency=order.currency,
        kg=order.kg,
        decision_code=order.decision_code,
        held_at=order.held_at,
    )


def totals_of(sheet: Sheet) -> TotalsView:
    """Give the sums of an order."""
    totals = sheet.totals
    return TotalsView(
        listed=totals.listed,
        discount=totals.discount,
        net=totals.net,
        vat=totals.vat,
        gross=totals.gross,
        currency=sheet.context.currency or sheet.order.currency,
    )


async def show_pickup(desk: Desk, sheet: Sheet) -> PickupView | None:
    """Give vehicle and driver of an order; document and phone are masked for whoever only looks."""
    pickup = pickup_of(sheet.context)
    if pickup is None or await sees_driver(desk, facts_of(sheet.order)):
        return pickup
    document, phone = pickup.driver_document, pickup.driver_phone
    return replace(pickup, driver_document=document and partly(document), driver_phone=phone and partly(phone))


def pickup_of(context: Context) -> PickupView | None:
    """Give vehicle and driver as they stand, for whoever writes them."""
    if not context.has_pickup:
        return None
    return PickupView(
        plate=context.plate or "",
        trailer=context.trailer or "",
        vehicle_model=context.vehicle_model or "",
        driver_name=context.driver_name or "",
        driver_document=context.driver_document or "",
        driver_phone=context.driver_phone or "",
        proxy_number=context.proxy_number or "",
        proxy_date=context.proxy_date,
        proxy_valid_to=context.proxy_valid_to,
    )


async def show_row(desk: Desk, row: BoardRow) -> OrderItem:
    """Describe one order of a list."""
    return OrderItem(
        id=row.id,
        number=row.number,
        erp_number=row.erp_number,
        customer_number=row.customer_number,
        state=row.state,
        turn=turn_of(row.state, is_held=row.held_at is not None),
        partner_id=row.partner_id,
        partner=row.partner_name,
        consignee=row.consignee_name,
        address=row.address_text,
        mode=row.mode,
        delivery=row.delivery,
        ship_on=row.ship_on,
        lines=row.lines,
        gross=row.gross if await sees_money(desk, row.facts) else None,
        currency=row.currency,
        kg=row.kg,
        decision_code=row.decision_code,
        held_at=row.held_at,
        is_archived=row.archived_at is not None,
        created_at=row.created_at,
        submitted_at=row.submitted_at,
        updated_at=row.updated_at,
        erp_synced_at=row.erp_synced_at,
    )


def _line(line: SheetLine, *, with_money: bool, is_draft: bool) -> LineView:
    row, price, amounts = line.row, line.price, line.facts.amounts
    offer = line.facts.offer
    shown = LineView(
        id=row.id,
        place=row.place,
        product_id=row.product_id,
        sku=line.facts.sku,
        names=line.card.names if line.card else {},
        package=line.card.package if line.card else "",
        quantity=row.quantity,
        unit=row.unit,
        agreement_id=offer.agreement_id if offer else row.agreement_id,
        price=price.amount if price else None,
        price_list_id=offer.price_list_id if offer else row.price_list_id,
        price_version=offer.price_version if offer else row.price_version,
        discount_pct=price.discount_pct if price else None,
        vat_pct=price.vat_pct if price else None,
        net=amounts.net if price else None,
        vat=amounts.vat if price else None,
        gross=amounts.gross if price else None,
        kg=amounts.kg,
        free=line.facts.free if is_draft and offer else None,
        shipped=row.shipped,
        is_cancelled=row.cancelled,
    )
    if with_money:
        return shown
    return msgspec.structs.replace(
        shown, price=None, price_list_id=None, price_version=None, discount_pct=None, net=None, vat=None, gross=None
    )


def _bad_line(row: BadLineRow, locale: str) -> BadLineView:
    return BadLineView(
        id=row.id,
        text=row.text,
        code=row.reason,
        message=worded(Problem(row.reason, "", row.params), locale),
        suggested_product_id=row.suggested_product_id,
        suggested_sku=row.suggested_sku,
        suggested_quantity=row.suggested_quantity,
    )


async def show_check(desk: Desk, sheet: Sheet, found: Check) -> CheckView:
    """Describe what stands between a draft and its submission."""
    locale = desk.actor.locale
    load, credit, plan = await _meters(desk, sheet)
    return CheckView(
        may_submit=found.may_submit,
        may_ask_approval=found.may_ask,
        problems=[problem_view(one, locale) for one in found.problems],
        approvals=[problem_view(one, locale) for one in found.approvals],
        warnings=[problem_view(one, locale) for one in found.warnings],
        totals=totals_of(sheet) if await sees_money(desk, facts_of(sheet.order)) else None,
        load=load,
        credit=credit,
        plan=plan,
    )


async def _meters(desk: Desk, sheet: Sheet) -> tuple[LoadView | None, CreditView | None, PlanView | None]:
    meters = await measure(desk, sheet)
    load, credit, plan = meters.load, meters.credit, meters.plan
    return (
        LoadView(load.kg, load.capacity_kg, load.room_kg, load.vehicles) if load else None,
        CreditView(credit.limit, credit.used, credit.after, credit.currency) if credit else None,
        PlanView(plan.month, plan.planned_kg, plan.fact_kg, plan.order_kg) if plan else None,
    )


def show_event(row: EventRow, *, with_erp_words: bool) -> EventView:
    """Describe one entry of the timeline."""
    data = row.data if with_erp_words else {name: one for name, one in row.data.items() if name != "text"}
    return EventView(id=row.id, at=row.at, kind=row.kind, actor=row.actor_name, data=data)


def problem_view(problem: Problem, locale: str) -> ProblemView:
    """Word one obstacle."""
    return ProblemView(problem.field, problem.code, worded(problem, locale))


async def show_differences(desk: Desk, made: Repetition) -> list[DifferenceView]:
    """Tell which prices differ, to whoever may see prices."""
    if not await sees_money(desk, facts_of(made.sheet.order)):
        return []
    return [DifferenceView(one.product_id, one.sku, one.before, one.after) for one in made.differences]
