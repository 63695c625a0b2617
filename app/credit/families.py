"""Limits and plans as pages show them. Taking credit never asks here: it is a conditional update of the row itself."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.caching.families import Family, Tag
from app.caching.rules import Bounds
from app.credit.queries.accounts import LimitRow, MonthPlan, PlanRow, read_limits, read_month, read_plans
from app.infra.db.transaction import Transaction


class LimitsAsk(Struct, frozen=True):
    """Which limits. ``partner_id`` is set where the reader belongs to one client and sees no other."""

    decision: Decision
    partner_id: UUID | None
    limit: int
    after: tuple[str, UUID] | None = None
    contract_id: UUID | None = None


class PlansAsk(Struct, frozen=True):
    """Which plans. ``partner_id`` is set where the reader belongs to one client and sees no other."""

    decision: Decision
    partner_id: UUID | None
    limit: int
    month: date | None = None
    after: tuple[date, UUID] | None = None
    plan_id: UUID | None = None


class MonthAsk(Struct, frozen=True):
    """One client's plan of one month."""

    decision: Decision
    partner_id: UUID
    month: date


Limits = tuple[list[LimitRow], int]
Plans = tuple[list[PlanRow], int]


async def _load_limits(transaction: Transaction, ask: LimitsAsk) -> Limits:
    return await read_limits(transaction, ask.decision, ask.after, ask.limit, ask.contract_id)


async def _load_plans(transaction: Transaction, ask: PlansAsk) -> Plans:
    return await read_plans(transaction, ask.decision, ask.month, ask.after, ask.limit, ask.plan_id)


async def _load_month(transaction: Transaction, ask: MonthAsk) -> Sequence[MonthPlan]:
    return await read_month(transaction, ask.decision, ask.partner_id, ask.month)


def _plan_tags(ask: PlansAsk | MonthAsk) -> Sequence[Tag]:
    # Names of clients and product lines are in it.
    return (("plans", ask.partner_id), ("clients", ask.partner_id), ("goods", None))


def _limits_parts(ask: LimitsAsk) -> Sequence[object]:
    return (ask.limit, ask.after, ask.contract_id)


LIMITS: Final = Family(
    "limits",
    "write-through",
    Limits,
    _load_limits,
    scope=lambda ask: (ask.decision.fingerprint,),
    parts=_limits_parts,
    tags=lambda ask: (("credit", ask.partner_id), ("terms", ask.partner_id), ("clients", ask.partner_id)),
    bounds=Bounds(ttl_s=60),
    owner=(14,),
)

PLANS: Final = Family(
    "plans",
    "synchronized",
    Plans,
    _load_plans,
    scope=lambda ask: (ask.decision.fingerprint,),
    parts=lambda ask: (ask.month, ask.after, ask.limit, ask.plan_id),
    tags=_plan_tags,
    bounds=Bounds(ttl_s=60),
    owner=(15,),
)
MONTHS: Final = Family(
    "month_plans",
    "synchronized",
    Sequence[MonthPlan],
    _load_month,
    scope=lambda ask: (ask.decision.fingerprint,),
    parts=lambda ask: (ask.partner_id, ask.month),
    tags=_plan_tags,
    bounds=Bounds(ttl_s=60),
    owner=(15,),
)

FAMILIES: Final = [LIMITS, PLANS, MONTHS]
