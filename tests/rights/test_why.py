"""The reader asks why: what is shown says through which papers, what is hidden reads like what does not exist."""

import re
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from litestar.types import ASGIApp

from tests.access.browsers import Browser, open_portal, settings_for
from tests.attacks.routes import traces
from tests.orders.shop import (
    BETA_ONLY,
    BUYER,
    COLLEAGUE,
    FORWARDER,
    HEAD,
    LOGISTICIAN,
    MANAGER,
    STRANGER,
    Shop,
    serve,
)
from tests.orders.steps import submitted
from tests.support.databases import fresh_database

SCRIPT: Final = {"HX-Request": "true"}
HIDDEN: Final = "AL-BETA"
WORDS: Final = "Not found in your agreements. Ask your manager."


@pytest.fixture
async def opened(
    pg_server_url: str, shop_template: str, redis_url: str, tmp_path: Path
) -> AsyncIterator[tuple[Shop, ASGIApp]]:
    """The shop, and the portal on it."""
    with fresh_database(pg_server_url, shop_template) as database:
        async with open_portal(settings_for(database, redis_url, tmp_path)) as (portal, app):
            await portal.redis.flushdb()
            shop = serve(database)
            yield shop, app
            await shop.close()


async def enter(app: ASGIApp, email: str) -> Browser:
    browser = Browser(app)
    assert (await browser.sign_in(email)).status_code == 200
    return browser


ADDRESSES: Final[list[tuple[str, dict[str, str]]]] = [
    ("/why?code={}", {}),
    ("/why?code={}", SCRIPT),
    ("/catalog?q={}", {}),
    ("/catalog?q={}", SCRIPT),
    ("/search?q={}", {}),
]


@pytest.mark.parametrize(("address", "headers"), ADDRESSES)
async def test_a_hidden_product_and_none_at_all_give_the_same_bytes(
    opened: tuple[Shop, ASGIApp], address: str, headers: dict[str, str]
) -> None:
    """The same code is asked while the product exists for somebody else, and when there is no such product any more."""
    shop, app = opened
    buyer, stranger = await enter(app, BUYER.email), await enter(app, STRANGER.email)
    path = address.format(HIDDEN)
    assert "Goods 5" in (await stranger.get(path, headers=headers)).text or address.startswith("/search")
    hidden = traces(await buyer.get(path, headers=headers), {})
    await shop.change("DELETE FROM segment_items WHERE product_id = $1", BETA_ONLY)
    await shop.change("DELETE FROM prices WHERE product_id = $1", BETA_ONLY)
    await shop.change("DELETE FROM stock_levels WHERE product_id = $1", BETA_ONLY)
    await shop.change("DELETE FROM products WHERE id = $1", BETA_ONLY)
    await shop.change("SELECT catalog_rebuild(1)")
    missing = traces(await buyer.get(path, headers=headers), {})
    assert hidden == missing
    assert hidden.status == 200
    if not address.startswith("/search"):
        assert WORDS in hidden.text


@pytest.mark.parametrize(("address", "headers"), ADDRESSES)
async def test_two_codes_nobody_offers_differ_in_what_was_typed_alone(
    opened: tuple[Shop, ASGIApp], address: str, headers: dict[str, str]
) -> None:
    _, app = opened
    buyer = await enter(app, BUYER.email)
    answers = {code: await buyer.get(address.format(code), headers=headers) for code in (HIDDEN, "AL-ZETA")}
    told = {code: traces(answer, {}) for code, answer in answers.items()}
    texts = {re.sub(re.escape(code), "TYPED", one.text) for code, one in told.items()}
    heads = {re.sub(re.escape(code), "TYPED", str(one.head)) for code, one in told.items()}
    assert (len(texts), len(heads)) == (1, 1)


