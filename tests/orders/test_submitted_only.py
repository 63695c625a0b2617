"""A right to orders may end where drafts begin: a draft is then as good as none (R19)."""

from tests.access.browsers import read
from tests.orders.shop import LOGISTICIAN, MANAGER, TENANT, Shop
from tests.orders.site import API, Site
from tests.orders.steps import make_draft, place_order


async def test_whoever_may_see_submitted_orders_alone_finds_no_draft(site: Site) -> None:
    order_id = await make_draft(site.shop)
    browser, manager = await site.enter(LOGISTICIAN), await site.enter(MANAGER)
    paths = (f"{API}/{order_id}", f"{API}/{order_id}/pickup", f"/orders/{order_id}", f"/orders/{order_id}/vehicle")
    assert (await browser.get(paths[0])).status_code == 200
    await leave_only_submitted(site.shop, "order", "view")
    assert [(await browser.get(path)).status_code for path in paths] == [404] * len(paths)
    assert (await manager.get(paths[0])).status_code == 200
    assert [read(await one.get(API))["total"] for one in (browser, manager)] == [0, 1]
    await place_order(site.shop, order_id)
    assert [(await browser.get(path)).status_code for path in paths[:3]] == [200] * 3
    assert read(await browser.get(API))["total"] == 1


async def test_a_right_to_vehicles_of_submitted_orders_writes_none_into_a_draft(site: Site) -> None:
    order_id = await make_draft(site.shop)
    browser = await site.enter(LOGISTICIAN)
    vehicle, seen = {"plate": "123 ABC 02"}, {"If-Match": '"3"'}
    await leave_only_submitted(site.shop, "pickup", "edit")
    assert (await browser.put(f"{API}/{order_id}/pickup", json=vehicle, headers=seen)).status_code == 403
    assert (await browser.get(f"{API}/{order_id}")).status_code == 200


async def leave_only_submitted(shop: Shop, resource: str, action: str) -> None:
    """Put a narrower rule in the place of the one the portal came with."""
    said = (TENANT, f"r:{LOGISTICIAN.role}", resource, action)
    await shop.change(
        "UPDATE access_rules SET valid_to = now()"
        " WHERE tenant_id = $1 AND subject = $2 AND resource = $3 AND action = $4",
        *said,
    )
    await shop.change(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, reg, val)"
        " VALUES ($1, gen_random_uuid(), $2, $3, $4, 'allow', '@own', 'live')",
        *said,
    )
