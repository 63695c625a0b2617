"""One transaction a request: its context is its own, its snapshot is one, and nobody else's code commits it."""

from collections.abc import AsyncIterator, Iterable
from typing import cast

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra import audit
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


async def test_the_trail_says_who_on_whose_behalf_from_where_and_what_changed(staff: AsyncEngine) -> None:
    head, deputy = new_id(), new_id()
    token = audit.begin(audit.Origin("request-1", "203.0.113.7", "Mozilla/5.0"))
    try:
        audit.act_for(head)
        async with open_tenant_transaction(staff, 1) as transaction:
            before, after = {"state": "draft", "gross": "1.00"}, {"state": "submitted", "gross": "1.00"}
            await record(
                transaction,
                "order.submit",
                "order",
                None,
                actor_id=deputy,
                object_name="P-1",
                before=before,
                after=after,
            )
    finally:
        audit.end(token)
    async with open_tenant_transaction(staff, 1) as transaction:
        await record(transaction, "order.accept", "order", None, actor_id=None)
        rows = await transaction.driver.fetch(
            "SELECT actor_id, on_behalf_id, before::text, after::text, request_id, address, device"
            " FROM audit_records ORDER BY id"
        )
    assert [tuple(cast("Iterable[object]", row)) for row in rows] == [
        (deputy, head, '{"state": "draft"}', '{"state": "submitted"}', "request-1", "203.0.113.7", "Mozilla/5.0"),
        (None, None, None, None, "", "", ""),
    ]


async def test_what_a_client_does_concerns_its_own_organisation(staff: AsyncEngine) -> None:
    own, other = new_id(), new_id()
    async with open_tenant_transaction(staff, 1, partners=[own]) as transaction:
        await record(transaction, "order.submit", "order", None, actor_id=None)
        await record(transaction, "order.submit", "order", None, actor_id=None, partner_id=other)
        rows = await transaction.driver.fetch("SELECT partner_id FROM audit_records ORDER BY id")
    assert [row["partner_id"] for row in rows] == [own, other]