async def test_the_time_taken_does_not_tell_a_hidden_product_either(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    buyer = await enter(app, BUYER.email)
    taken: dict[str, list[float]] = {HIDDEN: [], "AL-ZETA": []}
    for _ in range(25):
        for code, times in taken.items():
            began = time.perf_counter()
            await buyer.get(f"/why?code={code}", headers=SCRIPT)
            times.append(time.perf_counter() - began)
    hidden, missing = (statistics.median(one) for one in taken.values())
    assert 0.5 < hidden / missing < 2


async def test_what_is_shown_says_through_which_papers_and_where_the_price_comes_from(
    opened: tuple[Shop, ASGIApp],
) -> None:
    _, app = opened
    told = (await (await enter(app, BUYER.email)).get("/why?code=AL-5W30-205")).text
    for words in (
        "Contract KZ-1",
        "agreement A-1",
        "by the price list, less 3 %",
        "Confirmed by 1C:ERP",
        "in force until",
    ):
        assert words in told, words
    # Nothing of the other company, and no name of a price list.
    for words in ("KZ-2-B", "B-1", "Beta", "Retail"):
        assert words not in told, words
    # A former code and one typed in another alphabet lead to the same product.
    for code in ("OLD-0", "al5w30205"):
        assert "Contract KZ-1" in (await (await enter(app, BUYER.email)).get(f"/why?code={code}")).text, code


async def test_whoever_sees_no_prices_is_told_so_and_no_figure(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    told = (await (await enter(app, LOGISTICIAN.email)).get("/why?code=AL-5W30-205", headers=SCRIPT)).text
    assert "Prices are not part of your role. The administrator of the portal can change that." in told
    assert "price list" not in told
    assert "₸" not in told
    assert (await (await enter(app, FORWARDER.email)).get("/why?code=AL-5W30-205")).status_code == 403


async def test_a_price_an_order_fixed_is_told_to_whoever_sees_the_order(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    order = await submitted(shop)
    path = f"/why?code=AL-5W30-205&order={order}"
    assert "the price is fixed since" in (await (await enter(app, BUYER.email)).get(path)).text
    for other in (COLLEAGUE, STRANGER):
        assert "the price is fixed since" not in (await (await enter(app, other.email)).get(path)).text


async def test_every_button_is_there_or_says_why_not(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    order = await submitted(shop)
    path = f"/why/orders/{order}"

    async def told(email: str) -> dict[str, str]:
        answer = await (await enter(app, email)).get(path, headers=SCRIPT)
        assert "<html" not in answer.text
        return dict(re.findall(r"<span>([^<]+)<small>([^<]+)</small>", answer.text))

    can, under_way = (
        "You can do this now.",
        "The order is still under way. It can be archived once it is delivered or cancelled.",
    )
    assert await told(BUYER.email) == {
        "Repeat the order": can,
        "Cancel the order": can,
        "Submit the order": "The order has been submitted; from here on it changes only through the manager.",
        "Change the order": "The order has been submitted; from here on it changes only through the manager.",
        "Put it into the archive or bring it back": under_way,
    }
    assert (await told(MANAGER.email))["Approve the order"] == "The order does not wait for a decision."
    seen = await told(LOGISTICIAN.email)
    assert seen["Cancel the order"] == "Your role does not include this."
    await shop.change("UPDATE orders SET shared = true WHERE id = $1", order)
    assert (await told(COLLEAGUE.email))["Cancel the order"] == can
    hidden = await (await enter(app, STRANGER.email)).get(path)
    missing = await (await enter(app, STRANGER.email)).get("/why/orders/00000000-0000-0000-0000-00000000dead")
    assert (hidden.status_code, missing.status_code) == (404, 404)


async def test_a_quiet_link_stands_beside_products_prices_and_buttons(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    order = await submitted(shop)
    head = await enter(app, HEAD.email)
    link = '<a class="why" href="/why?code=AL-5W30-205'
    assert link.replace('"why"', '"why" tabindex="-1"') in (await head.get("/catalog")).text
    assert f"{link}&amp;order={order}" in (await head.get(f"/orders/{order}")).text
    assert f'href="/why/orders/{order}"' in (await head.get(f"/orders/{order}")).text
    product = re.search(r'class="name" href="(/catalog/\d+)"', (await head.get("/catalog?q=AL-5W30-205")).text)
    assert product is not None
    assert (await head.get(product[1])).text.count(link) == 2
