"""Against a real Valkey: the scripts, what it forgets, and what happens when it is killed, halted and started anew."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from app.caching.breaker import Fuse
from app.caching.flight import Flights
from app.caching.keys import Fence
from app.caching.lazy import Lazy
from app.caching.near import Listener, Near
from app.caching.protocol import Cache
from app.caching.rules import Floor
from app.caching.store import AwayError, RedisStore
from app.caching.versioned import Versioned
from app.caching.write_through import WriteThrough
from app.infra.embedded.binaries import find_valkey
from app.infra.embedded.valkey import prepare_valkey
from tests.caching.fakes import FENCE, ONE, Owner, call
from tests.caching.stampede import stampede
from tests.support.ports import free_port

PASSWORD: Final = "test-only"
STAMPEDES: Final = int(os.environ.get("KARAVAN_STAMPEDES", "1"))
TAGS: Final = (("terms", ONE),)


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[RedisStore]:
    """A store on the run's Valkey, patient with a busy machine."""
    made = RedisStore(redis_url, patience_s=2.0)
    yield made
    await made.close()


@pytest.fixture
def fence() -> Fence:
    """Names nobody else has."""
    return replace(FENCE, realm=uuid4().hex)


def bytes_of(version: int, text: bytes = b"value") -> bytes:
    return bytes(21) + version.to_bytes(8) + text


async def test_a_versioned_write_is_refused_below_a_floor_on_a_lost_floor_and_below_what_is_there(
    store: RedisStore, fence: Fence
) -> None:
    names = [fence.floor("terms"), fence.floor("terms", ONE)]
    key = fence.name("a", "b", (), ()).key
    floors = list(zip(names, await store.lay(names), strict=True))
    assert await store.put_above(key, floors, 10, bytes_of(10), 60)
    assert not await store.put_above(key, floors, 9, bytes_of(9), 60), "older than what is there"
    await store.raise_floors([(names[1], 20), (names[0], 5)])
    assert not await store.put_above(key, floors, 19, bytes_of(19), 60), "below a floor"
    assert await store.put_above(key, floors, 20, bytes_of(20), 60)
    laid_anew = [(names[0], floors[0][1]), (names[1], Floor(floors[1][1].laid_ms - 1, 0))]
    assert not await store.put_above(key, laid_anew, 30, bytes_of(30), 60), "another floor than was seen"
    assert not await store.put_above(key, [(fence.floor("none"), Floor(1, 0))], 30, bytes_of(30), 60), "no floor"
    assert await store.get(key) == bytes_of(20)


async def test_floors_only_rise_and_keep_when_they_were_laid(store: RedisStore, fence: Fence) -> None:
    name = fence.floor("terms")
    (laid,) = await store.lay([name])
    assert abs(laid.laid_ms - time.time() * 1000) < 5_000
    await store.raise_floors([(name, 7)])
    await store.raise_floors([(name, 3)])
    assert list(await store.lay([name])) == [Floor(laid.laid_ms, 7)]


async def test_a_lock_is_one_s_own_until_it_is_given_back(store: RedisStore, fence: Fence) -> None:
    lock = fence.floor("lock")
    assert await store.lock(lock, "mine", 5)
    assert not await store.lock(lock, "theirs", 5)
    await store.let_go(lock, "theirs")
    assert not await store.lock(lock, "theirs", 5)
    await store.let_go(lock, "mine")
    assert await store.lock(lock, "theirs", 0.05)
    await asyncio.sleep(0.1)
    assert await store.lock(lock, "mine", 5), "a dead owner's lock ends by itself"


async def test_a_thousand_readers_in_each_of_four_processes_make_one_load(redis_url: str, fence: Fence) -> None:
    for number in range(STAMPEDES):
        loads, right, wrong = await stampede(redis_url, f"{fence.realm}.{number}")
        assert (loads, right, wrong) == (1, 4_000, 0)


