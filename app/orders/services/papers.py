"""The papers of an order under the order's own decision: goods for whoever sees it, sums for whoever sees its price."""

from app.orders.models import Order
from app.orders.queries.access import facts_of
from app.orders.queries.papers import read_invoices, read_payments, read_shipments
from app.orders.schemas.papers import PapersView
from app.orders.services.desk import Desk
from app.orders.services.sight import sees_money


async def show_papers(desk: Desk, order: Order) -> PapersView:
    """Describe the papers of an order the actor has read."""
    shipments = await read_shipments(desk.transaction, order.id)
    if not await sees_money(desk, facts_of(order)):
        return PapersView(shipments=shipments, invoices=None, payments=None)
    return PapersView(
        shipments=shipments,
        invoices=await read_invoices(desk.transaction, order.id, desk.today),
        payments=await read_payments(desk.transaction, order.id),
    )
