"""The catalogue's page through the real web program, against hand-written SQL for the bare list, in one run.

Ours: 50 products as HTML with their offers, own prices, stock and its age, total and seven exact facet counts,
row-level security on. Theirs: the same 50 products with own prices by one statement on asyncpg, no counts, no
security, no page. 30,000 items, 300,000 prices in 30 lists, 5,000 agreements; the buyer has three of them.
Blocks of both take turns; both run on the same tables, vacuumed.
"""

import asyncio
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final, cast

import asyncpg

from bench._stage import Buyer, Cost, Job, Line, Web, cost_of, fill, parent_of, rate_of, serving, sign_in
from tests.catalog.factory import DEMO, FULL
from tests.support.databases import Database, fresh_database, make_template
from tests.support.servers import postgres_server, valkey_server

ROUNDS: Final = 5
TIMES: Final = 60
SECONDS: Final = 4.0
CLIENTS: Final = 8
ROWS: Final = 50
PAGE: Final = "/catalog?kind=oil&kind=fluid&package=drum&package=pail&package=ibc"
SEARCH: Final = "/catalog?q=%D0%B0%D0%BB%D0%B0%D1%82%D0%B0%D1%83+%D0%B1%D0%BE%D1%87%D0%BA%D0%B0"  # алатау бочка
KINDS: Final = ["oil", "fluid"]
PACKAGES: Final = ["drum", "pail", "ibc"]
WORDS: Final = ["%алатау%", "%бочка%"]

