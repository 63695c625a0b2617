"""What other rooms must do once rows of a stream were written, in the same transaction."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, cast
from uuid import UUID

from app.credit import services as credit
from app.erp.mappings import trade
from app.erp.mappings.spec import StreamMap
from app.infra.db.transaction import Transaction
from app.stock import services as stock


async def follow_up(transaction: Transaction, stream: StreamMap) -> None:
    """Run what a stream asks for; its stage is still there."""
    if work := _WORK.get(stream.name):
        await work(transaction)


async def _free_stock(transaction: Transaction) -> None:
    rows = await transaction.driver.fetch(
        """SELECT t.product_id, t.warehouse_id FROM erp_stage_stock s
           JOIN stock_levels t ON t.tenant_id = $1 AND t.product_id = s."Характеристика_Key"
               AND t.warehouse_id = s."Склад_Key"
           WHERE t.unreflected > 0""",
        transaction.tenant_id,
    )
    if rows:
        places = [(cast("UUID", row["product_id"]), cast("UUID", row["warehouse_id"])) for row in rows]
        await stock.refresh_unreflected(transaction, places)


async def _free_credit(transaction: Transaction) -> None:
    rows = await transaction.driver.fetch(
        """SELECT t.contract_id FROM erp_stage_limits s
           JOIN credit_accounts t ON t.tenant_id = $1 AND t.contract_id = s."Договор_Key"
           WHERE t.unreflected > 0""",
        transaction.tenant_id,
    )
    if rows:
        await credit.refresh_unreflected(transaction, [cast("UUID", row["contract_id"]) for row in rows])


_WORK: Final[Mapping[str, Callable[[Transaction], Awaitable[None]]]] = {
    trade.STOCK.name: _free_stock,
    trade.LIMITS.name: _free_credit,
}
