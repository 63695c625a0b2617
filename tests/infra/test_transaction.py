"""One transaction a request: its context is its own, its snapshot is one, and nobody else's code commits it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.audit import record
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction, open_transaction
from app.infra.outbox import enqueue
from app.kernel.ids import new_id
from tests.support.databases import Database

_TENANT = (
    "INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase, order_prefix)"
    " VALUES (1, 'alatau', 'Alatau', '', '', '', 'Asia/Almaty', 'KZ', 'erp', 'P')"
)


@pytest_asyncio.fixture
async def staff(database: Database) -> AsyncIterator[AsyncEngine]:
    owner = make_engine(database.owner_url, pool_size=1)
    async with open_tenant_transaction(owner, 1) as transaction:
        await transaction.driver.execute(_TENANT)
    await owner.dispose()
    engine = make_engine(database.staff_url, pool_size=1)  # one connection, so that leaks would show
    yield engine
    await engine.dispose()


async def test_a_read_is_one_snapshot_and_cannot_write(staff: AsyncEngine) -> None:
    async with open_transaction(staff, read_only=True) as transaction:
        level = await transaction.driver.fetchval("SELECT current_setting('transaction_isolation')")
        read_only = await transaction.driver.fetchval("SELECT current_setting('transaction_read_only')")
    assert (level, read_only) == ("repeatable read", "on")


async def test_the_context_does_not_outlive_its_transaction(staff: AsyncEngine) -> None:
    async with open_tenant_transaction(staff, 1) as transaction:
        assert await transaction.driver.fetchval("SELECT app_tenant()") == 1
        await enqueue(transaction, "mail", "a", "test", {"n": 1})
    async with open_transaction(staff, read_only=True) as transaction:
        assert await transaction.driver.fetchval("SELECT app_tenant()") is None
        assert await transaction.driver.fetchval("SELECT count(*) FROM outbox") == 0
    async with open_tenant_transaction(staff, 2) as transaction:
        assert await transaction.driver.fetchval("SELECT count(*) FROM outbox") == 0
    async with open_tenant_transaction(staff, 1) as transaction:
        assert await transaction.driver.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_failure_leaves_neither_intent_nor_trace(staff: AsyncEngine) -> None:
    async def fail() -> None:
        async with open_tenant_transaction(staff, 1) as transaction:
            await enqueue(transaction, "erp", "order:1", "order.put", {"n": 1})
            await record(transaction, "order.submit", "order", new_id(), actor_id=None)
            message = "the rule after the writes said no"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        await fail()
    async with open_tenant_transaction(staff, 1) as transaction:
        assert await transaction.driver.fetchval("SELECT count(*) FROM outbox") == 0
        assert await transaction.driver.fetchval("SELECT count(*) FROM audit_records") == 0


async def test_what_was_audited_cannot_be_rewritten(staff: AsyncEngine) -> None:
    async with open_tenant_transaction(staff, 1) as transaction:
        await record(transaction, "order.submit", "order", new_id(), actor_id=None, detail={"gross": "1.00"})
    for statement in ("UPDATE audit_records SET action = 'x'", "DELETE FROM audit_records", "TRUNCATE audit_records"):
        with pytest.raises(Exception, match="permission denied"):
            async with open_tenant_transaction(staff, 1) as transaction:
                await transaction.driver.execute(statement)
