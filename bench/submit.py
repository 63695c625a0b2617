"""Submitting an order of five lines against pgbench writing the same rows bare.

Ours: rights, prices, credit, stock, frozen terms, event, audit, outbox and live event, through the service, under
row-level security, in one process. Bare: the same inserts and updates in one transaction, by the superuser, by
pgbench with prepared statements. One durable server for both, one after the other, at 1 and at 8 clients.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.infra.embedded.binaries import Postgres, find_postgres
from app.infra.embedded.cluster import SUPERUSER, prepare_cluster
from app.infra.embedded.identity import PLAIN_ENVIRONMENT
from app.infra.processes.roles import CLIENT, OWNER, PEER, STAFF, ensure_roles
from app.orders.schemas.inputs import Submission
from app.orders.services.placing import submit
from tests.orders.shop import (
    ALPHA,
    ALPHA_LLP,
    ALPHA_YARD,
    BETA_ONLY,
    BLOCKED,
    CONTRACT,
    DRUM,
    HEAD,
    LIST,
    PAIL,
    RARE,
    REGION,
    SEGMENT,
    SOON,
    TENANT,
    UNPRICED,
    WAREHOUSE,
    Shop,
    open_shop,
    serve,
)
from tests.support.databases import Database, fresh_database, make_template
from tests.support.ports import free_port
from tests.support.servers import PASSWORD
from tests.support.waiting import eventually, run_apart

GOODS: Final = (DRUM, PAIL, RARE, BLOCKED, UNPRICED)
_WARM_UP: Final = 20
_ORDERS: Final = 300  # of each run
_PGBENCH_S: Final = 6
_TPS: Final = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_DRAFTS: Final = """
    INSERT INTO orders (tenant_id, id, number, partner_id, author_id, contract_id, counterparty_id, address_id,
        region_id, ship_on, currency)
    SELECT $1, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'B-' || n, $2, $3, $4, $5, $6, $7, $8,
        'KZT'
    FROM generate_series(1, $9) AS n
"""
_LINES: Final = """
    INSERT INTO order_lines (tenant_id, id, order_id, partner_id, place, product_id, quantity, unit)
    SELECT $1, ('00000000-0000-700' || g.place || '-9000-' || lpad(n::text, 12, '0'))::uuid,
        ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $2, g.place, g.id, 4, 'piece'
    FROM generate_series(1, $3) AS n, unnest($4::uuid[]) WITH ORDINALITY AS g (id, place)
