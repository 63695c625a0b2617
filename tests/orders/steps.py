"""The buyer's steps, ready made."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from app.access.actors import Actor
from app.orders.models import Order
from app.orders.schemas.inputs import Details, NewLine, Submission
from app.orders.services.drafts import edit_details, start
from app.orders.services.lines import add_lines
from app.orders.services.placing import submit
from tests.orders.shop import ALPHA_LLP, ALPHA_YARD, BUYER, CONTRACT, DRUM, SOON, Shop

DETAILS = Details(contract_id=CONTRACT, counterparty_id=ALPHA_LLP, address_id=ALPHA_YARD, ship_on=SOON)
ONE_DRUM = {DRUM: "1"}


async def make_draft(
    shop: Shop, goods: Mapping[UUID, str] = ONE_DRUM, actor: Actor = BUYER, details: Details = DETAILS
) -> UUID:
    """Put a draft together that may be submitted."""
    async with shop.desk(actor) as desk:
        order = await start(desk, contract_id=details.contract_id)
        await edit_details(desk, order.id, details, None)
        lines = [NewLine(product_id=product, quantity=Decimal(quantity)) for product, quantity in goods.items()]
        if lines:
            await add_lines(desk, order.id, lines, None)
    return order.id


async def place_order(shop: Shop, order_id: UUID, actor: Actor = BUYER, submission: Submission | None = None) -> Order:
    """Submit in a transaction of its own."""
    async with shop.desk(actor) as desk:
        return await submit(desk, order_id, submission or Submission())


async def submitted(shop: Shop, goods: Mapping[UUID, str] = ONE_DRUM, actor: Actor = BUYER) -> UUID:
    """Put a draft together and submit it."""
    order_id = await make_draft(shop, goods, actor)
    await place_order(shop, order_id, actor)
    return order_id


def without(details: Details, **changes: object) -> Details:
    """Change some of the details."""
    return replace(details, **changes)


async def traces(shop: Shop) -> dict[str, object]:
    """Count everything a submit leaves behind."""
    [row] = await shop.look("""
        SELECT (SELECT count(*) FROM stock_holds) AS stock_holds, (SELECT count(*) FROM credit_holds) AS credit_holds,
            (SELECT sum(unreflected) FROM stock_levels) AS stock,
            (SELECT sum(unreflected) FROM credit_accounts) AS credit,
            (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM orders WHERE state <> 'draft') AS orders
    """)
    return dict(row)


NO_TRACE = {"stock_holds": 0, "credit_holds": 0, "stock": 0, "credit": 0, "outbox": 0, "orders": 0}
