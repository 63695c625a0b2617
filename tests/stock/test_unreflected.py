"""No stock is sold twice and none is forgotten, whatever the age of the ERP's figures."""

from decimal import Decimal
from uuid import UUID

from app.infra.db.transaction import Transaction
from app.kernel.ids import new_id
from app.stock import services as stock
from app.stock.rules import Want
from tests.orders.shop import ALPHA, DRUM, TENANT, WAREHOUSE
from tests.support.databases import Database
from tests.support.promises import START, Promises, run_promises

_FIGURES = """
    SELECT l.unreflected, l.erp_free - l.unreflected AS free,
           coalesce((SELECT sum(quantity) FROM stock_holds h WHERE h.tenant_id = $1 AND h.state = 'held'), 0) AS held
    FROM stock_levels l WHERE l.tenant_id = $1 AND l.product_id = $2"""


class Warehouse(Promises):
    """One product in one warehouse."""

    async def reset(self, transaction: Transaction) -> None:
        await transaction.driver.execute("DELETE FROM stock_holds WHERE tenant_id = $1", TENANT)
        statement = (
            "UPDATE stock_levels SET erp_free = $3, as_of_batch = 100, unreflected = 0"
            " WHERE tenant_id = $1 AND product_id = $2"
        )
        await transaction.driver.execute(statement, TENANT, DRUM, Decimal(START))

    async def take(self, transaction: Transaction, order_id: UUID, quantity: int) -> bool:
        want = Want(new_id(), DRUM, WAREHOUSE, Decimal(quantity))
        return not await stock.take(transaction, order_id, ALPHA, [want])

    async def post(self, transaction: Transaction, order_id: UUID, batch: int) -> None:
        await stock.mark_posted(transaction, {order_id: batch})

    async def release(self, transaction: Transaction, order_id: UUID) -> None:
        await stock.release(transaction, order_id)

    async def see(self, transaction: Transaction, free: int, batch: int) -> None:
        statement = "UPDATE stock_levels SET erp_free = $3, as_of_batch = $4 WHERE tenant_id = $1 AND product_id = $2"
        await transaction.driver.execute(statement, TENANT, DRUM, Decimal(free), batch)
        await stock.refresh_unreflected(transaction, [(DRUM, WAREHOUSE)])

    async def figures(self, transaction: Transaction) -> tuple[Decimal, Decimal, Decimal]:
        row = await transaction.driver.fetchrow(_FIGURES, TENANT, DRUM)
        assert row is not None
        return Decimal(str(row["unreflected"])), Decimal(str(row["held"])), Decimal(str(row["free"]))


def test_figures_of_any_age_never_sell_stock_twice(shop_database: Database) -> None:
    run_promises(Warehouse, shop_database)
