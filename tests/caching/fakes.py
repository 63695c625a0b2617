"""A Redis of this process for tests that need none, with a clock and faults of their own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from app.caching.counting import tally_of
from app.caching.families import Tag
from app.caching.keys import Fence, shape_of
from app.caching.marks import floors_of
from app.caching.protocol import Call
from app.caching.rules import Bounds, Floor
from app.caching.store import AwayError
from app.caching.values import Shaped

FENCE: Final = Fence(7, "realm")
SHAPE: Final = shape_of(int | None)
ONE: Final = UUID(int=1)
OTHER: Final = UUID(int=2)
TEXT: Final[Shaped[str | None]] = Shaped(str | None)


class FakeStore:
    """What Redis does, step by step as the scripts do it; ``laid_ms`` is the clock floors are laid by."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.floors: dict[str, Floor] = {}
        self.locks: dict[str, str] = {}
        self.is_away = False
        self.laid_ms = 1
        self.calls = 0

    async def run(self) -> str:
        self._look()
        return "run"

    async def close(self) -> None:
        return

    async def get(self, key: str) -> bytes | None:
        self._look()
        return self.values.get(key)

    async def get_many(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        self._look()
        return [self.values.get(key) or self._floor(key) for key in keys]

    async def put(self, key: str, raw: bytes, life_s: float) -> None:
        self._look()
        assert life_s > 0
        self.values[key] = raw

    async def put_above(
        self, key: str, floors: Sequence[tuple[str, Floor]], version: int, raw: bytes, life_s: float
    ) -> bool:
        self._look()
        assert life_s > 0
        for name, seen in floors:
            floor = self.floors.get(name)
            if floor is None or floor.laid_ms != seen.laid_ms or floor.version > version:
                return False
        there = self.values.get(key)
        if there is not None and there[21:29] > version.to_bytes(8):
            return False
        self.values[key] = raw
        return True

    async def lay(self, floors: Sequence[str]) -> Sequence[Floor]:
        self._look()
        for name in floors:
            self.floors.setdefault(name, Floor(self.laid_ms, 0))
        return [self.floors[name] for name in floors]

    async def raise_floors(self, floors: Sequence[tuple[str, int]]) -> None:
        self._look()
        for name, version in floors:
            floor = self.floors.get(name, Floor(self.laid_ms, 0))
            self.floors[name] = Floor(floor.laid_ms, max(floor.version, version))

    async def lock(self, key: str, token: str, life_s: float) -> bool:
        self._look()
        assert life_s > 0
        if key in self.locks:
            return False
        self.locks[key] = token
        return True

    async def let_go(self, key: str, token: str) -> None:
        self._look()
        if self.locks.get(key) == token:
            del self.locks[key]

    def _look(self) -> None:
        self.calls += 1
        if self.is_away:
            raise AwayError

    def _floor(self, key: str) -> bytes | None:
        floor = self.floors.get(key)
        return None if floor is None else f"{floor.laid_ms}:{floor.version}".encode()


class Owner:
    """Who really knows; counts how often it is asked."""

    def __init__(self, value: str | None = "first") -> None:
        self.value = value
        self.loads = 0
        self.pause_s = 0.0
        self.error: Exception | None = None

    async def load(self) -> str | None:
        self.loads += 1
        value = self.value
        await asyncio.sleep(self.pause_s)
        if self.error is not None:
            raise self.error
        return value


def call(
    load: Callable[[], Awaitable[str | None]],
    *,
    fence: Fence = FENCE,
    name: str = "texts",
    parts: Sequence[object] = ("one",),
    bounds: Bounds | None = None,
    tags: Sequence[Tag] = (),
    horizon: int = 100,
    needed: int = 0,
    begun_ms: int = 10**14,
    is_near: bool = False,
) -> Call[str | None]:
    """A question as a shelf would ask it."""
    return Call(
        name=fence.name(name, SHAPE, ("scope",), parts),
        tenant_id=fence.tenant_id,
        values=TEXT,
        bounds=bounds or Bounds(ttl_s=60),
        tally=tally_of(name, fence.tenant_id),
        load=load,
        is_near=is_near,
        floors=tuple(floor for tag in tags for floor in floors_of(fence, tag)),
        beat=fence.beat,
        tags=tuple(tag for tag, _ in tags),
        max_lag_s=60,
        horizon=horizon,
        needed=needed,
        begun_ms=begun_ms,
    )
