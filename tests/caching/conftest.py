"""A running application with people in every role."""

from collections.abc import AsyncIterator

import pytest

from tests.access.browsers import World, open_world
from tests.support.databases import Database


@pytest.fixture(scope="module")
async def world(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The real application on a real database."""
    async with open_world(module_database, redis_url, tmp_path_factory.mktemp("portal")) as opened:
        yield opened
