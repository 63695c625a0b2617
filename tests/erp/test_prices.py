"""Which price is in force: the newest row that has begun, whatever order the rows came in (ERP surface, prices)."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from app.erp import streams
from app.erp.days import open_day
from app.erp.loading import Side
from app.erp.mappings.trade import PRICES
from app.infra.db.transaction import open_tenant_transaction
from tests.erp.staged import Row, arrive, load, ref

TODAY = "(SELECT catalog_today(1))"


async def today_of(side: Side) -> date:
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        day = await transaction.driver.fetchval(f"SELECT {TODAY}")
    assert isinstance(day, date)
    return day


def price(since: date, amount: str, until: date | None = None, **more: object) -> Row:
    return {
        "Ref_Key": ref(f"price {since}"),
        "ВидЦены_Key": ref("list"),
        "Характеристика_Key": ref("item"),
        "Период": since.isoformat(),
        "ДействуетПо": until.isoformat() if until else "0001-01-01",
        "Цена": amount,
        **more,
    }


async def in_force(side: Side) -> list[str]:
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        return [str(row["amount"]) for row in await transaction.driver.fetch("SELECT amount FROM prices")]


async def waiting(side: Side) -> list[str]:
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        found = await transaction.driver.fetch("SELECT amount FROM planned_prices ORDER BY valid_from")
        return [str(row["amount"]) for row in found]


async def test_the_newest_row_that_has_begun_decides_in_any_order(side: Side) -> None:
    today = await today_of(side)
    known = [price(today - timedelta(30), "10.0000"), price(today, "20.0000"), price(today + timedelta(5), "30.0000")]
    for batch, order in enumerate(permutations(known)):
        async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
            await transaction.driver.execute("DELETE FROM prices")
            await transaction.driver.execute("DELETE FROM planned_prices")
        for place, row in enumerate(order):
            await arrive(side, PRICES, 100 + batch * 10 + place, row)
        assert await in_force(side) == ["20.0000"], order
        assert await waiting(side) == ["10.0000", "30.0000"], order


async def test_a_snapshot_gives_the_same_as_the_feed_and_repeating_it_nothing(side: Side) -> None:
    today = await today_of(side)
    known = [price(today - timedelta(30), "10.0000"), price(today, "20.0000"), price(today + timedelta(5), "30.0000")]
    await load(side, PRICES, 100, known)
    assert (await in_force(side), await waiting(side)) == (["20.0000"], ["10.0000", "30.0000"])
    assert (await load(side, PRICES, 120, known)).is_nothing


async def test_zero_means_no_price_and_an_older_row_does_not_come_back(side: Side) -> None:
    today = await today_of(side)
    older = price(today - timedelta(30), "10.0000")
    await arrive(side, PRICES, 100, older)
    await arrive(side, PRICES, 101, price(today, "0.0000"))
    assert await in_force(side) == []
    await arrive(side, PRICES, 102, older)  # touched, not changed
    assert await in_force(side) == []


async def test_a_row_taken_back_lets_the_one_before_it_stand(side: Side) -> None:
    today = await today_of(side)
    await arrive(side, PRICES, 100, price(today - timedelta(30), "10.0000"))
    await arrive(side, PRICES, 101, price(today, "20.0000"))
    await arrive(side, PRICES, 102, price(today, "20.0000", DeletionMark="true"))
    assert (await in_force(side), await waiting(side)) == (["10.0000"], [])


@pytest.mark.parametrize(("days", "amounts"), [(0, ["10.0000"]), (-1, [])])
async def test_a_price_ends_after_its_last_day(side: Side, days: int, amounts: list[str]) -> None:
    today = await today_of(side)
    await arrive(side, PRICES, 100, price(today - timedelta(30), "10.0000", today + timedelta(days)))
    assert await in_force(side) == amounts


async def test_the_day_brings_planned_prices_into_force_and_ends_others(side: Side) -> None:
    today = await today_of(side)
    await arrive(side, PRICES, 100, price(today - timedelta(1), "10.0000"), price(today + timedelta(1), "30.0000"))
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await streams.begin_loading(transaction, "portal", PRICES.name, 100, 2)
        await transaction.driver.execute("UPDATE planned_prices SET valid_from = $1", today)
    assert await open_day(side, "portal")
    assert (await in_force(side), await waiting(side)) == (["30.0000"], ["10.0000"])
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await transaction.driver.execute("UPDATE prices SET valid_to = $1", today - timedelta(1))
        await transaction.driver.execute("UPDATE erp_streams SET cursor = '2026-01-01' WHERE stream = 'day'")
    assert await open_day(side, "portal")
    assert (await in_force(side), await waiting(side)) == ([], ["10.0000", "30.0000"])
    assert not await open_day(side, "portal")  # once a day
