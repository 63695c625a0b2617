"""A shop of its own for a module, and one for tests that use it up."""

from collections.abc import AsyncIterator

import pytest

from tests.orders.shop import Shop, make_shop
from tests.support.databases import Database


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    """A fresh shop."""
    made = await make_shop(database)
    yield made
    await made.close()
