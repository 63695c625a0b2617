"""What the worker does for the caches: it carries changes on, and says that the exchange is alive."""

import asyncio
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from app.caching.keys import Fence
from app.caching.marks import COLLECTIONS, raised_by
from app.caching.queries import end_waiting, is_fed, read_realm, read_waiting
from app.caching.store import AwayError, Store
from app.infra.db.transaction import open_tenant_transaction
from app.infra.waypoints import pass_by

_EVERY_S: Final = 0.2
_BEAT_EVERY: Final = 5  # rounds: a second, of the three that a beat lasts

BEAT_S: Final = 3.0


async def carry(engine: AsyncEngine, store: Store, fence: Fence) -> int:
    """Carry marks of a tenant into Redis; gives how many.

    Floors are raised first and only then are the rows taken away: killed in between, it happens again, and a floor
    that is raised twice stands where it stood. No transaction is open while Redis is spoken to.

    Raises:
        AwayError: Redis is not to be had; the marks stay.
    """
    async with open_tenant_transaction(engine, fence.tenant_id, read_only=True) as transaction:
        waiting = await read_waiting(transaction)
    if not waiting.marks:
        return 0
    pass_by("cache.carrying")
    await store.raise_floors(list(raised_by(fence, waiting.marks).items()))
    pass_by("cache.raised")
    async with open_tenant_transaction(engine, fence.tenant_id) as transaction:
        await end_waiting(transaction, waiting)
    pass_by("cache.ended")
    return len(waiting.marks)


async def beat(engine: AsyncEngine, store: Store, fence: Fence) -> None:
    """Say that the exchange is alive, if it is; call it when no mark waits.

    Raises:
        AwayError: Redis is not to be had.
    """
    # Laid before anybody asks: what is read before a floor was laid is not kept.
    await store.lay([fence.floor(name) for tag in COLLECTIONS for name in (tag, f"{tag}*")])
    async with open_tenant_transaction(engine, fence.tenant_id, read_only=True) as transaction:
        is_alive = await is_fed(transaction)
    if is_alive:
        await store.put(fence.beat, b"1", BEAT_S)


class Carrier:
    """Carries the marks of all tenants; two of them at once would only do the same twice."""

    def __init__(self, engine: AsyncEngine, store: Store) -> None:
        """Open nothing yet."""
        self._engine = engine
        self._store = store
        self._realm = ""

    async def run(self, tenant_id: int) -> None:
        """Carry for ever, a few times a second."""
        rounds = 0
        while True:
            if await self.once(tenant_id, with_beat=rounds % _BEAT_EVERY == 0):
                rounds += 1
            await asyncio.sleep(_EVERY_S)

    async def once(self, tenant_id: int, *, with_beat: bool = False) -> bool:
        """Carry everything that waits; False while Redis is away, and everything goes on waiting."""
        try:
            fence = await self._fence(tenant_id)
            while await carry(self._engine, self._store, fence):
                pass
            if with_beat:
                await beat(self._engine, self._store, fence)
        except AwayError:
            return False
        return True

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._store.close()

    async def _fence(self, tenant_id: int) -> Fence:
        run = await self._store.run()
        if not self._realm:
            async with open_tenant_transaction(self._engine, tenant_id, read_only=True) as transaction:
                self._realm = await read_realm(transaction)
        return Fence(tenant_id, f"{self._realm}{run}")
