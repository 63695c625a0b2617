"""Nobody waits in a circle: what the exchange locks, it locks in the order in which buyers do (RELIABILITY 4.2)."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import cast
from uuid import UUID

import pytest
from msgspec import Struct

from app.erp import feed
from app.erp.channel import Channel
from app.erp.loading import Side, load_due
from app.erp.outbound import Outbound
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.kernel.ids import new_id
from app.stock import services as stock
from app.stock.rules import Want
from tests.erp.look import Look
from tests.erp.orders import Placed, place
from tests.erp.test_outbound import assert_holds_equal_the_ledger, settle
from tests.support.databases import Database

_LOCK_ORDER = "SELECT FROM orders WHERE tenant_id = 1 AND id = $1 FOR UPDATE"
_LOCK_LEVEL = "SELECT FROM stock_levels WHERE tenant_id = 1 AND product_id = $1 AND warehouse_id = $2 FOR UPDATE"
_WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'"""


@pytest.fixture
def database(loaded_database: Database) -> Database:
    """Begin with everything loaded."""
    return loaded_database


@pytest.fixture
async def accepted(loaded: Side, channel: Channel, look: Look) -> Placed:
    """The later of two orders of one product that the ERP has taken; their holds still stand."""
    earlier, later = await place(loaded), await place(loaded)
    assert (earlier.id < later.id, earlier.product_id) == (True, later.product_id)
    await settle(Outbound(loaded, channel, "test"), look)
    return later


async def poll(side: Side, channel: Channel) -> None:
    """Take one batch of the feed."""
    assert await feed.poll(side, channel, 0) != "nothing"


async def reload(side: Side, channel: Channel) -> None:
    """Load what is due."""
    assert (await load_due(side, channel)).stopped == {}


@pytest.mark.parametrize(("work", "due"), [(poll, []), (reload, ["orders"])], ids=["a batch", "a full load"])
async def test_whoever_has_the_order_gets_its_stock_before_the_exchange_does(
    side: Side, channel: Channel, accepted: Placed, look: Look,
    work: Callable[[Side, Channel], Coroutine[object, object, None]], due: list[str],
) -> None:  # fmt: skip
    # The batch brings the stock's new figure and both orders; the load both orders, one after the other.
    await ask(side, due)
    async with buyer(side) as deciding:
        await deciding.driver.execute(_LOCK_ORDER, accepted.id)
        exchange = asyncio.create_task(work(side, channel))
        await waiting(look)
        # What the exchange does not hold yet can be had at once; in a circle one of the two would be killed.
        await deciding.driver.execute("SET LOCAL lock_timeout = '5s'")
        await deciding.driver.execute(_LOCK_LEVEL, accepted.product_id, accepted.warehouse_id)
    await exchange
    while await feed.poll(side, channel, 0) != "nothing":
        pass
    assert await look.count("SELECT count(*) FROM stock_holds WHERE state = 'held'") == 0
    await assert_holds_equal_the_ledger(look)


async def test_a_reload_of_stock_waits_for_its_first_row_with_empty_hands(
    side: Side, loaded: Side, channel: Channel, look: Look
) -> None:
    assert loaded.tenant_id == 1
    await look.execute("UPDATE stock_levels SET erp_free = erp_free + 1 WHERE tenant_id = 1")
    await ask(side, ["stock"])
    first = await look.row(
        "SELECT product_id, warehouse_id FROM stock_levels WHERE tenant_id = 1 ORDER BY 1, 2 LIMIT 1"
    )
    everything = "SELECT FROM stock_levels WHERE tenant_id = 1 FOR UPDATE SKIP LOCKED"
    rows = await look.count("SELECT count(*) FROM stock_levels WHERE tenant_id = 1")
    async with buyer(side) as deciding:
        await deciding.driver.execute(_LOCK_LEVEL, *first)
        exchange = asyncio.create_task(reload(side, channel))
        await waiting(look)
        assert len(await look.rows(everything)) == rows - 1
    await exchange


class Buying(Struct):
    """What the buyers of a race had."""

    bought: int = 0
    short: int = 0


async def test_reloads_during_submits_neither_block_in_a_circle_nor_oversell(
    side: Side, loaded: Side, channel: Channel, look: Look
) -> None:
    assert loaded.tenant_id == 1
    places = [
        (cast("UUID", product), cast("UUID", warehouse))
        for product, warehouse in await look.rows(
            "SELECT product_id, warehouse_id FROM stock_levels WHERE erp_free > 20 AND tenant_id = 1 ORDER BY 1 LIMIT 9"
        )
    ]
    over, buying = asyncio.Event(), Buying()
    buyers = [asyncio.create_task(keep_buying(side, places, over, buying, seed)) for seed in range(4)]
    for _ in range(4):
        async with buyer(side) as other:
            await other.driver.execute("SELECT FROM stock_levels ORDER BY product_id, warehouse_id FOR UPDATE")
            await other.driver.execute("UPDATE stock_levels SET erp_free = erp_free - 1")
        await ask(side, ["stock", "limits", "contracts", "orders"])
        await reload(side, channel)
    over.set()
    await asyncio.gather(*buyers)
    assert buying.bought > 20
    assert await look.count("SELECT count(*) FROM stock_levels WHERE unreflected > 0 AND erp_free < unreflected") == 0
    await assert_holds_equal_the_ledger(look)


async def keep_buying(
    side: Side, places: list[tuple[UUID, UUID]], over: asyncio.Event, buying: Buying, seed: int
) -> None:
    """Take one of each of five products, in any order, again and again."""
    chance = random.Random(seed)
    partner_id = new_id()
    while not over.is_set():
        wants = [Want(new_id(), *one, Decimal(1)) for one in chance.sample(places, 5)]
        async with buyer(side) as deciding:
            if await stock.take(deciding, new_id(), partner_id, wants):
                buying.short += 1
                await deciding.connection.rollback()
                continue
        buying.bought += 1


@asynccontextmanager
async def buyer(side: Side) -> AsyncIterator[Transaction]:
    """A transaction of somebody who decides about an order."""
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        yield transaction


async def ask(side: Side, due: list[str]) -> None:
    """Let streams be loaded again."""
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await transaction.driver.execute("UPDATE erp_streams SET state = 'new' WHERE stream = ANY ($1)", due)


async def waiting(look: Look) -> None:
    """Return once somebody waits for a lock."""
    async with asyncio.timeout(20):
        while not await look.count(_WAITING):  # noqa: ASYNC110 - the other side is a server
            await asyncio.sleep(0.02)
