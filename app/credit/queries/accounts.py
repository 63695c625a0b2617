"""What may be read of credit and plans, under the reader's rights."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.decisions import Decision
from app.infra.db.transaction import Transaction

_LIMITS: Final = """
    FROM credit_accounts k
    JOIN contracts c ON c.tenant_id = $1 AND c.id = k.contract_id AND c.deleted_at IS NULL
    JOIN partners o ON o.tenant_id = $1 AND o.id = k.partner_id
    WHERE k.tenant_id = $1 AND {allowed}
"""
_LIMIT_COLUMNS: Final[Mapping[str, str]] = {"reg": "o.region_id", "org": "k.partner_id", "ctr": "k.contract_id"}
_PLANS: Final = """
    FROM sales_plans s
    JOIN partners o ON o.tenant_id = $1 AND o.id = s.partner_id
    LEFT JOIN product_lines n ON n.tenant_id = $1 AND n.id = s.line_id
    WHERE s.tenant_id = $1 AND s.deleted_at IS NULL AND {allowed}
"""
_PLAN_COLUMNS: Final[Mapping[str, str]] = {"reg": "o.region_id", "org": "s.partner_id", "lin": "s.line_id"}
_OF_MONTH: Final = """
    SELECT s.line_id, sum(s.planned_kg) AS planned_kg, sum(s.fact_kg) AS fact_kg FROM sales_plans s
    JOIN partners o ON o.tenant_id = $1 AND o.id = s.partner_id
    WHERE s.tenant_id = $1 AND s.partner_id = $2 AND s.month = $3 AND s.deleted_at IS NULL AND {allowed}
    GROUP BY s.line_id
"""


class LimitRow(Struct, frozen=True):
    """One contract's credit."""

    id: UUID
    number: str
    partner_id: UUID
    partner_name: str
    currency: str
    limited: bool
    erp_limit: Decimal
    erp_debt: Decimal
    erp_orders: Decimal
    unreflected: Decimal
    overdue_days: int
    forbid_overdue: bool
    as_of: datetime

    @property
    def used(self) -> Decimal:
        """What of the credit is taken, by the ERP's figures and the portal's holds."""
        return self.erp_debt + self.erp_orders + self.unreflected

    @property
    def left(self) -> Decimal:
        """What is left to spend where there is a limit; negative: over."""
        return self.erp_limit - self.used


class PlanRow(Struct, frozen=True):
    """One line of a plan."""

    id: UUID
    partner_id: UUID
    partner_name: str
    line_id: UUID
    line_ru: str
    line_kk: str
    line_en: str
    month: date
    planned_kg: Decimal
    fact_kg: Decimal
    synced_at: datetime

    @property
    def line(self) -> dict[str, str]:
        """The product line's name by language."""
        return {"ru": self.line_ru, "kk": self.line_kk, "en": self.line_en}


class MonthPlan(Struct, frozen=True):
    """What a client plans and has bought of one product line in a month."""

    line_id: UUID
    planned_kg: Decimal
    fact_kg: Decimal


async def read_limits(
    transaction: Transaction,
    decision: Decision,
    after: tuple[str, UUID] | None,
    limit: int,
    contract_id: UUID | None = None,
) -> tuple[list[LimitRow], int]:
    """Read a page of limits by contract number, and how many there are. ``decision`` is limit:view."""
    allowed, values = decision.text(_LIMIT_COLUMNS, 3)
    source = _LIMITS.format(allowed=allowed) + " AND ($2::uuid IS NULL OR k.contract_id = $2::uuid)"
    last = len(values) + 2
    rows = await transaction.driver.fetch(
        "SELECT c.id, c.number, k.partner_id, o.name AS partner_name, k.currency, k.limited, k.erp_limit, k.erp_debt,"
        " k.erp_orders, k.unreflected, k.overdue_days, k.forbid_overdue, k.as_of"
        + source
        + f" AND (${last + 1}::text IS NULL OR (c.number, c.id) > (${last + 1}::text, ${last + 2}::uuid))"
        f" ORDER BY c.number, c.id LIMIT ${last + 3}",
        transaction.tenant_id,
        contract_id,
        *values,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    total = await transaction.driver.fetchval("SELECT count(*)" + source, transaction.tenant_id, contract_id, *values)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), LimitRow) for row in rows], cast("int", total)


async def read_plans(
    transaction: Transaction,
    decision: Decision,
    month: date | None,
    after: tuple[date, UUID] | None,
    limit: int,
    plan_id: UUID | None = None,
    *,
    partner_id: UUID | None = None,
) -> tuple[list[PlanRow], int]:
    """Read a page of plans, newest month first, and how many there are. ``decision`` is plan:view."""
    allowed, values = decision.text(_PLAN_COLUMNS, 5)
    source = (
        _PLANS.format(allowed=allowed)
        + " AND ($2::date IS NULL OR s.month = $2::date) AND ($3::uuid IS NULL OR s.id = $3::uuid)"
        " AND ($4::uuid IS NULL OR s.partner_id = $4::uuid)"
    )
    last = len(values) + 4
    rows = await transaction.driver.fetch(
        "SELECT s.id, s.partner_id, o.name AS partner_name, s.line_id, coalesce(n.name_ru, '') AS line_ru,"
        " coalesce(n.name_kk, '') AS line_kk, coalesce(n.name_en, '') AS line_en, s.month, s.planned_kg, s.fact_kg,"
        " s.synced_at"
        + source
        + f" AND (${last + 1}::date IS NULL OR (s.month, s.id) < (${last + 1}::date, ${last + 2}::uuid))"
        f" ORDER BY s.month DESC, s.id DESC LIMIT ${last + 3}",
        transaction.tenant_id,
        month,
        plan_id,
        partner_id,
        *values,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    total = await transaction.driver.fetchval(
        "SELECT count(*)" + source, transaction.tenant_id, month, plan_id, partner_id, *values
    )
    return [msgspec.convert(dict(cast("dict[str, object]", row)), PlanRow) for row in rows], cast("int", total)


async def read_month(
    transaction: Transaction, decision: Decision, partner_id: UUID, month: date
) -> Sequence[MonthPlan]:
    """Read a client's plan of one month by product line. ``decision`` is plan:view."""
    allowed, values = decision.text(_PLAN_COLUMNS, 4)
    statement = _OF_MONTH.format(allowed=allowed)
    rows = await transaction.driver.fetch(statement, transaction.tenant_id, partner_id, month, *values)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), MonthPlan) for row in rows]
