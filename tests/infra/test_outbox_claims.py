"""What leaves first: urgent before the rest, each aggregate in its order, and nothing waits for ever."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.admin.tenants import create_tenants
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from app.infra.outbox import enqueue
from app.infra.outbox_claims import claim
from tests.support.databases import Database

TENANT = 1


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """The worker's pool over a database with tenants."""
    owner = make_engine(database.owner_url, 1)
    await create_tenants(owner)
    await owner.dispose()
    pool = make_engine(database.staff_url, 2)
    yield pool
    await pool.dispose()


async def put(engine: AsyncEngine, *intents: tuple[str, str]) -> None:
    """Commit intents, each an aggregate and a kind, one after the other."""
    for aggregate, kind in intents:
        async with open_tenant_transaction(engine, TENANT) as transaction:
            await enqueue(transaction, "erp", aggregate, kind, {})


async def take(engine: AsyncEngine, limit: int = 10, *, oldest: bool = False) -> set[tuple[str, str]]:
    """Claim and commit."""
    async with open_tenant_transaction(engine, TENANT) as transaction:
        claimed = await claim(transaction, "erp", "test", limit=limit, oldest=oldest)
    return {(one.aggregate, one.kind) for one in claimed}


async def test_no_more_are_taken_than_were_asked_for(engine: AsyncEngine) -> None:
    await put(engine, *((f"a{number}", "order.put") for number in range(30)))
    assert [len(await take(engine, 12)) for _ in range(4)] == [12, 12, 6, 0]


async def test_orders_leave_before_claims_messages_and_master_data(engine: AsyncEngine) -> None:
    kinds = ["plan.put", "contact.put", "message.put", "claim.put", "vehicle.put", "order.put"]
    await put(engine, *((kind, kind) for kind in kinds))
    left = [kind for _ in kinds for _, kind in await take(engine, 1)]
    assert left == ["vehicle.put", "order.put", "claim.put", "message.put", "contact.put", "plan.put"]


async def test_an_aggregate_keeps_its_order_however_urgent_the_later_is(engine: AsyncEngine) -> None:
    await put(engine, ("a", "contact.put"), ("a", "order.put"), ("b", "claim.put"))
    assert await take(engine) == {("a", "contact.put"), ("b", "claim.put")}
    assert await take(engine) == set()


async def test_who_waited_longest_gets_a_turn(engine: AsyncEngine) -> None:
    await put(engine, ("a", "contact.put"), ("b", "order.put"), ("c", "order.put"))
    assert await take(engine, 1, oldest=True) == {("a", "contact.put")}


@pytest.mark.parametrize("oldest", [False, True])
async def test_bulk_stands_back_while_something_else_has_waited_long(
    engine: AsyncEngine, database: Database, oldest: bool
) -> None:
    await put(engine, ("a", "plan.put"), ("b", "contact.put"), ("b", "contact.put"))
    assert await take(engine, oldest=oldest) == {("a", "plan.put"), ("b", "contact.put")}
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute(
        "UPDATE outbox SET stage = 'new', locked_until = NULL, created_at = now() - interval '1 min'"
    )
    assert await take(engine, oldest=oldest) == {("b", "contact.put")}
    await connection.execute("UPDATE outbox SET stage = 'done' WHERE aggregate = 'b'")
    await connection.close()
    assert await take(engine, oldest=oldest) == {("a", "plan.put")}
