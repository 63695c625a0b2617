"""What synchronized and write-through have in common: a value is shown only if it stands on all its floors."""

import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Generic, TypeVar

from msgspec import Struct

from app.caching.flight import Flights, Way
from app.caching.protocol import Call, Kept, Shown
from app.caching.rules import Floor, join_lives, may_keep, reaches
from app.caching.store import AwayError, Store, read_floor
from app.infra.waypoints import pass_by

T = TypeVar("T")


class Found(Struct, Generic[T], frozen=True):
    """What one MGET told: the value if it may be shown, its floors, and whether the exchange is alive.

    ``least`` is the version from which on another reader's fresh value may be shown to this one.
    """

    kept: Kept[T] | None
    is_alive: bool
    least: int
    floors: Sequence[Floor | None]


class Versioned:
    """The part of a cache that knows versions."""

    def __init__(self, store: Store, flights: Flights) -> None:
        """Share store and loads with the other caches of the process."""
        self._store = store
        self._flights = flights

    async def find(self, call: Call[T]) -> Found[T]:
        """Look for the value, its floors and the sign of life of the exchange, all of one moment.

        Raises:
            AwayError: Redis is not to be had.
        """
        raws = await self._store.get_many([call.name.key, *call.floors, call.beat])
        floors = [read_floor(raw) for raw in raws[1:-1]]
        # Where a floor is missing nothing is known of what changed: only what was read since then will do.
        least = max(call.horizon if one is None else one.version for one in floors)
        kept = call.open(raws[0])
        if kept is not None:
            header = kept.header
            is_over = time.time() >= header.fresh_until
            if is_over or header.version < call.needed or not reaches(header.version, header.lives, floors):
                kept = None
        return Found(kept, raws[-1] is not None, max(least, call.needed), floors)

    async def fetch(self, call: Call[T], least: int, floors: Sequence[Floor | None] = ()) -> Shown[T]:
        """Fetch the value from its owner, once for all who may be shown the same; ``floors`` as they were found."""
        call.tally.count("miss")
        way: Way[T] = Way(
            partial(self._look, call, least),
            partial(self._keep, call),
            lambda kept: kept.header.version >= least,
            await self._is_to_be_kept(call, floors),
        )
        kept = await self._flights.fetch(call, way)
        return Shown(kept.value, kept.age_s)

    async def bypass(self, call: Call[T]) -> Shown[T]:
        """Read from the owner, because Redis is away; still once for all of this process."""
        call.tally.count("bypass")
        return await self.fetch(call, max(call.horizon, call.needed))

    async def _is_to_be_kept(self, call: Call[T], floors: Sequence[Floor | None]) -> bool:
        """Whether what this request reads may be kept; just after Redis came back nothing may, and nobody waits."""
        found = [one for one in floors if one is not None]
        with suppress(AwayError):
            if len(found) < len(floors):
                found = await self._store.lay(call.floors)
        is_kept = may_keep(found, call.horizon, call.begun_ms)
        if not is_kept:
            call.tally.count("refused_old")
        return is_kept

    async def _look(self, call: Call[T], least: int) -> Kept[T] | None:
        kept = (await self.find(call)).kept
        return kept if kept is not None and kept.header.version >= least else None

    async def _keep(self, call: Call[T], kept: Kept[T]) -> None:
        """Keep what was read, unless something changed since the reading began or nobody could tell."""
        floors = await self._store.lay(call.floors)
        named = list(zip(call.floors, floors, strict=True))
        pass_by("cache.filling")
        if not may_keep(floors, call.horizon, call.begun_ms) or not await self._put(call, kept, named):
            call.tally.count("refused_old")
        pass_by("cache.filled")

    async def _put(self, call: Call[T], kept: Kept[T], floors: list[tuple[str, Floor]]) -> bool:
        raw, header = call.pack(kept, join_lives([floor for _, floor in floors])), kept.header
        life_s = header.fresh_until - header.loaded_at
        return await self._store.put_above(call.name.key, floors, call.horizon, raw, life_s)
