"""The same order as its different readers meet it: whose turn it is, whose number it has, what they may press."""

import re
from html import unescape
from typing import Final

import pytest

from app.access.actors import Actor
from tests.orders.shop import BUYER, LIMITED, LOGISTICIAN, MANAGER
from tests.orders.site import Site, texts
from tests.orders.steps import make_draft, submitted

_ADDRESSES: Final = re.compile(r'<a [^>]*href="(/[^"]*)"')


async def test_discarding_a_draft_is_not_called_cancelling_an_order(site: Site) -> None:
    draft, sent = await make_draft(site.shop), await submitted(site.shop)
    buyer = await site.enter(BUYER)
    assert "Discard the draft" in (page := texts(await buyer.get(f"/orders/{draft}/cancel")))
    assert "Cancel" not in page
    assert "Cancel the order" in texts(await buyer.get(f"/orders/{sent}/cancel"))


async def test_whoever_may_only_prepare_a_draft_is_offered_neither_discarding_nor_submitting(site: Site) -> None:
    draft = await make_draft(site.shop)
    limited, manager = await site.enter(LIMITED), await site.enter(MANAGER)
    assert "The buyer submits the order." in texts(page := await limited.get(f"/orders/{draft}/check"))
    assert f"/orders/{draft}/cancel" not in page.text
    assert f"/orders/{draft}/cancel" in (await manager.get(f"/orders/{draft}/check")).text


async def test_the_clients_own_number_is_yours_only_to_the_client(site: Site) -> None:
    await site.shop.change("UPDATE orders SET customer_number = 'PO-7' WHERE id = $1", await submitted(site.shop))
    assert "Your number: PO-7" in texts(await (await site.enter(BUYER)).get("/orders"))
    assert "The client's number: PO-7" in texts(await (await site.enter(MANAGER)).get("/orders"))


async def test_only_whoever_decides_is_told_that_it_is_their_turn(site: Site) -> None:
    waiting = await submitted(site.shop)
    await site.shop.change("UPDATE orders SET state = 'needs_decision' WHERE id = $1", waiting)
    for actor, told in (
        (BUYER, "Your manager decides"),
        (LOGISTICIAN, "The manager decides"),
        (MANAGER, "Your turn: decide"),
    ):
        browser = await site.enter(actor)
        for place in ("/orders", f"/orders/{waiting}"):
            assert told in texts(await browser.get(place))


@pytest.mark.parametrize(
    "reader", [BUYER, MANAGER, LIMITED, LOGISTICIAN], ids=["buyer", "manager", "limited", "logistician"]
)
async def test_no_page_of_a_draft_leads_its_reader_to_a_refusal(site: Site, reader: Actor) -> None:
    draft = await make_draft(site.shop)
    await site.shop.change("UPDATE orders SET delivery = 'pickup', address_id = NULL WHERE id = $1", draft)
    browser = await site.enter(reader)
    led: set[str] = set()
    for page in ("check", "vehicle", "check?asked=true"):
        shown = await browser.get(f"/orders/{draft}/{page}")
        assert shown.status_code == 200
        led |= {unescape(one[1]).partition("#")[0] for one in _ADDRESSES.finditer(shown.text)}
    assert len(led) > 3
    assert {place: code for place in led if (code := (await browser.get(place)).status_code) != 200} == {}
