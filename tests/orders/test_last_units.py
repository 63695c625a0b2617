"""Sixteen buyers press submit for ten units at one moment, over several processes of the portal.

`make test` does it a few times; ``KARAVAN_RUNS=100 KARAVAN_WEB_WORKERS=3`` is the proof.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import httpx
import pytest

from app.infra.processes.health import http_get
from tests.access.people import PASSWORD
from tests.orders.shop import BUYER, CONTRACT, DRUM, HEAD, SENIOR, Shop
from tests.orders.site import API, body_of, codes_of
from tests.orders.steps import make_draft
from tests.support.databases import Database
from tests.support.ports import free_port
from tests.support.waiting import eventually, run_apart

RUNS: Final = int(os.environ.get("KARAVAN_RUNS", "2"))
WORKERS: Final = int(os.environ.get("KARAVAN_WEB_WORKERS", "2"))
BUYERS: Final = 16
UNITS: Final = 10
MOST_PRESSES: Final = 4
# Balances that count other than what their holds add up to.
_DIFFERENCES: Final = """
    SELECT (SELECT count(*) FROM stock_levels l WHERE l.unreflected <> (
                SELECT coalesce(sum(h.quantity), 0) FROM stock_holds h
                WHERE (h.product_id, h.warehouse_id) = (l.product_id, l.warehouse_id) AND h.state = 'held')) AS stock,
           (SELECT count(*) FROM credit_accounts a WHERE a.unreflected <> (
                SELECT coalesce(sum(h.amount), 0) FROM credit_holds h
                WHERE h.contract_id = a.contract_id AND h.state = 'held')) AS credit
"""


@pytest.fixture
def portal_url(shop_database: Database, redis_url: str, tmp_path: Path) -> Iterator[str]:
    """A portal of several web processes on the shop."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        **os.environ,
        "KARAVAN_DATABASE_URL": shop_database.owner_url,
        "KARAVAN_DATABASE_CLIENT_URL": shop_database.client_url,
        "KARAVAN_DATABASE_STAFF_URL": shop_database.staff_url,
        "KARAVAN_REDIS_URL": redis_url,
        "KARAVAN_ERP_URL": "http://127.0.0.1:9",
        "KARAVAN_SECRET_KEY": "tests-only-" + "k" * 40,
        "KARAVAN_PORT": str(port),
        "KARAVAN_PUBLIC_URL": url,
        "KARAVAN_DATA_DIR": str(tmp_path),
        "KARAVAN_WEB_WORKERS": str(WORKERS),
    }
    with (tmp_path / "web.log").open("wb") as log:
        web = subprocess.Popen([sys.executable, "-m", "app.asgi"], env=env, stdout=log, stderr=log)
    try:
        assert eventually(lambda: run_apart(http_get(f"{url}/health/live")).status == 200, 180), (
            tmp_path / "web.log"
        ).read_text()
        yield url
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(30)


async def enter(url: str, login: str) -> httpx.AsyncClient:
    """Sign somebody in; every request after it opens a connection of its own, so that any process may get it."""
    client = httpx.AsyncClient(
        base_url=url, headers={"Origin": url}, timeout=30, limits=httpx.Limits(max_keepalive_connections=0)
    )
    answer = await client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = str(body_of(answer)["csrf_token"])
    return client


async def submit(client: httpx.AsyncClient, draft: UUID) -> tuple[httpx.Response, int]:
    """Press the button; press it again, under the same key, where a loaded portal asks to. Counts the presses."""
    key = {"Idempotency-Key": str(uuid4())}
    for presses in range(1, MOST_PRESSES):
        answer = await client.post(f"{API}/{draft}/submit", json={}, headers=key)
        if answer.is_success or body_of(answer)["code"] not in {"busy", "too_slow"}:
            return answer, presses
    return await client.post(f"{API}/{draft}/submit", json={}, headers=key), MOST_PRESSES


async def submit_all(clients: list[httpx.AsyncClient], drafts: list[UUID]) -> list[tuple[httpx.Response, int]]:
    """Press every button at once."""
    return await asyncio.gather(*(submit(clients[place % len(clients)], one) for place, one in enumerate(drafts)))


async def test_ten_units_are_sold_to_ten_of_sixteen_however_many_processes_sell(shop: Shop, portal_url: str) -> None:
    await shop.change("UPDATE credit_accounts SET erp_limit = 1000000000000 WHERE contract_id = $1", CONTRACT)
    clients = [await enter(portal_url, one.email) for one in (BUYER, SENIOR, HEAD)]
    sold: Counter[int] = Counter()
    again = 0
    for _ in range(RUNS):
        await shop.change("UPDATE stock_levels SET erp_free = unreflected + $2 WHERE product_id = $1", DRUM, UNITS)
        answers = await submit_all(clients, [await make_draft(shop) for _ in range(BUYERS)])
        again += sum(presses - 1 for _, presses in answers)
        refused = [one for one, _ in answers if not one.is_success]
        assert {(one.status_code, *codes_of(one)) for one in refused} == {(422, ("lines[0].quantity", "no_stock"))}, [
            one.text for one in refused
        ]
        sold[len(answers) - len(refused)] += 1
        [level] = await shop.look("SELECT erp_free - unreflected AS free FROM stock_levels WHERE product_id = $1", DRUM)
        assert level["free"] == 0
    for client in clients:
        await client.aclose()
    told = f"{RUNS} runs, {BUYERS} buyers, {UNITS} units, {WORKERS} web processes; units sold: {dict(sold)}"
    sys.stdout.write(f"{told}; pressed again because the portal was busy: {again}\n")
    assert sold == {UNITS: RUNS}
    [held] = await shop.look("SELECT sum(quantity) AS units, count(DISTINCT order_id) AS orders FROM stock_holds")
    [ledger] = await shop.look(_DIFFERENCES)
    assert (ledger["stock"], ledger["credit"]) == (0, 0)
    [queued] = await shop.look("SELECT count(*) AS puts FROM outbox WHERE kind = 'order.put'")
    assert (held["units"], held["orders"], queued["puts"]) == (UNITS * RUNS, UNITS * RUNS, UNITS * RUNS)
