"""What the marks of the caches cost whoever writes: the same work with their triggers and with these disabled.

Submitting an order of five lines through the service, without HTTP, by one client and by eight, a few in turn in two
databases of one durable server; ``told`` is with reading one's own marks before the commit and raising the floors in
Valkey after it, as a web process does. And the first full load from the ERP, on fresh databases in turn;
``KARAVAN_PROFILE`` picks its data.
"""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from typing import Final, Literal, cast
from uuid import UUID

import asyncpg

from app.caching.keys import Fence
from app.caching.store import RedisStore, Store
from app.caching.telling import Teller
from app.infra.embedded.binaries import find_postgres
from app.orders.schemas.inputs import Submission
from app.orders.services.placing import submit
from bench.load import Stream, fetch_texts, load, make_tenants
from bench.submit import durable_server, stock_up
from tests.orders.shop import HEAD, TENANT, Shop, open_shop, serve
from tests.support.databases import Database, fresh_database, make_template
from tests.support.peer import erp_peer_server
from tests.support.servers import postgres_server, valkey_server
from tests.support.waiting import run_apart

Way = Literal["unmarked", "marked", "told"]
WAYS: Final[Sequence[Way]] = ("unmarked", "marked", "told")
ORDERS: Final = 8  # of each way in a round
ROUNDS: Final = 60
LOADS: Final = 3
_WARM_UP: Final = 96
_TRIGGERS: Final = """
    SELECT string_agg(format('ALTER TABLE %s {verb} TRIGGER %I', t.tgrelid::regclass, t.tgname), ';')
    FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgname LIKE '%\\_cache\\_%'
"""


async def set_triggers(database: Database, *, on: bool) -> None:
    """Switch all triggers of the caches."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        found = cast("str", await connection.fetchval(_TRIGGERS.format(verb="ENABLE" if on else "DISABLE")))
        await connection.execute(found)
    finally:
        await connection.close()


async def _place(shop: Shop, number: int, store: Store | None) -> None:
    teller = None if store is None else Teller(store, Fence(TENANT, "bench"))
    async with shop.desk(HEAD) as desk:
        await submit(desk, UUID(f"00000000-0000-7000-8000-{number:012}"), Submission())
        if teller is not None:
            await teller.gather(desk.transaction)
    if teller is not None:
        await teller.tell()


async def place_all(shop: Shop, numbers: range, clients: int, store: Store | None) -> float:
    """Submit drafts with so many clients at once; gives seconds an order."""
    waiting = list(numbers)

    async def client() -> None:
        while waiting:
            await _place(shop, waiting.pop(), store)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return (time.perf_counter() - began) / len(numbers)


@asynccontextmanager
async def _open(database: Database) -> AsyncIterator[Shop]:
    shop = serve(database, pool_size=8)
    try:
        yield shop
    finally:
        await shop.close()


async def submits(marked: Database, unmarked: Database, redis_url: str) -> None:
    """Measure submits each way in turn, a few at a time: whatever else the machine does then harms all alike."""
    await set_triggers(unmarked, on=False)
    store = RedisStore(redis_url)
    async with _open(marked) as ours, _open(unmarked) as bare:
        shops: Mapping[Way, Shop] = {"unmarked": bare, "marked": ours, "told": ours}
        for shop in (ours, bare):
            await stock_up(shop, _WARM_UP + 4 * ROUNDS * ORDERS)
            await place_all(shop, range(1, _WARM_UP + 1), 8, store)
        start = _WARM_UP + 1
        for clients in (1, 8):
            took: dict[Way, list[float]] = {way: [] for way in WAYS}
            for turn in range(ROUNDS):
                for way in WAYS[turn % len(WAYS) :] + WAYS[: turn % len(WAYS)]:
                    first = start + (ORDERS if way == "told" else 0)
                    numbers = range(first, first + ORDERS)
                    took[way].append(await place_all(shops[way], numbers, clients, store if way == "told" else None))
                start += 2 * ORDERS
            for way in WAYS[1:]:
                report(f"marks.submit_{clients}, {way}", "ms", 1e3, took[way], took["unmarked"])
    await store.close()


async def one_load(database: Database, streams: Sequence[Stream], *, on: bool) -> float:
    """Load everything into an empty database."""
    await make_tenants(database)
    await set_triggers(database, on=on)
    return await load(database, streams, 1_000_000)


def report(name: str, unit: str, factor: float, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Print a line: the middle of ours, and the middle of the rounds' own ratios."""
    line = {
        "bench": name,
        "value": round(median(ours) * factor, 3),
        "unit": unit,
        "against": f"the same with the triggers disabled, {median(theirs) * factor:.3f} {unit}",
        "ratio": round(median([one / other for one, other in zip(ours, theirs, strict=True)]), 3),
    }
    print(json.dumps(line), flush=True)


@contextmanager
def filled(server: str) -> Iterator[Database]:
    """A database with a shop in it."""
    with fresh_database(server, make_template(server)) as database:
        run_apart(open_shop(database))
        yield database


def _measure_submits(folder: Path) -> None:
    with (
        durable_server(folder, find_postgres(os.environ)) as server,
        valkey_server(folder) as redis_url,
        filled(server) as marked,
        filled(server) as unmarked,
    ):
        asyncio.run(submits(marked, unmarked, redis_url))


def _measure_loads(folder: Path) -> None:
    marked: list[float] = []
    unmarked: list[float] = []
    with postgres_server(folder) as server:
        template = make_template(server)
        with erp_peer_server(server, folder, os.environ.get("KARAVAN_PROFILE", "demo")) as peer:
            streams = asyncio.run(fetch_texts(peer.url))
        for turn in range(LOADS):
            for on in (True, False) if turn % 2 else (False, True):
                with fresh_database(server, template) as database:
                    (marked if on else unmarked).append(asyncio.run(one_load(database, streams, on=on)))
    report("marks.first_load", "s", 1, marked, unmarked)


def main() -> None:
    """Start servers of our own, measure, print."""
    for measure in (_measure_submits, _measure_loads):
        with tempfile.TemporaryDirectory(prefix="karavan-bench-") as folder:
            measure(Path(folder))


if __name__ == "__main__":
    main()
