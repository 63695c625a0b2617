"""The transaction of one request: begun by one statement, committed before a byte of the answer leaves."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, cast

from msgspec.structs import replace
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.infra.db.grounds import Grounds
from app.infra.db.transaction import Driver, Transaction, make_session, make_transaction
from app.infra.waypoints import pass_by

NOTHING: Final = "SELECT 1"


class Aftermath(Protocol):
    """Whoever must hear at once of what a transaction changed."""

    async def gather(self, transaction: Transaction) -> None:
        """Look at the transaction once more before it commits."""
        ...

    async def tell(self) -> None:
        """Tell of it once it has."""
        ...


class Unit:
    """One connection and its transaction; unless committed it is rolled back when closed."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take the pool; nothing is opened yet."""
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._transaction: Transaction | None = None
        self._aftermath: Aftermath | None = None

    async def begin(
        self, *, read_only: bool, statement: str = NOTHING, args: Sequence[object] = (), tenant_id: int = 0
    ) -> Mapping[str, object] | None:
        """Send BEGIN and the first statement; give its first row.

        Reads get one snapshot for rights and data (REPEATABLE READ). A connection that died in the
        pool is noticed here, before anything happened, and another one is taken.
        """
        try:
            return await self._begin(statement, args, tenant_id, read_only=read_only)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return await self._begin(statement, args, tenant_id, read_only=read_only)

    async def _begin(
        self, statement: str, args: Sequence[object], tenant_id: int, *, read_only: bool
    ) -> Mapping[str, object] | None:
        await self.close()
        connection = AsyncConnection(self._engine)
        await connection.start()
        self._connection = connection
        grounds = Grounds()

        def open_it(plain: Connection) -> tuple[Mapping[str, object] | None, Driver]:
            if read_only:
                plain = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            plain = plain.execution_options(grounds=grounds)
            plain.begin()
            row = plain.exec_driver_sql(statement, tuple(args)).mappings().first()
            return cast("Mapping[str, object] | None", row), cast("Driver", plain.connection.driver_connection)

        # One crossing into the library's own thread of control instead of one a step.
        row, driver = await connection.run_sync(open_it)
        self._transaction = make_transaction(connection, make_session(connection, grounds), driver, tenant_id, grounds)
        return row

    @property
    def transaction(self) -> Transaction | None:
        """The open transaction, if any."""
        return self._transaction

    def lay_out(self, shelf: object) -> None:
        """Give the open transaction what it may read without a statement."""
        if self._transaction is not None:
            self._transaction = replace(self._transaction, shelf=shelf)

    def follow(self, aftermath: Aftermath | None) -> None:
        """Let somebody hear of what the open transaction will have changed."""
        self._aftermath = aftermath

    async def commit(self) -> None:
        """Write what the session still holds and commit; without a transaction nothing happens."""
        if self._transaction is not None:
            session = self._transaction.session
            if session.new or session.dirty or session.deleted:
                await session.flush()
            if self._aftermath is not None:
                await self._aftermath.gather(self._transaction)
            await self._transaction.connection.commit()
            pass_by("out.committed")
            if self._aftermath is not None:
                await self._aftermath.tell()

    async def close(self) -> None:
        """Give the connection back, rolling back what was not committed. May be called twice."""
        transaction, connection = self._transaction, self._connection
        self._transaction = self._connection = None
        if transaction is not None and transaction.session.in_transaction():
            await transaction.session.close()
        if connection is not None:
            await connection.close()

    async def abort(self) -> None:
        """Cut the connection without waiting for a server that may never answer."""
        if self._connection is not None:
            await self._connection.invalidate()
        await self.close()


class Held:
    """The unit of one request, opened late and given back early; an empty one may be closed as well."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._unit: Unit | None = None

    def take(self, unit: Unit) -> Unit:
        """Hold a unit from before it opens anything, so that it can be cut while it does."""
        self._unit = unit
        return unit

    @property
    def transaction(self) -> Transaction | None:
        """The open transaction, if any."""
        return None if self._unit is None else self._unit.transaction

    async def finish(self, *, commit: bool) -> None:
        """Commit, or not, and give the connection back."""
        if self._unit is not None and commit:
            await self._unit.commit()
        await self.close()

    async def close(self) -> None:
        """Give the connection back, rolling back what was not committed. May be called twice."""
        if self._unit is not None:
            await self._unit.close()

    async def abort(self) -> None:
        """Cut the connection without waiting for the server."""
        if self._unit is not None:
            await self._unit.abort()
