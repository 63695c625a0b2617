"""The new enemy: a right is taken away, then something secret is written, while its former holder reads.

Several web processes, revocations of every kind, readers at all processes all the while; Valkey is killed half way.
``make test`` runs a few; ``KARAVAN_REVOCATIONS=10000`` is the proof. An answer is stale if it shows the secret, or if
it was asked for after the revocation had committed and shows anything at all of what was taken away.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from app.access.actors import Actor
from tests.access.endings import DISABLED, LANES, Lane, open_lane
from tests.access.racing import Answer, Reader, sign_in, web_processes
from tests.orders.shop import HEAD, open_shop
from tests.support.databases import Database
from tests.support.servers import valkey_server

REVOCATIONS: Final = int(os.environ.get("KARAVAN_REVOCATIONS", "60"))
PROCESSES: Final = int(os.environ.get("KARAVAN_WEB_WORKERS", "2"))
_CONTEXT: Final = "SELECT set_config('app.tenant', '1', false)"


class Seen(Struct):
    """What all lanes have counted."""

    half_way: asyncio.Event
    rounds: Counter[str]
    stale: list[str]
    raced: int = 0  # reads under way while the right ended
    shown: int = 0  # of these, how many still saw what was theirs: the race was a race
    after: int = 0  # reads begun afterwards


async def race(database: Database, lane: Lane, readers: Sequence[Reader], rounds: int, seen: Seen) -> None:
    """Take the right away and give it back, ``rounds`` times."""
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute(_CONTEXT)
    await open_lane(connection, lane)
    await _insist_that_it_shows(connection, lane, readers[0])
    for number in range(rounds):
        kind, round_id = lane.kinds[number % len(lane.kinds)], uuid4()
        under_way = [asyncio.create_task(one.get(lane.path)) for one in random.sample(list(readers), 2)]
        await asyncio.sleep(random.random() * 0.01)
        await connection.execute(kind.take, lane.person.user_id, round_id)
        secret = await lane.write(connection, lane.person, round_id)
        after = [asyncio.create_task(one.get(lane.path)) for one in readers]
        for one in await asyncio.gather(*under_way):
            _count(seen, one, secret, lane.old, is_after=False, name=kind.name)
        for one in await asyncio.gather(*after):
            _count(seen, one, secret, lane.old, is_after=True, name=kind.name)
        await connection.execute(lane.erase, round_id)
        await connection.execute(kind.give, lane.person.user_id, round_id)
        seen.rounds[kind.name] += 1
        if seen.rounds.total() * 2 >= REVOCATIONS:
            seen.half_way.set()
    await connection.close()


async def _insist_that_it_shows(connection: "asyncpg.Connection[asyncpg.Record]", lane: Lane, reader: Reader) -> None:
    """While the right stands, both what was there and what is written stand in the answer."""
    round_id = uuid4()
    secret = await lane.write(connection, lane.person, round_id)
    answer = await reader.get(lane.path)
    assert lane.old.encode() in answer.body, answer
    assert secret.encode() in answer.body, answer
    await connection.execute(lane.erase, round_id)


def _count(seen: Seen, answer: Answer, secret: str, old: str, *, is_after: bool, name: str) -> None:
    shows_old = old.encode() in answer.body
    if is_after:
        seen.after += 1
        assert answer.status in {200, 401, 403}, answer
    else:
        seen.raced += 1
        seen.shown += shows_old
    if secret.encode() in answer.body or (is_after and shows_old):
        seen.stale.append(f"{name}: {answer.status} {answer.body[:300]!r}")


async def _kill_half_way(redis_url: str, seen: Seen) -> None:
    await seen.half_way.wait()
    async with Redis.from_url(redis_url) as client:
        told = cast("dict[str, object]", await client.info("server"))
    os.kill(int(str(told["process_id"])), signal.SIGKILL)


async def _race_all(database: Database, urls: Sequence[str], redis_url: str) -> Seen:
    lanes: list[tuple[Lane, list[Reader]]] = []
    for lane in LANES:
        cookie = await sign_in(urls[0], lane.person.email)
        lanes.append((lane, [Reader(url, cookie) for url in urls for _ in range(2)]))
    seen = Seen(asyncio.Event(), Counter(), [])
    each = -(-REVOCATIONS // len(lanes))
    try:
        await asyncio.gather(_kill_half_way(redis_url, seen), *(race(database, *lane, each, seen) for lane in lanes))
    finally:
        for _, readers in lanes:
            for one in readers:
                one.close()
    return seen


async def _closing_times(database: Database, urls: Sequence[str], person: Actor) -> list[float]:
    """Disable a person with a socket open at every process; how long each stays open."""
    cookie = await sign_in(urls[0], person.email)
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute(_CONTEXT)
    clock = asyncio.get_running_loop().time
    ready = asyncio.Barrier(len(urls) + 1)

    async def stay(url: str) -> float:
        headers = {"Cookie": cookie, "Origin": url}
        async with connect(url.replace("http", "ws") + "/ws", additional_headers=headers, ping_interval=None) as socket:
            await socket.send(msgspec.json.encode({"type": "hello", "since": None}).decode())
            assert b"ready" in (await socket.recv(decode=False))
            await ready.wait()
            async with asyncio.timeout(10):
                await socket.wait_closed()
            return clock()

    staying = [asyncio.create_task(stay(url)) for url in urls]
    await ready.wait()
    await connection.execute(DISABLED.take, person.user_id, UUID(int=0))
    ended = clock()
    await connection.close()
    return [closed - ended for closed in await asyncio.gather(*staying)]


async def test_no_answer_is_stale_at_any_process_while_rights_end_and_valkey_dies(
    database: Database, tmp_path: Path
) -> None:
    await open_shop(database)
    (tmp_path / "web").mkdir()
    with (
        valkey_server(tmp_path) as redis_url,
        web_processes(database, redis_url, tmp_path / "web", PROCESSES) as urls,
    ):
        began = asyncio.get_running_loop().time()
        seen = await _race_all(database, urls, redis_url)
        took = asyncio.get_running_loop().time() - began
        closing = await _closing_times(database, urls, HEAD)
    sys.stdout.write(
        f"{seen.rounds.total()} revocations ({dict(seen.rounds)}) in {took:.0f} s, {PROCESSES} web processes, Valkey"
        f" killed half way; {seen.raced} reads under way ({seen.shown} still saw what was theirs), {seen.after} begun"
        f" afterwards; stale: {len(seen.stale)};"
        f" sockets closed after {', '.join(f'{one:.2f}' for one in sorted(closing))} s\n"
    )
    assert seen.stale == []
    assert seen.rounds.total() >= REVOCATIONS
    assert 0 < seen.shown < seen.raced
    assert max(closing) < 1.5  # one second, and some for a busy machine
