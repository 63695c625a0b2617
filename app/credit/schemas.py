"""Limits and plans as JSON."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct


class LimitView(Struct, frozen=True, kw_only=True):
    """Credit of one contract, in its currency and with VAT; its id is the contract's.

    ``limit`` and ``left`` are null where the contract has no limit. ``not_in_erp`` are orders of the portal
    that the ERP's figures do not contain yet.
    """

    id: UUID
    contract: str
    partner_id: UUID
    partner: str
    currency: str
    limit: Decimal | None
    debt: Decimal
    open_orders: Decimal
    not_in_erp: Decimal
    left: Decimal | None
    overdue_days: int
    forbids_overdue: bool
    as_of: datetime


class PlanItem(Struct, frozen=True, kw_only=True):
    """What a client means to buy of one product line in one month, and has bought."""

    id: UUID
    partner_id: UUID
    partner: str
    line_id: UUID
    line: dict[str, str]
    month: date
    planned_kg: Decimal
    fact_kg: Decimal
    synced_at: datetime
