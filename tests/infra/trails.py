"""A tenant with an audit trail, and somebody past every wall to tamper with it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra import audit
from app.infra.audit_chain import Verdict, look_over
from app.infra.audit_copy import Copy, copy_of
from app.infra.audit_seals import Seal, seal_once
from app.infra.db.engine import make_engine
from app.infra.db.transaction import Transaction, open_tenant_transaction
from tests.support.databases import Database

TENANT: Final = 1
_TENANT: Final = (
    "INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase, order_prefix)"
    " VALUES ($1, 'alatau', 'Alatau', '', '', '', 'Asia/Almaty', 'KZ', 'erp', 'P')"
)


class Trail(Struct, frozen=True):
    """One tenant's trail: ``staff`` writes as the portal does, ``super`` may do anything."""

    staff: AsyncEngine
    super: asyncpg.Connection
    folder: Path

    async def write(self, rows: int) -> None:
        """Record that many deeds, each in a transaction of its own."""
        for number in range(rows):
            async with open_tenant_transaction(self.staff, TENANT) as transaction:
                await write_one(transaction, number)

    async def seal(self) -> Seal | None:
        """Seal as the worker does."""
        return await seal_once(self.staff, TENANT, copy_of(self.folder, TENANT))

    async def tamper(self, statement: str, *args: object, rows: int = 1) -> None:
        """Change history as nobody of the portal may: past triggers, too."""
        async with self.super.transaction():
            await self.super.execute("SET LOCAL session_replication_role = replica")
            assert (await self.super.execute(statement, *args)).endswith(f" {rows}")

    async def look(self) -> Verdict:
        """Look it over as the doctor does."""
        copied = Copy(copy_of(self.folder, TENANT)).lines()
        async with self.super.transaction(isolation="repeatable_read", readonly=True):
            return await look_over(self.super, TENANT, copied)


async def write_one(transaction: Transaction, number: int) -> None:
    """Record one deed."""
    await audit.record(
        transaction,
        "order.submitted",
        "order",
        None,
        actor_id=None,
        object_name=f"P-{number}",
        after={"line\n": number},
    )


@asynccontextmanager
async def open_trail(database: Database, folder: Path) -> AsyncGenerator[Trail]:
    """Begin with an empty trail."""
    superuser = await asyncpg.connect(database.superuser_url)
    staff = make_engine(database.staff_url, pool_size=3)
    try:
        await superuser.execute(_TENANT, TENANT)
        yield Trail(staff, superuser, folder)
    finally:
        await staff.dispose()
        await superuser.close()
