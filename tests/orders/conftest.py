"""A fresh shop for every test: filled once, then copied like the databases themselves."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.orders.shop import Shop, open_shop, serve
from tests.orders.site import Site, open_site
from tests.orders.worker import Worker
from tests.support.databases import Database, fresh_database
from tests.support.waiting import run_apart


@pytest.fixture(scope="session")
def shop_template(pg_server_url: str, database_template: str) -> Iterator[str]:
    """Name of a filled database that shops are copied from. Nothing may connect to it."""
    with fresh_database(pg_server_url, database_template) as filled:
        run_apart(open_shop(filled))
        yield filled.name


@pytest.fixture
def shop_database(pg_server_url: str, shop_template: str) -> Iterator[Database]:
    """A database with a shop in it."""
    with fresh_database(pg_server_url, shop_template) as fresh:
        yield fresh


@pytest.fixture
async def shop(shop_database: Database) -> AsyncIterator[Shop]:
    """An open shop."""
    made = serve(shop_database)
    yield made
    await made.close()


@pytest.fixture
async def site(shop: Shop, redis_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """The whole portal on a fresh shop."""
    async with open_site(shop, redis_url, tmp_path) as made:
        yield made


@pytest.fixture
def worker(shop: Shop) -> Worker:
    """The worker of this shop."""
    return Worker(shop)
