"""The synchronized cache: as fresh as the exchange, and marked with its age where nobody can tell (5.2).

While the exchange is alive the floors say all there is to say. While it is silent the owner is asked whether anything
of the collection changed: many questions of a moment are one. What did not change is kept, what did is read anew.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeVar

from app.caching.counting import count_check
from app.caching.protocol import Call, Kept, Shown
from app.caching.rules import Floor, floor_above
from app.caching.store import AwayError
from app.caching.versioned import Versioned

T = TypeVar("T")

_REMEMBERED_S: Final = 1.0


class Checker(Protocol):
    """Asks the owner of the data."""

    async def labels(self, tenant_id: int, tags: Sequence[str]) -> Mapping[str, int]:
        """Give the number of the last transaction that changed each collection; 0 for one never changed.

        Raises:
            Exception: the owner cannot be asked.
        """
        ...


class Checks:
    """Questions to the owner, gathered: one at a time for a tenant, its answer good for a second."""

    def __init__(self, checker: Checker) -> None:
        """Ask through this."""
        self._checker = checker
        self._answers: dict[int, tuple[float, Mapping[str, int]]] = {}
        self._asking: dict[int, asyncio.Lock] = {}
        self._tags: dict[int, set[str]] = {}

    async def last_change(self, tenant_id: int, tags: Sequence[str]) -> int | None:
        """Tell the last change of these collections; None if the owner cannot be asked."""
        wanted = self._tags.setdefault(tenant_id, set())
        wanted.update(tags)
        async with self._asking.setdefault(tenant_id, asyncio.Lock()):
            at, known = self._answers.get(tenant_id, (0.0, {}))
            if time.monotonic() - at > _REMEMBERED_S or not known.keys() >= set(tags):
                count_check(tenant_id)
                try:
                    known = await self._checker.labels(tenant_id, sorted(wanted))
                except Exception:  # noqa: BLE001 - whatever keeps the owner from answering, a page does not fail for it
                    return None
                self._answers[tenant_id] = (time.monotonic(), known)
        return max((known.get(tag, 0) for tag in tags), default=0)


class Synchronized:
    """The cache of what the ERP masters."""

    def __init__(self, versioned: Versioned, checks: Checks) -> None:
        """Share the part that knows versions; ask the owner through ``checks``."""
        self._versioned = versioned
        self._checks = checks

    async def read(self, call: Call[T]) -> Shown[T]:
        """Give the value as the exchange knows it."""
        try:
            found = await self._versioned.find(call)
        except AwayError:
            return await self._versioned.bypass(call)
        if found.kept is None:
            return await self._versioned.fetch(call, found.least, found.floors)
        if found.is_alive:
            call.tally.shown("hit", found.kept.age_s)
            return Shown(found.kept.value, found.kept.age_s)
        return await self._confirm(call, found.kept, found.floors)

    async def _confirm(self, call: Call[T], kept: Kept[T], floors: Sequence[Floor | None]) -> Shown[T]:
        changed = await self._checks.last_change(call.tenant_id, call.tags)
        if changed is None:
            is_marked = kept.age_s > call.max_lag_s
            call.tally.shown("marked" if is_marked else "checked", kept.age_s)
            return Shown(kept.value, kept.age_s, is_marked)
        if kept.header.version < floor_above(changed):
            return await self._versioned.fetch(call, max(call.needed, floor_above(changed)), floors)
        call.tally.shown("checked", kept.age_s)
        return Shown(kept.value, kept.age_s)
