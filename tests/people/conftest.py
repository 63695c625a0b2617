"""The real application with two tenants and somebody in every role."""

from collections.abc import AsyncIterator

import pytest

from tests.access.browsers import World, open_world
from tests.support.databases import Database


@pytest.fixture(scope="module")
async def world(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with open_world(module_database, redis_url, tmp_path_factory.mktemp("portal")) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def fresh_counters(world: World) -> None:
    await world.portal.redis.flushdb()
