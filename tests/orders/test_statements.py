"""How many statements whole requests send, BEGIN, COMMIT and the context apart; the same on every size of data."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from tests.access.browsers import Browser
from tests.orders.shop import BLOCKED, BUYER, DRUM, HEAD, PAIL, RARE, UNPRICED, Shop
from tests.orders.site import API, Site, open_site
from tests.orders.steps import make_draft
from tests.support.statements import Watch, watching

FIVE: Final = {DRUM: "1", PAIL: "4", RARE: "1", BLOCKED: "1", UNPRICED: "1"}


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Listens from the first connection on."""
    with watching() as made:
        yield made


@pytest.fixture
async def watched(shop: Shop, watch: Watch, redis_url: str, tmp_path: Path) -> AsyncIterator[tuple[Site, Watch]]:
    """A portal that is listened to, whose five products may all be ordered."""
    await shop.change("UPDATE products SET is_blocked = false")
    await shop.change(
        "INSERT INTO prices (tenant_id, price_list_id, product_id, amount, valid_from, src_version)"
        " SELECT tenant_id, price_list_id, $1, 100, valid_from, 1 FROM prices WHERE product_id = $2",
        UNPRICED,
        DRUM,
    )
    async with open_site(shop, redis_url, tmp_path) as site:
        yield site, watch


async def sent_by_submit(browser: Browser, watch: Watch, order_id: UUID) -> list[str]:
    """List the statements of one submit over HTTP."""
    with watch.listening() as heard:
        answer = await browser.post(f"{API}/{order_id}/submit", json={}, headers={"Idempotency-Key": str(order_id)})
    assert answer.status_code == 200, answer.text
    return list(heard)


async def sent_by(browser: Browser, watch: Watch, place: str) -> list[str]:
    """List the statements of one page."""
    with watch.listening() as heard:
        assert (await browser.get(place)).status_code == 200
    return list(heard)


async def test_a_submit_of_five_lines_sends_at_most_fifteen(watched: tuple[Site, Watch]) -> None:
    site, watch = watched
    browser = await site.enter(HEAD)
    drafts = [await make_draft(site.shop, goods, HEAD) for goods in (FIVE, FIVE, {DRUM: "1"})]
    _, five, one = [await sent_by_submit(browser, watch, draft) for draft in drafts]
    assert len(five) <= 15, five
    assert len(one) == len(five), "as many for one line as for five"


@pytest.mark.parametrize("place", ["/orders", "/orders?q=AL-5W30", "/orders?view=drafts", API, f"{API}?q=P-"])
async def test_a_list_of_orders_sends_three_and_its_shell_three(watched: tuple[Site, Watch], place: str) -> None:
    site, watch = watched
    browser = await site.enter(BUYER)
    await make_draft(site.shop)
    await sent_by(browser, watch, place)
    few = await sent_by(browser, watch, place)
    for _ in range(8):
        await make_draft(site.shop, {DRUM: "1", PAIL: "4"})
    assert await sent_by(browser, watch, place) == few
    lists = [text for text in few if "FROM orders o" in text or "page AS MATERIALIZED" in text]
    assert len(lists) == 2, few
    assert len(few) <= (3 if place.startswith(API) else 6), few
