"""Pages of orders as a browser without scripts sees them: the whole way, and who may open what."""

from decimal import Decimal
from typing import cast
from uuid import UUID

import pytest

from app.access.actors import Actor
from tests.access.browsers import Browser
from tests.orders.forms import FORM, place_of, submit_form, value_of
from tests.orders.shop import (
    ADMIN,
    BUYER,
    COLLEAGUE,
    CONTRACT,
    HEAD,
    LOGISTICIAN,
    MANAGER,
    STRANGER,
)
from tests.orders.site import Site, texts
from tests.orders.steps import make_draft, submitted


async def test_an_order_from_the_first_page_to_the_last(site: Site) -> None:
    buyer = await site.enter(BUYER)
    assert (await buyer.get("/orders/new")).status_code == 200
    started = place_of(await buyer.post("/orders", data={**FORM, "do": "next"}))
    order_id = UUID(started.split("/")[2])
    assert started == f"/orders/{order_id}/products"
    page = await buyer.get(started)
    pasted = await buyer.post(
        f"/orders/{order_id}/paste", data={"version": value_of(page, "version"), "text": "AL-5W30-205 3\nAL-5W40-020 7"}
    )
    page = await buyer.get(place_of(pasted))
    assert "1 pasted line needs attention" in texts(page)
    [bad] = await site.shop.look("SELECT id FROM order_bad_lines")
    fixed = await buyer.post(
        f"/orders/{order_id}/bad-lines/{bad['id']}",
        data={"version": value_of(page, "version"), "do": "fix", "text": "x"},
    )
    page = await buyer.get(place_of(fixed))
    assert (value_of(page, "lines[0].quantity"), value_of(page, "lines[1].quantity")) == ("3", "8")
    assert place_of(await submit_form(buyer, order_id)) == f"/orders/{order_id}"
    assert "Sent" in texts(await buyer.get(f"/orders/{order_id}"))
    [row] = await site.shop.look("SELECT state, gross FROM orders")
    assert (row["state"], cast("Decimal", row["gross"])) == ("submitted", Decimal("367565.30"))


@pytest.mark.parametrize("locale", ["ru", "kk", "en"])
@pytest.mark.parametrize(
    "actor", [BUYER, HEAD, MANAGER, LOGISTICIAN, ADMIN], ids=["buyer", "head", "manager", "logistician", "admin"]
)
async def test_every_page_opens_for_whoever_may_see_it(site: Site, actor: Actor, locale: str) -> None:
    await site.shop.change("UPDATE users SET locale = $1", locale)
    draft, sent, waiting = await make_draft(site.shop), await submitted(site.shop), await submitted(site.shop)
    await site.shop.change(
        "UPDATE orders SET state = 'needs_decision', decision_code = 'limit_exceeded' WHERE id = $1", waiting
    )
    browser = await site.enter(actor)
    places = ["/orders", "/orders?view=archive", "/orders?q=AL", f"/orders/{draft}/check", f"/orders/{draft}/vehicle"]
    places += [f"/orders/{sent}", f"/orders/{waiting}"]
    if actor in (BUYER, HEAD, MANAGER):
        places += [f"/orders/{draft}/details", f"/orders/{draft}/products", f"/orders/{sent}/cancel", "/orders/new"]
    for place in places:
        page = await browser.get(place)
        assert page.status_code == 200, place
        assert f'<html lang="{locale}"' in page.text, place
        assert "%(" not in page.text, place
    assert (await browser.get(f"/orders/{draft}")).status_code == 303


async def test_nobody_opens_what_is_not_theirs(site: Site) -> None:
    draft, sent = await make_draft(site.shop), await submitted(site.shop)
    for actor in (STRANGER, COLLEAGUE):
        browser = await site.enter(actor)
        for place in (
            f"/orders/{draft}/details",
            f"/orders/{draft}/check",
            f"/orders/{sent}",
            f"/orders/{sent}/cancel",
        ):
            assert (await browser.get(place)).status_code == 404
        assert "P-" not in texts(await browser.get("/orders"))
    nobody = Browser(site.app)
    assert (await nobody.get("/orders")).status_code == 303


async def test_whoever_sees_no_prices_reads_none(site: Site) -> None:
    order_id = await submitted(site.shop)
    browser = await site.enter(LOGISTICIAN)
    for place in ("/orders", f"/orders/{order_id}"):
        page = texts(await browser.get(place))
        assert "₸" not in page
        assert "KZT" not in page


async def test_nothing_changes_without_the_form_token(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    del buyer.headers["X-CSRF-Token"]
    for verb in ("submit", "cancel", "archive", "share", "repeat", "details", "products", "paste", "vehicle"):
        assert (await buyer.post(f"/orders/{order_id}/{verb}", data={"version": "3"})).status_code == 403, verb
    assert (await buyer.post("/orders/draft-lines", data={"quantity": "1"})).status_code == 403
    [row] = await site.shop.look("SELECT state, version FROM orders")
    assert tuple(row) == ("draft", 3)


async def test_a_manager_decides(site: Site) -> None:
    first, second = await submitted(site.shop), await submitted(site.shop)
    await site.shop.change("UPDATE orders SET state = 'needs_decision', decision_code = 'no_stock'")
    await site.shop.change("UPDATE stock_holds SET state = 'released'")
    await site.shop.change("UPDATE credit_holds SET state = 'released'")
    manager, buyer = await site.enter(MANAGER), await site.enter(BUYER)
    page = texts(await manager.get(f"/orders/{first}"))
    assert "In 1C:ERP there is not enough stock for one of the lines." in page
    assert "Return to the buyer" in page
    assert "Return to the buyer" not in texts(await buyer.get(f"/orders/{first}"))
    assert "Need attention 2" in texts(await manager.get("/orders"))
    await site.shop.change("UPDATE credit_accounts SET erp_debt = erp_limit WHERE contract_id = $1", CONTRACT)
    refused = await manager.post(f"/orders/{first}/approve")
    told = "The order could not be approved The order is over the credit limit of the contract."
    assert (refused.status_code, told in texts(refused), "Return to the buyer" in texts(refused)) == (422, True, True)
    assert "Over the limit by ₸337,560.00" in texts(refused), "whoever decides sees the credit"
    await site.shop.change("UPDATE credit_accounts SET erp_debt = 0 WHERE contract_id = $1", CONTRACT)
    assert place_of(await manager.post(f"/orders/{first}/approve")) == f"/orders/{first}"
    assert (
        place_of(await manager.post(f"/orders/{second}/return", data={"reason": "Take 5"})) == "/orders?view=needs_me"
    )
    assert "Take 5" in texts(await buyer.get(f"/orders/{second}/products"))
    assert "Need attention 1" in texts(await buyer.get("/orders"))
