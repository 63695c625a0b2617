"""A driver's document and phone are read whole by whoever may name a driver; others see that there is one (R17)."""

import pytest
from msgspec.structs import replace

from app.access.actors import Actor
from tests.orders.shop import BUYER, HEAD, LIMITED, LOGISTICIAN, MANAGER
from tests.orders.site import API, Site
from tests.orders.steps import DETAILS, make_draft

DOCUMENT, PHONE = "AB1234567", "+77010002233"
COLLECTED = replace(DETAILS, delivery="pickup", address_id=None)
PICKUP = {"plate": "123 ABC 02", "driver_name": "Askar Seitov", "driver_document": DOCUMENT, "driver_phone": PHONE}


@pytest.mark.parametrize(
    ("reader", "reads"), [(BUYER, True), (HEAD, True), (MANAGER, True), (LOGISTICIAN, True), (LIMITED, False)]
)
async def test_a_drivers_papers_are_for_whoever_may_name_the_driver(site: Site, reader: Actor, reads: bool) -> None:
    order_id = await make_draft(site.shop, details=COLLECTED)
    buyer = await site.enter(BUYER)
    done = await buyer.put(f"{API}/{order_id}/pickup", json=PICKUP, headers={"If-Match": '"3"'})
    assert done.status_code == 200, done.text
    browser = await site.enter(reader)
    scripted, pages = f"{API}/{order_id}", f"/orders/{order_id}"
    for path in (scripted, f"{scripted}/pickup", f"{pages}/vehicle", f"{pages}/check"):
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        told = [value for value in (DOCUMENT, PHONE) if value in answer.text]
        assert bool(told) is reads, path
        assert ("AB•••67" in answer.text, "+7•••33" in answer.text) == (not reads, not reads), path
