"""Credit of a contract: values and the one formula (R5)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct


class Account(Struct, frozen=True):
    """What the ERP last said about a contract's credit, and what the portal holds on top of it. With VAT."""

    contract_id: UUID
    partner_id: UUID
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
        """Debt, open orders the ERP knows, and orders it does not know yet."""
        return self.erp_debt + self.erp_orders + self.unreflected

    @property
    def left(self) -> Decimal | None:
        """What may still be ordered; None: the contract has no limit. Negative: already over."""
        return self.erp_limit - self.used if self.limited else None
