"""The four steps of a draft as forms: what comes back, what is saved, what two people see of each other."""

import re
from typing import cast
from uuid import UUID

from tests.orders.forms import FORM, PARTIAL, press, value_of
from tests.orders.shop import (
    ALPHA,
    BUYER,
    DRUM,
    HEAD,
    PAIL,
)
from tests.orders.site import Site, texts
from tests.orders.steps import make_draft, submitted


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
    stale = await buyer.post(f"/orders/{order_id}/details", data={**form, "comment": "other"}, headers=PARTIAL)
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
