"""Forms of orders as a browser without scripts fills and sends them."""

import re
from html import unescape
from uuid import UUID

import httpx

from tests.access.browsers import Browser
from tests.orders.shop import (
    ALPHA_LLP,
    ALPHA_YARD,
    CONTRACT,
    SOON,
)

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
