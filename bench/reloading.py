"""How long a customer waits for a page while everything is loaded anew from the ERP, against the same pages in quiet.

A real stand-in and the real starter; a signed-in buyer asks for a page every ``EVERY_S`` whether or not the one before
has come, and its wait counts from when it was due. Quiet and loading take turns: while loading, every stream is asked
for again as soon as it stands. ``KARAVAN_PROFILE`` picks the data (``demo`` by itself). Goal of ERP-EXCHANGE 8: the
slowest of a hundred waits at most a fifth longer.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import Final

import asyncpg

from app.erp.mappings import STREAMS
from bench._report import percentile, report
from bench.changes import Buyer, stage, survey

ROUNDS: Final = 4
PHASE_S: Final = 12.0
EVERY_S: Final = 0.05
LOOK_EVERY_S: Final = 0.02
PATIENCE_S: Final = 120.0
PROFILE: Final = os.environ.get("KARAVAN_PROFILE", "demo")
_NAMES: Final = [stream.name for stream in STREAMS]
_ASK: Final = "UPDATE erp_streams SET state = 'new', mapping = '' WHERE tenant_id = 1 AND stream = ANY ($1)"
_DUE: Final = "SELECT count(*) FROM erp_streams WHERE tenant_id = 1 AND stream = ANY ($1) AND state <> 'live'"


async def read_pages(buyer: Buyer, paths: Sequence[str], seconds: float) -> list[float]:
    """Seconds each page took, one asked for after the other at even distances."""
    took: list[float] = []
    began = time.perf_counter()
    due = began
    number = 0
    while due < began + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await buyer.get(paths[number % len(paths)])
        took.append(time.perf_counter() - due)
        due += EVERY_S
        number += 1
    return took


async def reload_once(connection: asyncpg.Connection) -> None:
    """Have every stream loaded anew and wait for the last."""
    began = time.perf_counter()
    if await connection.execute(_ASK, _NAMES) == "UPDATE 0":
        sys.exit("there is nothing to load anew")
    while await connection.fetchval(_DUE, _NAMES):
        if time.perf_counter() - began > PATIENCE_S:
            sys.exit("a reload never ended")
        await asyncio.sleep(LOOK_EVERY_S)


async def beside(work: Callable[[], Awaitable[None]], reading: Awaitable[list[float]]) -> tuple[list[float], int]:
    """Read while something is done over and over; how often it was done to its end."""
    done = 0

    async def again() -> None:
        nonlocal done
        while True:
            await work()
            done += 1

    task = asyncio.create_task(again())
    try:
        return await reading, done
    finally:
        task.cancel()
        await asyncio.wait([task])


async def measure(buyer: Buyer, paths: Sequence[str], connection: asyncpg.Connection) -> None:
    """Quiet and loading in turn; each round has its own ratio."""
    await read_pages(buyer, paths, PHASE_S / 2)
    quiet: list[float] = []
    loading: list[float] = []
    reloads = 0
    ratios: list[float] = []
    for _ in range(ROUNDS):
        calm = await read_pages(buyer, paths, PHASE_S)
        busy, done = await beside(lambda: reload_once(connection), read_pages(buyer, paths, PHASE_S))
        while await connection.fetchval(_DUE, _NAMES):  # noqa: ASYNC110 - another program works
            await asyncio.sleep(LOOK_EVERY_S)
        ratios.append(percentile(busy, 99) / percentile(calm, 99))
        quiet, loading, reloads = quiet + calm, loading + busy, reloads + done
    against = f"in quiet, {len(quiet)} pages"
    report(f"page while reloading ({PROFILE}), p50", median(loading), against, median(quiet))
    report(f"page while reloading ({PROFILE}), p99", percentile(loading, 99), against, percentile(quiet, 99))
    line = {
        "bench": f"page while reloading ({PROFILE}), p99, median of {ROUNDS} rounds' ratios",
        "value": round(median(ratios), 2),
        "unit": "times",
        "against": f"goal 1.2 times; {reloads} whole reloads, each of {len(_NAMES)} streams",
        "ratio": round(median(ratios) / 1.2, 2),
    }
    print(json.dumps(line), flush=True)


async def run() -> None:
    """Open the stage and what is needed of it."""
    with stage(PROFILE) as (portal, account, erp):
        buyer = Buyer(portal.url, account)
        row = (await survey(buyer, erp))[0]
        connection = await asyncpg.connect(str(portal.status.parts["postgres"].url))
        await connection.execute("SELECT set_config('app.tenant', '1', false)")
        paths = ["/catalog", f"/catalog/{row.product}", "/orders", "/contracts"]
        await measure(buyer, paths, connection)
        await connection.close()
        buyer.close()


def main() -> None:
    """Measure on servers of its own."""
    asyncio.run(run())


if __name__ == "__main__":
    main()
