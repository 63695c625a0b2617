"""The reader asks why: what may be told of what they see, and of what they do not without saying that it exists."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.explaining import Explanation
from app.catalog.schemas import Offer, ProductCard
from app.catalog.services import Reader, find_offered
from app.kernel.errors import NotFoundError
from app.orders.models import Order
from app.orders.queries.access import facts_of
from app.orders.rules.states import CANCELLABLE, ENDED
from app.orders.services.desk import Desk
from app.rights.queries.papers import Frozen, Papers, read_frozen, read_papers
from app.rights.rules.orders import ASKS, Standing, Verb, verbs

_OFFERS: Final = 10


class Offered(Struct, frozen=True):
    """A product that is offered to the reader, with the papers behind each offer."""

    card: ProductCard
    offers: Sequence[Offer]
    papers: Mapping[UUID, Papers]


async def why_product(reader: Reader, code: str) -> Offered | None:
    """Tell through which papers a product is offered; None for a hidden one and for one that does not exist."""
    found = await find_offered(reader, code, _OFFERS)
    if found is None:
        return None
    card, offers = found
    reader.transaction.admit("offer", *(one.agreement_id for one in offers))
    papers = await read_papers(reader.transaction, [one.agreement_id for one in offers], card.id)
    return Offered(card, offers, papers)


async def why_frozen(desk: Desk, order_id: UUID, sku: str) -> Frozen | None:
    """Tell the price an order fixed for a product; None also where the order or its money is not the reader's."""
    try:
        order = await desk.read(order_id)
    except NotFoundError:
        return None
    sees_money = (await desk.decision("price", "view")).check(facts_of(order))
    return await read_frozen(desk.transaction, order.id, sku) if sees_money else None


async def why_order(desk: Desk, order_id: UUID) -> tuple[Order, list[Verb]]:
    """Tell what the reader can do with an order, and why not the rest.

    Raises:
        NotFoundError: no such order within the reader's rights.
    """
    order = await desk.read(order_id)
    facts = facts_of(order)
    said: dict[str, Explanation] = {
        action: (await desk.decision("order", action)).explain(facts) for action in dict.fromkeys(ASKS.values())
    }
    standing = Standing(
        is_draft=order.state == "draft",
        is_waiting=order.state == "needs_decision",
        is_cancellable=order.state in CANCELLABLE,
        is_ended=order.state in ENDED,
        is_archived=order.archived_at is not None,
        is_own=order.submitted_by == desk.actor.user_id,
    )
    return order, verbs(standing, said)
