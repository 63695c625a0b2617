"""Words of a transaction reach this process and the others once it is over; nothing waits for Redis."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra import outbox
from app.infra.db.engine import make_engine
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.waking import Crier, note, say_afterwards
from tests.support.databases import Database


@pytest.fixture
async def staff(module_database: Database) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(module_database.staff_url, 1)
    yield engine
    await engine.dispose()


async def add_intent(transaction: Transaction) -> None:
    await outbox.enqueue(transaction, "erp", "order 1", "order.put", {})


async def test_an_intent_says_its_lane_after_the_commit_and_not_before(staff: AsyncEngine) -> None:
    said: list[frozenset[str]] = []
    say_afterwards(staff, said.append)
    async with open_tenant_transaction(staff, 7) as transaction:
        note(transaction, "outbox:7:erp")
        note(transaction, "outbox:7:erp")
        note(transaction, "live")
        assert said == []
    assert said == [frozenset({"outbox:7:erp", "live"})]
    async with open_tenant_transaction(staff, 7):
        pass
    assert len(said) == 1


async def test_enqueuing_notes_the_lane_of_the_tenant(staff: AsyncEngine, module_database: Database) -> None:
    import asyncpg  # noqa: PLC0415 - to make the tenant, past every wall

    connection = await asyncpg.connect(module_database.superuser_url)
    await connection.execute(
        "INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase,"
        " order_prefix) VALUES (7, 'alatau', 'A', '', '', '', 'Asia/Almaty', 'KZ', 'x', 'P')"
    )
    await connection.close()
    said: list[frozenset[str]] = []
    say_afterwards(staff, said.append)
    async with open_tenant_transaction(staff, 7) as transaction:
        await add_intent(transaction)
    assert said == [{outbox.word_of(7, "erp")}]


async def test_what_one_process_says_another_hears(redis_url: str) -> None:
    clients = [Redis.from_url(redis_url), Redis.from_url(redis_url)]
    speaker, listener = Crier(clients[0]), Crier(clients[1])
    heard: list[str] = []
    hearing = asyncio.create_task(listener.hear(heard.append))
    async with asyncio.timeout(5):
        while not heard:  # whoever listens hears from the moment he does
            speaker.say(["outbox:1:erp", "live"])
            await asyncio.sleep(0.02)
    assert heard[:2] == ["outbox:1:erp", "live"]
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    for crier, client in zip((speaker, listener), clients, strict=True):
        await crier.close()
        await client.aclose()


async def test_without_redis_nobody_waits_and_nothing_fails() -> None:
    redis = Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=1)
    crier = Crier(redis)
    hearing = asyncio.create_task(crier.hear(lambda _: None))
    began = time.perf_counter()
    for _ in range(100):
        crier.say(["live"])
    assert time.perf_counter() - began < 0.5
    await asyncio.sleep(0.3)
    assert not hearing.done()
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    await crier.close()
    await redis.aclose()
