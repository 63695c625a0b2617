"""The same order as its different readers meet it: whose turn it is, whose number it has, what they may press."""

from tests.orders.shop import BUYER, LIMITED, LOGISTICIAN, MANAGER
from tests.orders.site import Site, texts
from tests.orders.steps import make_draft, submitted


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
