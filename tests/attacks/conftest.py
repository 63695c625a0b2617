"""One frozen field for all attacks."""

from collections.abc import AsyncIterator

import pytest

from tests.attacks.field import Field, fill, open_field
from tests.support.databases import fresh_database
from tests.support.waiting import run_apart


@pytest.fixture(scope="package")
async def field(
    pg_server_url: str, database_template: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Field]:
    """The portal with two tenants, two companies and every role; no row of its database can change."""
    with fresh_database(pg_server_url, database_template) as database:
        run_apart(fill(database))
        async with open_field(database, redis_url, tmp_path_factory.mktemp("attacks")) as made:
            yield made
