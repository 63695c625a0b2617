"""Sessions: few, reused, cold when idle, kept on demand; and a peer as slow as a real one."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.erp_peer.conftest import running
from tests.erp_peer.odata.client import Interface
from tests.erp_peer.portal import Portal

SLOW = {"path~": "/changes$"}


@pytest.fixture(autouse=True)
def _no_faults_left(portal: Portal) -> Iterator[None]:
    yield
    portal.steering.delete("/faults").raise_for_status()


def fault(portal: Portal, **rule: object) -> None:
    """Put one rule in force."""
    portal.steer("/faults", {"rules": [rule]}, dict[str, list[object]])


def took(portal: Portal, path: str = "/ping") -> float:
    """How long one call takes."""
    began = time.monotonic()
    assert portal.http.get(path).status_code == 200
    return time.monotonic() - began


def test_the_first_call_of_a_cold_session_is_slow_and_the_next_is_not(portal: Portal) -> None:
    fault(portal, fault="cold_start", ms=400)
    assert took(portal) >= 0.4
    assert took(portal) < 0.3
    odata = Interface(portal.url)
    began = time.monotonic()
    assert odata.many("Catalog_Склады", top="1")
    assert time.monotonic() - began < 0.3, "both surfaces share the pool"
    odata.close()


@pytest.mark.parametrize("path", ["/hs/portal/v1/ping", "/odata/standard.odata/Catalog_Склады?$top=1"])
def test_whoever_gets_no_session_is_told_that_there_is_no_licence(portal: Portal, path: str) -> None:
    fault(portal, fault="sessions", limit=1, wait_ms=200)
    held = portal.http.build_request("GET", "/changes", params={"node": "held", "wait": "1.5"})
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(portal.http.send, held)
        time.sleep(0.4)
        refused = portal.http.get(f"{portal.url}/erp{path}")
        assert (refused.status_code, refused.headers["content-type"]) == (500, "text/html; charset=utf-8")
        assert "Не обнаружено свободной лицензии" in refused.text
        assert waiting.result().status_code == 200
    assert portal.http.get(f"{portal.url}/erp{path}").status_code == 200


def test_whoever_waits_long_enough_gets_the_session(portal: Portal) -> None:
    fault(portal, fault="sessions", limit=1, wait_ms=5000)
    held = portal.http.build_request("GET", "/changes", params={"node": "held", "wait": "0.6"})
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(portal.http.send, held)
        time.sleep(0.2)
        assert took(portal) >= 0.2
        assert waiting.result().status_code == 200


def test_a_kept_session_takes_its_place_until_it_is_finished(portal: Portal) -> None:
    fault(portal, fault="sessions", limit=1, wait_ms=100)
    started = portal.http.get("/ping", headers={"IBSession": "start"})
    cookie = started.headers["set-cookie"].partition(";")[0]
    portal.http.cookies.clear()
    assert portal.http.get("/ping").status_code == 500
    assert portal.http.get("/ping", headers={"Cookie": cookie}).status_code == 200
    ended = portal.http.get("/ping", headers={"Cookie": cookie, "IBSession": "finish"})
    assert ended.status_code == 200
    assert portal.http.get("/ping").status_code == 200
    assert portal.http.get("/ping", headers={"Cookie": cookie}).status_code == 400


def test_a_realistic_peer_is_slow_and_skipped_rows_cost(seeded_database: str, tmp_path: Path) -> None:
    options = ("--realistic", "--skip-us-per-row", "5000")
    with running(seeded_database, tmp_path / "log", *options) as process, Portal(process.url) as portal:
        assert took(portal) >= 1.2, "a cold session"
        assert took(portal) < 0.3, "our own service is quick"
        odata = Interface(process.url)
        began = time.monotonic()
        odata.many("Catalog_Номенклатура", top="1", skip="100", select="Ref_Key")
        assert time.monotonic() - began >= 0.3 + 0.5
        odata.close()
