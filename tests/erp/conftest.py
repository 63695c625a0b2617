"""A migrated database with two tenants, as the worker sees it."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.admin.tenants import create_tenants
from app.erp import feed
from app.erp.channel import Channel
from app.erp.loading import Side, load_due
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from tests.erp.look import Look
from tests.erp.stand_in import StandIn, channel_to
from tests.support.databases import Database, fresh_database
from tests.support.peer import ErpPeer
from tests.support.waiting import run_apart

# Streams that tests of this run move in the stand-in, which all of them share.
_MOVING = [
    *("regions", "characteristics", "prices", "agreements", "contracts", "stock", "limits", "orders"),
    *("shipments", "invoices", "payments", "claims", "bonus", "transport", "plans", "files"),
]


@pytest.fixture(scope="session")
def loaded_template(pg_server_url: str, database_template: str, erp_peer: ErpPeer) -> Iterator[str]:
    """Name of a database into which the first tenant's data were loaded once. Nothing may connect to it."""
    with fresh_database(pg_server_url, database_template) as fresh:
        run_apart(_load(fresh, erp_peer))
        yield fresh.name


@pytest.fixture
def loaded_database(pg_server_url: str, loaded_template: str) -> Iterator[Database]:
    """A copy of the loaded database; what other tests moved in the ERP meanwhile is loaded by ``loaded``."""
    with fresh_database(pg_server_url, loaded_template) as fresh:
        yield fresh


@pytest.fixture
async def loaded(side: Side, channel: Channel) -> Side:
    """The first tenant with everything as the ERP has it now, and every change so far taken."""
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await transaction.driver.execute("UPDATE erp_streams SET state = 'new' WHERE stream = ANY ($1)", _MOVING)
    await load_due(side, channel)
    while await feed.poll(side, channel, 0) != "nothing":
        pass
    return side


@pytest.fixture
async def look(database: Database) -> AsyncIterator[Look]:
    """Past every wall."""
    connection = await asyncpg.connect(database.superuser_url)
    yield Look(connection)
    await connection.close()


async def _load(database: Database, peer: ErpPeer) -> None:
    owner, staff = make_engine(database.owner_url, 1), make_engine(database.staff_url, 2, command_timeout_s=120)
    await create_tenants(owner)
    async with channel_to(peer.url) as channel:
        loaded = await load_due(Side(staff, 1, "alatau"), channel)
    assert loaded.stopped == {}
    await owner.dispose()
    await staff.dispose()


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """The worker's pool."""
    owner = make_engine(database.owner_url, 1)
    await create_tenants(owner)
    await owner.dispose()
    pool = make_engine(database.staff_url, 6, command_timeout_s=120)
    yield pool
    await pool.dispose()


@pytest.fixture
def side(engine: AsyncEngine) -> Side:
    """The first demo tenant."""
    return Side(engine, 1, "alatau")


@pytest.fixture
def other_side(engine: AsyncEngine) -> Side:
    """The second demo tenant."""
    return Side(engine, 2, "hantengri")


@pytest.fixture
async def stand_in(erp_peer: ErpPeer) -> AsyncIterator[StandIn]:
    """Control of the stand-in of this run; its faults are gone afterwards."""
    async with StandIn(erp_peer) as control:
        yield control


@pytest.fixture
async def channel(stand_in: StandIn) -> AsyncIterator[Channel]:
    """The first tenant's way to the stand-in."""
    async with channel_to(stand_in.url) as way:
        yield way
