"""What really leaves for PostgreSQL, whatever stands before the driver."""

from typing import TYPE_CHECKING, cast

from app.infra.db.transaction import Transaction

if TYPE_CHECKING:
    import asyncpg


async def wire_of(transaction: Transaction) -> "asyncpg.Connection[asyncpg.Record]":
    """Give asyncpg's own connection of a transaction."""
    raw = await transaction.connection.get_raw_connection()
    return cast("asyncpg.Connection[asyncpg.Record]", raw.driver_connection)
