"""One load at a time for one value: in this process by a shared future, between processes by a lock in Redis."""

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Generic, TypeVar, cast

from msgspec import Struct

from app.caching.protocol import Call, Kept
from app.caching.rules import pause_s
from app.caching.store import AwayError, Store

T = TypeVar("T")

LOCK_S: Final = 2.0  # a load that takes longer is taken for dead, as is one whose lock Redis forgot to end
WAIT_S: Final = 2.0  # for somebody else's load; then everybody for themselves
_LOADS: Final = 32
_TRIES: Final = 3
_chance: Final = random.SystemRandom().random


class Way(Struct, Generic[T], frozen=True):
    """How one cache looks for a value, keeps one, and says which of another's it may use.

    What cannot be kept is not for other processes: nobody there waits for it.
    """

    look: Callable[[], Awaitable[Kept[T] | None]]
    keep: Callable[[Kept[T]], Awaitable[None]]
    fits: Callable[[Kept[T]], bool]
    is_kept: bool = True


class Flights:
    """The loads of one process."""

    def __init__(self, store: Store, most: int = _LOADS) -> None:
        """Let ``most`` loads run at once: a Redis that is gone must not drown PostgreSQL."""
        self._store = store
        self._gate = asyncio.Semaphore(most)
        self._under_way: dict[str, asyncio.Future[object]] = {}

    async def alone(self, call: Call[T]) -> Kept[T]:
        """Fetch a value from its owner."""
        async with self._gate:
            began = time.monotonic()
            value = await call.load()
            cost = time.monotonic() - began
        call.tally.loaded(cost)
        return call.made(value, cost, _chance(), version=call.horizon)

    async def fetch(self, call: Call[T], way: Way[T]) -> Kept[T]:
        """Fetch a value once for everybody who asks for it now, here and in other processes."""
        for _ in range(_TRIES):
            under_way = self._under_way.get(call.name.key)
            if under_way is None:
                return await self._lead(call, way)
            call.tally.count("wait")
            kept = cast("Kept[T] | None", await _end_of(under_way))
            if kept is not None and way.fits(kept):
                return kept
        return await self.alone(call)

    async def _lead(self, call: Call[T], way: Way[T]) -> Kept[T]:
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._under_way[call.name.key] = future
        try:
            kept = await self._first(call, way)
            future.set_result(kept)
        finally:
            del self._under_way[call.name.key]
            # Whoever waits for a load that failed or was given up tries anew; the next of them leads.
            future.cancel()
        return kept

    async def _first(self, call: Call[T], way: Way[T]) -> Kept[T]:
        if not way.is_kept:
            return await self.alone(call)
        token, lock = secrets.token_hex(8), f"{call.name.key}:lock"
        try:
            kept = await self._await_turn(call, way, lock, token)
        except AwayError:
            call.tally.count("bypass")
            return await self.alone(call)
        if kept is not None:
            return kept
        try:
            kept = await self.alone(call)
            with suppress(AwayError):
                await way.keep(kept)
        finally:
            with suppress(AwayError):
                await self._store.let_go(lock, token)
        return kept

    async def _await_turn(self, call: Call[T], way: Way[T], lock: str, token: str) -> Kept[T] | None:
        """Wait for the lock or for the value that its owner brings; None: it is our turn to fetch."""
        until, attempt = time.monotonic() + WAIT_S, 0
        while not await self._store.lock(lock, token, LOCK_S):
            if attempt == 0:
                call.tally.count("wait")
            if time.monotonic() >= until:
                return None
            await asyncio.sleep(pause_s(attempt, _chance()))
            attempt += 1
            if (kept := await way.look()) is not None:
                return kept
        # Somebody may have brought it between our first look and the lock.
        return await way.look()


async def _end_of(under_way: "asyncio.Future[object]") -> object:
    """Wait for another's load without ending it when this request ends; None if nothing came of it."""
    try:
        return await asyncio.shield(under_way)
    except asyncio.CancelledError:
        if under_way.cancelled():
            return None
        raise
