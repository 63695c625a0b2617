"""The clock of the audit trail after a restore: in another server transactions are numbered from the beginning.

``audit_base()`` is raised so that what is written from now on is stamped behind everything the dump brought.
"""

from typing import Final, cast

import asyncpg

_TENANTS: Final = "SELECT id FROM tenants"
_TENANT: Final = "SELECT set_config('app.tenant', $1, true)"
_HIGHEST: Final = """
    SELECT greatest((SELECT max(stamp) + 1 FROM audit_records WHERE tenant_id = $1),
                    (SELECT max(upto) FROM audit_seals WHERE tenant_id = $1), 0)
"""
_NOW: Final = "SELECT pg_current_xact_id()::text::bigint"


async def set_forward(url: str) -> int:
    """Set the clock behind the last stamp, if it is not; give the base. Needs the account that owns the tables."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            highest = max([await _highest(connection, one) for one in await _tenants(connection)], default=0)
            base = cast("int", await connection.fetchval("SELECT audit_base()"))
            now = cast("int", await connection.fetchval(_NOW))
            if now + base >= highest:
                return base
            base = highest - now
            await connection.execute(
                "CREATE OR REPLACE FUNCTION audit_base() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE"
                f" AS 'SELECT {base:d}::bigint'"
            )
            return base
    finally:
        await connection.close()


async def _tenants(connection: asyncpg.Connection) -> list[int]:
    return [cast("int", row["id"]) for row in await connection.fetch(_TENANTS)]


async def _highest(connection: asyncpg.Connection, tenant_id: int) -> int:
    await connection.execute(_TENANT, str(tenant_id))
    return cast("int", await connection.fetchval(_HIGHEST, tenant_id))
