"""One word asks of offers whether their papers are in force, and of orders whether they are submitted."""

from uuid import UUID

import pytest

from app.rights.dimensions import find_permission
from app.rights.rules.lines import Address, Cell, Terms
from app.rights.services import asking
from app.rights.services.matrix import own_variants
from app.rights.services.telling import Vocabulary
from app.rights.web.answers import Told, tell
from tests.orders.shop import ADMIN, LOGISTICIAN, Shop
from tests.orders.steps import make_draft, place_order
from tests.rights.desks import at_desk, change

SEES = Address("r:logistician", "order", "view")


async def ask(shop: Shop, order_id: UUID) -> Told:
    permission = find_permission("order:view")
    assert permission is not None
    async with at_desk(shop, ADMIN) as desk:
        answer = await asking.ask(desk, LOGISTICIAN.membership_id, permission, order_id, "en")
        return await tell(desk, answer, "en")


@pytest.mark.parametrize(
    ("resource", "words", "way"),
    [("order", "submitted orders", "placed"), ("pickup", "submitted orders", "placed"),
     ("offer", "in force today", "live"), ("agreement", "in force today", "live")],
)  # fmt: skip
def test_a_condition_is_worded_by_what_it_is_about(resource: str, words: str, way: str) -> None:
    vocabulary = Vocabulary("en", "Asia/Almaty", {}, {})
    assert vocabulary.terms(resource, Terms(val="live")) == words
    assert {"live", "placed"} & set(own_variants(resource)) == {way}


async def test_a_draft_is_refused_with_the_reason_and_the_way_out(shop: Shop) -> None:
    await change(shop, SEES, Cell(frozenset({Terms(reg="@own", val="live")})))
    order_id = await make_draft(shop)
    (refused,) = (await ask(shop, order_id)).boxes
    (nearest,) = refused.nearest
    assert not refused.is_allowed
    assert nearest.fails == ["the order is a draft, not submitted yet"]
    assert "Once the order is submitted, the nearest rule allows it." in [one.words for one in refused.remedies]
    assert ("Submitted", "No") in [(one.label, one.value) for one in refused.facts]
    await place_order(shop, order_id)
    (allowed,) = (await ask(shop, order_id)).boxes
    assert allowed.is_allowed
