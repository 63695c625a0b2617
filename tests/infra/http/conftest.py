"""A running application with a few routes of the tests' own."""

from collections.abc import AsyncIterator

import pytest

from tests.access.browsers import World, open_world
from tests.infra.http.routes import PROBES
from tests.support.databases import Database


@pytest.fixture(scope="module")
async def world(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The real application on a real database."""
    folder = tmp_path_factory.mktemp("portal")
    async with open_world(module_database, redis_url, folder, PROBES) as opened:
        await opened.execute(
            "CREATE TABLE probe (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);GRANT INSERT ON probe TO karavan_client"
        )
        yield opened
