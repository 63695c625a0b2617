"""The town of the tests about sockets."""

from collections.abc import AsyncIterator

import pytest

from tests.access.town import Town, open_town
from tests.support.databases import Database


@pytest.fixture(scope="module")
async def town(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    """A portal behind a real server, for all tests of a module."""
    async with open_town(module_database, redis_url, tmp_path_factory.mktemp("portal")) as opened:
        yield opened
