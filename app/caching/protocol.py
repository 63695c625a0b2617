"""The one way to read what is kept, whichever of the three caches keeps it."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from app.caching import rules
from app.caching.counting import Tally
from app.caching.keys import Name
from app.caching.rules import Bounds
from app.caching.values import Header, Shaped, read_header

T = TypeVar("T")

_log = structlog.stdlib.get_logger("karavan.caching")


class Kept(Struct, Generic[T], frozen=True):
    """A value that was found, with what is known of it."""

    header: Header
    value: T

    @property
    def age_s(self) -> float:
        """How long ago it was read from its owner."""
        return max(time.time() - self.header.loaded_at, 0.0)


class Shown(Struct, Generic[T], frozen=True):
    """A value for a page; ``is_marked`` says that nobody could confirm it for longer than its family allows."""

    value: T
    age_s: float = 0.0
    is_marked: bool = False


class Call(Struct, Generic[T], frozen=True, kw_only=True):
    """One question of one reader. ``floors`` to ``begun_ms`` count only where values have versions.

    ``horizon`` is the version of whatever this request reads; ``needed`` the lowest one it may be shown, by changes
    that its snapshot knows and Redis may not have heard of yet.
    """

    name: Name
    tenant_id: int
    values: Shaped[T]
    bounds: Bounds
    tally: Tally
    load: Callable[[], Awaitable[T]]
    is_near: bool = False
    floors: tuple[str, ...] = ()
    beat: str = ""
    tags: tuple[str, ...] = ()
    max_lag_s: float = 0.0
    horizon: int = 0
    needed: int = 0
    begun_ms: int = 0

    def open(self, raw: bytes | None) -> Kept[T] | None:
        """Read what was found; bytes of somebody else's are nothing, and somebody is told."""
        header = None if raw is None else read_header(raw)
        if raw is None or header is None:
            return None
        if header.tenant_id != self.tenant_id or header.fence != self.name.fence:
            self.tally.count("leak")
            _log.error("caching.leak", key=self.name.key, tenant=self.tenant_id, found=header.tenant_id)
            return None
        try:
            return Kept(header, self.values.unpack(raw))
        except msgspec.MsgspecError:
            return None

    def made(self, value: T, cost_s: float, chance: float, *, version: int = 0) -> Kept[T]:
        """Describe a value that was just read from its owner."""
        now, lifetime = time.time(), rules.lifetime_s(self.bounds.ttl_s, chance, is_negative=value is None)
        return Kept(Header(now + lifetime, now, cost_s, version, 0, self.tenant_id, self.name.fence), value)

    def pack(self, kept: Kept[T], lives: int = 0) -> bytes:
        """Write a value as it lies in Redis; ``lives`` are those of the floors it stands on."""
        raw = self.values.pack(replace(kept.header, lives=lives), kept.value)
        self.tally.wrote(len(raw))
        return raw


class Cache(Protocol):
    """Lazy, synchronized and write-through alike: a question in, an answer out, and never an error of their own."""

    async def read(self, call: Call[T]) -> Shown[T]:
        """Give a value that may be shown, from wherever it can be had."""
        ...
