"""Pages of orders are kept, and whatever changes in any table behind them is on the very next page."""

from collections.abc import AsyncIterator, Mapping
from typing import Final
from uuid import UUID

import pytest

from app.caching.jobs import Carrier
from app.caching.store import RedisStore
from app.infra.metrics import REGISTRY
from tests.access.browsers import Browser
from tests.orders.papers import write_papers
from tests.orders.shop import HEAD, MANAGER, Shop
from tests.orders.site import API, Site
from tests.orders.steps import submitted

LIST: Final = API
PAPERS, EVENTS, ORDER = f"{API}/{{order}}/papers", f"{API}/{{order}}/events", f"{API}/{{order}}"
PLANS: Final = "/api/v1/plans"
KEPT: Final[Mapping[str, str]] = {
    "boards": LIST,
    "placed_goods": ORDER,
    "courses": EVENTS,
    "shipments": PAPERS,
    "bills": PAPERS,
    "plans": PLANS,
}
CHANGES: Final = {
    "orders": (LIST, "UPDATE orders SET customer_number = 'NEWS-1' WHERE id = $1", "NEWS-1"),
    "clients": (LIST, "UPDATE partners SET name = 'News of Alpha' WHERE $1::uuid IS NOT NULL", "News of Alpha"),
    "order_lines": (ORDER, "UPDATE order_lines SET shipped = 0.625 WHERE order_id = $1", "0.625"),
    "products": (ORDER, "UPDATE products SET sku = sku || '-NEWS' WHERE $1::uuid IS NOT NULL", "-NEWS"),
    "order_events": (
        EVENTS,
        """INSERT INTO order_events (tenant_id, order_id, partner_id, kind, actor_name, data)
           SELECT 1, id, partner_id, 'state', 'News Teller', '{}' FROM orders WHERE id = $1""",
        "News Teller",
    ),
    "shipments": (PAPERS, "UPDATE shipments SET waybill = 'NEWS-2' WHERE order_id = $1", "NEWS-2"),
    "shipment_lines": (PAPERS, "UPDATE shipment_lines SET seals = 'NEWS-3' WHERE $1::uuid IS NOT NULL", "NEWS-3"),
    "batches": (PAPERS, "UPDATE batches SET number = 'NEWS-4' WHERE $1::uuid IS NOT NULL", "NEWS-4"),
    "invoices": (PAPERS, "UPDATE invoices SET number = 'NEWS-5' WHERE order_id = $1", "NEWS-5"),
    "payments": (PAPERS, "UPDATE payments SET number = 'NEWS-6' WHERE $1::uuid IS NOT NULL", "NEWS-6"),
    "payment_parts": (PAPERS, "UPDATE payment_parts SET amount = 77.77 WHERE order_id = $1", "77.77"),
    "sales_plans": (PLANS, "UPDATE sales_plans SET planned_kg = 4321 WHERE $1::uuid IS NOT NULL", "4321"),
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks of one machine agree: what is read right after a floor was laid may be kept."""
    monkeypatch.setattr("app.caching.rules.SKEW_MS", 0)


@pytest.fixture
async def carrier(shop: Shop, redis_url: str) -> AsyncIterator[Carrier]:
    """The worker's part."""
    made = Carrier(shop.staff, RedisStore(redis_url, patience_s=2.0))
    yield made
    await made.close()


def hits(family: str) -> float:
    return sum(
        REGISTRY.get_sample_value("karavan_cache_total", {"family": family, "tenant": "1", "outcome": outcome}) or 0.0
        for outcome in ("hit", "checked")
    )


async def warm(browser: Browser, family: str, place: str) -> str:
    """Read until an answer came from what was kept."""
    for _ in range(20):
        before = hits(family)
        text = (await browser.get(place)).text
        if hits(family) > before:
            return text
    pytest.fail(f"{family}: nothing is ever kept")


async def stage(shop: Shop) -> UUID:
    """An order with papers, and a plan."""
    order_id = await submitted(shop)
    await write_papers(shop, order_id)
    await shop.change(
        """INSERT INTO sales_plans (tenant_id, id, partner_id, line_id, month, planned_kg, src_version, src_label)
           SELECT 1, gen_random_uuid(), partner_id, gen_random_uuid(), date '2026-03-01', 1000, 1, ''
           FROM orders WHERE id = $1""",
        order_id,
    )
    return order_id


@pytest.mark.parametrize("reader", ["client", "staff"])
async def test_whatever_changes_behind_a_kept_page_is_on_the_next_one(
    site: Site, carrier: Carrier, reader: str
) -> None:
    order_id = await stage(site.shop)
    browser = await site.enter(HEAD if reader == "client" else MANAGER)
    for table, (pattern, change, news) in CHANGES.items():
        place = pattern.format(order=order_id)
        await carrier.once(1)
        for family in [family for family, kept in KEPT.items() if kept == pattern]:
            assert news not in await warm(browser, family, place), table
        await site.shop.change(change, order_id)
        assert news in (await browser.get(place)).text, f"{table}: an old page was shown before Redis heard"
        await carrier.once(1)
        assert news in (await browser.get(place)).text, f"{table}: an old page was shown after Redis heard"
