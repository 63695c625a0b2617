"""How quick the stand-in ERP is by itself, with no faults: it must never be what tests of the portal wait for.

``make bench ONLY=peer``. Goals of the protocol, section 13: an object in 5 ms (p99), a page of 1,000 in 120 ms, a
snapshot at 100,000 rows a second, commands at 300 orders a second, a packet of 10,000 changes in 1.5 s.
``KARAVAN_PROFILE`` picks the data (``demo`` by itself). A ratio above 1 misses its goal. One client on the same
machine, so its own work counts.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
from msgspec import Raw

from bench._report import percentile, report_goal
from tests.erp_peer.odata.client import Interface
from tests.erp_peer.portal import Portal, Results
from tests.erp_peer.shop import open_shop
from tests.support.peer import erp_peer_server
from tests.support.servers import postgres_server

PROFILE = os.environ.get("KARAVAN_PROFILE", "demo")
READS, PAGES, PACKETS = 1000, 20, 3
ORDERS, AT_ONCE, SIDE_BY_SIDE = 800, 50, 4
SETS = ("Catalog_ХарактеристикиНоменклатуры", "Catalog_Номенклатура", "Document_ЗаказКлиента")
PRICES = "InformationRegister_ЦеныНоменклатуры_RecordType"
SNAPSHOT = "prices"


def main() -> None:
    """Start a stand-in and measure one duty after the other."""
    with stage() as (portal, odata):
        report("object, p99", objects(portal), 5, "ms")
        for name in (*SETS, PRICES):
            report(f"page of 1,000 {name}", page(odata, name), 120, "ms")
        report(f"the last page of {PRICES}", page(odata, PRICES, len(portal.rows("prices")) - 1_500), 120, "ms")
        report("snapshot", snapshot(portal), 100_000, "rows/s", is_rate=True)
        report("commands", commands(portal), 300, "orders/s", is_rate=True)
        report("SelectChanges of 10,000", packet(portal, odata), 1500, "ms")


def report(name: str, value: float, goal: float, unit: str, *, is_rate: bool = False) -> None:
    """Say of which data a figure is."""
    report_goal(f"peer: {name} ({PROFILE})", value, goal, unit, is_rate=is_rate)


@contextmanager
def stage() -> Iterator[tuple[Portal, Interface]]:
    """A stand-in of the wanted size."""
    with tempfile.TemporaryDirectory(prefix="karavan-bench-") as name:
        folder = Path(name)
        with (
            postgres_server(folder) as server,
            erp_peer_server(server, folder, PROFILE) as peer,
            Portal(peer.url) as portal,
        ):
            odata = Interface(peer.url)
            yield portal, odata
            odata.close()


def timed(work: Callable[[], httpx.Response]) -> float:
    """Milliseconds of one call that must succeed."""
    began = time.perf_counter()
    answer = work()
    took = (time.perf_counter() - began) * 1000
    if not answer.is_success:
        sys.exit(answer.text[:500])
    return took


def objects(portal: Portal) -> float:
    """One object by its reference, one after the other."""
    refs = [row["Ref_Key"] for row in portal.rows("characteristics")][:READS]
    paths = [f"/objects/{SETS[0]}/{refs[place % len(refs)]}" for place in range(READS)]
    for path in paths[:50]:
        portal.http.get(path)
    return percentile([timed(lambda path=path: portal.http.get(path)) for path in paths], 99)


def page(odata: Interface, name: str, skip: int = 0) -> float:
    """The median of full pages over the standard interface."""
    path = f"{name}?$format=json&$top=1000&$skip={skip}"
    odata.send("GET", path)
    return statistics.median(timed(lambda: odata.send("GET", path)) for _ in range(PAGES))


def snapshot(portal: Portal) -> float:
    """Rows a second of the longest stream."""
    began, rows = time.perf_counter(), 0
    with portal.http.stream("GET", f"/snapshot/{SNAPSHOT}") as answer:
        for chunk in answer.iter_raw():
            rows += chunk.count(b"\n")
    return rows / (time.perf_counter() - began)


def commands(portal: Portal) -> float:
    """Orders a second, posted, in batches from several connections."""
    shop = open_shop(portal)
    # The longer the history, the more of a buyer's credit is taken.
    portal.edit(edit="credit_limit", contract=shop.contract["Номер"], amount="900000000000")
    # One of each beforehand: an item whose price changed in between would be refused.
    items = [one for one in shop.items[:100] if portal.run(shop.order(shop.line(one)))[0].status == "ok"]

    def send(body: bytes) -> httpx.Response:
        return portal.http.post("/commands", content=body)

    bodies = [
        msgspec.json.encode(
            {"commands": [shop.order(shop.line(items[(start + place) % len(items)])) for place in range(AT_ONCE)]}
        )
        for start in range(0, ORDERS, AT_ONCE)
    ]
    began = time.perf_counter()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        answers = list(pool.map(send, bodies))
    took = time.perf_counter() - began
    results = [one for answer in answers for one in msgspec.json.decode(answer.content, type=Results).results]
    refused = [one.code for one in results if one.status != "ok"]
    if refused:
        sys.exit(f"{len(refused)} of {ORDERS} orders were refused: {refused[:3]}")
    return ORDERS / took


def packet(portal: Portal, odata: Interface) -> float:
    """The median of one packet of 10,000 objects, given again and again until it is acknowledged."""
    made = odata.send("POST", "ExchangePlan_ПорталB2B?$format=json", {"Code": "bench"})
    node = msgspec.json.decode(msgspec.json.decode(made.content, type=dict[str, Raw])["Ref_Key"], type=str)
    rule = {"fault": "packet_bomb", "n": 10_000, "match": {"path~": "^/erp/.*/ping$"}}
    portal.steer("/faults", {"rules": [rule]}, dict[str, list[Raw]])
    portal.http.get("/ping")
    point = f"{odata.root}/ExchangePlan_ПорталB2B(guid'{node}')"
    path = f"SelectChanges?$format=json&DataExchangePoint='{point}'&MessageNo=1"
    return statistics.median(timed(lambda: odata.send("POST", path)) for _ in range(PACKETS))


if __name__ == "__main__":
    main()
