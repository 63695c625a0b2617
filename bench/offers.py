"""Lists of the catalogue under a decision against hand-written SQL for the same products, without and with RLS.

30,000 items, 300,000 prices in 30 lists, 5,000 agreements; the buyer has three of them. Three ways take turns on
the same tables: what somebody who knows the tables and the buyer's agreements would write, by the superuser; what
the catalogue reads under the compiled decision, by the superuser; and that by a client's role, behind the second wall.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Final, cast
from uuid import UUID

import asyncpg
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.policy import Policy
from app.catalog.queries.facets import read_counts
from app.catalog.queries.page import read_page
from app.catalog.schemas import Filters, ListPage
from app.catalog.services.listing import Reader, open_reader
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from bench._report import report
from bench._stage import Buyer, fill
from tests.access.tenants import with_versions
from tests.catalog.factory import FULL
from tests.orders.shop import HEAD
from tests.support.databases import Database, fresh_database, make_template
from tests.support.servers import postgres_server

ROUNDS: Final = 100
ROWS: Final = 50
KINDS: Final = ["oil", "fluid"]
PACKAGES: Final = ["drum", "pail", "ibc"]
ASKED: Final = Filters(kind=KINDS, package=PACKAGES)

# Walk the names, stop at fifty, then take their offers, prices and stock.
PAGE: Final = """
WITH page AS MATERIALIZED (
    SELECT p.*, g.line_id, g.plant_id, g.kind, g.viscosity, g.standards, g.density
    FROM products p JOIN grades g ON g.tenant_id = p.tenant_id AND g.id = p.grade_id
    WHERE p.tenant_id = $1 AND g.kind = ANY ($3) AND p.package = ANY ($4) AND NOT p.is_blocked
      AND p.deleted_at IS NULL AND EXISTS (
        SELECT FROM agreements a
        JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = p.id
        JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = p.id
            AND r.amount > 0
        WHERE a.tenant_id = $1 AND a.id = ANY ($2))
    ORDER BY p.sort_ru, p.id LIMIT 50)
SELECT page.*, a.id AS agreement_id, a.number, a.discount_pct, a.min_amount, a.warehouse_id, c.number, c.currency,
    c.vat_country, c.vat_regime, r.amount, r.src_version, r.synced_at, k.erp_free - k.unreflected AS free, k.as_of
FROM page JOIN agreements a ON a.tenant_id = $1 AND a.id = ANY ($2)
JOIN contracts c ON c.tenant_id = $1 AND c.id = a.contract_id
JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = page.id
JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = page.id AND r.amount > 0
LEFT JOIN stock_levels k ON k.tenant_id = $1 AND k.product_id = page.id AND k.warehouse_id = a.warehouse_id
ORDER BY page.sort_ru, page.id
"""
# Every product of the buyer once, then each facet without its own choice: the same seven counts and the total.
COUNTS: Final = """
WITH mine AS MATERIALIZED (
    SELECT DISTINCT p.id, a.contract_id, p.package, g.kind, g.line_id, g.plant_id, g.viscosity, g.standards
    FROM agreements a
    JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id
    JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = i.product_id
        AND r.amount > 0
    JOIN products p ON p.tenant_id = $1 AND p.id = i.product_id AND NOT p.is_blocked AND p.deleted_at IS NULL
    JOIN grades g ON g.tenant_id = $1 AND g.id = p.grade_id
    WHERE a.tenant_id = $1 AND a.id = ANY ($2)),
