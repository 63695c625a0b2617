"""A small shop with a second administrator: made once, copied for every test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.orders.shop import Shop, open_shop, serve
from tests.rights.desks import SECOND_ADMIN, hire
from tests.support.databases import Database, fresh_database
from tests.support.waiting import run_apart


async def _fill(database: Database) -> None:
    await open_shop(database)
    opened = serve(database)
    await hire(opened, SECOND_ADMIN)
    await opened.close()


@pytest.fixture(scope="package")
def shop_template(pg_server_url: str, database_template: str) -> Iterator[str]:
    """Name of a filled database; nothing stays connected to it."""
    with fresh_database(pg_server_url, database_template) as filled:
        run_apart(_fill(filled))
        yield filled.name


@pytest.fixture
async def shop(pg_server_url: str, shop_template: str) -> AsyncIterator[Shop]:
    """Two clients, their papers and people, and the default rights."""
    with fresh_database(pg_server_url, shop_template) as database:
        opened = serve(database)
        yield opened
        await opened.close()
