"""Quantities typed in the catalogue, on their way into drafts."""

from collections.abc import Mapping
from typing import cast
from uuid import UUID

import httpx

from tests.orders.forms import PARTIAL, place_of
from tests.orders.shop import (
    BETA_ONLY,
    BUYER,
    CONTRACT,
    DRUM,
    PAIL,
    SECOND,
    TANK,
)
from tests.orders.site import Site, codes_of


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
