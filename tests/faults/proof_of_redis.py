"""Redis is gone for a minute under a crowd: no page fails, nobody is signed out, and all is as before within seconds.

The whole portal with two web processes and a Valkey of the test's own, which is killed and started again on its files.
``KARAVAN_GONE_S`` is how long it is gone.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, cast

import asyncpg
import pytest
from msgspec import Struct
from redis.asyncio import Redis

from app.infra.embedded.binaries import find_valkey
from app.infra.embedded.valkey import prepare_valkey
from app.infra.processes.lifeline import die_with_parent
from tests.faults.crowd import Crowd, OpenPage, Visit, percentile
from tests.faults.dealer import Dealer
from tests.support.portal import Portal, running_portal
from tests.support.ports import free_port
from tests.support.servers import PASSWORD
from tests.support.waiting import eventually

GONE_S: Final = float(os.environ.get("KARAVAN_GONE_S", "60"))
WARM_S: Final = 10.0  # what is compiled once is compiled
BEFORE_S: Final = 30.0
AFTER_S: Final = 30.0
RATE: Final = 10.0  # pages a second
WEB: Final = 2
BACK_WITHIN_S: Final = 5.0
SLOWER_AT_MOST: Final = 3.0
NEWS_WITHIN_S: Final = 5.0
PLACES: Final = {
    "distributor_head": ["/home", "/catalog", "/orders", "/contracts", "/consignees", "/notifications"],
    "direct_buyer_head": ["/home", "/catalog", "/orders", "/contracts", "/notifications"],
    "manager_full": ["/home", "/catalog", "/orders", "/contracts", "/notifications"],
}


class Valkey:
    """A server on one port and one folder, killed and started anew."""

    def __init__(self, folder: Path) -> None:
        """Choose where; nothing runs yet."""
        self._folder = folder
        port = free_port()
        self._argv = prepare_valkey(find_valkey(os.environ), folder / "valkey", port, PASSWORD)
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        log = self._folder / f"valkey-{time.monotonic_ns()}.log"
        with log.open("wb") as out:
            self._server = subprocess.Popen(
                self._argv,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, signal.SIGKILL),  # noqa: PLW1509 - one call into libc, no locks
            )
        assert eventually(lambda: "Ready to accept" in log.read_text(), 20), log.read_text()

    def kill(self) -> None:
        """End it as the kernel would."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(20)


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """The server that is killed."""
    made = Valkey(tmp_path_factory.mktemp("redis"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def portal(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The whole portal on it."""
    settings = {"KARAVAN_REDIS_URL": valkey.url, "KARAVAN_WEB_WORKERS": str(WEB)}
    with running_portal(tmp_path_factory.mktemp("gone"), settings) as running:
        yield running


@asynccontextmanager
async def listening(page: OpenPage) -> AsyncIterator[OpenPage]:
    """Keep a tab open."""
    task = asyncio.create_task(page.listen())
    try:
        yield page
    finally:
        task.cancel()


async def trade(dealer: Dealer, page: OpenPage, number: int) -> tuple[float, float]:
    """Order something; gives when the open page heard of it, and when the ERP had it."""
    order_id = await asyncio.to_thread(dealer.draft, number)
    began = time.monotonic()
    await asyncio.to_thread(dealer.submit, order_id)
    heard = await page.hears(order_id, NEWS_WITHIN_S)
    assert await asyncio.to_thread(eventually, lambda: bool(dealer.order(order_id).erp_number), 30)
    return heard, time.monotonic() - began


async def back(valkey: Valkey, postgres: str) -> float:
    """Wait until all is as it was; gives how long that took."""
    began, redis, database = time.monotonic(), Redis.from_url(valkey.url), await asyncpg.connect(postgres)
    try:
        async with asyncio.timeout(BACK_WITHIN_S * 4):
            while True:
                if await _is_back(redis, database):
                    return time.monotonic() - began
                await asyncio.sleep(0.05)
    finally:
        await redis.aclose()
        await database.close()


async def _is_back(redis: Redis, database: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Every process listens, pages of this run of the server are kept, and no change waits to be told."""
    told = cast("dict[str, str]", await redis.info("server"))
    kept = [one async for one in redis.scan_iter(f"*{told['run_id'][:8]}:mine:*", count=1000)]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return (
        bool(kept)  # pyright: ignore[reportUnknownArgumentType]
        and await _listeners(redis, "karavan:news") > WEB
        and await _listeners(redis, "__redis__:invalidate") >= WEB
        and await database.fetchval("SELECT count(*) FROM cache_marks") == 0
    )


async def _listeners(redis: Redis, channel: str) -> int:
    found = cast("list[tuple[bytes, int]]", await redis.pubsub_numsub(channel))
    return found[0][1]


class Course(Struct):
    """What happened, by the loop's clock."""

    start: float
    gone: float
    there: float
    recovered_s: float
    trades: Mapping[str, tuple[float, float]]

    def phases(self, visits: Sequence[Visit]) -> Mapping[str, Sequence[Visit]]:
        """Tell pages apart by when they were wanted."""
        settled = self.there + BACK_WITHIN_S
        ends = {"before": (self.start, self.gone), "gone": (self.gone, self.there), "5 s": (self.there, settled)}
        ends["later"] = (settled, settled + AFTER_S)
        return {name: [one for one in visits if begin <= one.at < end] for name, (begin, end) in ends.items()}


async def run(portal: Portal, valkey: Valkey, crowd: Crowd, dealer: Dealer, page: OpenPage) -> Course:
    """Let the crowd walk while Redis goes and comes."""
    await crowd.walk(RATE, time.monotonic() + WARM_S)
    start = time.monotonic()
    walking = asyncio.create_task(crowd.walk(RATE, start + BEFORE_S + GONE_S + AFTER_S))
    trades = {"before": await trade(dealer, page, 1)}
    await asyncio.sleep(start + BEFORE_S - time.monotonic())
    valkey.kill()
    gone = time.monotonic()
    trades["gone"] = await trade(dealer, page, 2)
    await crowd.admit(portal.account("distributor_manager"), ["/home", "/orders"])
    await asyncio.sleep(gone + GONE_S - time.monotonic())
    await asyncio.to_thread(valkey.start)
    there = time.monotonic()
    recovered_s = await back(valkey, str(portal.status.parts["postgres"].url))
    trades["after"] = await trade(dealer, page, 3)
    await walking
    return Course(start, gone, there, recovered_s, trades)


def tell(course: Course, visits: Sequence[Visit], page: OpenPage) -> None:
    """Print the figures."""
    lines: list[str] = []
    for name, of in course.phases(visits).items():
        half, most = percentile(of, 0.5) * 1e3, percentile(of, 0.99) * 1e3
        lines.append(f"{name:<7} {len(of):>5} pages, p50 {half:7.1f} ms, p99 {most:7.1f} ms")
    for name, (heard, posted) in course.trades.items():
        lines.append(f"order {name}: heard {heard:.2f} s, in the ERP {posted:.2f} s")
    failed = sum(one.status != 200 for one in visits)
    lines.append(
        f"{failed} of {len(visits)} pages failed; back in {course.recovered_s:.2f} s; {page.ends} sockets ended"
    )
    sys.stdout.write("\n" + "\n".join(lines) + "\n")


async def test_a_minute_without_redis_harms_no_page_and_nobody(portal: Portal, valkey: Valkey) -> None:
    async with Crowd(portal.url) as crowd:
        cookies = [await crowd.admit(portal.account(role), places) for role, places in PLACES.items()]
        with Dealer(portal.url, portal.account("distributor_head")) as dealer:
            async with listening(OpenPage(portal.url, cookies[0])) as page:
                course = await run(portal, valkey, crowd, dealer, page)
    tell(course, crowd.visits, page)
    assert [one for one in crowd.visits if one.status != 200] == [], "a page failed, or somebody was signed out"
    phases = course.phases(crowd.visits)
    bound = SLOWER_AT_MOST * percentile(phases["before"], 0.99)
    assert {name: percentile(of, 0.99) for name, of in phases.items() if percentile(of, 0.99) > bound} == {}
    assert course.recovered_s <= BACK_WITHIN_S
