"""Figures beside an order while it is put together: load of the vehicle, credit, plan of the month."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.orders.rules.amounts import total
from app.orders.rules.facts import CreditFacts, LineFacts, OrderFacts

# Practice of the region: a curtain-sided truck takes 20 t of packaged goods, gross (DOMAIN, section 3).
TRUCK_KG: Final = Decimal(20_000)
_KG_PER_T: Final = Decimal(1000)
_ZERO: Final = Decimal(0)


class LoadMeter(Struct, frozen=True):
    """How full the vehicles are. ``share`` is of all of them together, from 0 to 1."""

    kg: Decimal
    vehicles: int
    capacity_kg: Decimal  # of all the vehicles
    room_kg: Decimal  # left in the last one
    share: Decimal


class CreditMeter(Struct, frozen=True):
    """Credit of the contract with this order in it; ``share`` may pass 1."""

    limit: Decimal
    used: Decimal  # before this order
    after: Decimal  # left once the order is placed; negative: over
    share: Decimal
    currency: str


class PlanMeter(Struct, frozen=True):
    """Plan of the month the goods leave in, over the product lines this order touches."""

    month: date
    planned_kg: Decimal
    fact_kg: Decimal
    order_kg: Decimal
    share: Decimal


def load_meter(lines: Sequence[LineFacts], gross_kg: Mapping[UUID, Decimal]) -> LoadMeter | None:
    """Measure the load; ``gross_kg`` is the gross mass of one order unit by product. None without lines.

    A bulk vehicle is as large as its compartments; where the ERP does not say, there is nothing to measure.
    """
    if not lines:
        return None
    capacity = _capacity(lines[0])
    if capacity is None:
        return None
    kg = sum((line.quantity * gross_kg[line.product_id] for line in lines), start=_ZERO)
    vehicles = max(int((kg / capacity).to_integral_value(ROUND_CEILING)), 1)
    whole = capacity * vehicles
    return LoadMeter(kg=kg, vehicles=vehicles, capacity_kg=whole, room_kg=whole - kg, share=kg / whole)


def _capacity(line: LineFacts) -> Decimal | None:
    if line.mode == "packaged":
        return TRUCK_KG
    tonnes = sum(line.lot.compartments, start=_ZERO)
    return tonnes * _KG_PER_T if tonnes else None


def credit_meter(order: OrderFacts) -> CreditMeter | None:
    """Measure the credit; None where the contract has no limit or the ERP has not named one."""
    credit: CreditFacts | None = order.credit
    if credit is None or credit.left is None or order.contract is None:
        return None
    gross = total(line.amounts for line in order.lines).gross
    spent = credit.limit - credit.left + gross
    share = spent / credit.limit if credit.limit > 0 else Decimal(1 if spent > 0 else 0)
    return CreditMeter(
        limit=credit.limit,
        used=credit.limit - credit.left,
        after=credit.left - gross,
        share=max(share, _ZERO),
        currency=order.contract.currency,
    )


def plan_meter(
    month: date, planned: Mapping[UUID, Decimal], fact: Mapping[UUID, Decimal], ordered: Mapping[UUID, Decimal]
) -> PlanMeter | None:
    """Measure the plan by product line; ``ordered`` is this order's mass. None where nothing is planned."""
    lines = [line for line, kg in planned.items() if kg > 0 and (not ordered or line in ordered)]
    if not lines:
        return None
    plan = sum((planned[line] for line in lines), start=_ZERO)
    done = sum((fact.get(line, _ZERO) for line in lines), start=_ZERO)
    mine = sum((ordered.get(line, _ZERO) for line in lines), start=_ZERO)
    return PlanMeter(month=month, planned_kg=plan, fact_kg=done, order_kg=mine, share=(done + mine) / plan)
