"""No credit is spent twice and none is forgotten, whatever the age of the ERP's figures."""

from decimal import Decimal
from uuid import UUID

from app.credit import services as credit
from app.infra.db.transaction import Transaction
from tests.orders.shop import CONTRACT, TENANT
from tests.support.databases import Database
from tests.support.promises import START, Promises, run_promises

_LIMIT = 1_000  # what is free is the limit less what orders have taken
_FIGURES = """
    SELECT a.unreflected, a.erp_limit - a.erp_debt - a.erp_orders - a.unreflected AS free,
           coalesce((SELECT sum(amount) FROM credit_holds h WHERE h.tenant_id = $1 AND h.state = 'held'), 0) AS held
    FROM credit_accounts a WHERE a.tenant_id = $1 AND a.contract_id = $2"""


class Contract(Promises):
    """The limit of one contract; the ERP counts orders it has posted in a figure of its own."""

    async def reset(self, transaction: Transaction) -> None:
        await transaction.driver.execute("DELETE FROM credit_holds WHERE tenant_id = $1", TENANT)
        await transaction.driver.execute(
            "UPDATE credit_accounts SET limited = true, erp_limit = $3, erp_debt = 0, erp_orders = $4,"
            " overdue_days = 0, as_of_batch = 100, unreflected = 0 WHERE tenant_id = $1 AND contract_id = $2",
            *(TENANT, CONTRACT, Decimal(_LIMIT), Decimal(_LIMIT - START)),
        )

    async def take(self, transaction: Transaction, order_id: UUID, quantity: int) -> bool:
        return await credit.take(transaction, order_id, CONTRACT, Decimal(quantity))

    async def post(self, transaction: Transaction, order_id: UUID, batch: int) -> None:
        await credit.mark_posted(transaction, {order_id: batch})

    async def release(self, transaction: Transaction, order_id: UUID) -> None:
        await credit.release(transaction, order_id)

    async def see(self, transaction: Transaction, free: int, batch: int) -> None:
        await transaction.driver.execute(
            "UPDATE credit_accounts SET erp_orders = $3, as_of_batch = $4 WHERE tenant_id = $1 AND contract_id = $2",
            *(TENANT, CONTRACT, Decimal(_LIMIT - free), batch),
        )
        await credit.refresh_unreflected(transaction, [CONTRACT])

    async def figures(self, transaction: Transaction) -> tuple[Decimal, Decimal, Decimal]:
        row = await transaction.driver.fetchrow(_FIGURES, TENANT, CONTRACT)
        assert row is not None
        return Decimal(str(row["unreflected"])), Decimal(str(row["held"])), Decimal(str(row["free"]))


def test_figures_of_any_age_never_spend_credit_twice(shop_database: Database) -> None:
    run_promises(Contract, shop_database)
