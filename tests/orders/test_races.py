"""Many buyers at once on real connections: what is sold is what there is, never more and never less."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import cast
from uuid import UUID

from asyncpg.connection import LoggedQuery

from app.kernel.errors import KaravanError, RejectedError
from app.orders.models import Order
from app.orders.schemas.inputs import CatalogueLine, Submission
from app.orders.services.basket import set_from_catalogue
from app.orders.services.deciding import cancel
from app.orders.services.placing import submit
from tests.orders.shop import BUYER, CONTRACT, DRUM, HEAD, PAIL, RARE, Shop, serve
from tests.orders.steps import make_draft, place_order, submitted
from tests.support.wire import wire_of

BUYERS = 16


async def try_all(shop: Shop, orders: Sequence[UUID]) -> list[Order | BaseException]:
    """Submit everything at the same moment; each in a transaction of its own connection."""
    return await asyncio.gather(*(place_order(shop, one) for one in orders), return_exceptions=True)


async def test_sixteen_buyers_for_ten_units_buy_exactly_ten(shop: Shop) -> None:
    await shop.change("UPDATE credit_accounts SET erp_limit = 100000000 WHERE contract_id = $1", CONTRACT)
    drafts = [await make_draft(shop) for _ in range(BUYERS)]
    results = await try_all(shop, drafts)
    refused = [one for one in results if isinstance(one, BaseException)]
    assert len(results) - len(refused) == 10
    assert all(isinstance(one, RejectedError) and one.problems[0].code == "no_stock" for one in refused), refused
    [level] = await shop.look("SELECT erp_free - unreflected AS free FROM stock_levels WHERE product_id = $1", DRUM)
    assert level["free"] == 0
    [holds] = await shop.look("SELECT count(*) AS holds, sum(quantity) AS quantity FROM stock_holds")
    assert tuple(holds) == (10, Decimal(10))
    [queued] = await shop.look("SELECT count(*) AS orders FROM outbox WHERE kind = 'order.put'")
    assert queued["orders"] == 10


async def test_credit_for_ten_orders_lets_ten_through(shop: Shop) -> None:
    one = Decimal("112520.00")
    await shop.change(
        "UPDATE credit_accounts SET erp_limit = $2, erp_debt = 0 WHERE contract_id = $1", CONTRACT, one * 10 + 1
    )
    await shop.change("UPDATE stock_levels SET erp_free = 100 WHERE product_id = $1", DRUM)
    results = await try_all(shop, [await make_draft(shop) for _ in range(BUYERS)])
    refused = [one for one in results if isinstance(one, BaseException)]
    assert len(refused) == 6
    assert all(isinstance(one, RejectedError) for one in refused), refused
    [account] = await shop.look("SELECT unreflected FROM credit_accounts WHERE contract_id = $1", CONTRACT)
    assert account["unreflected"] == one * 10
    [level] = await shop.look("SELECT unreflected FROM stock_levels WHERE product_id = $1", DRUM)
    assert level["unreflected"] == 10, "whoever got no credit holds no stock"


async def test_baskets_in_opposite_order_do_not_block_each_other(shop: Shop) -> None:
    await shop.change("UPDATE credit_accounts SET limited = false WHERE contract_id = $1", CONTRACT)
    await shop.change("UPDATE stock_levels SET erp_free = 1000")
    there, back = {DRUM: "1", PAIL: "4", RARE: "1"}, {RARE: "1", PAIL: "4", DRUM: "1"}
    drafts = [await make_draft(shop, there if place % 2 else back) for place in range(BUYERS)]
    results = await try_all(shop, drafts)
    assert [one for one in results if isinstance(one, BaseException)] == []


async def test_one_draft_submitted_by_many_is_one_order(shop: Shop) -> None:
    order_id = await make_draft(shop)
    results = await try_all(shop, [order_id] * 8)
    assert all(isinstance(one, Order) and one.state == "submitted" for one in results), results
    [row] = await shop.look("SELECT count(*) AS holds FROM stock_holds")
    assert row["holds"] == 1
    [queued] = await shop.look("SELECT count(*) AS orders FROM outbox WHERE kind = 'order.put'")
    assert queued["orders"] == 1


async def test_the_last_unit_comes_back_once(shop: Shop) -> None:
    order_id = await submitted(shop, {DRUM: "10"}, HEAD)
    await shop.change("UPDATE orders SET state = 'needs_decision' WHERE id = $1", order_id)

    async def give_up() -> Order:
        async with shop.desk(HEAD) as desk:
            return await cancel(desk, order_id, "")

    results = await asyncio.gather(*(give_up() for _ in range(6)), return_exceptions=True)
    assert all(isinstance(one, Order) for one in results), results
    [level] = await shop.look("SELECT unreflected FROM stock_levels WHERE product_id = $1", DRUM)
    assert level["unreflected"] == 0
    [account] = await shop.look("SELECT unreflected FROM credit_accounts WHERE contract_id = $1", CONTRACT)
    assert account["unreflected"] == 0


async def test_quantities_typed_at_once_fill_one_draft(shop: Shop) -> None:
    async def type_in(product: UUID) -> None:
        async with shop.desk(BUYER) as desk:
            line = CatalogueLine(product=product, quantity=Decimal(4), contract_id=CONTRACT, field=str(product))
            await set_from_catalogue(desk, [line])

    await asyncio.gather(*(type_in(product) for product in (DRUM, PAIL, RARE) for _ in range(2)))
    [drafts] = await shop.look("SELECT count(*) AS drafts FROM orders")
    assert drafts["drafts"] == 1
    lines = await shop.look("SELECT quantity FROM order_lines")
    assert [line["quantity"] for line in lines] == [4, 4, 4]


async def test_a_price_that_changes_while_orders_run_is_never_mixed(shop: Shop) -> None:
    await shop.change("UPDATE credit_accounts SET limited = false WHERE contract_id = $1", CONTRACT)
    drafts = [await make_draft(shop) for _ in range(8)]

    async def reprice() -> None:
        for version in range(20, 30):
            await shop.change(
                "UPDATE prices SET amount = $2::bigint, src_version = $2::bigint WHERE product_id = $1", DRUM, version
            )

    results, _ = await asyncio.gather(try_all(shop, drafts), reprice())
    odd = [one for one in results if isinstance(one, BaseException) and not isinstance(one, KaravanError)]
    assert odd == []
    rows = await shop.look("SELECT price, price_version, net, quantity FROM order_lines WHERE price IS NOT NULL")
    for row in rows:
        expected = Decimal(100_000) if row["price_version"] == 7 else Decimal(cast("int", row["price_version"]))
        assert row["price"] in {expected, Decimal(200_000)}


async def test_a_submit_costs_the_same_few_statements_whatever_its_size(shop: Shop) -> None:
    drafts = [await make_draft(shop), await make_draft(shop), await make_draft(shop, {DRUM: "1", PAIL: "4", RARE: "1"})]
    one = serve(shop.database, pool_size=1)
    try:
        # The driver learns the types of a statement at its first use on a connection.
        _, first, second = [await statements_of_submit(one, draft) for draft in drafts]
    finally:
        await one.close()
    assert first == second
    assert len(first) <= 13, "two more are the edge's, for the idempotency key"


async def statements_of_submit(shop: Shop, order_id: UUID) -> list[str]:
    """List what one submit sends after its context is set and its rights are known."""
    async with shop.desk(BUYER) as desk:
        for resource, action in (("order", "view"), ("order", "submit"), ("offer", "order"), ("limit", "view")):
            await desk.decision(resource, action)
        seen: list[str] = []

        def note(record: LoggedQuery) -> None:
            seen.append(record.query)

        driver = await wire_of(desk.transaction)
        with driver.query_logger(note):
            await submit(desk, order_id, Submission())
    return seen
