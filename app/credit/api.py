"""Limits and plans as JSON (CONTRACT, section 3)."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.controller import Controller
from litestar.params import Parameter

from app.access.actors import Actor
from app.access.policy import Policy
from app.caching.shelf import read
from app.credit.families import LIMITS, PLANS, LimitsAsk, PlansAsk
from app.credit.queries.accounts import LimitRow, PlanRow
from app.credit.schemas import LimitView, PlanItem
from app.infra.db.transaction import Transaction
from app.infra.http.collections import (
    Collection,
    CursorText,
    Limit,
    cursor_malformed,
    one_page,
    read_cursor,
    read_id,
    write_cursor,
)
from app.kernel.errors import NotFoundError

_PAGE: Final = 50


class LimitsApi(Controller):
    """Credit by contract."""

    path = "/api/v1/limits"
    tags = ("limits",)
    opt = {"permission": "limit:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(
        self, actor: Actor, transaction: Transaction, policy: Policy, limit: Limit = _PAGE, cursor: CursorText = None
    ) -> Collection[LimitView]:
        """List the credit of every contract the caller may see, by contract number."""
        places = read_cursor(cursor, 2)
        decision = await policy.decision(transaction, actor, "limit", "view")
        after = (str(places[0]), read_id(places[1])) if places else None
        found, total = await read(transaction, LIMITS, LimitsAsk(decision, actor.partner_id, limit + 1, after))
        rows, more = one_page(found, limit)
        last = rows[-1] if more else None
        return Collection(
            items=[_limit(row) for row in rows],
            next=write_cursor(last.number, str(last.id)) if last else None,
            total=total,
        )

    @get("/{contract_id:uuid}")
    async def one(self, contract_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> LimitView:
        """Tell the credit of one contract."""
        decision = await policy.decision(transaction, actor, "limit", "view")
        rows, _ = await read(transaction, LIMITS, LimitsAsk(decision, actor.partner_id, 1, contract_id=contract_id))
        if not rows:
            raise NotFoundError
        return _limit(rows[0])


class PlansApi(Controller):
    """Plans by client, product line and month."""

    path = "/api/v1/plans"
    tags = ("plans",)
    opt = {"permission": "plan:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        month: Annotated[date | None, Parameter(description="First day of a month")] = None,
        limit: Limit = _PAGE,
        cursor: CursorText = None,
    ) -> Collection[PlanItem]:
        """List plans, newest month first."""
        places = read_cursor(cursor, 2)
        decision = await policy.decision(transaction, actor, "plan", "view")
        after = (_day(places[0]), read_id(places[1])) if places else None
        found, total = await read(transaction, PLANS, PlansAsk(decision, actor.partner_id, limit + 1, month, after))
        rows, more = one_page(found, limit)
        last = rows[-1] if more else None
        return Collection(
            items=[_plan(row) for row in rows],
            next=write_cursor(last.month.isoformat(), str(last.id)) if last else None,
            total=total,
        )

    @get("/{plan_id:uuid}")
    async def one(self, plan_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> PlanItem:
        """Tell one plan."""
        decision = await policy.decision(transaction, actor, "plan", "view")
        rows, _ = await read(transaction, PLANS, PlansAsk(decision, actor.partner_id, 1, plan_id=plan_id))
        if not rows:
            raise NotFoundError
        return _plan(rows[0])


def _limit(row: LimitRow) -> LimitView:
    return LimitView(
        id=row.id,
        contract=row.number,
        partner_id=row.partner_id,
        partner=row.partner_name,
        currency=row.currency,
        limit=row.erp_limit if row.limited else None,
        debt=row.erp_debt,
        open_orders=row.erp_orders,
        not_in_erp=row.unreflected,
        left=row.left if row.limited else None,
        overdue_days=row.overdue_days,
        forbids_overdue=row.forbid_overdue,
        as_of=row.as_of,
    )


def _plan(row: PlanRow) -> PlanItem:
    return PlanItem(
        id=row.id,
        partner_id=row.partner_id,
        partner=row.partner_name,
        line_id=row.line_id,
        line=row.line,
        month=row.month,
        planned_kg=row.planned_kg,
        fact_kg=row.fact_kg,
        synced_at=row.synced_at,
    )


def _day(place: str | int) -> date:
    try:
        return date.fromisoformat(str(place))
    except ValueError:
        raise cursor_malformed() from None


API: Final = [LimitsApi, PlansApi]