hit AS MATERIALIZED (SELECT * FROM mine WHERE kind = ANY ($3) AND package = ANY ($4))
SELECT 'total' AS facet, NULL AS key, count(DISTINCT id) AS found FROM hit
UNION ALL SELECT 'contract', contract_id::text, count(*) FROM hit GROUP BY 2
UNION ALL SELECT 'kind', kind, count(DISTINCT id) FROM mine WHERE package = ANY ($4) GROUP BY 2
UNION ALL SELECT 'package', package, count(DISTINCT id) FROM mine WHERE kind = ANY ($3) GROUP BY 2
UNION ALL SELECT 'line', line_id::text, count(DISTINCT id) FROM hit GROUP BY 2
UNION ALL SELECT 'plant', plant_id::text, count(DISTINCT id) FROM hit GROUP BY 2
UNION ALL SELECT 'viscosity', viscosity, count(DISTINCT id) FROM hit GROUP BY 2
UNION ALL SELECT 'standard', one::text, count(DISTINCT id) FROM hit, unnest(standards) AS one GROUP BY 2
"""
Job = Callable[[], Awaitable[object]]


class Hand:
    """Whoever knows the tables and which agreements the buyer has."""

    def __init__(self, connection: asyncpg.Connection, buyer: Buyer) -> None:
        """Ask over a connection with no wall."""
        self._connection, self._of = connection, (buyer.tenant, buyer.agreements, KINDS, PACKAGES)

    async def page(self) -> list[UUID]:
        """Fetch the products of the first page."""
        rows = await self._connection.fetch(PAGE, *self._of)
        return list(dict.fromkeys(cast("UUID", row["id"]) for row in rows))

    async def list(self) -> tuple[int, list[UUID]]:
        """Fetch total, counts and the first page."""
        rows = await self._connection.fetch(COUNTS, *self._of)
        return cast("int", rows[0]["found"]), await self.page()


class Ours:
    """The catalogue of the same buyer under what the policy decided."""

    def __init__(self, reader: Reader) -> None:
        """Read in the reader's transaction."""
        self._reader = reader

    async def page(self) -> Job:
        """Count once, and give what fetches the first page alone."""
        reader = self._reader
        counts = await read_counts(
            reader.transaction, reader.rights.offers, ASKED, None, on=reader.today, locale=reader.locale
        )

        async def job() -> object:
            return await read_page(
                reader.transaction, reader.rights, ASKED, counts,
                on=reader.today, locale=reader.locale, sort="name", after=None, limit=ROWS, is_wide=False,
            )  # fmt: skip

        return job

    async def list(self) -> ListPage:
        """Fetch total, counts and the first page."""
        return await self._reader.list(ASKED, limit=ROWS)


async def enter(stack: AsyncExitStack, engine: AsyncEngine, buyer: Buyer) -> Ours:
    """Open the buyer's transaction and ask the policy."""
    user, membership = UUID(int=buyer.tenant * 10), UUID(int=buyer.tenant * 10 + 1)
    head = replace(
        HEAD, tenant_id=buyer.tenant, user_id=user, membership_id=membership, partner_id=buyer.partner, locale="ru"
    )
    transaction = await stack.enter_async_context(
        open_tenant_transaction(engine, buyer.tenant, read_only=True, user_id=user, partners=(buyer.partner,))
    )
    actor = await with_versions(transaction, head)
    return Ours(await open_reader(transaction, actor, Policy(), "ru"))


async def compare(database: Database) -> None:
    """Measure the three ways in turns, and print the ratios."""
    buyer = await fill(database, 1, FULL)
    connection = await asyncpg.connect(database.superuser_url, server_settings={"jit": "off"})
    await connection.execute("VACUUM (ANALYZE)")
    hand = Hand(connection, buyer)
    engines = make_engine(database.superuser_url), make_engine(database.client_url)
    async with AsyncExitStack() as stack:
        free, walled = [await enter(stack, engine, buyer) for engine in engines]
        total, products = await hand.list()
        for way in (free, walled):
            found = await way.list()
            if len(products) != ROWS or (found.counts.total, [row.card.id for row in found.rows]) != (total, products):
                message = "the ways give different products; nothing was measured"
                raise SystemExit(message)
        await weigh("fifty products with their offers", hand.page, await free.page(), await walled.page())
        await weigh("fifty products, total and seven facets", hand.list, free.list, walled.list)
    for engine in engines:
        await engine.dispose()
    await connection.close()


async def weigh(name: str, by_hand: Job, decided: Job, walled: Job) -> None:
    """Take turns and print two ratios."""
    times: list[list[float]] = [[], [], []]
    for _ in range(ROUNDS):
        for job, taken in zip((by_hand, decided, walled), times, strict=True):
            began = time.perf_counter()
            await job()
            taken.append(time.perf_counter() - began)
    hand, ours, wall = (median(one) for one in times)
    report(f"{name} under a decision", ours, "hand-written SQL, 30000 items", hand)
    report(f"{name} behind row-level security", wall, "the same under a decision, without, 30000 items", ours)


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        postgres_server(Path(folder)) as server,
        fresh_database(server, make_template(server)) as filled,
    ):
        asyncio.run(compare(filled))
