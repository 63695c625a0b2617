"""No order is begun in, moved to or written from outside the writer's rights, whatever was checked at the door."""

from uuid import UUID

import pytest

from app.access.rules import Rule
from app.infra.db.transaction import open_tenant_transaction
from app.kernel.errors import NotAllowedError, RejectedError
from app.orders.services.drafts import edit_details, start
from app.orders.services.repeating import repeat
from tests.orders.shop import ALPHA, BUYER, CONTRACT, SECOND, TENANT, Shop
from tests.orders.steps import DETAILS, make_draft, place_order, submitted, traces, without

NOT_UNDER_SECOND = Rule(UUID(int=0x999), f"u:{BUYER.user_id}", "order", "draft", "deny", ctr=str(SECOND))


async def forbid(shop: Shop, rule: Rule) -> None:
    async with open_tenant_transaction(shop.staff, TENANT) as transaction:
        await transaction.driver.execute(
            "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, ctr)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            *(TENANT, rule.id, rule.subject, rule.resource, rule.action, rule.effect, rule.ctr),
        )


async def test_no_draft_is_begun_under_a_contract_one_may_not_draft_for(shop: Shop) -> None:
    await forbid(shop, NOT_UNDER_SECOND)
    with pytest.raises(NotAllowedError):
        async with shop.desk(BUYER) as desk:
            await start(desk, contract_id=SECOND)
    assert await shop.look("SELECT 1 FROM orders") == []


async def test_no_draft_is_moved_to_a_contract_one_may_not_draft_for(shop: Shop) -> None:
    order_id = await make_draft(shop)
    await forbid(shop, NOT_UNDER_SECOND)
    with pytest.raises(NotAllowedError):
        async with shop.desk(BUYER) as desk:
            await edit_details(desk, order_id, without(DETAILS, contract_id=SECOND), None)
    [row] = await shop.look("SELECT contract_id FROM orders")
    assert row["contract_id"] == CONTRACT


async def test_no_order_is_repeated_where_one_may_draft_no_more(shop: Shop) -> None:
    order_id = await submitted(shop)
    await forbid(shop, Rule(UUID(int=0x999), f"u:{BUYER.user_id}", "order", "draft", "deny", ctr=str(CONTRACT)))
    with pytest.raises(NotAllowedError):
        async with shop.desk(BUYER) as desk:
            await repeat(desk, order_id)
    assert len(await shop.look("SELECT 1 FROM orders")) == 1


async def test_a_right_that_ended_between_draft_and_submit_leaves_no_hold(shop: Shop) -> None:
    order_id = await make_draft(shop)
    before = await traces(shop)
    await forbid(shop, Rule(UUID(int=0x999), f"u:{BUYER.user_id}", "order", "submit", "deny", ctr=str(CONTRACT)))
    with pytest.raises(NotAllowedError):
        await place_order(shop, order_id)
    assert await traces(shop) == before


@pytest.mark.parametrize(("table", "code"), [("contracts", "contract_closed"), ("agreements", "agreement_closed")])
async def test_papers_that_ended_between_draft_and_submit_are_named_and_leave_no_hold(
    shop: Shop, table: str, code: str
) -> None:
    order_id = await make_draft(shop)
    before = await traces(shop)
    await shop.change(f"UPDATE {table} SET status = 'closed' WHERE partner_id = $1", ALPHA)
    with pytest.raises(RejectedError) as refused:
        await place_order(shop, order_id)
    assert code in {one.code for one in refused.value.problems}
    assert await traces(shop) == before
