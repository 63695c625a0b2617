"""One transaction a request or a job, with its context set before anything else is read.

Reads run REPEATABLE READ READ ONLY, so that rights and data come from one snapshot (ACCESS 2.7);
writes run READ COMMITTED. The context is transaction-local: it cannot leak to the next user of a connection.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, cast
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.infra.db.grounds import Grounds, UngroundedError

_CONTEXT = sa.text(
    "SELECT set_config('app.tenant', :tenant, true), set_config('app.user', :user, true),"
    " set_config('app.partners', :partners, true)"
)


class Row(Protocol):
    """One row of the driver: by name or by place."""

    def __getitem__(self, key: str | int) -> object:
        """Read a column."""
        ...


class Driver(Protocol):
    """The part of asyncpg's connection that hot reads use; parameters are ``$1, $2, …``."""

    async def fetch(self, query: str, *args: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        ...

    async def fetchrow(self, query: str, *args: object) -> Row | None:
        """Run a statement and return its first row."""
        ...

    async def fetchval(self, query: str, *args: object) -> object:
        """Run a statement and return the first value of its first row."""
        ...

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement and return its command tag, e.g. ``UPDATE 1``."""
        ...

    async def executemany(self, command: str, args: Sequence[Sequence[object]]) -> None:
        """Run one statement for many parameter rows."""
        ...

    async def copy_to_table(self, table_name: str, **options: object) -> str:
        """Stream COPY data into a table."""
        ...


class Transaction(Struct, frozen=True):
    """An open transaction: ``session`` for ORM work, ``connection`` for Core, ``driver`` for hot statements.

    Whoever opened it commits; services only flush. ``grounds`` is what a person's reads and writes rest on; None
    where a job acts for nobody. ``shelf`` is what the room of the caches lays out for a request that only reads.
    """

    connection: AsyncConnection
    session: AsyncSession
    driver: Driver
    tenant_id: int
    grounds: Grounds | None = None
    shelf: object = None

    def admit(self, kind: str, *ids: UUID | None, to_write: bool = False) -> None:
        """Note that these objects were read under a decision, so that their parts may be read too."""
        if self.grounds is not None:
            self.grounds.admit(kind, *ids, to_write=to_write)


class GuardedDriver:
    """The driver of a person's transaction: every text is looked at before it leaves."""

    def __init__(self, driver: Driver, grounds: Grounds) -> None:
        """Stand before the driver."""
        self._driver = driver
        self._grounds = grounds

    async def fetch(self, query: str, *args: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        self._grounds.check_statement(query, args)
        return await self._driver.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> Row | None:
        """Run a statement and return its first row."""
        self._grounds.check_statement(query, args)
        return await self._driver.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: object) -> object:
        """Run a statement and return the first value of its first row."""
        self._grounds.check_statement(query, args)
        return await self._driver.fetchval(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement and return its command tag."""
        self._grounds.check_statement(query, args)
        return await self._driver.execute(query, *args)

    async def executemany(self, command: str, args: Sequence[Sequence[object]]) -> None:
        """Run one statement for many parameter rows."""
        for one in args:
            self._grounds.check_statement(command, one)
        await self._driver.executemany(command, args)

    async def copy_to_table(self, table_name: str, **options: object) -> str:
        """Refuse: whole tables are filled by jobs.

        Raises:
            UngroundedError: always.
        """
        message = f"{table_name}: rows are copied by jobs, not by people ({len(options)} options)"
        raise UngroundedError(message)


def make_session(connection: AsyncConnection, grounds: Grounds | None) -> AsyncSession:
    """Make the session of a transaction; what it flushes is judged by ``grounds``."""
    return AsyncSession(bind=connection, expire_on_commit=False, autoflush=False, info={"grounds": grounds})


def make_transaction(
    connection: AsyncConnection, session: AsyncSession, driver: Driver, tenant_id: int, grounds: Grounds | None
) -> Transaction:
    """Put an open transaction together, its driver guarded where somebody acts."""
    guarded = driver if grounds is None else GuardedDriver(driver, grounds)
    return Transaction(connection, session, guarded, tenant_id, grounds)


@asynccontextmanager
async def open_transaction(
    engine: AsyncEngine, *, read_only: bool, grounds: Grounds | None = None
) -> AsyncGenerator[Transaction]:
    """Begin without a context: nothing of any tenant is visible until one is set.

    Leaving the block without ``commit`` rolls back.
    """
    options: Mapping[str, object] = (
        {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if read_only else {}
    )
    async with engine.connect() as connection:
        await connection.execution_options(grounds=grounds, **options)
        await connection.begin()
        # The adapter sends BEGIN with the first statement; the raw driver must not run ahead of it.
        await connection.exec_driver_sql("SELECT 1")
        raw = await connection.get_raw_connection()
        driver = cast("Driver", raw.driver_connection)
        async with make_session(connection, grounds) as session:
            yield make_transaction(connection, session, driver, 0, grounds)


@asynccontextmanager
async def open_tenant_transaction(
    engine: AsyncEngine,
    tenant_id: int,
    *,
    read_only: bool = False,
    user_id: UUID | None = None,
    partners: Sequence[UUID] = (),
    grounds: Grounds | None = None,
) -> AsyncGenerator[Transaction]:
    """Begin for a job or a command that already knows its tenant; commits when the block ends well.

    It acts for nobody unless it is given ``grounds``, so that every statement for a person must show its own.
    """
    async with open_transaction(engine, read_only=read_only, grounds=grounds) as blank:
        await blank.connection.execute(
            _CONTEXT,
            {
                "tenant": str(tenant_id),
                "user": str(user_id or ""),
                "partners": ",".join(str(one) for one in partners),
            },
        )
        transaction = replace(blank, tenant_id=tenant_id)
        transaction.admit("person", user_id, to_write=True)
        yield transaction
        await transaction.session.flush()
        await transaction.connection.commit()
