"""A hit of our caches against a bare GET of the same bytes, in interleaved rounds, and the loads of a stampede.

Every way reads the same 0.8 KB on one Valkey, a round of each in turn; a line has the medians of all rounds. The bare
GET is that of the redis library; one on our own line stands beside it. Ours is the whole way of a page: name, line,
checks, figures, value. cashews and aiocache take part where they are installed (``pip install --require-hashes -r
requirements-bench.lock``). Stampede: 1,000 readers in each of four processes want one value whose load takes 50 ms; the
line tells how often it was loaded.
"""

import asyncio
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final, Protocol, cast
from uuid import UUID, uuid4

import uvloop
from msgspec import Struct
from redis.asyncio import Redis

from app.caching.families import Family
from app.caching.flight import Flights
from app.caching.lazy import Lazy
from app.caching.marks import Moment
from app.caching.near import Near
from app.caching.rules import Bounds
from app.caching.shelf import Shelf
from app.caching.store import RedisStore
from app.caching.synchronized import Checks, Synchronized
from app.caching.versioned import Versioned
from app.caching.write_through import WriteThrough
from app.infra.db.transaction import Transaction
from bench._report import report
from tests.caching.fakes import FENCE
from tests.caching.stampede import PROCESSES, stampede
from tests.support.servers import valkey_server

ROUNDS: Final = 60
READS: Final = 300
WAYS: Final = ("bare GET", "lazy", "synchronized", "write-through")


class Paper(Struct, frozen=True):
    """A value of about 0.8 KB, as a page would show it."""

    id: UUID
    number: str
    names: dict[str, str]
    text: str
    lines: list[int]


PAPER: Final = Paper(UUID(int=7), "K-100200", {"ru": "Масло моторное", "en": "Engine oil"}, "x" * 600, [*range(40)])


class Owner:
    """Whoever would know; a hit never asks."""

    async def labels(self, tenant_id: int, tags: Sequence[str]) -> Mapping[str, int]:
        """Say that nothing changed."""
        return dict.fromkeys(tags, 0 * tenant_id)


async def _load(_transaction: Transaction, _ask: int) -> Paper:
    return PAPER


def _families() -> Mapping[str, Family[int, Paper]]:
    bounds = Bounds(ttl_s=600, beta=0)
    lazy: Family[int, Paper] = Family(
        "bench_lazy",
        "lazy",
        Paper,
        _load,
        scope=lambda _: ("scope",),
        parts=lambda one: (one,),
        bounds=bounds,
        owner=(),
    )
    watched = {
        kind: Family(
            f"bench_{kind}",
            kind,
            Paper,
            _load,
            scope=lambda _: ("scope",),
            parts=lambda one: (one,),
            tags=lambda _: (("bench", None),),
            bounds=bounds,
            owner=(),
        )
        for kind in ("synchronized", "write-through")
    }
    return {"lazy": lazy, **watched}


def _shelf(store: RedisStore) -> Shelf:
    flights = Flights(store)
    versioned = Versioned(store, flights)
    caches = {
        "lazy": Lazy(store, flights, Near()),
        "synchronized": Synchronized(versioned, Checks(Owner())),
        "write-through": WriteThrough(versioned),
    }
    fence = type(FENCE)(FENCE.tenant_id, uuid4().hex)
    return Shelf(caches, fence, ("staff", None), Moment(100, [], int(time.time() * 1000) + 60_000))  # pyright: ignore[reportArgumentType]


