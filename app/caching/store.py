"""Redis as the caches see it: every call is short, may fail, and says so in one way."""

import time
from collections.abc import Coroutine, Sequence
from typing import Final, Protocol, cast

from app.caching.breaker import Fuse
from app.caching.rules import Floor
from app.caching.scripts import LAY, LET_GO, RAISE, VSET
from app.caching.wire import AnewError, Line, LineError, RefusedError, Script, Word

PATIENCE_S: Final = 0.05
FLOOR_MS: Final = 2 * 3600 * 1000  # twice as long as the longest life of a value
_FAILURES: Final = (LineError, RefusedError)
_VSET: Final = Script(VSET)
_LAY: Final = Script(LAY)
_RAISE: Final = Script(RAISE)
_LET_GO: Final = Script(LET_GO)


class AwayError(Exception):
    """Redis is not to be had right now: read from the owner."""


class Store(Protocol):
    """What the caches need of Redis; every method may raise ``AwayError``."""

    async def run(self) -> str:
        """Name this run of the server: what an earlier one kept, it may have forgotten the end of."""
        ...

    async def get(self, key: str) -> bytes | None:
        """Read one value."""
        ...

    async def get_many(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """Read several values of one moment."""
        ...

    async def put(self, key: str, raw: bytes, life_s: float) -> None:
        """Write a value that has no version."""
        ...

    async def put_above(
        self, key: str, floors: Sequence[tuple[str, Floor]], version: int, raw: bytes, life_s: float
    ) -> bool:
        """Write a value unless a floor is above it or was laid anew; says whether it was written."""
        ...

    async def lay(self, floors: Sequence[str]) -> Sequence[Floor]:
        """Lay the floors that are missing; gives all."""
        ...

    async def raise_floors(self, floors: Sequence[tuple[str, int]]) -> None:
        """Raise floors; those that are higher stay."""
        ...

    async def lock(self, key: str, token: str, life_s: float) -> bool:
        """Take a lock that ends by itself."""
        ...

    async def let_go(self, key: str, token: str) -> None:
        """Give a lock back, if it still is this one."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class RedisStore:
    """The store of one process, behind one fuse."""

    def __init__(self, url: str, fuse: Fuse | None = None, *, patience_s: float = PATIENCE_S) -> None:
        """Open nothing yet."""
        self.fuse = fuse or Fuse()
        self._line = Line(url, patience_s)

    async def run(self) -> str:
        """Name this run of the server; known from the first connection on, and asked of every new one."""
        if not self._line.run:
            await self._call("PING")
        return self._line.run

    async def close(self) -> None:
        """Hang up."""
        self._line.close()

    async def get(self, key: str) -> bytes | None:
        """Read one value."""
        return cast("bytes | None", await self._call("GET", key))

    async def get_many(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """Read several values of one moment."""
        return cast("Sequence[bytes | None]", await self._call("MGET", *keys))

    async def put(self, key: str, raw: bytes, life_s: float) -> None:
        """Write a value that has no version."""
        await self._call("SET", key, raw, "PX", max(int(life_s * 1000), 1))

    async def put_above(
        self, key: str, floors: Sequence[tuple[str, Floor]], version: int, raw: bytes, life_s: float
    ) -> bool:
        """Write a value unless a floor is above it or was laid anew."""
        keys = [key, *(name for name, _ in floors)]
        life_ms = min(max(int(life_s * 1000), 1), FLOOR_MS // 2)
        args = [str(version), version.to_bytes(8), raw, life_ms, *(str(floor.laid_ms) for _, floor in floors)]
        return await self._run(_VSET, keys, args) == 1

    async def lay(self, floors: Sequence[str]) -> Sequence[Floor]:
        """Lay the floors that are missing; gives all."""
        found = cast("Sequence[bytes]", await self._run(_LAY, floors, [FLOOR_MS]))
        return [floor for raw in found if (floor := read_floor(raw)) is not None]

    async def raise_floors(self, floors: Sequence[tuple[str, int]]) -> None:
        """Raise floors; those that are higher stay."""
        args = [FLOOR_MS, *(version for _, version in floors)]
        await self._run(_RAISE, [name for name, _ in floors], args)

    async def lock(self, key: str, token: str, life_s: float) -> bool:
        """Take a lock that ends by itself."""
        return await self._call("SET", key, token, "NX", "PX", int(life_s * 1000)) is not None

    async def let_go(self, key: str, token: str) -> None:
        """Give a lock back, if it still is this one."""
        await self._run(_LET_GO, [key], [token])

    async def _call(self, *words: Word) -> object:
        return await self._try(self._line.call(*words))

    async def _run(self, script: Script, keys: Sequence[str], args: Sequence[Word]) -> object:
        return await self._try(self._line.run_script(script, keys, args))

    async def _try(self, call: Coroutine[object, object, object]) -> object:
        if not self.fuse.may_call(time.monotonic()):
            call.close()
            raise AwayError
        try:
            answer = await call
        except AnewError as error:
            self.fuse.succeeded()
            raise AwayError from error
        except _FAILURES as error:
            self.fuse.failed(time.monotonic())
            raise AwayError from error
        except BaseException:
            self.fuse.gave_up()
            raise
        self.fuse.succeeded()
        return answer


def read_floor(raw: bytes | None) -> Floor | None:
    """Read a floor; anything else is none."""
    if raw is None:
        return None
    laid, _, version = raw.partition(b":")
    return Floor(int(laid), int(version)) if laid.isdigit() and version.isdigit() else None
