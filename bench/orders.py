"""The order history of 50 through the real web program, against hand-written SQL for the same 50 rows.

Ours: the dashboard as HTML, with the exact counts of its seven saved views, rights and row-level security. Theirs:
the newest 50 orders of the client with consignee and number of lines by one statement on asyncpg, by the superuser,
no counts, no page. A second line compares with the same list and the same seven counts, in two statements. 40,000
orders of two clients with five lines each; blocks of all take turns.
"""

import asyncio
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

import asyncpg

from bench._report import report
from bench._stage import Buyer, Line, Web, cost_of, serving, sign_in
from bench.submit import GOODS
from tests.orders.shop import (
    ALPHA,
    ALPHA_LLP,
    ALPHA_YARD,
    BETA,
    BETA_CONTRACT,
    BETA_LLP,
    BETA_YARD,
    CONTRACT,
    HEAD,
    REGION,
    TENANT,
    open_shop,
)
from tests.support.databases import Database, fresh_database, make_template
from tests.support.servers import postgres_server, valkey_server
from tests.support.waiting import run_apart

ROWS: Final = 50
ORDERS: Final = 20_000  # of each client
ROUNDS: Final = 5
TIMES: Final = 60
CLIENTS: Final = ((ALPHA, CONTRACT, ALPHA_LLP, ALPHA_YARD, "A"), (BETA, BETA_CONTRACT, BETA_LLP, BETA_YARD, "B"))
_ORDERS: Final = """
    INSERT INTO orders (tenant_id, id, number, partner_id, author_id, contract_id, counterparty_id, address_id,
        address_text, region_id, state, ship_on, currency, gross, kg, erp_number, updated_at)
    SELECT $1, gen_random_uuid(), $7 || '-' || n, $2, $8, $3, $4, $5, 'Street ' || n % 50, $6,
        (ARRAY['draft', 'submitted', 'accepted', 'in_work', 'shipped', 'closed', 'closed', 'closed', 'cancelled'])
            [1 + n % 9],
        date '2026-01-01' + n % 365, 'KZT', n * 1000.5, n, $7 || n, now() - n * interval '7 minutes'
    FROM generate_series(1, $9) AS n
"""
_LINES: Final = """
    INSERT INTO order_lines (tenant_id, id, order_id, partner_id, place, product_id, quantity, unit)
    SELECT $1, gen_random_uuid(), o.id, o.partner_id, g.place, g.id, 4, 'piece'
    FROM orders o, unnest($2::uuid[]) WITH ORDINALITY AS g (id, place) WHERE o.tenant_id = $1
"""
# As somebody who knows the tables would write it.
BARE: Final = """
    SELECT o.id, o.number, o.erp_number, o.customer_number, o.state, o.ship_on, o.gross, o.currency, o.kg,
        o.updated_at, g.name AS consignee, o.address_text,
        (SELECT count(*) FROM order_lines l WHERE l.tenant_id = $1 AND l.order_id = o.id) AS lines
    FROM orders o
    LEFT JOIN consignee_addresses a ON a.tenant_id = $1 AND a.id = o.address_id
    LEFT JOIN counterparties g ON g.tenant_id = $1 AND g.id = a.counterparty_id
    WHERE o.tenant_id = $1 AND o.partner_id = $2 AND o.archived_at IS NULL
    ORDER BY o.updated_at DESC, o.id DESC LIMIT 50
"""
# What the page counts exactly for its tabs, as the same person would write it.
BARE_COUNTS: Final = """
    SELECT count(*) FILTER (WHERE archived_at IS NULL) AS everything,
        count(*) FILTER (WHERE archived_at IS NULL AND (
            state = 'needs_decision' OR (state = 'draft' AND decision_code <> ''))) AS needs_me,
        count(*) FILTER (WHERE archived_at IS NULL
            AND state IN ('submitted', 'accepted', 'in_work', 'cancelling')) AS in_erp,
        count(*) FILTER (WHERE archived_at IS NULL AND state IN ('loading', 'shipped')) AS on_the_way,
        count(*) FILTER (WHERE archived_at IS NULL AND state IN ('delivered', 'closed', 'cancelled')) AS done,
        count(*) FILTER (WHERE archived_at IS NULL AND state = 'draft') AS drafts,
        count(*) FILTER (WHERE archived_at IS NOT NULL) AS archive
    FROM orders WHERE tenant_id = $1 AND partner_id = $2
"""


async def fill(database: Database) -> None:
    """Open the shop and write its history."""
    await open_shop(database)
    connection = await asyncpg.connect(database.superuser_url)
    try:
        await connection.execute(f"SET app.tenant = '{TENANT}'")
        for partner, contract, buyer, address, prefix in CLIENTS:
            await connection.execute(
                _ORDERS, TENANT, partner, contract, buyer, address, REGION, prefix, HEAD.user_id, ORDERS
            )
        await connection.execute(_LINES, TENANT, list(GOODS))
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def compare(database: Database, web: Web) -> None:
    """Measure all in turns and print a line for each way to do it by hand."""
    line = Line(web.port, sign_in(web, Buyer(TENANT, HEAD.email, ALPHA, [])))
    connection = await asyncpg.connect(database.superuser_url, server_settings={"jit": "off"})

    async def page() -> None:
        await line.get("/orders")

    async def bare() -> None:
        await connection.fetch(BARE, TENANT, ALPHA)

    async def bare_counted() -> None:
        await bare()
        await connection.fetch(BARE_COUNTS, TENANT, ALPHA)

    rows = (await line.get("/orders")).count(b"<tr>") - 1  # one is the head
    if rows != ROWS:
        message = f"the page has {rows} rows instead of {ROWS}"
        raise RuntimeError(message)
    jobs = (page, bare, bare_counted)
    for job in jobs:
        await cost_of(job, 10, ())  # statements prepared, templates compiled
    turns = [[(await cost_of(job, TIMES, ())).wait for job in jobs] for _ in range(ROUNDS)]
    ours, listed, counted = (median(one[place] for one in turns) for place in range(len(jobs)))
    by_hand = f"hand-written SQL for the same 50 of {2 * ORDERS} orders"
    report("order history of 50, p50", ours, by_hand, listed)
    report("order history of 50 with counts, p50", ours, f"{by_hand} and the same seven counts", counted)
    await connection.close()


def main() -> None:
    """Start servers of its own, measure, stop them."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        postgres_server(folder := Path(name)) as server,
        valkey_server(folder) as redis_url,
        fresh_database(server, make_template(server)) as database,
    ):
        run_apart(fill(database))
        with serving(database, redis_url, folder, workers=1) as web:
            asyncio.run(compare(database, web))


if __name__ == "__main__":
    main()
