"""Pages of orders as a browser without scripts sees them, and what partial requests bring."""

import re
from collections.abc import Mapping
from decimal import Decimal
from html import unescape
from typing import cast
from uuid import UUID

import asyncpg
import httpx
import pytest
from asyncpg.connection import LoggedQuery

from app.access.actors import Actor
from app.orders.queries.board import VIEWS
from app.orders.rules.states import TURN, View
from app.orders.services.board import read_board
from tests.access.browsers import Browser
from tests.orders.shop import (
    ADMIN,
    ALPHA,
    ALPHA_LLP,
    ALPHA_YARD,
    BETA_ONLY,
    BUYER,
    COLLEAGUE,
    CONTRACT,
    DRUM,
    HEAD,
    LOGISTICIAN,
    MANAGER,
    NOW,
    PAIL,
    SECOND,
    SOON,
    STRANGER,
    TANK,
    Shop,
    serve,
)
from tests.orders.site import Site, codes_of, texts
from tests.orders.steps import make_draft, submitted

FORM = {
    "contract_id": str(CONTRACT), "counterparty_id": str(ALPHA_LLP), "address_id": str(ALPHA_YARD),
    "delivery": "delivery", "ship_on": SOON.isoformat(), "customer_number": "", "comment": "",
}  # fmt: skip
PARTIAL = {"HX-Request": "true"}


