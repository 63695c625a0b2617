"""The process: what is seeded once stays, what was half done is done again, an end loses nothing."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import httpx

from tests.erp_peer.conftest import running
from tests.erp_peer.portal import Portal
from tests.erp_peer.shop import open_shop
from tests.support.waiting import run_apart

PRICES, STOCK = "InformationRegister_ЦеныНоменклатуры", "AccumulationRegister_ЗапасыИПотребности"


async def _execute(dsn: str, sql: str) -> None:
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute(sql)
    finally:
        await conn.close()


def test_a_second_start_finds_what_the_first_left(peer_database: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(peer_database, log) as first, Portal(first.url) as portal:
        shop = open_shop(portal)
        order = portal.run(shop.order(shop.line(shop.items[0])))[0]
        # Killed, not asked: what was answered is on disk.
        first.stop(signal.SIGKILL)
    told = log.read_text()
    assert "seeding erp prices 900/900" in told
    assert "seeding done" in told
    with running(peer_database, log) as second, Portal(second.url) as portal:
        assert portal.one("orders", Ref_Key=order.ref)["Number"] == order.number
        assert portal.changes("portal").entries
    assert log.read_text()[len(told) :].count("seeding") == 0


def test_a_half_done_or_foreign_seeding_is_done_again(peer_database: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    run_apart(_execute(peer_database, "CREATE SCHEMA peer; CREATE TABLE peer.infobases (ib text)"))
    with running(peer_database, log):
        pass
    assert log.read_text().count("seeding done") == 1
    run_apart(_execute(peer_database, "DELETE FROM peer.infobases WHERE ib = 'erp2'"))
    with running(peer_database, log):
        pass
    assert log.read_text().count("seeding done") == 2
    with running(peer_database, log, "--seed", "7"):
        pass
    assert log.read_text().count("seeding done") == 3


def test_a_polite_end_sends_the_waiting_home(seeded_database: str, tmp_path: Path) -> None:
    with (
        running(seeded_database, tmp_path / "log") as process,
        ThreadPoolExecutor(1) as pool,
        Portal(process.url) as portal,
    ):
        portal.changes("portal")
        waiting = pool.submit(portal.changes, "portal", 500, 30)
        time.sleep(0.5)
        began = time.monotonic()
        assert process.stop() == 0
        assert time.monotonic() - began < 10
        assert waiting.result(5).batch is None


def test_without_a_token_there_is_no_control_surface(seeded_database: str, tmp_path: Path) -> None:
    with running(seeded_database, tmp_path / "log", "--control-token", "") as process:
        for headers in ({}, {"X-Control-Token": ""}):
            assert httpx.get(f"{process.url}/_control/state", headers=headers).status_code == 404


def test_the_other_label_style_has_its_counter_in_front(seeded_database: str, tmp_path: Path) -> None:
    options = ("--dataversion-style", "b")
    with running(seeded_database, tmp_path / "log", *options) as process, Portal(process.url) as portal:
        labels = [row["DataVersion"] for row in portal.rows("lines")]
        assert len(set(labels)) == len(labels)
        assert all(label.endswith("AAAAA=") for label in labels)


def test_orders_move_by_themselves_when_told_to(seeded_database: str, tmp_path: Path) -> None:
    options = ("--simulate", "--speed", "1000000", "--rate", "4/s")
    with running(seeded_database, tmp_path / "log", *options) as process, Portal(process.url) as portal:
        shop = open_shop(portal)
        order = portal.run(shop.order(shop.line(shop.items[0])))[0]
        until = time.monotonic() + 20
        while portal.one("orders", Ref_Key=order.ref)["Статус"] != "Закрыт" and time.monotonic() < until:
            time.sleep(0.3)
        steps = [item.type for item in portal.audit(order.ref)]
        assert steps[:2] == ["order.put", "staff.pick"]
        assert steps[-1] == "staff.close"
        seen: set[str] = set()
        while not {PRICES, STOCK} <= seen:
            assert time.monotonic() < until
            seen |= {entry.set for entry in portal.drain("portal")}
            time.sleep(0.3)
