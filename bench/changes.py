"""From a change in the ERP to the page of a customer: one by one, and thousands of prices and stocks at once.

A real stand-in, the real starter with its worker and web programs, a signed-in buyer who reads over HTTP. A change
counts as visible when the buyer's own answer shows exactly the new figure; the clock starts when the ERP says that it
has committed. Baseline: a bare client that follows the same feed by long polls and keeps nothing.

A sheet is visible when a walk through the buyer's whole catalogue that began then showed every new figure.
``KARAVAN_CHANGES`` single changes with hints (200 by itself), half as many without; goals of ERP-EXCHANGE 8.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import quote
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct

from app.cli.show import Account
from app.erp.hints import hint_secret
from bench._report import percentile, report, report_goal
from bench._stage import Line
from tests.erp_peer.portal import Portal as Erp
from tests.support.peer import Hints, erp_peer_server
from tests.support.portal import Portal, running_portal
from tests.support.ports import free_port
from tests.support.servers import postgres_server

CHANGES: Final = int(os.environ.get("KARAVAN_CHANGES", "200"))
BARE: Final = 30
SHEETS: Final = 3
SHEET: Final = 3_500
GOAL_S: Final = 3.0
PATIENCE_S: Final = 60.0
LOOK_EVERY_S: Final = 0.01
PAUSE_S: Final = 0.3
SECRET: Final = "benchmark-" + "k" * 40


Figures = tuple[Decimal, Decimal]  # price after discount, free stock


class _Price(Struct):
    net: Decimal
    discount_pct: Decimal


class _Stock(Struct):
    free: Decimal


class _Offer(Struct):
    agreement_id: UUID
    price: _Price
    stock: _Stock | None = None  # the warehouse may not keep it

    @property
    def shown(self) -> "Figures | None":
        """The two figures this is about."""
        return None if self.stock is None else (self.price.net, self.stock.free)


class _Product(Struct):
    id: UUID
    sku: str
    offers: list[_Offer]


class _Page(Struct):
    items: list[_Product]
    next: str | None


class Row(Struct):
    """One offer as the buyer reads it, and where its figures stand in the ERP."""

    product: UUID
    agreement: UUID
    sku: str
    price_list: str
    warehouse: str
    discount_pct: Decimal
    net: Decimal
    free: Decimal
    on_hand: Decimal  # of the ERP, reserved goods included


class Buyer:
    """A signed-in customer on one kept-alive connection."""

    def __init__(self, url: str, account: Account) -> None:
        """Sign in."""
        body = {"login": account.login, "password": account.password}
        answer = httpx.post(f"{url}/api/v1/session", json=body, headers={"Origin": url}, trust_env=False)
        answer.raise_for_status()
        cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        self._line = Line(int(url.rpartition(":")[2]), cookie)

    async def get(self, path: str) -> bytes:
        """Fetch anything that must be there."""
        return await self._line.get(path)

    async def read(self, product: UUID, agreement: UUID) -> _Offer:
        """What one product costs under one agreement, and how much of it is free."""
        data = await self.get(f"/api/v1/catalog/products/{product}")
        offers = msgspec.json.decode(data, type=_Product).offers
        return next(one for one in offers if one.agreement_id == agreement)

    async def page(self, cursor: str) -> _Page:
        """A hundred products with all their offers."""
        after = f"&cursor={quote(cursor)}" if cursor else ""
        return msgspec.json.decode(await self.get(f"/api/v1/catalog/products?limit=100{after}"), type=_Page)

    def close(self) -> None:
        """Hang up."""
        self._line.close()


async def survey(buyer: Buyer, erp: Erp) -> list[Row]:
    """Read everything the buyer sees, once, and find the place of the figures in the ERP; one offer a product."""
    lists = {row["Ref_Key"]: row["Code"] for row in erp.rows("price_types")}
    stores = {row["Ref_Key"]: row["Code"] for row in erp.rows("warehouses")}
    terms = {UUID(row["Ref_Key"]): (row["ВидЦен_Key"], row["Склад_Key"]) for row in erp.rows("agreements")}
    on_hand = {
        (UUID(row["Характеристика_Key"]), row["Склад_Key"]): Decimal(row["ВНаличииОстаток"])
        for row in erp.rows("stock")
    }
    found: dict[UUID, Row] = {}
    cursor = ""
    while True:
        page = await buyer.page(cursor)
        for product in page.items:
            for offer in product.offers:
                price_list, store = terms[offer.agreement_id]
                if offer.stock is not None and (product.id, store) in on_hand:
                    found[product.id] = Row(
                        product=product.id,
                        agreement=offer.agreement_id,
                        sku=product.sku,
                        price_list=lists[price_list],
                        warehouse=stores[store],
                        discount_pct=offer.price.discount_pct,
                        net=offer.price.net,
                        free=offer.stock.free,
                        on_hand=on_hand[product.id, store],
                    )
        if page.next is None:
            return list(found.values())
        cursor = page.next


def new_price(row: Row, step: int) -> Decimal:
    """A list price nobody had before, in whole hundreds so that a discount leaves no fraction; the row moves along."""
    amount = Decimal(100 * (1_000 + step))
    row.net = amount * (100 - row.discount_pct) / 100
    return amount


async def follow(buyer: Buyer, erp: Erp, rows: Sequence[Row], count: int) -> list[float]:
    """Seconds from the ERP's answer to the buyer's, one change after the other, price and stock in turn."""
    took: list[float] = []
    chance = random.Random(count)
    for step in range(count):
        row = rows[step * 37 % len(rows)]
        await asyncio.sleep(chance.random() * PAUSE_S)
        if step % 2:
            erp.edit(edit="price", sku=row.sku, price_type=row.price_list, amount=str(new_price(row, step)))
        else:
            row.on_hand, row.free = row.on_hand + 1_000, row.free + 1_000
            erp.edit(edit="stock", sku=row.sku, warehouse=row.warehouse, on_hand=str(row.on_hand))
        began = time.perf_counter()
        while True:
            offer = await buyer.read(row.product, row.agreement)
            if offer.shown == (row.net, row.free):
                break
            if time.perf_counter() - began > PATIENCE_S:
                sys.exit(f"never visible: {row}, but {offer}")
            await asyncio.sleep(LOOK_EVERY_S)
        took.append(time.perf_counter() - began)
    return took


def follow_bare(erp: Erp, rows: Sequence[Row]) -> float:
    """The median of the same for a client of its own that hears of the change and does nothing with it."""
    node = "bench"
    erp.drain(node)
    took: list[float] = []
    with ThreadPoolExecutor(1) as pool:
        for row in rows[:BARE]:
            waiting = pool.submit(lambda: (erp.changes(node, wait=5), time.perf_counter()))
            time.sleep(0.1)
            row.on_hand, row.free = row.on_hand + 1_000, row.free + 1_000
            erp.edit(edit="stock", sku=row.sku, warehouse=row.warehouse, on_hand=str(row.on_hand))
            began = time.perf_counter()
            batch, heard = waiting.result()
            took.append(max(heard - began, 0))
            erp.ack(node, batch.batch or 0)
    return median(took)


async def follow_sheet(buyer: Buyer, erp: Erp, rows: Sequence[Row], each: int, step: int) -> float:
    """Seconds from the first answer of the ERP until a buyer who begins to read finds so many of each new."""
    priced, counted = rows[:each], rows[-each:]
    prices: dict[str, dict[str, str]] = {}
    for row in priced:
        prices.setdefault(row.price_list, {})[row.sku] = str(new_price(row, step))
    stocks: dict[str, dict[str, str]] = {}
    for row in counted:
        row.on_hand, row.free = row.on_hand + 1_000, row.free + 1_000
        stocks.setdefault(row.warehouse, {})[row.sku] = str(row.on_hand)
    began = 0.0
    for code, amounts in prices.items():
        erp.edit(edit="prices", price_type=code, amounts=amounts)
        began = began or time.perf_counter()
    for code, on_hand in stocks.items():
        erp.edit(edit="stocks", warehouse=code, on_hand=on_hand)
    expected = {(row.product, row.agreement): (row.net, row.free) for row in rows}
    while True:
        looked = time.perf_counter()
        if await all_new(buyer, expected):
            return looked - began
        if looked - began > PATIENCE_S:
            sys.exit("a sheet never became visible")
        await asyncio.sleep(LOOK_EVERY_S)


async def all_new(buyer: Buyer, expected: Mapping[tuple[UUID, UUID], Figures]) -> bool:
    """Walk through the whole catalogue, up to the first figure that is not the expected one."""
    cursor: str | None = ""
    while cursor is not None:
        page = await buyer.page(cursor)
        for product in page.items:
            for offer in product.offers:
                if expected.get((product.id, offer.agreement_id), offer.shown) != offer.shown:
                    return False
        cursor = page.next
    return True


@contextmanager
def stage(profile: str = "demo") -> Iterator[tuple[Portal, Account, Erp]]:
    """A stand-in that stands still by itself, the portal in front of it, and somebody who buys."""
    with tempfile.TemporaryDirectory(prefix="karavan-bench-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        hints = Hints(f"http://127.0.0.1:{port}/api/v1/erp/events", f"alatau={hint_secret(SECRET, 'alatau')}")
        with postgres_server(folder) as server, erp_peer_server(server, folder, profile, hints) as peer:
            settings = {"KARAVAN_ERP_URL": peer.url, "KARAVAN_PORT": str(port), "KARAVAN_SECRET_KEY": SECRET}
            with running_portal(folder / "portal", settings) as portal, Erp(peer.url) as erp:
                yield portal, portal.account("distributor_head"), erp


async def measure(url: str, account: Account, erp: Erp) -> None:
    """All in one run."""
    buyer = Buyer(url, account)
    rows = await survey(buyer, erp)
    bare = follow_bare(erp, rows)
    against = "a bare client that hears of it"
    for hinted in (True, False):
        if not hinted:  # a letter that is held for the next one, for ever
            rule = {"fault": "reorder_events", "match": {"path~": "/erp/events"}}
            erp.steer("/faults", {"rules": [rule]}, dict[str, list[msgspec.Raw]])
        took = await follow(buyer, erp, rows, CHANGES if hinted else CHANGES // 2)
        way = "with hints" if hinted else "without hints"
        report(f"change visible {way}, p50 of {len(took)}", median(took), against, bare)
        report_goal(f"change visible {way}, p99 of {len(took)}", percentile(took, 99), GOAL_S)
        print(json.dumps({"bench": f"change visible {way}, longest", "value": round(max(took), 3), "unit": "s"}))
    for each in (SHEET // 2, len(rows)):
        sheets = [await follow_sheet(buyer, erp, rows, each, 1_000 + number + each) for number in range(SHEETS)]
        report_goal(f"{each} prices and {each} stocks visible, median of {SHEETS}", median(sheets), GOAL_S)
    buyer.close()


def main() -> None:
    """Start servers of its own, measure, stop them."""
    with stage() as (portal, account, erp):
        asyncio.run(measure(portal.url, account, erp))


if __name__ == "__main__":
    main()
