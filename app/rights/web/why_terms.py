"""Why? beside a contract, its credit and a plan."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from litestar import get
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.credit.queries.accounts import LimitRow, PlanRow
from app.infra.db.transaction import Transaction
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.dates import month_name
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import gettext
from app.infra.pages.views import Fact
from app.kernel.clock import business_date, utc_now
from app.rights import wording as words
from app.rights.services.contract_uses import UseOf
from app.rights.services.why_terms import Seen, why_contract, why_limit, why_plan
from app.rights.web.telling import OF_RIGHTS, VerbLine, draw, whom_to_ask

_KG_PER_T: Final = 1000
_STEP: Final = Decimal("0.1")
_NONE: Final = Decimal(0)


class PlanLine(Struct, frozen=True):
    """A line of a plan, or the sum of them; masses are tonnes."""

    name: str
    planned: Decimal
    fact: Decimal
    left: Decimal
    is_total: bool = False


class WhyTerms(Controller):
    """Why do I see this contract, and what are these figures made of?"""

    path = "/why"

    @get("/contracts/{contract_id:uuid}", opt={"permission": "contract:view"})
    async def contract(
        self, contract_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> PageResponse:
        """Tell through what a contract is seen, and in plain words why not more can be done under it."""
        seen = await why_contract(transaction, actor, policy, contract_id)
        lacks = any(one.reason in OF_RIGHTS for one in seen.uses)
        context: dict[str, object] = {
            "number": seen.contract.number,
            "contract_id": contract_id,
            "way": _way(seen, actor, page.locale),
            "can": [_use(one, page.locale) for one in seen.uses if not one.reason],
            "cannot": [_use(one, page.locale) for one in seen.uses if one.reason],
            "sees_limit": any(one.use == "limit" and not one.reason for one in seen.uses),
            "ask": whom_to_ask(actor, page.locale) if lacks else "",
        }
        return draw(page, "rights/why_contract.html", context)

    @get("/limits/{contract_id:uuid}", opt={"permission": "limit:view"})
    async def limit(
        self, contract_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> PageResponse:
        """Tell what a contract's credit is made of; a hidden one reads like one that does not exist."""
        limit = await why_limit(transaction, actor, policy, contract_id)
        context: dict[str, object] = {
            "limit": limit,
            "items": _sum(limit, page.locale),
            "is_spent": limit.limited and limit.left <= 0,
            "ask": gettext(page.locale, words.AGREED_BY[_side(actor)]),
        }
        return draw(page, "rights/why_limit.html", context)

    @get("/plans", opt={"permission": "plan:view"})
    async def plan(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        month: date | None = None,
        organisation: UUID | None = None,
    ) -> PageResponse:
        """Tell what the plan of a month is made of; a hidden one reads like none."""
        day = month or business_date(utc_now(), actor.zone)
        rows = await why_plan(transaction, actor, policy, day, organisation)
        context: dict[str, object] = {
            "month": month_name(page.locale, day),
            "lines": _lines(rows, page.locale),
            "synced_at": min((row.synced_at for row in rows), default=None),
            "ask": gettext(page.locale, words.AGREED_BY[_side(actor)]),
        }
        return draw(page, "rights/why_plan.html", context)


def _side(actor: Actor) -> str:
    return "staff" if actor.is_staff else "client"


def _way(seen: Seen, actor: Actor, locale: str) -> str:
    way = "client" if not actor.is_staff else "assigned" if seen.way == "client" else seen.way
    return gettext(locale, words.WAYS[way])


def _use(one: UseOf, locale: str) -> VerbLine:
    reason = gettext(locale, words.NOT_USED_BECAUSE[one.reason]) if one.reason else ""
    return VerbLine(gettext(locale, words.USES[one.use]), reason)


def _sum(limit: LimitRow, locale: str) -> list[Fact]:
    def line(name: str, amount: Decimal, *, is_total: bool = False) -> Fact:
        written = numbers(locale).money(amount, limit.currency)
        return Fact(gettext(locale, words.CREDIT[name]), written, is_total=is_total)

    used = [line("debt", limit.erp_debt), line("orders", limit.erp_orders), line("unreflected", limit.unreflected)]
    if not limit.limited:
        return [*used, line("used", limit.used, is_total=True)]
    return [line("limit", limit.erp_limit), *used, line("left", limit.left, is_total=True)]


def _lines(rows: Sequence[PlanRow], locale: str) -> list[PlanLine]:
    if not rows:
        return []
    lines = [_line(row.line[locale], row.planned_kg, row.fact_kg) for row in rows]
    if len(rows) == 1:
        return lines
    planned, fact = sum((row.planned_kg for row in rows), _NONE), sum((row.fact_kg for row in rows), _NONE)
    return [*lines, _line(gettext(locale, words.ALL_LINES), planned, fact, is_total=True)]


def _line(name: str, planned: Decimal, fact: Decimal, *, is_total: bool = False) -> PlanLine:
    tonnes = [(kg / _KG_PER_T).quantize(_STEP, ROUND_HALF_UP) for kg in (planned, fact, max(planned - fact, _NONE))]
    return PlanLine(name, *tonnes, is_total=is_total)
