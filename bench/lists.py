"""Lists of orders under a decision against hand-written SQL for the same rows, without and with row-level security.

40,000 orders of two clients. Three ways take turns in one transaction each: what somebody who knows the tables would
write, by the superuser; the same list with the condition of the compiled decision, by the superuser; and that by a
client's role, behind the second wall.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

import asyncpg
from msgspec import Struct

from app.access.policy import Policy
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from bench._report import report
from bench.orders import ORDERS, fill
from tests.access.tenants import with_versions
from tests.orders.shop import ALPHA, HEAD, TENANT
from tests.support.databases import Database, fresh_database, make_template
from tests.support.servers import postgres_server
from tests.support.waiting import run_apart

ROUNDS: Final = 300
COLUMNS: Final = {
    "org": "o.partner_id",
    "ctr": "o.contract_id",
    "reg": "o.region_id",
    "author": "o.author_id",
    "branch": "o.branch",
    "shared": "o.is_shared",
}
LISTS: Final = {
    "a page of 50 orders": (
        "SELECT o.id, o.number, o.state, o.ship_on, o.gross FROM orders o"
        " WHERE o.tenant_id = $1 AND {} AND o.archived_at IS NULL ORDER BY o.updated_at DESC, o.id DESC LIMIT 50"
    ),
    "a count of orders": "SELECT count(*) FROM orders o WHERE o.tenant_id = $1 AND {} AND o.archived_at IS NULL",
}
_CONTEXT: Final = (
    "SELECT set_config('app.tenant', $1, true), set_config('app.user', $2, true), set_config('app.partners', $3, true)"
)


class Way(Struct, frozen=True):
    """One way to ask for a list."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    condition: str
    params: list[object]

    async def fetch(self, query: str) -> list[tuple[object, ...]]:
        """Ask once."""
        rows = await self.connection.fetch(query.format(self.condition), TENANT, *self.params)
        return [tuple(row) for row in rows]


async def compare(database: Database) -> None:
    """Measure the three ways in turns, and print two ratios for each list."""
    condition, params = await decide(database)
    free, walled = await begin(database.superuser_url), await begin(database.client_url)
    ways = (Way(free, "o.partner_id = $2", [ALPHA]), Way(free, condition, params), Way(walled, condition, params))
    for name, query in LISTS.items():
        found = [await way.fetch(query) for way in ways]
        if not found[0] or found[0] != found[1] or found[1] != found[2]:
            message = f"{name}: the three ways give different rows; nothing was measured"
            raise SystemExit(message)
        times: list[list[float]] = [[] for _ in ways]
        for _ in range(ROUNDS):
            for way, taken in zip(ways, times, strict=True):
                began = time.perf_counter()
                await way.fetch(query)
                taken.append(time.perf_counter() - began)
        hand, decided, wall = (median(one) for one in times)
        report(f"{name} under a decision", decided, f"hand-written SQL, {2 * ORDERS} orders", hand)
        report(
            f"{name} behind row-level security",
            wall,
            f"the same under a decision, without, {2 * ORDERS} orders",
            decided,
        )
    await free.close()
    await walled.close()


async def decide(database: Database) -> tuple[str, list[object]]:
    """Compile what the head of the first client may see."""
    engine = make_engine(database.client_url)
    async with open_tenant_transaction(
        engine, TENANT, read_only=True, user_id=HEAD.user_id, partners=(ALPHA,)
    ) as transaction:
        actor = await with_versions(transaction, HEAD)
        decision = await Policy().decision(transaction, actor, "order", "view")
    await engine.dispose()
    return decision.text(COLUMNS, 2)


async def begin(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Open a connection with the context of the head's request."""
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    await connection.execute("BEGIN")
    await connection.fetch(_CONTEXT, str(TENANT), str(HEAD.user_id), str(ALPHA))
    return connection


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        postgres_server(Path(folder)) as server,
        fresh_database(server, make_template(server)) as filled,
    ):
        run_apart(fill(filled))
        asyncio.run(compare(filled))
