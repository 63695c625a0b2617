"""The lazy cache: a value is good for a while, whatever happens to its owner (ERP-EXCHANGE 5.1).

One GET a hit. The dearer a value and the nearer its end, the likelier a reader fetches a new one before it ends, so
that nobody waits when it does. Once it has ended one reader fetches and the others are shown what there was.
"""

import random
import time
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from app.caching.flight import Flights, Way
from app.caching.near import Near
from app.caching.protocol import Call, Kept, Shown
from app.caching.rules import Standing, standing
from app.caching.store import AwayError, Store
from app.infra.loops import is_outage

T = TypeVar("T")
_TURN_S: Final = 3.0  # so long one reader has to bring a new value; then another is drawn
_chance: Final = random.SystemRandom().random


class Lazy:
    """The cache of what may be as old as its lifetime."""

    def __init__(self, store: Store, flights: Flights, near: Near) -> None:
        """Share store, loads and what lies near with the other caches of the process."""
        self._store = store
        self._flights = flights
        self._near = near

    async def read(self, call: Call[T]) -> Shown[T]:
        """Give the value; the owner's failure is told only where there is nothing to show instead."""
        key = call.name.key
        if call.is_near and (near := self._near.get(key)) is not None:
            call.tally.count("near")
            return near  # pyright: ignore[reportReturnType] - kept under this key by this family
        try:
            kept = call.open(await self._store.get(key))
        except AwayError:
            call.tally.count("bypass")
            return Shown((await self._flights.fetch(call, self._way(call))).value)
        if kept is None:
            call.tally.count("miss")
            return self._shown(call, await self._flights.fetch(call, self._way(call)))
        found = _standing(call, kept)
        if found == "fresh":
            call.tally.shown("hit", kept.age_s)
            return self._shown(call, kept)
        return await self._renew(call, kept, found)

    async def _renew(self, call: Call[T], kept: Kept[T], found: Standing) -> Shown[T]:
        """Fetch a new value if it is on this reader to do so; else, and where that fails, show what there is."""
        if found == "dead":
            call.tally.count("miss")
            return self._shown(call, await self._flights.fetch(call, self._way(call)))
        is_ours = found == "erring" or await self._is_drawn(call)
        if is_ours:
            try:
                way = self._way(call, kept.header.loaded_at)
                return self._shown(call, await self._flights.fetch(call, way))
            except Exception as error:
                if not is_outage(error):
                    raise
        call.tally.shown("early" if found == "early" else "stale", kept.age_s)
        return Shown(kept.value, kept.age_s)

    async def _is_drawn(self, call: Call[T]) -> bool:
        """Only one of those who see that a value ends goes and fetches."""
        with suppress(AwayError):
            return await self._store.lock(f"{call.name.key}:turn", "1", _TURN_S)
        return False

    def _way(self, call: Call[T], after: float = 0.0) -> Way[T]:
        return Way(
            partial(self._look, call, after),
            partial(self._keep, call),
            lambda kept: kept.header.loaded_at > after,
        )

    async def _look(self, call: Call[T], after: float) -> Kept[T] | None:
        """Look for what somebody else brought since."""
        kept = call.open(await self._store.get(call.name.key))
        is_new = kept is not None and kept.header.loaded_at > after and _standing(call, kept, 1.0) == "fresh"
        return kept if is_new else None

    async def _keep(self, call: Call[T], kept: Kept[T]) -> None:
        life_s = kept.header.fresh_until - kept.header.loaded_at
        if kept.value is not None:
            life_s += max(call.bounds.stale_s, call.bounds.error_s)
        await self._store.put(call.name.key, call.pack(kept), life_s)

    def _shown(self, call: Call[T], kept: Kept[T]) -> Shown[T]:
        shown = Shown(kept.value, kept.age_s)
        if call.is_near:
            self._near.put(call.name.key, shown)
        return shown


def _standing(call: Call[T], kept: Kept[T], chance: float | None = None) -> Standing:
    drawn = 1.0 - _chance() if chance is None else chance
    return standing(kept.header.fresh_until, kept.header.cost_s, call.bounds, time.time(), drawn)
