"""Orders entered in the ERP for a client: nobody of the client wrote them, so the whole company has them (R19)."""

import re
from typing import Final
from uuid import UUID

import pytest

from app.access.actors import Actor
from app.orders.models import NOBODY
from tests.orders.shop import (
    ADMIN,
    BUYER,
    COLLEAGUE,
    FAR_MANAGER,
    FORWARDER,
    HEAD,
    LIMITED,
    LOGISTICIAN,
    MANAGER,
    SENIOR,
    STRANGER,
    Shop,
)
from tests.orders.site import API, Site, body_of, texts
from tests.orders.steps import submitted


async def born_in_the_erp(shop: Shop) -> UUID:
    """Turn an order into one the feed brought: it has lines and a number, and neither author nor branch."""
    order_id = await submitted(shop)
    await shop.change(
        "UPDATE orders SET author_id = $2, branch = '', shared = true, number = 'УТ-77', erp_number = 'УТ-77',"
        " state = 'accepted', submitted_by = NULL WHERE id = $1",
        order_id,
        NOBODY,
    )
    await shop.change("UPDATE order_lines SET price_version = NULL WHERE order_id = $1", order_id)
    return order_id


WHO_SEES: Final = [
    (BUYER, 200), (COLLEAGUE, 200), (SENIOR, 200), (HEAD, 200), (MANAGER, 200), (LIMITED, 200), (LOGISTICIAN, 200),
    (ADMIN, 200), (STRANGER, 404), (FAR_MANAGER, 404), (FORWARDER, 403),
]  # fmt: skip


@pytest.mark.parametrize(("actor", "status"), WHO_SEES, ids=[f"{one.role}-{one.name}" for one, _ in WHO_SEES])
async def test_the_company_and_its_managers_see_it_and_nobody_else(site: Site, actor: Actor, status: int) -> None:
    order_id = await born_in_the_erp(site.shop)
    browser = await site.enter(actor)
    assert (await browser.get(f"{API}/{order_id}")).status_code == status
    page = await browser.get(f"/orders/{order_id}")
    assert page.status_code == status
    board = await browser.get(API)
    if status == 200:
        assert "УТ-77" in texts(page)
        assert body_of(board)["total"] == 1
        assert "УТ-77" in texts(await browser.get("/orders"))
    elif status == 404:
        assert body_of(board)["total"] == 0
        assert "УТ-77" not in texts(await browser.get("/orders?q=77"))


async def test_any_manager_of_the_client_may_repeat_it(site: Site) -> None:
    order_id = await born_in_the_erp(site.shop)
    made = await (await site.enter(COLLEAGUE)).post(f"{API}/{order_id}/repeat")
    assert made.status_code == 201
    [row] = await site.shop.look("SELECT author_id, shared FROM orders WHERE source_id = $1", order_id)
    assert tuple(row) == (COLLEAGUE.user_id, False), "the copy is a draft of whoever made it"


async def test_the_one_number_it_has_is_shown_once(site: Site) -> None:
    order_id = await born_in_the_erp(site.shop)
    buyer = await site.enter(BUYER)
    page, board = await buyer.get(f"/orders/{order_id}"), await buyer.get("/orders")
    assert "Order УТ-77 Entered in 1C:ERP" in texts(page)
    assert "1C:ERP УТ-77" not in texts(page)
    row = re.search(r"<tr><td.*?</td>", board.text, re.DOTALL)
    assert row is not None
    assert row[0].count("УТ-77") == 1
    await site.shop.change("UPDATE orders SET number = 'P-2026-4829131'")
    assert "1C:ERP УТ-77" in texts(await buyer.get(f"/orders/{order_id}"))
