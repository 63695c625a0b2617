"""Who hears of a draft: those who may approve it when it waits, its author when somebody decided."""

from typing import cast

from app.infra.db.transaction import open_tenant_transaction
from app.notifications.jobs import Telling, fan_out
from app.rights.notices import APPROVED, NOTICES, SENT_BACK, WAITS
from app.rights.rules.lines import ALL, Address
from app.rights.services import publishing
from app.rights.subjects import SUBJECTS
from tests.orders.shop import ADMIN, TENANT, Shop
from tests.rights.desks import LIMITS, OWN_CLIENT, SECOND_ADMIN, at_desk, change, draft_with, publish

WIDE = {Address("r:manager_full", "plan", "view"): ALL}
TELLING = Telling(NOTICES, SUBJECTS)


async def heard(shop: Shop) -> list[tuple[str, str]]:
    """Let the worker tell, then read who has an entry of which kind, in the order of the telling."""
    waits = True
    while waits:
        async with open_tenant_transaction(shop.staff, TENANT) as transaction:
            waits = await fan_out(transaction, TELLING)
    rows = await shop.look(
        "SELECT n.kind, u.name FROM notifications n JOIN users u ON u.id = n.user_id ORDER BY n.created_at, n.id"
    )
    return [(cast("str", row["kind"]), cast("str", row["name"])) for row in rows]


async def test_whoever_may_approve_hears_that_a_draft_waits_and_its_author_does_not(shop: Shop) -> None:
    await publish(shop, await draft_with(shop, WIDE))
    assert await heard(shop) == [(WAITS, SECOND_ADMIN.name)]


async def test_the_author_hears_what_the_second_person_decided(shop: Shop) -> None:
    draft = await publish(shop, await draft_with(shop, WIDE))
    async with at_desk(shop, SECOND_ADMIN) as desk:
        back = await publishing.send_back(desk, draft.id, draft.version, "Too wide")
    again = await publish(shop, back)
    async with at_desk(shop, SECOND_ADMIN) as desk:
        await publishing.approve(desk, again.id, again.version, {})
    told = await heard(shop)
    assert [kind for kind, name in told if name == ADMIN.name] == [SENT_BACK, APPROVED]


async def test_nobody_hears_of_what_needs_nobody(shop: Shop) -> None:
    await change(shop, LIMITS, OWN_CLIENT)
    assert await heard(shop) == []
