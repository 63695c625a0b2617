"""A small odd world in one database: two tenants, ordinals on both sides of the edge of a block."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import asyncpg
import pytest
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.engine import make_engine
from tests.catalog.factory import Scale, World, load_world, make_world
from tests.catalog.oracle import Oracle
from tests.support.databases import Database, fresh_database
from tests.support.waiting import run_apart

# 16,384 products make a block: the first tenant's goods lie in two of them.
EDGE = Scale(first_pos=16_200)


class Shelf(Struct, frozen=True):
    """A loaded database with the truth beside it."""

    database: Database
    world: World
    oracle: Oracle
    staff: AsyncEngine
    client: AsyncEngine

    def __repr__(self) -> str:
        # A falsifying example names its fixtures; the rows would bury it.
        return f"Shelf({self.database.name})"

    @property
    def partner(self) -> UUID:
        return self.world.partners[0]


@pytest.fixture(scope="session")
def worlds() -> tuple[World, World]:
    return make_world(EDGE, tenant=1), make_world(Scale(), tenant=2)


@pytest.fixture(scope="session")
def shelf_template(pg_server_url: str, database_template: str, worlds: tuple[World, World]) -> Iterator[str]:
    """Name of a loaded database that others are copied from. Nothing may connect to it."""
    with fresh_database(pg_server_url, database_template) as filled:
        run_apart(_load(filled, worlds))
        yield filled.name


@pytest.fixture(scope="module")
async def shelf(pg_server_url: str, shelf_template: str, worlds: tuple[World, World]) -> AsyncIterator[Shelf]:
    """The loaded worlds, for tests that only read."""
    with fresh_database(pg_server_url, shelf_template) as fresh:
        engines = make_engine(fresh.staff_url), make_engine(fresh.client_url)
        yield Shelf(fresh, worlds[0], Oracle(worlds[0]), *engines)
        for engine in engines:
            await engine.dispose()


@pytest.fixture
async def own_shelf(pg_server_url: str, shelf_template: str, worlds: tuple[World, World]) -> AsyncIterator[Shelf]:
    """The loaded worlds, for one test that changes them."""
    with fresh_database(pg_server_url, shelf_template) as fresh:
        engines = make_engine(fresh.staff_url), make_engine(fresh.client_url)
        yield Shelf(fresh, worlds[0], Oracle(worlds[0]), *engines)
        for engine in engines:
            await engine.dispose()


async def _load(database: Database, worlds: tuple[World, World]) -> None:
    connection = await asyncpg.connect(database.superuser_url)
    try:
        for world in worlds:
            await load_world(connection, world)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