def value_of(answer: httpx.Response, name: str) -> str:
    """What stands in an input."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*value="([^"]*)"', answer.text)
    assert found is not None, name
    return unescape(found[1])


def place_of(answer: httpx.Response) -> str:
    """Where an answer sends the browser."""
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def submit_form(browser: Browser, order_id: UUID) -> httpx.Response:
    """Press the button of the check page."""
    return await press(browser, order_id, await browser.get(f"/orders/{order_id}/check"))


async def press(browser: Browser, order_id: UUID, page: httpx.Response) -> httpx.Response:
    """Press it on a page opened before."""
    names = ("_idempotency_key", "version", "expected_gross")
    return await browser.post(f"/orders/{order_id}/submit", data={name: value_of(page, name) for name in names})


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


async def test_a_form_that_comes_back_keeps_what_was_typed(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    typed = {**FORM, "version": "3", "ship_on": "31.31.2026", "customer_number": "<b>PO-1</b>", "comment": "x\u202ey"}
    page = await buyer.post(f"/orders/{order_id}/details", data=typed)
    assert page.status_code == 400
    assert "<title>Error:" in page.text
    assert value_of(page, "customer_number") == "<b>PO-1</b>"
    assert value_of(page, "ship_on") == "31.31.2026"
    assert "<b>PO-1</b>" not in page.text
    assert 'href="#f-ship_on"' in page.text
    assert 'aria-invalid="true"' in page.text
    foreign = await buyer.post(f"/orders/{order_id}/details", data={**FORM, "version": "3", "address_id": str(ALPHA)})
    assert (foreign.status_code, "Choose one of the addresses in the list." in texts(foreign)) == (422, True)
    [row] = await site.shop.look("SELECT version, customer_number FROM orders")
    assert tuple(row) == (3, "")


async def test_two_people_at_one_draft_see_both(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer, head = await site.enter(BUYER), await site.enter(HEAD)
    form = {**FORM, "version": "3"}
    assert (
        await head.post(f"/orders/{order_id}/details", data={**form, "customer_number": "HEAD-7"})
    ).status_code == 303
    page = await buyer.post(f"/orders/{order_id}/details", data={**form, "customer_number": "MINE-8"})
    assert page.status_code == 412
    assert value_of(page, "customer_number") == "MINE-8"
    assert "Saved meanwhile by somebody else: HEAD-7" in texts(page)
    mine = {**form, "version": value_of(page, "version"), "customer_number": "MINE-8"}
    assert (await buyer.post(f"/orders/{order_id}/details", data=mine)).status_code == 303
    [row] = await site.shop.look("SELECT customer_number FROM orders")
    assert row["customer_number"] == "MINE-8"


async def test_two_people_at_the_same_quantity_see_both(site: Site) -> None:
    order_id = await make_draft(site.shop)
    [line] = await site.shop.look("SELECT id FROM order_lines")
    buyer, head = await site.enter(BUYER), await site.enter(HEAD)
    form = {"version": "3", "lines[0].id": str(cast("UUID", line["id"]))}
    assert (await head.post(f"/orders/{order_id}/products", data={**form, "lines[0].quantity": "2"})).status_code == 303
    page = await buyer.post(f"/orders/{order_id}/products", data={**form, "lines[0].quantity": "5"})
    assert (page.status_code, value_of(page, "lines[0].quantity")) == (412, "5")
    assert "Saved meanwhile by somebody else: 2" in texts(page)


async def test_a_script_saves_while_one_types(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    form = {**FORM, "version": "3", "comment": "slowly"}
    saved = await buyer.post(f"/orders/{order_id}/details", data=form, headers=PARTIAL)
    assert saved.status_code == 200
    assert "<html" not in saved.text
    assert 'id="version" value="4" autocomplete="off" hx-swap-oob="true"' in saved.text
    assert "Draft saved at" in texts(saved)
    stale = await buyer.post(f"/orders/{order_id}/details", data=form, headers=PARTIAL)
    assert (stale.status_code, "Press Save to see both" in texts(stale)) == (412, True)
    broken = await buyer.post(f"/orders/{order_id}/details", data={**form, "ship_on": "x"}, headers=PARTIAL)
    assert (broken.status_code, "Not saved yet" in texts(broken)) == (400, True)


async def test_quantities_are_saved_and_lines_removed_without_scripts(site: Site) -> None:
    order_id = await make_draft(site.shop, {DRUM: "1", PAIL: "4"})
    buyer = await site.enter(BUYER)
    rows = await site.shop.look("SELECT id FROM order_lines ORDER BY place")
    form = {"version": "3", "lines[0].id": str(cast("UUID", rows[0]["id"])), "lines[0].quantity": "2,5",
            "lines[1].id": str(cast("UUID", rows[1]["id"])), "lines[1].quantity": "8"}  # fmt: skip
    await buyer.post(f"/orders/{order_id}/products", data={**form, "remove": str(cast("UUID", rows[0]["id"]))})
    kept = await site.shop.look("SELECT product_id, quantity FROM order_lines")
    assert [(row["product_id"], row["quantity"]) for row in kept] == [(PAIL, 8)]
    page = await buyer.get(f"/orders/{order_id}/products")
    bad = {
        "version": value_of(page, "version"),
        "lines[0].id": str(cast("UUID", rows[1]["id"])),
        "lines[0].quantity": "many",
    }
    back = await buyer.post(f"/orders/{order_id}/products", data=bad)
    assert (back.status_code, value_of(back, "lines[0].quantity")) == (400, "many")
    fixed = await buyer.post(
        f"/orders/{order_id}/products", params={"fix": str(cast("UUID", rows[1]["id"])), "quantity": "12"},
        data={**bad, "lines[0].quantity": "8"},
    )  # fmt: skip
    assert fixed.status_code == 303
    [row] = await site.shop.look("SELECT quantity FROM order_lines")
    assert row["quantity"] == 12


async def test_the_check_leads_to_every_field(site: Site) -> None:
    order_id = await make_draft(site.shop, {PAIL: "6"})
    await site.shop.change("UPDATE orders SET address_id = NULL, delivery = 'pickup', ship_on = '2020-01-01'")
    buyer = await site.enter(BUYER)
    page = await buyer.get(f"/orders/{order_id}/check")
    found = re.finditer(rf'href="/orders/{order_id}/(\w+)\?asked=true#(f-[^"]+)"', page.text)
    links = [(one[1], one[2]) for one in found]
    assert links == [
        ("details", "f-ship_on"), ("products", "f-lines-0-quantity"), ("vehicle", "f-pickup-plate"),
        ("vehicle", "f-pickup-driver_name"), ("vehicle", "f-pickup-driver_document"),
        ("vehicle", "f-pickup-proxy_number"),
    ]  # fmt: skip
    for step, anchor in links:
        assert f'id="{anchor}"' in (await buyer.get(f"/orders/{order_id}/{step}?asked=true")).text


async def test_pressing_submit_twice_is_pressing_once(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    page = await buyer.get(f"/orders/{order_id}/check")
    first, again = await press(buyer, order_id, page), await press(buyer, order_id, page)
    assert place_of(first) == place_of(again) == f"/orders/{order_id}"
    [row] = await site.shop.look("SELECT count(*) AS puts FROM outbox WHERE kind = 'order.put'")
    assert row["puts"] == 1


async def test_pressing_next_twice_begins_one_draft(site: Site) -> None:
    buyer = await site.enter(BUYER)
    data = {**FORM, "do": "next", "_idempotency_key": value_of(await buyer.get("/orders/new"), "_idempotency_key")}
    first, again = await buyer.post("/orders", data=data), await buyer.post("/orders", data=data)
    assert place_of(first) == place_of(again)
    [row] = await site.shop.look("SELECT count(*) AS drafts FROM orders")
    assert row["drafts"] == 1


async def test_stock_that_went_meanwhile_is_told_on_the_check_page(site: Site) -> None:
    order_id = await make_draft(site.shop, {DRUM: "5"})
    buyer = await site.enter(BUYER)
    shown = await buyer.get(f"/orders/{order_id}/check")
    await submitted(site.shop, {DRUM: "8"}, HEAD)
    page = await press(buyer, order_id, shown)
    assert page.status_code == 422
    assert "AL-5W30-205: only 2 in stock, you asked for 5." in texts(page)
    [row] = await site.shop.look("SELECT sum(unreflected) AS held FROM stock_levels")
    assert row["held"] == 8


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


async def test_the_catalogue_fills_the_draft_at_hand(site: Site) -> None:
    buyer = await site.enter(BUYER)

    async def take(product: UUID, contract: UUID, quantity: str, shown: str = "") -> httpx.Response:
        place = f"[{product}][{contract}]"
        data = {f"quantities{place}": quantity, f"shown{place}": shown, "next": "/catalog?q=1"}
        return await buyer.post("/orders/draft-lines", data=data)

    async def drafts() -> list[tuple[str, list[int]]]:
        rows = await site.shop.look(
            "SELECT o.mode, array_agg(l.quantity::int ORDER BY l.place) AS quantities FROM orders o"
            " JOIN order_lines l ON l.order_id = o.id GROUP BY o.id, o.created_at, o.mode ORDER BY o.created_at"
        )
        return [(cast("str", row["mode"]), cast("list[int]", row["quantities"])) for row in rows]

    assert place_of(await take(DRUM, CONTRACT, "2")) == "/catalog?q=1"
    await take(PAIL, CONTRACT, "4")
    await take(DRUM, CONTRACT, "5")
    assert await drafts() == [("packaged", [5, 4])], "what stands in the row is the quantity"
    await take(TANK, CONTRACT, "6")
    await take(DRUM, SECOND, "1")
    assert await drafts() == [("packaged", [5, 4]), ("tank_truck", [6]), ("packaged", [1])], "R3"
    await take(PAIL, CONTRACT, "0")
    assert (await drafts())[0] == ("packaged", [5])
    assert (await take(UUID(int=0xC5), CONTRACT, "1")).status_code == 422
    await take(UUID(int=0xC5), CONTRACT, "0")  # what cannot be had any more can still be taken out
    bar = await buyer.post(
        "/orders/draft-lines", headers=PARTIAL, data={f"quantities[{DRUM}][{CONTRACT}]": "7"},
    )  # fmt: skip
    assert (bar.status_code, 'id="order-bar"' in bar.text, "<html" in bar.text) == (200, True, False)


async def test_a_field_names_its_product_by_number_or_by_id(site: Site) -> None:
    buyer = await site.enter(BUYER)
    rows = await site.shop.look("SELECT id, pos FROM products")
    number = {cast("UUID", row["id"]): cast("int", row["pos"]) for row in rows}

    async def send(**quantities: str) -> httpx.Response:
        return await buyer.post(
            "/orders/draft-lines",
            data={f"quantities[{product}][{CONTRACT}]": quantity for product, quantity in quantities.items()},
        )

    page = await buyer.get("/catalog")
    assert f'name="quantities[n{number[DRUM]}][{CONTRACT}]"' in page.text
    assert str(DRUM) not in page.text
    assert (await send(**{f"n{number[DRUM]}": "2", str(PAIL): "4"})).status_code == 303
    lines = await site.shop.look("SELECT product_id, quantity::int AS quantity FROM order_lines")
    assert {(one["product_id"], one["quantity"]) for one in lines} == {(DRUM, 2), (PAIL, 4)}
    hidden, nowhere = f"n{number[BETA_ONLY]}", "n9999999"
    refused = [await send(**{one: "1"}) for one in (hidden, nowhere, str(BETA_ONLY))]
    assert [one.status_code for one in refused] == [422] * 3
    both = await buyer.post(
        "/orders/draft-lines",
        headers={"Accept": "application/json"},
        data={f"quantities[{one}][{CONTRACT}]": "1" for one in (hidden, nowhere)},
    )
    assert {field for field, _ in codes_of(both)} == {f"quantities[{one}][{CONTRACT}]" for one in (hidden, nowhere)}
    assert (await send(**{hidden: "0", nowhere: "0"})).status_code == 303
    assert (await send(x12="1")).status_code == 400


async def test_a_list_that_comes_back_whole_changes_only_what_was_typed(site: Site) -> None:
    buyer = await site.enter(BUYER)

    async def send(rows: Mapping[UUID, tuple[str, str]]) -> httpx.Response:
        data = {"next": "/catalog"}
        for product, (shown, quantity) in rows.items():
            data |= {f"shown[{product}][{CONTRACT}]": shown, f"quantities[{product}][{CONTRACT}]": quantity}
        return await buyer.post("/orders/draft-lines", data=data)

    async def quantities() -> dict[UUID, int]:
        rows = await site.shop.look("SELECT product_id, quantity::int AS quantity FROM order_lines")
        return {cast("UUID", row["product_id"]): cast("int", row["quantity"]) for row in rows}

    assert place_of(await send({DRUM: ("", "2"), PAIL: ("", "4"), TANK: ("", "")})) == "/catalog"
    assert await quantities() == {DRUM: 2, PAIL: 4}
    # Drawn before a colleague's window took the pails: nobody touched them here.
    await send({DRUM: ("2", "3"), PAIL: ("", ""), TANK: ("", "")})
    assert await quantities() == {DRUM: 3, PAIL: 4}
    await send({DRUM: ("3", ""), PAIL: ("4", "4")})
    assert await quantities() == {PAIL: 4}
    refused = await send({DRUM: ("", "1"), UUID(int=0xC5): ("", "1"), UUID(int=0xC6): ("", "x")})
    assert refused.status_code == 400
    refused = await send({DRUM: ("", "1"), UUID(int=0xC5): ("", "1")})
    assert refused.status_code == 422
    assert await quantities() == {PAIL: 4}, "all or nothing"
    rows = await site.shop.look("SELECT count(*) AS drafts FROM orders")
    assert rows[0]["drafts"] == 1


async def watched(shop: Shop) -> list[str]:
    """List what reading the dashboard sends."""
    seen: list[str] = []

    def note(record: LoggedQuery) -> None:
        seen.append(record.query)

    async with shop.desk(HEAD) as desk:
        await desk.decision("order", "view")
        with cast("asyncpg.Connection", cast("object", desk.transaction.driver)).query_logger(note):
            await read_board(desk, "all", "AL-5W30")
    return seen


async def test_the_dashboard_costs_two_statements_on_any_number_of_orders(shop: Shop) -> None:
    async def statements() -> list[str]:
        one = serve(shop.database, pool_size=1)
        try:
            await watched(one)  # the driver learns types at their first use
            return await watched(one)
        finally:
            await one.close()

    few = await statements()
    for _ in range(6):
        await make_draft(shop)
    assert few == await statements()
    assert len(few) == 2


@pytest.mark.parametrize("actor", [HEAD, MANAGER], ids=["buyer", "manager"])
async def test_every_tab_counts_what_its_list_shows(shop: Shop, actor: Actor) -> None:
    states = [*TURN, "draft", "draft", "closed", "needs_decision"]
    for place, state in enumerate(states):
        order_id = await make_draft(shop, {})
        await shop.change(
            "UPDATE orders SET state = $2, decision_code = $3, archived_at = $4 WHERE id = $1",
            order_id,
            state,
            "returned" if place == len(TURN) else "",
            NOW if place == len(states) - 2 else None,
        )
    counts: dict[View, int] = {}
    for view in VIEWS:
        async with shop.desk(actor) as desk:
            page = await read_board(desk, view)
        assert len(page.rows) == page.counts[view], view
        counts = page.counts
    assert counts == {
        "all": 14, "needs_me": 3 if actor is HEAD else 2, "in_erp": 4, "on_the_way": 2, "done": 3, "drafts": 3,
        "archive": 1,
    }  # fmt: skip
