"""Over plain OData there are no buckets: everything is compared value by value, and healed all the same."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from app.erp.channel import Channel
from app.erp.checking import CheckingClient
from app.erp.loading import Side, load_due
from app.erp.reconciling import Reconciler
from app.erp.streams import FEED
from app.erp.wire.calling import Address
from tests.erp.look import Look
from tests.erp.open_way import open_channel
from tests.erp.stand_in import INFOBASES, StandIn
from tests.erp.test_feed import drain
from tests.erp.test_reconciling import compare
from tests.support.databases import Database


@pytest.fixture
def database(loaded_database: Database) -> Database:
    """Begin with everything loaded."""
    return loaded_database


@pytest.fixture
async def open_way(stand_in: StandIn) -> AsyncIterator[Channel]:
    """Surface O."""
    async with open_channel(stand_in.url) as way:
        yield way


@pytest.fixture
async def open_reconciler(side: Side, open_way: Channel, look: Look, stand_in: StandIn) -> AsyncIterator[Reconciler]:
    """Compares over surface O what was loaded over it; of H it knows the address alone and asks nothing there."""
    await look.execute("DELETE FROM erp_streams WHERE stream = $1", FEED)
    await look.execute("UPDATE erp_streams SET state = 'new', mapping = ''")
    await load_due(side, open_way)
    await drain(side, open_way)
    await load_due(side, open_way)

    async def quiet(_moment: datetime) -> bool:
        await drain(side, open_way)
        return True

    await stand_in.fault("http", "/hs/", status=500)
    address = Address(stand_in.url, INFOBASES["alatau"], "alatau", "Портал", "karavan-erp")
    async with CheckingClient(address) as client:
        yield Reconciler(side, open_way, client, quiet)


async def test_rows_of_every_kind_are_found_and_healed_over_surface_o(
    open_reconciler: Reconciler, side: Side, look: Look
) -> None:
    assert (await compare(open_reconciler, side)).found == 0
    assert await look.value("SELECT reason FROM erp_reconciliations ORDER BY asked_at DESC LIMIT 1") == ""
    spoiled = {
        "partners": "name = 'spoiled'",
        "prices": "amount = amount + 0.0001",
        "order_lines": "net = net + 0.01",
        "invoices": "gross = gross + 0.01",
        "payment_parts": "amount = amount + 0.01",
    }
    before = {table: await _digest(look, table) for table in spoiled}
    for table, change in spoiled.items():
        await look.execute(
            f"UPDATE {table} SET {change} WHERE ctid = (SELECT min(ctid) FROM {table} WHERE tenant_id = 1)"
        )
    done = await compare(open_reconciler, side)
    assert (done.found, done.healed) == (len(spoiled), len(spoiled))
    assert {table: await _digest(look, table) for table in spoiled} == before


async def _digest(look: Look, table: str) -> object:
    column = {"partners": "name", "prices": "amount", "order_lines": "net", "invoices": "gross"}.get(table, "amount")
    return await look.value(f"SELECT md5(string_agg({column}::text, '|' ORDER BY {column})) FROM {table}")
