"""Approving an order that waits: nobody his own (R13), nothing that may no longer be ordered (R2)."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from app.access.actors import Actor
from tests.orders.shop import (
    AGREEMENT,
    ALPHA_YARD,
    BUYER,
    CITY,
    CONTRACT,
    DRUM,
    ELSEWHERE,
    FAR_MANAGER,
    MANAGER,
    PAIL,
    REGION,
    SEGMENT,
    Shop,
)
from tests.orders.site import API, Site, body_of, codes_of, texts
from tests.orders.steps import NO_TRACE, submitted, traces

YESTERDAY = "now()::date - 2"
# What happened meanwhile, and what an approval is then told, in the order of the lines.
MOVED: Sequence[tuple[str, Sequence[object], list[tuple[str, str]], str]] = (
    ("UPDATE contracts SET status = 'closed' WHERE id = $1", [CONTRACT],
     [("contract_id", "contract_closed_since")], "Contract KZ-1 is no longer in force."),
    (f"UPDATE contracts SET valid_to = {YESTERDAY} WHERE id = $1", [CONTRACT],
     [("contract_id", "contract_closed_since")], "Contract KZ-1 is no longer in force."),
    ("UPDATE products SET is_blocked = true WHERE id = $1", [PAIL],
     [("lines[1].product_id", "product_blocked_since")], "AL-5W40-020 is no longer sold."),
    (f"UPDATE agreements SET valid_to = {YESTERDAY} WHERE id = $1", [AGREEMENT],
     [("lines[0].product_id", "agreement_closed_since"), ("lines[1].product_id", "agreement_closed_since")],
     "AL-5W30-205: agreement A-1 is no longer in force."),
    ("DELETE FROM segment_items WHERE segment_id = $1 AND product_id = $2", [SEGMENT, DRUM],
     [("lines[0].product_id", "not_in_agreement_since")], "AL-5W30-205 is no longer in agreement A-1."),
    ("UPDATE agreements SET region_id = $2 WHERE id = $1", [AGREEMENT, ELSEWHERE],
     [("lines[0].product_id", "region_not_allowed_since"), ("lines[1].product_id", "region_not_allowed_since")],
     "AL-5W40-020: agreement A-1 no longer delivers to this address."),
)  # fmt: skip


async def waiting(shop: Shop, submitter: Actor = BUYER) -> UUID:
    """Put an order together that waits for its decision, with nothing held."""
    order_id = await submitted(shop, {DRUM: "1", PAIL: "4"}, BUYER)
    await shop.change("UPDATE orders SET submitted_by = $2 WHERE id = $1", order_id, submitter.user_id)
    await refuse(shop)
    return order_id


async def refuse(shop: Shop) -> None:
    """Let the ERP refuse the one order there is; it holds nothing any more."""
    await shop.change("UPDATE orders SET state = 'needs_decision', decision_code = 'no_stock'")
    for table in ("stock_holds", "credit_holds", "outbox"):
        await shop.change(f"DELETE FROM {table}")
    await shop.change("UPDATE stock_levels SET unreflected = 0")
    await shop.change("UPDATE credit_accounts SET unreflected = 0")


async def colleague(site: Site) -> Actor:
    """Let the manager of elsewhere look after this region too."""
    await site.shop.change("UPDATE memberships SET regions = $2 WHERE user_id = $1", FAR_MANAGER.user_id, [REGION])
    return FAR_MANAGER


async def test_nobody_approves_what_they_submitted_themselves(site: Site) -> None:
    order_id = await waiting(site.shop, MANAGER)
    own, other = await site.enter(MANAGER), await site.enter(await colleague(site))
    page = await own.get(f"/orders/{order_id}")
    assert "You cannot approve this order. You submitted this order yourself" in texts(page)
    assert f'action="/orders/{order_id}/approve"' not in page.text
    assert f'action="/orders/{order_id}/return"' in page.text
    refused = await own.post(f"{API}/{order_id}/approve")
    assert (refused.status_code, codes_of(refused)) == (422, [("", "own_request")])
    pressed = await own.post(f"/orders/{order_id}/approve")
    assert (pressed.status_code, "somebody else approves it" in texts(pressed)) == (422, True)
    assert await traces(site.shop) == {**NO_TRACE, "orders": 1}
    page = await other.get(f"/orders/{order_id}")
    assert f'action="/orders/{order_id}/approve"' in page.text
    assert body_of(await other.post(f"{API}/{order_id}/approve"))["state"] == "submitted"


async def test_standing_in_makes_nobody_somebody_else(site: Site) -> None:
    """Neither one's own order in a colleague's name, nor the colleague's in theirs."""
    mine, other = await waiting(site.shop, MANAGER), await colleague(site)
    await site.shop.change(
        "INSERT INTO delegations (tenant_id, id, user_id, membership_id, deputy_id, starts_on, ends_on, created_by)"
        " VALUES (1, gen_random_uuid(), $1, $2, $3, current_date - 1, current_date + 1, $1)",
        *(other.user_id, other.membership_id, MANAGER.user_id),
    )
    deputy = await site.enter(MANAGER)
    moved = await deputy.post("/api/v1/me/membership", json={"membership": str(other.membership_id)})
    deputy.headers["X-CSRF-Token"] = str(body_of(moved)["csrf_token"])
    refused = await deputy.post(f"{API}/{mine}/approve")
    assert (refused.status_code, codes_of(refused)) == (422, [("", "own_request")])
    await site.shop.change("UPDATE orders SET submitted_by = $1", other.user_id)
    refused = await deputy.post(f"{API}/{mine}/approve")
    assert (refused.status_code, codes_of(refused)) == (422, [("", "own_request")])
    await site.shop.change("UPDATE orders SET submitted_by = $1", BUYER.user_id)
    assert (await deputy.post(f"{API}/{mine}/approve")).status_code == 200
    [event] = await site.shop.look("SELECT actor_id, actor_name, data::text FROM order_events WHERE kind = 'approved'")
    assert tuple(event) == (MANAGER.user_id, MANAGER.name, f'{{"on_behalf": "{other.name}"}}')
    assert f"In place of: {other.name}" in texts(await deputy.get(f"/orders/{mine}"))


