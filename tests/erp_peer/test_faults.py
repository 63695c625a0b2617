"""Faults and the clock."""

import time

import httpx
import msgspec
import pytest

from tests.erp_peer.portal import ErrorAnswer, Ping, Portal
from tests.erp_peer.shop import Shop

HTML = "text/html; charset=utf-8"


def fault(portal: Portal, **rule: object) -> None:
    """Put one rule in force."""
    portal.steer("/faults", {"rules": [rule]}, dict[str, list[object]])


@pytest.fixture(autouse=True)
def _no_faults_left(portal: Portal) -> None:
    portal.steering.delete("/faults")


def test_a_fault_strikes_as_often_as_told(portal: Portal) -> None:
    fault(portal, fault="http", status=502, body="html", times=2, match={"method": "GET", "path~": "/ping$"})
    codes = [portal.http.get(path).status_code for path in ("/ping", "/snapshot/lines", "/ping", "/ping")]
    assert codes == [502, 200, 502, 200]


def test_a_fault_may_strike_only_the_nth_request(portal: Portal) -> None:
    fault(portal, fault="http", status=500, match={"nth": 3})
    assert [portal.http.get("/ping").status_code for _ in range(4)] == [200, 200, 500, 200]


def test_chance_is_repeatable_and_near_what_was_told(portal: Portal) -> None:
    fault(portal, fault="http", status=500, match={"p": 0.3})
    hits = sum(portal.http.get("/ping").status_code == 500 for _ in range(100))
    assert 15 <= hits <= 45


@pytest.mark.parametrize(
    ("body", "kind", "part"),
    [
        ("json", "application/json;charset=utf-8", '"code":"injected"'),
        ("atom", "application/atom+xml;type=entry;charset=utf-8", "<m:code>-1</m:code>"),
        ("html", HTML, "<html>"),
        ("empty", "text/plain", ""),
    ],
)
def test_failures_come_in_every_dress(portal: Portal, body: str, kind: str, part: str) -> None:
    fault(portal, fault="http", status=500, body=body, times=1)
    response = portal.http.get("/ping")
    assert (response.status_code, response.headers["content-type"]) == (500, kind)
    assert part in response.text


def test_latency_holds_an_answer_back(portal: Portal) -> None:
    fault(portal, fault="latency", ms=300, times=1)
    began = time.monotonic()
    assert portal.http.get("/ping").status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_drop_before_the_work_leaves_nothing(shop: Shop) -> None:
    fault(shop.portal, fault="drop_before_handle", times=1, match={"path~": "/commands$"})
    order = shop.order(shop.line(shop.items[0]))
    with pytest.raises(httpx.TransportError):
        shop.portal.run(order)
    assert shop.portal.audit(str(order["ref"])) == []
    assert not shop.portal.run(order)[0].replayed


def test_a_drop_after_the_commit_leaves_the_order_and_the_repeat_finds_it(shop: Shop) -> None:
    fault(shop.portal, fault="drop_after_commit", times=1, match={"path~": "/commands$"})
    order = shop.order(shop.line(shop.items[0]))
    free = shop.free(shop.items[0])
    with pytest.raises(httpx.TransportError):
        shop.portal.run(order)
    accepted = shop.portal.audit(str(order["ref"]))
    assert [item.command_id for item in accepted] == [order["id"]]
    again = shop.portal.run(order)[0]
    assert (again.replayed, again.number) == (True, accepted[0].number)
    assert free - shop.free(shop.items[0]) == int(shop.items[0]["Кратность"]) * 2
    assert len(shop.portal.audit(str(order["ref"]))) == 1


def test_a_drop_after_the_work_cuts_a_snapshot_as_well(portal: Portal) -> None:
    fault(portal, fault="drop_after_commit", times=1, match={"path~": "/snapshot/"})
    with pytest.raises(httpx.TransportError):
        portal.http.get("/snapshot/products", timeout=5)
    assert portal.http.get("/snapshot/products").status_code == 200


def test_maintenance_is_announced_and_ends(portal: Portal) -> None:
    fault(portal, fault="maintenance", for_s=0.6)
    response = portal.http.get("/snapshot/lines")
    error = msgspec.json.decode(response.content, type=ErrorAnswer).error
    assert (response.status_code, error.code, error.retry) == (503, "maintenance", True)
    assert error.after_ms is not None
    assert 0 < error.after_ms <= 600
    time.sleep(0.7)
    assert portal.http.get("/snapshot/lines").status_code == 200
    fault(portal, fault="maintenance", mode="html", times=1)
    assert portal.http.get("/ping").headers["content-type"] == HTML
    fault(portal, fault="maintenance", mode="refuse", times=1)
    with pytest.raises(httpx.TransportError):
        portal.http.get("/ping")


def test_unknown_faults_and_broken_patterns_are_refused(portal: Portal) -> None:
    for rule in ({"fault": "fire"}, {"fault": "http", "match": {"path~": "("}}, {"fault": "http", "extra": 1}):
        assert portal.steer("/faults", {"rules": [rule]}, ErrorAnswer, 400).error.code == "bad_request"


def test_the_clock_moves_prices_and_agreements_along(shop: Shop) -> None:
    line = shop.line(shop.items[0])
    try:
        shop.portal.steer("/clock", {"offset_s": 86_400 * 365 * 3}, dict[str, object])
        codes = shop.portal.run(shop.order(line))[0].codes
        assert codes[:2] == ["contract_closed", "agreement_closed"]
        assert shop.portal.get("/ping", Ping).now > "2028"
    finally:
        shop.portal.steer("/clock", {"offset_s": 0}, dict[str, object])
    assert shop.portal.run(shop.order(line))[0].status == "ok"
