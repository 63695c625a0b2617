"""Waiting for the first data from the ERP, with something to read meanwhile."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

import asyncpg
from msgspec import Struct

LOOK_EVERY_S = 0.2
SPEAK_EVERY_S = 1.0
NEWS = "SELECT feed_at IS NOT NULL AS fed, away_since IS NOT NULL AS away FROM erp_freshness"
LOADING = """
    SELECT stream, row_count, coalesce(total_count, 0) AS total FROM erp_streams
    WHERE state = 'loading' ORDER BY stream
"""


class Progress(Struct, frozen=True):
    """How far the first load of one tenant is."""

    tenant: str
    is_done: bool  # the feed answered after everything was loaded
    is_away: bool  # the ERP does not answer
    loading: tuple[tuple[str, int, int], ...]  # stream, rows so far, rows announced


async def wait_for_first_load(owner_url: str, say: Callable[[str], None]) -> None:
    """Return when every tenant has its data; say meanwhile what is being loaded."""
    said, spoke_at = "", time.monotonic()
    while True:
        tenants = await read_progress(owner_url)
        if tenants and all(tenant.is_done for tenant in tenants):
            return
        words = describe(tenants)
        if words != said and time.monotonic() - spoke_at > SPEAK_EVERY_S:
            say(words)
            said, spoke_at = words, time.monotonic()
        await asyncio.sleep(LOOK_EVERY_S)


def describe(tenants: list[Progress]) -> str:
    """One line on what is being loaded at this moment."""
    if away := [tenant.tenant for tenant in tenants if tenant.is_away]:
        return f"The ERP of {', '.join(away)} does not answer yet; trying again"
    words = [
        f"{tenant.tenant} {stream} {rows:,} of {total:,}"
        for tenant in tenants
        for stream, rows, total in tenant.loading
    ]
    return f"First load from the ERP: {', '.join(words) or 'being prepared'}"


async def read_progress(owner_url: str) -> list[Progress]:
    """How far each tenant is; a database that does not answer for a moment gives none."""
    try:
        connection = await asyncpg.connect(owner_url)
    except (OSError, asyncpg.PostgresError):
        return []
    try:
        tenants = await connection.fetch("SELECT id, code FROM tenants ORDER BY id")
        return [await _of(connection, cast("int", row["id"]), cast("str", row["code"])) for row in tenants]
    finally:
        await connection.close()


async def _of(connection: asyncpg.Connection, tenant_id: int, code: str) -> Progress:
    async with connection.transaction(readonly=True):
        await connection.execute("SELECT set_config('app.tenant', $1, true)", str(tenant_id))
        news = await connection.fetch(NEWS)
        streams = await connection.fetch(LOADING)
    return Progress(
        tenant=code,
        is_done=any(row["fed"] is True for row in news),
        is_away=any(row["away"] is True for row in news),
        loading=tuple(
            (cast("str", r["stream"]), cast("int", r["row_count"]), cast("int", r["total"])) for r in streams
        ),
    )
