"""A migrated database with two tenants, as the worker sees it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.admin.tenants import create_tenants
from app.erp.loading import Side
from app.infra.db.engine import make_engine
from tests.support.databases import Database


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
