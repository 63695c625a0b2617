"""Whether somebody may see what files hang on: invoices and claims, as far as they belong to an order."""

from typing import Final, Literal
from uuid import UUID

from app.access.decisions import Decision
from app.infra.db.transaction import Transaction
from app.orders.queries.access import ORDER_TEXT

Paper = Literal["invoices", "claims"]
_MONEY: Final = {"reg": "o.region_id", "org": "o.partner_id", "ctr": "o.contract_id"}
_ALONE: Final = {"reg": "p.region_id", "org": "x.partner_id", "ctr": "x.contract_id"}


async def is_of_order(
    transaction: Transaction, paper: Paper, paper_id: UUID, visible: Decision, priced: Decision | None
) -> bool:
    """Whether a paper belongs to an order within ``visible`` and, if told, within ``priced``."""
    seen, params = visible.text(ORDER_TEXT, first=3)
    money, more = ("true", []) if priced is None else priced.text(_MONEY, first=3 + len(params))
    return bool(
        await transaction.driver.fetchval(
            f"""SELECT EXISTS (SELECT FROM {paper} x JOIN orders o ON o.tenant_id = $1 AND o.id = x.order_id
                WHERE x.tenant_id = $1 AND x.id = $2 AND x.deleted_at IS NULL AND {seen} AND {money})""",
            *(transaction.tenant_id, paper_id, *params, *more),
        )
    )


async def is_alone(transaction: Transaction, paper: Paper, paper_id: UUID, visible: Decision) -> bool:
    """Whether a paper belongs to no order, and is within ``visible`` by its client and contract."""
    seen, params = visible.text(_ALONE, first=3)
    return bool(
        await transaction.driver.fetchval(
            f"""SELECT EXISTS (SELECT FROM {paper} x JOIN partners p ON p.tenant_id = $1 AND p.id = x.partner_id
                WHERE x.tenant_id = $1 AND x.id = $2 AND x.order_id IS NULL AND x.deleted_at IS NULL AND {seen})""",
            *(transaction.tenant_id, paper_id, *params),
        )
    )
