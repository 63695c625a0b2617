"""Making and seeding the database; a half-done seeding is wiped and done again."""

from collections.abc import Callable, Sequence

import asyncpg
from msgspec import Struct

from erp_peer.data.load import Plan, finish, load
from erp_peer.store import schema
from erp_peer.store.db import many, value


class Seeded(Struct, frozen=True):
    """What an infobase was seeded with."""

    ib: str
    tenant: str
    profile: str
    seed: int
    version: int


async def seeded(pool: asyncpg.Pool) -> list[Seeded]:
    """Infobases whose seeding came to its end; none when there is no schema or it is of another making."""
    async with pool.acquire() as conn:
        exists = await value(conn, bool, "SELECT to_regclass('peer.infobases') IS NOT NULL")
        if not exists:
            return []
        sql = "SELECT ib, tenant, profile, seed, version FROM peer.infobases ORDER BY ib"
        try:
            return await many(conn, Seeded, sql)
        except asyncpg.UndefinedColumnError:
            return []


def matches(found: Sequence[Seeded], plans: Sequence[Plan]) -> bool:
    """Whether the database already holds what is asked for."""
    have = {(s.ib, s.profile, s.seed, s.version) for s in found}
    return have == {(p.ib, p.profile, p.seed, schema.VERSION) for p in plans}


async def wipe(pool: asyncpg.Pool) -> None:
    """Drop everything of ours."""
    async with pool.acquire() as conn:
        await conn.execute("DROP SCHEMA IF EXISTS peer CASCADE")


async def seed(pool: asyncpg.Pool, plans: Sequence[Plan], say: Callable[[str], None]) -> None:
    """Wipe, make and fill the database in one transaction."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SET LOCAL synchronous_commit = off")
        await conn.execute("SET LOCAL maintenance_work_mem = '256MB'")
        # Small samples do: every plan goes by key, and wide rows make large ones slow.
        await conn.execute("SET LOCAL default_statistics_target = 20")
        await conn.execute("DROP SCHEMA IF EXISTS peer CASCADE")
        await conn.execute(schema.create_sql())
        for plan in plans:
            await load(conn, plan, say)
        await finish(conn, say)
    say("seeding done")


async def prepare(pool: asyncpg.Pool, plans: Sequence[Plan], say: Callable[[str], None]) -> None:
    """Seed unless the database already holds what is asked for."""
    if not matches(await seeded(pool), plans):
        await seed(pool, plans, say)
