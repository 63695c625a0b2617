"""What a number of an order tells, and what the database tells of how it came about."""

from typing import cast
from uuid import UUID

import asyncpg
import pytest

from app.orders.queries.numbers import next_number
from app.orders.rules.numbering import order_number
from tests.orders.shop import BUYER, MANAGER, STRANGER, TODAY, Shop
from tests.orders.steps import make_draft


async def test_orders_of_several_companies_tell_nobody_how_many_there_are(shop: Shop) -> None:
    """One counter for all, and its key, give the numbers; the numbers do not give the counter."""
    taken: list[str] = []
    for actor in (BUYER, STRANGER, MANAGER) * 4:
        async with shop.desk(actor) as desk:
            taken.append(await next_number(desk.transaction, desk.today))
    [counter] = await shop.look("SELECT value, key FROM counters")
    key = cast("UUID", counter["key"])
    assert counter["value"] == 12
    assert taken == [order_number("P", TODAY.year, one, key.bytes) for one in range(1, 13)]
    assert taken != sorted(taken)


async def test_counters_have_keys_of_their_own(shop: Shop) -> None:
    async with shop.desk() as desk:
        numbers = [await next_number(desk.transaction, TODAY.replace(year=year, day=1)) for year in (2031, 2032)]
    keys = {row["key"] for row in await shop.look("SELECT key FROM counters")}
    assert len(keys) == 2
    assert numbers[0][-7:] != numbers[1][-7:]


@pytest.mark.parametrize("what", ["value", "key", "count(*)"])
@pytest.mark.parametrize("role", ["client", "staff"])
async def test_no_running_role_reads_counters_or_keys(shop: Shop, role: str, what: str) -> None:
    await make_draft(shop, {})
    url = shop.database.client_url if role == "client" else shop.database.staff_url
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT set_config('app.tenant', '1', false)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT {what} FROM counters")
    finally:
        await connection.close()
