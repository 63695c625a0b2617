"""Which surface the exchange goes over, and what a change of it does to what was counted."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import cast

import pytest

from app.erp import feed
from app.erp.channel import Channel
from app.erp.families.reading import read_family
from app.erp.knocking import knock
from app.erp.loading import Side, load_due
from app.erp.outbound import Outbound
from app.erp.surfaces import adopt, choose, until_another
from app.erp.wire.calling import Address
from tests.erp.look import Look
from tests.erp.open_way import open_channel
from tests.erp.orders import place
from tests.erp.stand_in import StandIn
from tests.erp.test_open_outbound import settle
from tests.erp.test_outbound import assert_holds_equal_the_ledger
from tests.support.databases import Database


@pytest.fixture
def database(loaded_database: Database) -> Database:
    return loaded_database


@pytest.fixture
async def open_way(stand_in: StandIn) -> AsyncIterator[Channel]:
    async with open_channel(stand_in.url) as way:
        yield way


def address(url: str, infobase: str = "erp") -> Address:
    return Address(url, infobase, "alatau", "Портал", "karavan-erp")


async def test_the_extension_is_preferred_and_odata_serves_where_it_is_missing(stand_in: StandIn) -> None:
    assert await choose(address(stand_in.url), "auto", read_family()) == "h"
    assert await choose(address(stand_in.url), "o", read_family()) == "o"
    await stand_in.fault("http", "/hs/portal/", status=404, body="html")
    assert await choose(address(stand_in.url), "auto", read_family()) == "o"
    await stand_in.fault("http", "/odata/", status=404, body="html")
    assert await choose(address(stand_in.url), "auto", read_family()) is None


async def test_a_surface_that_stays_the_better_one_is_changed_to(stand_in: StandIn) -> None:
    used = asyncio.create_task(until_another(address(stand_in.url), "auto", "h", read_family(), every_s=0.01))
    await asyncio.sleep(0.3)
    assert not used.done()
    await stand_in.fault("http", "/hs/portal/", status=404, body="html")
    async with asyncio.timeout(10):
        await used


async def test_changing_over_and_back_loses_no_change_and_no_hold(
    loaded: Side, channel: Channel, open_way: Channel, stand_in: StandIn, look: Look
) -> None:
    await adopt(loaded, channel.client)
    order = await place(loaded)
    free = "SELECT erp_free - unreflected FROM stock_levels WHERE product_id = $1 AND warehouse_id = $2"
    held = await look.value(free, order.product_id, order.warehouse_id)
    for way in (open_way, channel, open_way):
        await adopt(loaded, way.client)
        await load_due(loaded, way)
        assert await look.value("SELECT surface FROM erp_freshness") == way.client.surface
        assert await look.count("SELECT count(*) FROM erp_streams WHERE state <> 'live'") == 0
        await settle(loaded, way, look)
        await load_due(loaded, way)
        while await feed.poll(loaded, way, 0) != "nothing":
            await load_due(loaded, way)
        assert await look.value(free, order.product_id, order.warehouse_id) == held
        await assert_holds_equal_the_ledger(look)
    assert [write.type for write in await stand_in.audit(ref=str(order.id))] == ["odata.create", "odata.post"]


async def test_a_hold_is_reflected_once_its_order_stands_in_the_balance(
    loaded: Side, open_way: Channel, look: Look
) -> None:
    await adopt(loaded, open_way.client)
    await load_due(loaded, open_way)
    order = await place(loaded)
    state = "SELECT state FROM stock_holds WHERE order_id = $1"
    free = "SELECT erp_free, unreflected FROM stock_levels WHERE product_id = $1 AND warehouse_id = $2"
    before = cast("Decimal", (await look.row(free, order.product_id, order.warehouse_id))[0])
    await _read_again(loaded, open_way, look)
    assert await look.value(state, order.id) == "held"
    await Outbound(loaded, open_way, "one").step()
    assert await look.value(state, order.id) == "held"
    await _read_again(loaded, open_way, look)
    assert await look.value(state, order.id) == "reflected"
    assert await look.row(free, order.product_id, order.warehouse_id) == (before - order.quantity, Decimal("0.000"))
    assert await look.value("SELECT state FROM credit_holds WHERE order_id = $1", order.id) == "reflected"
    await assert_holds_equal_the_ledger(look)


async def _read_again(side: Side, way: Channel, look: Look) -> None:
    await look.execute("UPDATE erp_streams SET state = 'new' WHERE stream IN ('stock', 'limits')")
    await load_due(side, way)


async def test_a_look_at_an_infobase_goes_over_the_wanted_interface(stand_in: StandIn) -> None:
    assert (await knock(address(stand_in.url)))[0] == "ok"
    assert await knock(address(stand_in.url), "o") == ("ok", "OData")
    assert (await knock(address(stand_in.url, "nowhere"), "auto"))[0] == "not_found"
    wrong = Address(stand_in.url, "erp", "alatau", "Портал", "wrong")
    assert ((await knock(wrong, "o"))[0], (await knock(wrong, "h"))[0]) == ("refused", "refused")
    await stand_in.fault("http", "/hs/portal/", status=404, body="html")
    assert await knock(address(stand_in.url)) == ("ok", "OData")
    assert (await knock(address(stand_in.url), "h"))[0] == "not_found"
