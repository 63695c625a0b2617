"""The worker as a process: it loads, sends, hears, survives what befalls it, and ends when told."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from app.erp.loading import Side
from app.erp.mappings import STREAMS
from app.worker import Pulse
from tests.erp.look import Look
from tests.erp.orders import place
from tests.erp.stand_in import StandIn
from tests.support.databases import ROOT, Database

# The ERP may begin the work at once, and the feed tells so before anybody looked: an order in work was accepted.
_IS_ACCEPTED = "SELECT erp_number <> '' AND state IN ('accepted', 'in_work') FROM orders WHERE id = $1"


class Process:
    """One running worker."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self._folder = folder

    def pulse(self) -> Pulse:
        """What it says of itself."""
        return msgspec.json.decode((self._folder / "run" / "worker.json").read_bytes(), type=Pulse)

    def log(self) -> str:
        """What it wrote so far."""
        return (self._folder / "worker.log").read_text()

    async def end(self, how: signal.Signals) -> int:
        """Send a signal and wait."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(15):
            return await self.process.wait()


@asynccontextmanager
async def worker(database: Database, erp_url: str, folder: Path) -> AsyncIterator[Process]:
    """Run a worker; kill it at the end if it still runs."""
    environment = {
        **os.environ,
        "KARAVAN_DATABASE_URL": database.owner_url,
        "KARAVAN_DATABASE_CLIENT_URL": database.client_url,
        "KARAVAN_DATABASE_STAFF_URL": database.staff_url,
        "KARAVAN_REDIS_URL": "redis://127.0.0.1:1/0",
        "KARAVAN_ERP_URL": erp_url,
        "KARAVAN_ERP_PASSWORD": "karavan-erp",
        "KARAVAN_SECRET_KEY": "0" * 32,
        "KARAVAN_DATA_DIR": str(folder),
    }
    with (folder / "worker.log").open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.worker", cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    running = Process(process, folder)
    try:
        yield running
    finally:
        await running.end(signal.SIGKILL)


async def eventually(claim: Callable[[], Awaitable[bool]], within_s: float = 60) -> None:
    """Wait for a claim to come true."""
    until = time.monotonic() + within_s
    while not await claim():
        assert time.monotonic() < until, claim.__doc__
        await asyncio.sleep(0.1)


def everything_loaded(look: Look, tenant_id: int = 1) -> Callable[[], Awaitable[bool]]:
    async def claim() -> bool:
        """All streams are live and the feed has answered."""
        live = "SELECT count(*) FROM erp_streams WHERE tenant_id = $1 AND state = 'live' AND loaded_at IS NOT NULL"
        heard = "SELECT count(*) FROM erp_freshness WHERE tenant_id = $1 AND feed_at IS NOT NULL AND away_since IS NULL"
        return await look.count(live, tenant_id) == len(STREAMS) and await look.count(heard, tenant_id) == 1

    return claim


async def test_it_loads_sends_and_hears_and_ends_when_told(
    side: Side, database: Database, look: Look, stand_in: StandIn, tmp_path: Path
) -> None:
    async with worker(database, stand_in.url, tmp_path) as process:
        await eventually(everything_loaded(look))
        await eventually(everything_loaded(look, 2))
        assert process.pulse().failing == {}
        order = await place(side)

        async def accepted() -> bool:
            """The order has its number."""
            return await look.value(_IS_ACCEPTED, order.id) is True

        await eventually(accepted, 10)
        await stand_in.advance(str(order.id))

        async def moved() -> bool:
            """The order moved on in the ERP and here."""
            return await look.value("SELECT state FROM orders WHERE id = $1", order.id) == "loading"

        await eventually(moved, 10)
        assert await process.end(signal.SIGTERM) == 0
        assert process.pulse().state == "stopping"
    assert '"level": "error"' not in process.log()


async def test_killed_in_the_middle_of_a_load_it_ends_the_work_next_time(
    side: Side, database: Database, look: Look, stand_in: StandIn, tmp_path: Path
) -> None:
    assert side.tenant_id == 1
    for streams in (3, 10):
        async with worker(database, stand_in.url, tmp_path) as process:

            async def some(wanted: int = streams) -> bool:
                """Part of the streams are loaded."""
                return await look.count("SELECT count(*) FROM erp_streams WHERE state = 'live'") >= wanted

            await eventually(some)
            await process.end(signal.SIGKILL)
    async with worker(database, stand_in.url, tmp_path):
        await eventually(everything_loaded(look))
    assert await look.count("SELECT count(*) FROM catalog_audit(1)") == 0
    assert await look.count("SELECT count(*) FROM products WHERE tenant_id = 1") == 300


@pytest.mark.usefixtures("side")
async def test_one_tenants_trouble_does_not_reach_another(
    database: Database, look: Look, stand_in: StandIn, tmp_path: Path
) -> None:
    await look.execute("UPDATE tenants SET infobase = 'nowhere' WHERE id = 2")
    async with worker(database, stand_in.url, tmp_path) as process:
        await eventually(everything_loaded(look))
        assert await look.count("SELECT count(*) FROM products WHERE tenant_id = 2") == 0
        assert process.process.returncode is None


async def test_it_gets_over_lost_connections(
    side: Side, database: Database, look: Look, stand_in: StandIn, tmp_path: Path
) -> None:
    async with worker(database, stand_in.url, tmp_path) as process:
        await eventually(everything_loaded(look))
        for _ in range(3):
            await look.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await asyncio.sleep(0.3)
        # The tests' own pool lost its connections as well; it looks before it uses one.
        order = await place(side)

        async def accepted() -> bool:
            """The order has its number."""
            return await look.value(_IS_ACCEPTED, order.id) is True

        await eventually(accepted, 30)
        assert process.process.returncode is None

        async def healthy() -> bool:
            """No loop waits to be started again."""
            return process.pulse().failing == {}

        await eventually(healthy, 15)
    # Whether a loop was cut off at work or found its connection dead beforehand is chance (the words for the first
    # are tested with the loops); neither is a fault of the program.
    assert "Traceback" not in process.log()
