"""How the parts are: PostgreSQL, Redis, the news from 1C:ERP."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import cast

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.transaction import open_tenant_transaction, open_transaction
from app.infra.http.serving import Check, Part

_STALE_S = 120.0


def check_database(engine: AsyncEngine) -> Check:
    """Ask PostgreSQL for one row."""

    async def check() -> Part:
        started = perf_counter()
        async with open_transaction(engine, read_only=True) as transaction:
            await transaction.driver.fetchval("SELECT 1")
        return Part("up", note=f"{(perf_counter() - started) * 1000:.0f} ms")

    return check


def check_redis(redis: Redis) -> Check:
    """Ask Redis for a sign of life."""

    async def check() -> Part:
        await redis.ping()
        return Part("up")

    return check


def check_exchange(engine: AsyncEngine, tenant_ids: Callable[[], Sequence[int]]) -> Check:
    """Look how old the oldest news from 1C:ERP is; the portal works without it."""

    async def check() -> Part:
        oldest: datetime | None = None
        for tenant_id in tenant_ids():
            async with open_tenant_transaction(engine, tenant_id, read_only=True) as transaction:
                row = await transaction.driver.fetchrow(
                    "SELECT feed_at, away_since FROM erp_freshness WHERE tenant_id = $1", tenant_id
                )
            if row is None or row["feed_at"] is None:
                return Part("unknown", note="nothing received yet")
            if row["away_since"] is not None:
                return Part("down", _age(cast("datetime", row["away_since"])), "1C:ERP does not answer")
            fed = cast("datetime", row["feed_at"])
            oldest = fed if oldest is None or fed < oldest else oldest
        if oldest is None:
            return Part("unknown", note="no tenants yet")
        return Part("up" if _age(oldest) < _STALE_S else "down", _age(oldest))

    return check


def _age(moment: datetime) -> float:
    return round((datetime.now(UTC) - moment).total_seconds(), 1)
