"""The servers that every other test leans on."""

import asyncpg
import redis.asyncio as redis

from tests.support.databases import Database


async def test_every_account_reaches_its_database(database: Database) -> None:
    for url in (database.owner_url, database.client_url, database.staff_url):
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT current_database()") == database.name
        await connection.close()


async def test_serving_roles_are_bound_by_row_security(database: Database) -> None:
    connection = await asyncpg.connect(database.superuser_url)
    free = await connection.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'karavan%' AND (rolsuper OR rolbypassrls)"
    )
    await connection.close()
    assert free == []


async def test_valkey_answers_with_its_password(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    assert await client.set("tests:fixtures", "1", ex=5)
    await client.aclose()
