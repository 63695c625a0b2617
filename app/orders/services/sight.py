"""What of an order's money its reader may see."""

from app.access.terms import Facts
from app.orders.services.desk import Desk


async def sees_money(desk: Desk, order: Facts) -> bool:
    """Whether the reader may see what an order costs."""
    return (await desk.decision("price", "view")).check(order)


async def sees_credit(desk: Desk, order: Facts) -> bool:
    """Whether the reader may see the credit with this order in it, from which its sum can be counted."""
    return await sees_money(desk, order) and (await desk.decision("limit", "view")).check(order)


async def sees_driver(desk: Desk, order: Facts) -> bool:
    """Whether the driver's document and phone are for the reader: for whoever may name the driver (R17)."""
    return (await desk.decision("pickup", "edit")).check(order)


async def hears_erp(desk: Desk, order: Facts) -> bool:
    """Whether the ERP's own words are for the reader: they may name prices, the limit and the debt."""
    return desk.actor.is_staff and await sees_credit(desk, order)
