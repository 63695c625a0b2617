"""Credit is taken once, given back once, and never counted beside the ERP's own figure."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from app.credit import services as credit
from app.infra.db.transaction import open_tenant_transaction
from app.kernel.ids import new_id
from tests.orders.shop import CONTRACT, SECOND, TENANT, Shop, uid

AMOUNT = Decimal("1000.00")


async def take(shop: Shop, order_id: UUID, amount: Decimal = AMOUNT, contract: UUID = CONTRACT) -> bool:
    """Take in a transaction of its own."""
    async with open_tenant_transaction(shop.staff, TENANT) as transaction:
        return await credit.take(transaction, order_id, contract, amount)


async def release(shop: Shop, order_id: UUID) -> None:
    """Give back in a transaction of its own."""
    async with open_tenant_transaction(shop.staff, TENANT) as transaction:
        await credit.release(transaction, order_id)


async def post(shop: Shop, order_id: UUID, batch: int) -> None:
    """Hear of a posting in a transaction of its own."""
    async with open_tenant_transaction(shop.staff, TENANT) as transaction:
        await credit.mark_posted(transaction, {order_id: batch})


async def refresh(shop: Shop, batch: int, contracts: list[UUID] | None = None) -> None:
    """Let a newer figure arrive."""
    await shop.change("UPDATE credit_accounts SET as_of_batch = $2 WHERE contract_id = $1", CONTRACT, batch)
    async with open_tenant_transaction(shop.staff, TENANT) as transaction:
        await credit.refresh_unreflected(transaction, contracts)


async def held(shop: Shop) -> tuple[Decimal, list[str]]:
    """Read what counts as held and the states of the holds."""
    [row] = await shop.look(
        "SELECT unreflected, (SELECT array_agg(state ORDER BY created_at) FROM credit_holds) AS states"
        " FROM credit_accounts WHERE contract_id = $1",
        CONTRACT,
    )
    return row["unreflected"], row["states"]


async def test_what_does_not_fit_is_not_taken(shop: Shop) -> None:
    await shop.change("UPDATE credit_accounts SET erp_limit = 5000, erp_debt = 3000, erp_orders = 500")
    assert await take(shop, new_id(), Decimal("1500.01")) is False
    assert await take(shop, new_id(), Decimal("1500.00")) is True
    assert await take(shop, new_id(), Decimal("0.01")) is False
    assert await take(shop, new_id(), Decimal(0)) is True
    assert await held(shop) == (Decimal("1500.00"), ["held"])


@pytest.mark.parametrize(("forbids", "days", "taken"), [(True, 1, False), (True, 0, True), (False, 30, True)])
async def test_overdue_debt_stops_orders_where_the_contract_says_so(
    shop: Shop, forbids: bool, days: int, taken: bool
) -> None:
    await shop.change("UPDATE credit_accounts SET forbid_overdue = $1, overdue_days = $2", forbids, days)
    assert await take(shop, new_id()) is taken


async def test_a_contract_without_a_limit_still_counts(shop: Shop) -> None:
    assert await take(shop, new_id(), Decimal(10) ** 12, SECOND) is True
    [row] = await shop.look("SELECT unreflected FROM credit_accounts WHERE contract_id = $1", SECOND)
    assert row["unreflected"] == Decimal(10) ** 12


async def test_a_contract_the_erp_never_named_has_no_credit(shop: Shop) -> None:
    assert await take(shop, new_id(), contract=uid(0xBAD)) is False


async def test_giving_back_twice_gives_back_once(shop: Shop) -> None:
    first, second = new_id(), new_id()
    await take(shop, first)
    await take(shop, second)
    await asyncio.gather(*(release(shop, first) for _ in range(6)))
    assert await held(shop) == (AMOUNT, ["released", "held"])


async def test_a_figure_that_contains_the_order_counts_it_alone(shop: Shop) -> None:
    order_id = new_id()
    await take(shop, order_id)
    await post(shop, order_id, 110)
    await refresh(shop, 109)
    assert await held(shop) == (AMOUNT, ["held"])
    await refresh(shop, 110, [CONTRACT])
    await refresh(shop, 110)
    assert await held(shop) == (Decimal(0), ["reflected"])
    await release(shop, order_id)
    assert await held(shop) == (Decimal(0), ["released"])


async def test_a_posting_heard_of_late_is_seen_in_the_figure_at_once(shop: Shop) -> None:
    order_id = new_id()
    await take(shop, order_id)
    await refresh(shop, 120)
    assert await held(shop) == (AMOUNT, ["held"])
    await post(shop, order_id, 115)
    assert await held(shop) == (Decimal(0), ["reflected"])


async def test_the_first_posting_stands(shop: Shop) -> None:
    order_id = new_id()
    await take(shop, order_id)
    await post(shop, order_id, 130)
    await post(shop, order_id, 140)
    await refresh(shop, 130)
    assert await held(shop) == (Decimal(0), ["reflected"])


async def test_a_figure_of_another_contract_changes_nothing(shop: Shop) -> None:
    order_id = new_id()
    await take(shop, order_id)
    await post(shop, order_id, 101)
    await shop.change("UPDATE credit_accounts SET as_of_batch = 200 WHERE contract_id = $1", CONTRACT)
    async with open_tenant_transaction(shop.staff, TENANT) as transaction:
        await credit.refresh_unreflected(transaction, [SECOND])
    assert await held(shop) == (AMOUNT, ["held"])