async def _hits(url: str, crowd: int) -> None:
    store, bare = RedisStore(url, patience_s=1.0), Redis.from_url(url)
    shelf, nobody = _shelf(store), cast("Transaction", None)
    families = _families()
    await store.put(shelf.fence.beat, b"1", 3_600)
    for family in families.values():
        for _ in range(2):
            await shelf.read(nobody, family, 1)
    name = shelf.fence.name("bench_lazy", families["lazy"].shape, (("staff", None), "scope"), (1,))
    raw = await store.get(name.key) or b""
    await store.put("bench:bare", raw, 3_600)

    async def get_bare() -> object:
        return cast("object", await bare.get("bench:bare"))

    async def get_ours() -> object:
        return await store.get("bench:bare")

    ways: dict[str, Callable[[], Awaitable[object]]] = {"bare GET": get_bare, "GET on our own line": get_ours}
    for kind, family in families.items():
        ways[kind] = _reader(shelf, nobody, family)
    ways |= await _peers(url)
    took = await _rounds(ways, crowd)
    size = f"{len(raw)} bytes" + (f", {crowd} at once" if crowd > 1 else "")
    for way in ways:
        if way != "bare GET":
            report(f"cache hit, {way}", median(took[way]), f"bare GET of {size}", median(took["bare GET"]))
    await store.close()
    await bare.aclose()


def _reader(shelf: Shelf, nobody: Transaction, family: Family[int, Paper]) -> Callable[[], Awaitable[object]]:
    async def read() -> object:
        return await shelf.read(nobody, family, 1)

    return read


async def _rounds(ways: Mapping[str, Callable[[], Awaitable[object]]], crowd: int) -> Mapping[str, list[float]]:
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = time.perf_counter()
            for _ in range(READS // crowd):
                if crowd == 1:
                    await way()
                else:
                    await asyncio.gather(*(way() for _ in range(crowd)))
            took[name].append((time.perf_counter() - began) / (READS // crowd * crowd))
    return took


class _Peer(Protocol):
    """What both libraries have."""

    async def set(self, key: str, value: object) -> object:
        """Keep."""
        ...

    async def get(self, key: str) -> object:
        """Read."""
        ...


class _Set(Protocol):
    """What cashews is told beforehand."""

    def setup(self, url: str) -> object:
        """Say where to keep."""
        ...


class _Made(Protocol):
    """How aiocache is made."""

    def from_url(self, url: str) -> _Peer:
        """Say where to keep."""
        ...


async def _peers(url: str) -> dict[str, Callable[[], Awaitable[object]]]:
    """The two libraries, each as its own documentation sets it up for Redis; none where it is not installed."""
    found: dict[str, Callable[[], Awaitable[object]]] = {}
    for name, make in (("cashews", _cashews), ("aiocache", _aiocache)):
        try:
            peer = make(url)
        except ModuleNotFoundError:
            print(json.dumps({"bench": f"cache hit, {name}", "skipped": "not installed"}), flush=True)
            continue
        await peer.set("bench-peer", PAPER.text + str(PAPER.lines))
        found[name] = _peer_reader(peer)
    return found


def _peer_reader(peer: _Peer) -> Callable[[], Awaitable[object]]:
    async def read() -> object:
        return await peer.get("bench-peer")

    return read


def _cashews(url: str) -> _Peer:
    module = importlib.import_module("cashews")
    cache = cast("Callable[[], _Peer]", vars(module)["Cache"])()
    cast("_Set", cast("object", cache)).setup(url)
    return cache


def _aiocache(url: str) -> _Peer:
    made = cast("_Made", vars(importlib.import_module("aiocache"))["Cache"])
    return made.from_url(url)


async def _stampedes(url: str) -> None:
    loads, right, wrong = await stampede(url, uuid4().hex)
    line = {
        "bench": f"loads of a stampede, lazy, 1,000 readers x {PROCESSES} processes",
        "value": loads,
        "unit": "loads",
        "against": "1 load",
        "ratio": loads,
        "right": right,
        "wrong": wrong,
    }
    print(json.dumps(line), flush=True)


def main() -> None:
    """Measure on a Valkey of its own."""
    with tempfile.TemporaryDirectory() as folder, valkey_server(Path(folder)) as url:
        for crowd in (1, 50):
            uvloop.run(_hits(url, crowd))
        asyncio.run(_stampedes(url))


if __name__ == "__main__":
    sys.exit(main())