# As somebody who knows the tables would write it: walk the names, stop at fifty, then take their offers.
BARE_LIST: Final = """
WITH page AS MATERIALIZED (
    SELECT p.id, p.sku, p.name_ru, p.package, p.volume_l, p.net_kg, p.pack_multiple, p.per_pallet, p.sort_ru,
        g.viscosity, g.plant_id
    FROM products p JOIN grades g ON g.tenant_id = p.tenant_id AND g.id = p.grade_id
    WHERE p.tenant_id = $1 AND g.kind = ANY ($3) AND p.package = ANY ($4) AND NOT p.is_blocked
      AND p.deleted_at IS NULL AND EXISTS (
        SELECT FROM agreements a
        JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = p.id
        JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = p.id
            AND r.amount > 0
        WHERE a.tenant_id = $1 AND a.id = ANY ($2))
    ORDER BY p.sort_ru, p.id LIMIT 50)
SELECT page.*, a.id AS agreement_id, a.number, a.discount_pct, r.amount
FROM page JOIN agreements a ON a.tenant_id = $1 AND a.id = ANY ($2)
JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = page.id
JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = page.id AND r.amount > 0
ORDER BY page.sort_ru, page.id
"""
# Found, counted by every facet in one pass, and the first fifty: what a page of search needs without bitmaps.
BARE_SEARCH: Final = """
WITH hit AS MATERIALIZED (
    SELECT p.id, p.sku, p.name_ru, p.package, p.sort_ru, g.kind, g.line_id, g.plant_id, g.viscosity, g.standards
    FROM products p JOIN grades g ON g.tenant_id = p.tenant_id AND g.id = p.grade_id
    WHERE p.tenant_id = $1 AND NOT p.is_blocked AND p.deleted_at IS NULL
      AND lower(p.name_ru || ' ' || p.name_kk || ' ' || p.name_en || ' ' || p.sku) LIKE ALL ($3)
      AND EXISTS (
        SELECT FROM agreements a
        JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = p.id
        JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = p.id
            AND r.amount > 0
        WHERE a.tenant_id = $1 AND a.id = ANY ($2)))
SELECT 'facet' AS what, coalesce(kind, line_id::text, plant_id::text, viscosity, package) AS key, count(*) AS found
FROM hit GROUP BY GROUPING SETS ((kind), (line_id), (plant_id), (viscosity), (package), ())
UNION ALL SELECT 'standard', one::text, count(*) FROM hit, unnest(standards) AS one GROUP BY one
UNION ALL SELECT 'row', id::text, 0 FROM (SELECT id FROM hit ORDER BY sort_ru, id LIMIT 50) AS page
"""
TRIGRAMS: Final = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX ON products USING gin (lower(name_ru || ' ' || name_kk || ' ' || name_en || ' ' || sku) gin_trgm_ops)
"""


class Bench:
    """One buyer of a large and one of a small catalogue, and whoever knows the tables of the large one."""

    def __init__(
        self, web: Web, buyer: Buyer, small: Buyer, bare: Sequence[asyncpg.Connection], postmaster: int
    ) -> None:
        """Sign both in."""
        self._buyer = buyer
        self._lines = [Line(web.port, cookie) for cookie in [sign_in(web, buyer)] * CLIENTS]
        self._small = Line(web.port, sign_in(web, small))
        self._bare = bare
        self._ours, self._theirs = (web.pid, postmaster), (os.getpid(), postmaster)

    def page(self, path: str, place: int = 0) -> Job:
        """Our page."""

        async def job() -> None:
            await self._lines[place].get(path)

        return job

    def bare(self, text: str, *args: object, place: int = 0) -> Job:
        """Their statement."""

        async def job() -> None:
            await self._bare[place].fetch(text, self._buyer.tenant, self._buyer.agreements, *args)

        return job

    async def small_page(self) -> None:
        """The page of the small catalogue."""
        await self._small.get(PAGE)

    async def list_page(self) -> None:
        """Compare the page with the bare list."""
        rows = (await self._lines[0].get(PAGE)).count(b"<tr>") - 1  # one is the head
        if rows != ROWS:
            message = f"the page has {rows} rows instead of {ROWS}"
            raise RuntimeError(message)
        ours = [self.page(PAGE, place) for place in range(CLIENTS)]
        theirs = [self.bare(BARE_LIST, KINDS, PACKAGES, place=place) for place in range(CLIENTS)]
        for job in (*ours, *theirs):
            await cost_of(job, 10, ())  # statements prepared, templates compiled, caches warm
        mine, other = await self._costs(ours[0], theirs[0])
        against = "hand-written SQL for the bare list of the same 50"
        report(
            "catalogue page, p50",
            mine.wait * 1e3,
            "ms",
            f"{against}, {other.wait * 1e3:.2f} ms",
            mine.wait / other.wait,
        )
        report(
            "catalogue page, CPU", mine.cpu * 1e3, "ms", f"{against}, {other.cpu * 1e3:.2f} ms", mine.cpu / other.cpu
        )
        rates = [(await rate_of(ours, SECONDS), await rate_of(theirs, SECONDS)) for _ in range(3)]
        rate, bare = median(one for one, _ in rates), median(one for _, one in rates)
        report("catalogue page, throughput", rate, "pages/s", f"{against}, {bare:.0f}/s", rate / bare)

    async def search_page(self) -> None:
        """Compare a search with a search that counts too."""
        mine, other = await self._costs(self.page(SEARCH), self.bare(BARE_SEARCH, WORDS))
        against = f"hand-written search with counts over a trigram index, {other.wait * 1e3:.2f} ms"
        report("catalogue search, p50", mine.wait * 1e3, "ms", against, mine.wait / other.wait)

    async def sizes(self) -> None:
        """Compare the large catalogue with the small one."""
        await cost_of(self.small_page, 10, ())
        turns = [
            (await cost_of(self.page(PAGE), TIMES, self._ours), await cost_of(self.small_page, TIMES, self._ours))
            for _ in range(ROUNDS)
        ]
        large, small = _middle([one for one, _ in turns]), _middle([one for _, one in turns])
        against = f"the same page of 3,000 items, {small.wait * 1e3:.2f} ms"
        report("catalogue page of 30,000 items, p50", large.wait * 1e3, "ms", against, large.wait / small.wait)

    async def _costs(self, ours: Job, theirs: Job) -> tuple[Cost, Cost]:
        """Measure both in turns."""
        turns = [
            (await cost_of(ours, TIMES, self._ours), await cost_of(theirs, TIMES, self._theirs)) for _ in range(ROUNDS)
        ]
        return _middle([one for one, _ in turns]), _middle([one for _, one in turns])


def _middle(costs: Sequence[Cost]) -> Cost:
    return Cost(median(one.wait for one in costs), median(one.cpu for one in costs))


def report(bench: str, value: float, unit: str, against: str, ratio: float) -> None:
    """Print one line of the contract."""
    line = {"bench": bench, "value": round(value, 2), "unit": unit, "against": against, "ratio": round(ratio, 2)}
    print(json.dumps(line, ensure_ascii=False), flush=True)


async def compare(database: Database, web: Web, buyer: Buyer, small: Buyer) -> None:
    """Measure everything."""
    bare = [await asyncpg.connect(database.superuser_url, server_settings={"jit": "off"}) for _ in range(CLIENTS)]
    backend = cast("int", await bare[0].fetchval("SELECT pg_backend_pid()"))
    bench = Bench(web, buyer, small, bare, parent_of(backend))
    await bench.list_page()
    await bench.search_page()
    await bench.sizes()
    for connection in bare:
        await connection.close()


async def prepare(database: Database) -> tuple[Buyer, Buyer]:
    """Fill both tenants and settle the tables."""
    big, small = await fill(database, 1, FULL), await fill(database, 2, DEMO)
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute(TRIGRAMS)
    await connection.execute("VACUUM (ANALYZE)")
    await connection.close()
    return big, small


def main() -> None:
    """Start servers of its own, measure, stop them."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        postgres_server(folder := Path(name)) as server,
        valkey_server(folder) as redis_url,
        fresh_database(server, make_template(server)) as database,
    ):
        big, small = asyncio.run(prepare(database))
        with serving(database, redis_url, folder, workers=2) as web:
            asyncio.run(compare(database, web, big, small))


if __name__ == "__main__":
    main()
