"""A migrated database with two tenants, as the worker sees it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.admin.tenants import create_tenants
from app.erp.channel import Channel
from app.erp.loading import Side
from app.infra.db.engine import make_engine
from tests.erp.stand_in import StandIn, channel_to
from tests.support.databases import Database
from tests.support.peer import ErpPeer


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