async def test_whoever_approves_is_not_whoever_submitted(site: Site) -> None:
    """Refused by the ERP after all, the order may be approved by the same manager again."""
    order_id = await waiting(site.shop)
    manager = await site.enter(MANAGER)
    for _ in range(2):
        assert (await manager.post(f"{API}/{order_id}/approve")).status_code == 200
        [row] = await site.shop.look("SELECT submitted_by, updated_at > submitted_at AS later FROM orders")
        assert tuple(row) == (BUYER.user_id, True)
        await refuse(site.shop)


@pytest.mark.parametrize(
    ("change", "about", "problems", "told"), MOVED, ids=[f"{one[2][0][1]}-{place}" for place, one in enumerate(MOVED)]
)
async def test_what_may_no_longer_be_ordered_is_not_approved(
    site: Site, change: str, about: Sequence[object], problems: list[tuple[str, str]], told: str
) -> None:
    order_id = await waiting(site.shop)
    await site.shop.change(change, *about)
    manager = await site.enter(MANAGER)
    page = await manager.get(f"/orders/{order_id}")
    assert told in texts(page)
    assert f'action="/orders/{order_id}/approve"' not in page.text
    refused = await manager.post(f"{API}/{order_id}/approve")
    assert (refused.status_code, codes_of(refused)) == (422, problems)
    assert await traces(site.shop) == {**NO_TRACE, "orders": 1}


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("ru", ["Этот заказ отправили вы сами", "Договор KZ-1 больше не действует", "AL-5W40-020 больше не продаётся"]),
        ("kk", ["Бұл тапсырысты өзіңіз жібергенсіз", "KZ-1 шарты енді қолданыста емес", "AL-5W40-020 енді сатылмайды"]),
    ],
)
async def test_everything_is_told_at_once_in_the_readers_language(site: Site, locale: str, words: list[str]) -> None:
    order_id = await waiting(site.shop, MANAGER)
    await site.shop.change("UPDATE users SET locale = $1", locale)
    await site.shop.change("UPDATE contracts SET status = 'closed' WHERE id = $1", CONTRACT)
    await site.shop.change("UPDATE products SET is_blocked = true WHERE id = $1", PAIL)
    manager = await site.enter(MANAGER)
    refused = await manager.post(f"{API}/{order_id}/approve")
    assert [code for _, code in codes_of(refused)] == ["own_request", "contract_closed_since", "product_blocked_since"]
    for answer in (refused, await manager.get(f"/orders/{order_id}")):
        assert [one for one in words if one not in answer.text] == []


async def test_an_address_that_is_gone_lies_in_no_region(site: Site) -> None:
    order_id = await waiting(site.shop)
    manager = await site.enter(MANAGER)
    await site.shop.change("UPDATE agreements SET region_id = $2 WHERE id = $1", AGREEMENT, CITY)
    assert f'action="/orders/{order_id}/approve"' in (await manager.get(f"/orders/{order_id}")).text
    await site.shop.change("UPDATE consignee_addresses SET deleted_at = now() WHERE id = $1", ALPHA_YARD)
    refused = await manager.post(f"{API}/{order_id}/approve")
    assert {code for _, code in codes_of(refused)} == {"region_not_allowed_since"}


async def test_a_price_that_ended_is_no_obstacle(site: Site) -> None:
    """The buyer's price was frozen at submit (R6)."""
    order_id = await waiting(site.shop)
    await site.shop.change("DELETE FROM prices WHERE product_id = $1", DRUM)
    manager = await site.enter(MANAGER)
    assert (await manager.post(f"{API}/{order_id}/approve")).status_code == 200
