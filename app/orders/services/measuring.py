"""Figures beside a draft, each only for whoever may see it."""

from collections import defaultdict
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.credit.services import month_plan
from app.orders.queries.access import facts_of
from app.orders.rules.meters import CreditMeter, LoadMeter, PlanMeter, credit_meter, load_meter, plan_meter
from app.orders.services.desk import Desk
from app.orders.services.sheet import Sheet
from app.orders.services.sight import sees_credit


class Meters(Struct, frozen=True):
    """Load of the vehicle, credit, plan; None: nothing to measure, or not for this reader."""

    load: LoadMeter | None
    credit: CreditMeter | None
    plan: PlanMeter | None


async def measure(desk: Desk, sheet: Sheet) -> Meters:
    """Measure a draft; one statement at most, for the plan."""
    gross_kg = {line.row.product_id: line.card.gross_kg if line.card else Decimal(0) for line in sheet.lines}
    order = facts_of(sheet.order)
    plans = await desk.decision("plan", "view")
    return Meters(
        load=load_meter(sheet.facts.lines, gross_kg),
        credit=credit_meter(sheet.facts) if await sees_credit(desk, order) else None,
        plan=await _plan(desk, plans, sheet) if plans.check(order) else None,
    )


async def _plan(desk: Desk, plans: Decision, sheet: Sheet) -> PlanMeter | None:
    month = (sheet.order.ship_on or sheet.today).replace(day=1)
    rows = await month_plan(desk.transaction, plans, sheet.order.partner_id, month)
    ordered: dict[UUID, Decimal] = defaultdict(Decimal)
    for line in sheet.lines:
        if line.card is not None and line.card.line_id is not None:
            ordered[line.card.line_id] += line.facts.amounts.kg
    planned = {row.line_id: row.planned_kg for row in rows}
    fact = {row.line_id: row.fact_kg for row in rows}
    return plan_meter(month, planned, fact, ordered)