"""


class Rate(Struct, frozen=True):
    """Orders a second."""

    clients: int
    ours: float
    bare: float


@contextmanager
def durable_server(folder: Path, postgres: Postgres) -> Iterator[str]:
    """A server that really writes, with the portal's roles; gives the superuser's URL."""
    cluster = prepare_cluster(postgres, folder / "postgres", PASSWORD)
    port = free_port()
    url = f"postgresql://{SUPERUSER}:{PASSWORD}@127.0.0.1:{port}/postgres"
    server = subprocess.Popen(
        cluster.argv(port),
        user=cluster.identity.user,
        group=cluster.identity.group,
        extra_groups=None if cluster.identity.user is None else [],
        env=PLAIN_ENVIRONMENT,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        if not eventually(lambda: run_apart(_answers(url)), 60):
            message = "the server did not start"
            raise SystemExit(message)
        run_apart(ensure_roles(url, dict.fromkeys((OWNER, CLIENT, STAFF, PEER), PASSWORD)))
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=2)
    except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
        return False
    await connection.close()
    return True


async def stock_up(shop: Shop, drafts: int) -> None:
    """Let five products be ordered without end, and put drafts of all five together."""
    await shop.change("UPDATE products SET is_blocked = false, pack_multiple = 1, package = 'drum'")
    await shop.change(
        "INSERT INTO prices (tenant_id, price_list_id, product_id, amount, valid_from, src_version)"
        " SELECT $1, $2, $3, 100, '2020-01-01', 1",
        TENANT,
        LIST,
        UNPRICED,
    )
    await shop.change("UPDATE stock_levels SET erp_free = 100000000")
    await shop.change("UPDATE credit_accounts SET erp_limit = 1000000000000")
    await shop.change("DELETE FROM segment_items WHERE segment_id = $1 AND product_id = $2", SEGMENT, BETA_ONLY)
    await shop.change(_DRAFTS, TENANT, ALPHA, HEAD.user_id, CONTRACT, ALPHA_LLP, ALPHA_YARD, REGION, SOON, drafts)
    await shop.change(_LINES, TENANT, ALPHA, drafts, list(GOODS))
    await shop.change("VACUUM ANALYZE")


async def place_all(shop: Shop, numbers: range, clients: int) -> float:
    """Submit drafts with so many clients at once; gives orders a second."""
    waiting = list(numbers)

    async def client() -> None:
        while waiting:
            number = waiting.pop()
            async with shop.desk(HEAD) as desk:
                await submit(desk, UUID(f"00000000-0000-7000-8000-{number:012}"), Submission())

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return len(numbers) / (time.perf_counter() - began)


def bare_script() -> str:
    """Write the transaction of a submit as bare statements over rows that exist."""
    at = "tenant_id = 1"
    lines = [f"('00000000-0000-700{place}-9000-' || lpad(cast(:n AS text), 12, '0'))::uuid" for place in range(1, 6)]
    order = "('00000000-0000-7000-8000-' || lpad(cast(:n AS text), 12, '0'))::uuid"
    stock = [
        f"UPDATE stock_levels SET unreflected = unreflected + 1 WHERE {at} AND product_id = '{product}'"
        f" AND warehouse_id = '{WAREHOUSE}';"
        for product in GOODS
    ]
    holds = [
        "INSERT INTO stock_holds (tenant_id, id, partner_id, order_id, line_id, product_id, warehouse_id, quantity)"
        f" VALUES (1, gen_random_uuid(), '{ALPHA}', {order}, gen_random_uuid(), '{product}', '{WAREHOUSE}', 1);"
        for product in GOODS
    ]
    frozen = [
        f"UPDATE order_lines SET price = 1, price_version = 1, discount_pct = 3, vat_pct = 16, net = 1, vat = 1,"
        f" gross = 1, kg = 1 WHERE {at} AND id = {line};"
        for line in lines
    ]
    credit = (
        "INSERT INTO credit_holds (tenant_id, id, partner_id, order_id, contract_id, amount)"
        f" VALUES (1, gen_random_uuid(), '{ALPHA}', gen_random_uuid(), '{CONTRACT}', 1);"
    )
    outbox = (
        "INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body)"
        " VALUES (1, gen_random_uuid(), 'erp', 'bare', 'order.put', '{}');"
    )
    live = (
        "INSERT INTO live_events (tenant_id, kind, object_kind, object_id)"
        " VALUES (1, 'order.state', 'order', gen_random_uuid());"
    )
    return "\n".join([
        "\\set n random(:first, :last)",
        "BEGIN;",
        f"UPDATE credit_accounts SET unreflected = unreflected + 1 WHERE {at} AND contract_id = '{CONTRACT}';",
        credit,
        *stock,
        *holds,
        f"UPDATE orders SET state = 'submitted', gross = 1, submitted_at = now() WHERE {at} AND id = {order};",
        *frozen,
        f"INSERT INTO order_events (tenant_id, order_id, partner_id, kind) VALUES (1, {order}, '{ALPHA}', 'bare');",
        "INSERT INTO audit_records (tenant_id, action, object_kind) VALUES (1, 'order.submitted', 'order');",
        outbox,
        live,
        "COMMIT;",
    ])  # fmt: skip


def run_pgbench(postgres: Postgres, database: Database, script: Path, clients: int, rows: range) -> float:
    """Run the bare transaction; gives transactions a second."""
    command = [
        postgres.program("pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={script}",
        f"--define=first={rows.start}", f"--define=last={rows.stop - 1}",
        f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={_PGBENCH_S}", database.superuser_url,
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=PLAIN_ENVIRONMENT)
    found = _TPS.search(ended.stdout)
    if found is None:
        raise SystemExit(ended.stderr)
    return float(found[1])


async def measure(database: Database, postgres: Postgres, folder: Path) -> list[Rate]:
    """Measure both in turn, at 1 and at 8 clients."""
    script = folder / "bare.sql"
    script.write_text(bare_script(), encoding="utf-8")
    shop = serve(database, pool_size=8)
    drafts = _WARM_UP + 3 * _ORDERS
    bare_rows = range(drafts - _ORDERS + 1, drafts + 1)  # rows of its own: it marks them submitted
    try:
        await stock_up(shop, drafts)
        await place_all(shop, range(1, _WARM_UP + 1), 8)
        rates: list[Rate] = []
        start = _WARM_UP + 1
        for clients in (1, 8):
            ours = await place_all(shop, range(start, start + _ORDERS), clients)
            bare = await asyncio.to_thread(run_pgbench, postgres, database, script, clients, bare_rows)
            rates.append(Rate(clients, ours, bare))
            start += _ORDERS
    finally:
        await shop.close()
    return rates


def main() -> None:
    """Start a server of its own, measure, print one line for each number of clients."""
    postgres = find_postgres(os.environ)
    with (
        tempfile.TemporaryDirectory() as temporary,
        durable_server(Path(temporary), postgres) as server,
        fresh_database(server, make_template(server)) as database,
    ):
        run_apart(open_shop(database))
        for rate in asyncio.run(measure(database, postgres, Path(temporary))):
            line = {
                "bench": f"submit_{rate.clients}",
                "value": round(rate.ours, 1),
                "unit": "orders/s",
                "against": f"pgbench, the same rows bare, {rate.clients} clients: {rate.bare:.0f}/s",
                "ratio": round(rate.ours / rate.bare, 4),
            }
            print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