async def test_what_lies_near_goes_when_another_value_is_written(
    redis_url: str, store: RedisStore, fence: Fence
) -> None:
    near, owner = Near(), Owner()
    listening = asyncio.create_task(Listener(redis_url, near).run())
    while not near.is_listening:  # noqa: ASYNC110 - somebody else listens
        await asyncio.sleep(0.01)
    lazy, asked = Lazy(store, Flights(store), near), call(owner.load, fence=fence, is_near=True)
    await lazy.read(asked)
    await asyncio.sleep(0.05)
    await lazy.read(asked)
    assert near.get(asked.name.key) is not None
    await store.put(asked.name.key, b"another", 60)
    began = time.monotonic()
    while near.get(asked.name.key) is not None:
        assert time.monotonic() - began < 1
        await asyncio.sleep(0.001)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


class Server:
    """A Valkey of one test, to be killed."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self._argv = prepare_valkey(find_valkey(os.environ), folder / "valkey", self.port, PASSWORD)
        self._log = (folder / "valkey.log").open("ab")
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._argv, stdout=self._log, stderr=self._log)

    async def answer(self) -> None:
        async with Redis.from_url(self.url) as asking:
            for _ in range(400):
                try:
                    await asking.ping()
                except OSError:
                    await asyncio.sleep(0.02)
                except Exception:  # noqa: BLE001 - it is still loading its file
                    await asyncio.sleep(0.02)
                else:
                    return
        pytest.fail("Valkey does not answer")

    def halt(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start_anew(self) -> None:
        self.process = self._start()

    def close(self) -> None:
        self.go_on()
        self.kill()
        self._log.close()


@contextmanager
def own_valkey(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()


async def read_for(cache: Cache, owner: Owner, seconds: float, places: int = 50) -> list[float]:
    """Read as forty people would; gives how long each read took. Any error ends the test."""
    took: list[float] = []
    until = time.monotonic() + seconds

    async def person(number: int) -> None:
        turn = number
        while time.monotonic() < until:
            began = time.monotonic()
            asked = call(owner.load, tags=TAGS, parts=(turn % places,))
            assert (await cache.read(asked)).value == "first"
            took.append(time.monotonic() - began)
            turn += 1

    await asyncio.gather(*(person(number) for number in range(40)))
    return took


async def comes_back(cache: Cache, owner: Owner) -> float:
    """Read until the owner is not asked any more; gives how long that took."""
    began = time.monotonic()
    while True:
        before = owner.loads
        await cache.read(call(owner.load, parts=("back",)))
        if owner.loads == before:
            return time.monotonic() - began
        await asyncio.sleep(0.05)


async def test_no_read_fails_while_valkey_is_killed_halted_and_started_anew(tmp_path: Path) -> None:
    owner = Owner()
    owner.pause_s = 0.004
    with own_valkey(tmp_path) as server:
        await server.answer()
        store = RedisStore(server.url)
        flights = Flights(store)
        caches: list[Cache] = [Lazy(store, flights, Near()), WriteThrough(Versioned(store, flights))]
        steps = [lambda: None, server.halt, server.go_on, server.kill, server.start_anew]
        reads, slowest = 0, 0.0
        for step in steps:
            step()
            for cache in caches:
                took = sorted(await read_for(cache, owner, 0.7))
                reads += len(took)
                slowest = max(slowest, took[int(len(took) * 0.99)])
        await server.answer()
        assert reads > 1_000
        assert slowest < 2.0, "whoever reads waits for the owner, not for Redis"
        assert await comes_back(caches[0], owner) < 5.0
        await store.close()


async def test_a_run_of_redis_that_was_started_anew_has_another_name(tmp_path: Path) -> None:
    with own_valkey(tmp_path) as server:
        await server.answer()
        store = RedisStore(server.url, Fuse(open_s=0.01))
        first = await store.run()
        await store.put("key", b"value", 60)
        server.kill()
        server.start_anew()
        await server.answer()
        with pytest.raises(AwayError):
            # Whoever asked under the old name is told nothing, though the old file has the value.
            await store.get("key")
        await asyncio.sleep(0.05)
        assert await store.run() != first
        await store.close()
