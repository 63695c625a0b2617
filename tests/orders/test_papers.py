"""The papers of an order: whoever sees the order sees what left, whoever sees its price sees invoices and payments."""

from typing import Final, cast

from tests.orders.papers import INVOICED, PAID, write_papers
from tests.orders.shop import BUYER, HEAD, LOGISTICIAN, MANAGER, STRANGER
from tests.orders.site import Site, body_of, texts
from tests.orders.steps import make_draft, submitted

TOLD: Final = (
    *("РТ00-000001", "ТТН-7", "2602-00007 · ПК-000031", "П000001, П000002", "СЧ00-000001", "Paid in part"),
    *("ПП00-000001", "731,904.57", "518,263.94"),
)


async def test_the_page_and_the_api_tell_the_same_papers(site: Site) -> None:
    order_id = await submitted(site.shop)
    await write_papers(site.shop, order_id)
    for actor in (BUYER, HEAD, MANAGER):
        browser = await site.enter(actor)
        page = texts(await browser.get(f"/orders/{order_id}"))
        for text in TOLD:
            assert text in page, (actor.role, text)
        assert "РТ00-000009" not in page, "an unposted shipment never left"
        told = body_of(await browser.get(f"/api/v1/orders/{order_id}/papers"))
        [shipment] = cast("list[dict[str, object]]", told["shipments"])
        assert (shipment["number"], shipment["kg"]) == ("РТ00-000001", "540.000")
        [invoice] = cast("list[dict[str, object]]", told["invoices"])
        assert (invoice["gross"], invoice["paid"], invoice["is_overdue"]) == (str(INVOICED), str(PAID), False)
        [payment] = cast("list[dict[str, object]]", told["payments"])
        assert payment["amount"] == str(PAID), "not what the same payment settles elsewhere"


async def test_an_invoice_past_its_day_is_overdue(site: Site) -> None:
    order_id = await submitted(site.shop)
    await write_papers(site.shop, order_id, due_in_days=-2)
    buyer = await site.enter(BUYER)
    page = texts(await buyer.get(f"/orders/{order_id}"))
    assert "Overdue" in page
    assert "Paid in part" not in page


async def test_without_a_right_to_prices_there_are_goods_and_no_sums(site: Site) -> None:
    order_id = await submitted(site.shop)
    await write_papers(site.shop, order_id)
    logistician = await site.enter(LOGISTICIAN)
    page = texts(await logistician.get(f"/orders/{order_id}"))
    assert "РТ00-000001" in page
    assert "Invoices" not in page
    assert "Payments" not in page
    told = body_of(await logistician.get(f"/api/v1/orders/{order_id}/papers"))
    assert (told["invoices"], told["payments"]) == (None, None)


async def test_a_stranger_finds_no_papers_and_a_draft_has_none(site: Site) -> None:
    order_id = await submitted(site.shop)
    await write_papers(site.shop, order_id)
    stranger = await site.enter(STRANGER)
    assert (await stranger.get(f"/api/v1/orders/{order_id}/papers")).status_code == 404
    draft = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    assert body_of(await buyer.get(f"/api/v1/orders/{draft}/papers")) == {
        "shipments": [],
        "invoices": [],
        "payments": [],
    }
