"""Redis as the caches see it: every call is short, may fail, and says so in one way."""

import asyncio
import re
import time
from collections.abc import Awaitable, Sequence
from typing import Final, Protocol, TypeVar, cast

from redis.asyncio import Connection, Redis
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from app.caching.breaker import Fuse
from app.caching.rules import Floor
from app.caching.scripts import LAY, LET_GO, RAISE, VSET

T = TypeVar("T")

PATIENCE_S: Final = 0.05
FLOOR_MS: Final = 2 * 3600 * 1000  # twice as long as the longest life of a value
_CONNECTIONS: Final = 256
_FAILURES: Final = (RedisError, OSError, TimeoutError)


_RUN: Final = re.compile(rb"run_id:([0-9a-f]{8})")


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
        self._patience_s = patience_s
        self._run = ""
        self._redis = Redis.from_url(url, max_connections=_CONNECTIONS, redis_connect_func=self._meet)
        self._vset = self._redis.register_script(VSET)
        self._lay = self._redis.register_script(LAY)
        self._raise = self._redis.register_script(RAISE)
        self._let_go = self._redis.register_script(LET_GO)

    async def run(self) -> str:
        """Name this run of the server; known from the first connection on, and asked of every new one."""
        if not self._run:
            await self._call(self._redis.ping())
        return self._run

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def get(self, key: str) -> bytes | None:
        """Read one value."""
        return cast("bytes | None", await self._call(self._redis.get(key)))

    async def get_many(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """Read several values of one moment."""
        return cast("Sequence[bytes | None]", await self._call(self._redis.mget(keys)))

    async def put(self, key: str, raw: bytes, life_s: float) -> None:
        """Write a value that has no version."""
        await self._call(cast("Awaitable[object]", self._redis.set(key, raw, px=max(int(life_s * 1000), 1))))

    async def put_above(
        self, key: str, floors: Sequence[tuple[str, Floor]], version: int, raw: bytes, life_s: float
    ) -> bool:
        """Write a value unless a floor is above it or was laid anew."""
        keys = [key, *(name for name, _ in floors)]
        life_ms = min(max(int(life_s * 1000), 1), FLOOR_MS // 2)
        args = [str(version), version.to_bytes(8), raw, life_ms, *(str(floor.laid_ms) for _, floor in floors)]
        return await self._run_script(self._vset, keys, args) == 1

    async def lay(self, floors: Sequence[str]) -> Sequence[Floor]:
        """Lay the floors that are missing; gives all."""
        found = cast("Sequence[bytes]", await self._run_script(self._lay, floors, [FLOOR_MS]))
        return [floor for raw in found if (floor := read_floor(raw)) is not None]

    async def raise_floors(self, floors: Sequence[tuple[str, int]]) -> None:
        """Raise floors; those that are higher stay."""
        args = [FLOOR_MS, *(version for _, version in floors)]
        await self._run_script(self._raise, [name for name, _ in floors], args)

    async def lock(self, key: str, token: str, life_s: float) -> bool:
        """Take a lock that ends by itself."""
        return (
            await self._call(cast("Awaitable[object]", self._redis.set(key, token, nx=True, px=int(life_s * 1000))))
            is not None
        )

    async def let_go(self, key: str, token: str) -> None:
        """Give a lock back, if it still is this one."""
        await self._run_script(self._let_go, [key], [token])

    async def _meet(self, connection: Connection) -> None:
        """Greet a new connection; whoever speaks to another run than before must ask anew, under other names."""
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        told = cast("bytes", await connection.read_response())
        found = _RUN.search(told)
        before, self._run = self._run, found[1].decode() if found else ""
        if before and before != self._run:
            message = "Redis was started anew"
            raise RedisConnectionError(message)

    async def _run_script(self, script: AsyncScript, keys: Sequence[str], args: Sequence[object]) -> object:
        return await self._call(cast("Awaitable[object]", script(keys, args)))  # pyright: ignore[reportArgumentType]

    async def _call(self, command: Awaitable[T]) -> T:
        """Wait for an answer, but not for long."""
        if not self.fuse.may_call(time.monotonic()):
            _drop(command)
            raise AwayError
        try:
            async with asyncio.timeout(self._patience_s):
                answer = await command
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


def _drop(command: object) -> None:
    """A coroutine that is not waited for would complain."""
    close = getattr(command, "close", None)
    if callable(close):
        close()
