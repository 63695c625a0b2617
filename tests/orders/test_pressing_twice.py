"""A button of a step pressed twice, without scripts: the second press goes on like the first."""

from collections.abc import Mapping
from typing import cast
from uuid import UUID

import httpx
import pytest

from tests.access.browsers import Browser
from tests.orders.forms import FORM, place_of, press, value_of
from tests.orders.shop import BUYER, DRUM, HEAD, PAIL
from tests.orders.site import Site, texts
from tests.orders.steps import make_draft

PICKUP: Mapping[str, str] = {
    "pickup.plate": "123 ABC 02", "pickup.driver_name": "Somebody", "pickup.proxy_number": "7",
    "pickup.proxy_date": "2026-03-07", "pickup.proxy_valid_to": "",
}  # fmt: skip


async def forms_of(site: Site, order_id: UUID) -> dict[str, tuple[Mapping[str, str], str, str]]:
    """Give the form of every step, a field to type something else into, and where pressing Next leads."""
    rows = await site.shop.look("SELECT id::text AS id FROM order_lines WHERE order_id = $1 ORDER BY place", order_id)
    drums, pails = (cast("str", row["id"]) for row in rows)
    lines = {"lines[0].id": drums, "lines[0].quantity": "3", "lines[1].id": pails, "lines[1].quantity": "8"}
    return {
        "details": ({**FORM, "customer_number": "PO-1"}, "customer_number", "products"),
        "products": (lines, "lines[0].quantity", "check"),
        "vehicle": (PICKUP, "pickup.plate", "check"),
    }


async def send(browser: Browser, order_id: UUID, step: str, form: Mapping[str, str]) -> httpx.Response:
    return await browser.post(f"/orders/{order_id}/{step}", data={**form, "version": "3", "do": "next"})


@pytest.mark.parametrize("step", ["details", "products", "vehicle"])
async def test_the_same_form_again_is_harmless_and_another_one_shows_both(site: Site, step: str) -> None:
    order_id = await make_draft(site.shop, {DRUM: "1", PAIL: "4"})
    if step == "vehicle":
        await site.shop.change("UPDATE orders SET delivery = 'pickup'")
    form, field, onward = (await forms_of(site, order_id))[step]
    buyer, head = await site.enter(BUYER), await site.enter(HEAD)
    for _ in range(3):
        assert place_of(await send(buyer, order_id, step, form)) == f"/orders/{order_id}/{onward}"
    [row] = await site.shop.look("SELECT version FROM orders")
    assert row["version"] == 4, "saved once"
    other = await send(head, order_id, step, {**form, field: "5"})
    assert other.status_code == 412
    assert f"Saved meanwhile by somebody else: {form[field]}" in texts(other)
    [row] = await site.shop.look("SELECT version FROM orders")
    assert row["version"] == 4


async def test_a_line_removed_twice_is_removed_once(site: Site) -> None:
    order_id = await make_draft(site.shop, {DRUM: "1", PAIL: "4"})
    form, *_ = (await forms_of(site, order_id))["products"]
    buyer = await site.enter(BUYER)
    for _ in range(2):
        answer = await buyer.post(
            f"/orders/{order_id}/products", data={**form, "version": "3", "remove": form["lines[0].id"]}
        )
        assert place_of(answer) == f"/orders/{order_id}/products#lines"
    rows = await site.shop.look("SELECT product_id, quantity FROM order_lines")
    assert [tuple(row) for row in rows] == [(PAIL, 8)]
    # Whoever still counts on the line sees that it is gone.
    assert (await send(buyer, order_id, "products", form)).status_code == 412


async def test_a_script_that_repeats_a_saving_learns_the_version(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    form = {**FORM, "version": "3", "comment": "slowly"}
    for _ in range(2):
        saved = await buyer.post(f"/orders/{order_id}/details", data=form, headers={"HX-Request": "true"})
        assert saved.status_code == 200
        assert 'id="version" value="4"' in saved.text


async def test_pasting_twice_does_not_add_twice(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    paste = {"version": "3", "text": "AL-5W40-020 4"}
    assert (await buyer.post(f"/orders/{order_id}/paste", data=paste)).status_code == 303
    assert (await buyer.post(f"/orders/{order_id}/paste", data=paste)).status_code == 412
    rows = await site.shop.look("SELECT quantity FROM order_lines ORDER BY place")
    assert [row["quantity"] for row in rows] == [1, 4]


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
