"""Rate limits that hold for all processes together, counted atomically in Redis (F8).

While Redis is away each process counts for itself: weaker, never absent. Forwarded headers are not
asked whose request it is.
"""

import time
from ipaddress import IPv6Address, ip_address
from typing import Final

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from app.kernel.errors import TooManyRequestsError

_AWAY_S: Final = 2.0
_PATIENCE_S: Final = 0.5
_FAILURES: Final = (RedisError, OSError, TimeoutError)


class RateLimiter:
    """Counts attempts in fixed windows."""

    def __init__(self, redis_url: str) -> None:
        """Count in this Redis; it is asked at first use."""
        self._pool = ConnectionPool.from_url(redis_url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S)
        self._shared = RedisStorage(
            f"async+{redis_url}",
            implementation="redispy",
            connection_pool=self._pool,  # pyright: ignore[reportArgumentType] - documented, only not typed
        )
        self._own = MemoryStorage()
        self._away_until = 0.0

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._pool.aclose()

    async def hit(self, limit: RateLimitItem, *keys: str) -> None:
        """Count one attempt.

        Raises:
            TooManyRequestsError: the window is used up; says how long it lasts.
        """
        if time.monotonic() >= self._away_until:
            try:
                await _hit(self._shared, limit, keys)
            except _FAILURES:
                self._away_until = time.monotonic() + _AWAY_S
            else:
                return
        await _hit(self._own, limit, keys)

    async def give_back(self, limit: RateLimitItem, *keys: str) -> None:
        """Take one attempt back: it turned out to be somebody's good right."""
        storage: Storage = self._shared if time.monotonic() >= self._away_until else self._own
        try:
            await storage.incr(limit.key_for(*keys), limit.get_expiry(), amount=-1)
        except _FAILURES:
            self._away_until = time.monotonic() + _AWAY_S


async def _hit(storage: Storage, limit: RateLimitItem, keys: tuple[str, ...]) -> None:
    limiter = FixedWindowRateLimiter(storage)
    if not await limiter.hit(limit, *keys):
        window = await limiter.get_window_stats(limit, *keys)
        raise TooManyRequestsError(max(1, int(window.reset_time - time.time()) + 1))


def address_block(address: str) -> str:
    """Give the network one caller can choose addresses from: /24, or /64 of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return found.exploded[:19]
        found = found.ipv4_mapped
    return str(found).rpartition(".")[0]
