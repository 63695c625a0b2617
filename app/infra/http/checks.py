"""How the parts are: PostgreSQL, Redis, the news from 1C:ERP."""

from datetime import UTC, datetime
from time import perf_counter
from typing import Final, cast

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.transaction import open_tenant_transaction, open_transaction
from app.infra.http.serving import Check, Part

_SILENT_S: Final = 120.0  # one stream of a full load may take so long
_WORST: Final = ("up", "unknown", "down")
# The worker's pulse: it writes one of these rows every few seconds, whatever it is doing for the tenant.
_NEWS: Final = """
    SELECT f.feed_at AS fed, f.away_since AS away, greatest(f.feed_at, s.heard) AS heard
    FROM (SELECT max(heartbeat_at) AS heard FROM erp_streams WHERE tenant_id = $1) s
    LEFT JOIN erp_freshness f ON f.tenant_id = $1"""


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


def check_exchange(engine: AsyncEngine) -> Check:
    """Look how old the oldest news from any tenant's 1C:ERP is; the portal works without them."""

    async def check() -> Part:
        async with open_transaction(engine, read_only=True) as transaction:
            tenants = await transaction.driver.fetch("SELECT id, code FROM tenants ORDER BY id")
        parts = [await _exchange(engine, cast("int", row["id"]), cast("str", row["code"])) for row in tenants]
        if not parts:
            return Part("unknown", note="no tenants yet")
        return max(parts, key=lambda part: (_WORST.index(part.state), part.age_s))

    return check


async def _exchange(engine: AsyncEngine, tenant_id: int, code: str) -> Part:
    async with open_tenant_transaction(engine, tenant_id, read_only=True) as transaction:
        row = await transaction.driver.fetchrow(_NEWS, tenant_id)
    fed, away, heard = (cast("datetime | None", row[name] if row else None) for name in ("fed", "away", "heard"))
    if away is not None:
        return Part("down", _age(away), f"1C:ERP of {code} does not answer")
    if heard is None:
        return Part("unknown", note=f"the worker has not begun with {code}")
    if _age(heard) > _SILENT_S:
        return Part("down", _age(heard), f"the worker is silent about {code}")
    if fed is None:
        return Part("unknown", _age(heard), f"the first load of {code} is under way")
    return Part("up", _age(fed))


def _age(moment: datetime) -> float:
    return round((datetime.now(UTC) - moment).total_seconds(), 1)
