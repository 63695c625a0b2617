"""What the portal says of the exchange, before anybody has opened a page."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.admin.tenants import create_tenants
from app.infra.db.engine import make_engine
from app.infra.http.checks import check_exchange
from app.infra.http.serving import Part
from tests.support.databases import Database

LOADING = """
    INSERT INTO erp_streams (tenant_id, node, stream, state, heartbeat_at)
    VALUES ($1, 'portal', 'products', 'loading', now() - interval '{ago}')"""
FED = """
    INSERT INTO erp_freshness (tenant_id, feed_at, away_since)
    VALUES ($1, now() - interval '{ago}', {away})"""


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """The staff's pool, with two tenants that hear from their ERP."""
    owner = make_engine(database.owner_url, 1)
    await create_tenants(owner)
    await owner.dispose()
    await put(database, 2, FED.format(ago="1 second", away="NULL"))
    pool = make_engine(database.staff_url, 1)
    yield pool
    await pool.dispose()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], Part("unknown", 0, "the worker has not begun with alatau")),
        ([LOADING.format(ago="3 seconds")], Part("unknown", 3, "the first load of alatau is under way")),
        ([LOADING.format(ago="5 minutes")], Part("down", 300, "the worker is silent about alatau")),
        ([FED.format(ago="4 seconds", away="NULL")], Part("up", 4)),
        ([FED.format(ago="5 minutes", away="NULL")], Part("down", 300, "the worker is silent about alatau")),
        # A full load keeps the feed waiting, and is a sign of life itself.
        ([FED.format(ago="5 minutes", away="NULL"), LOADING.format(ago="1 second")], Part("up", 300)),
        (
            [FED.format(ago="5 minutes", away="now() - interval '1 minute'")],
            Part("down", 60, "1C:ERP of alatau does not answer"),
        ),
    ],
)
async def test_the_worst_tenant_speaks_for_all(
    engine: AsyncEngine, database: Database, rows: list[str], expected: Part
) -> None:
    for row in rows:
        await put(database, 1, row)
    found = await check_exchange(engine)()
    assert (found.state, found.note) == (expected.state, expected.note)
    assert abs(found.age_s - expected.age_s) < 5


async def put(database: Database, tenant_id: int, statement: str) -> None:
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute(statement, tenant_id)
    await connection.close()
