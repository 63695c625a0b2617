"""Papers and course of an order under its own decision: goods for whoever sees it, sums for whoever sees its price."""

from collections.abc import Sequence

from msgspec.structs import replace

from app.caching.shelf import read
from app.orders.families import BILLS, COURSES, SHIPMENTS, ask_about
from app.orders.models import Order
from app.orders.queries.access import facts_of
from app.orders.queries.papers import read_files
from app.orders.queries.timeline import EventRow
from app.orders.schemas.papers import PapersView
from app.orders.services.desk import Desk
from app.orders.services.sight import sees_money


async def show_papers(desk: Desk, order: Order) -> PapersView:
    """Describe the papers of an order the actor has read."""
    visible = await desk.decision("order", "view")
    shipments = await read(desk.transaction, SHIPMENTS, ask_about(visible, order))
    if not await sees_money(desk, facts_of(order)):
        return PapersView(shipments=shipments, invoices=None, payments=None)
    bills = await read(desk.transaction, BILLS, ask_about(visible, order, desk.today))
    invoices = bills.invoices
    # Never kept: whether a file has arrived is asked for each time, and so is the right to have it.
    if (await desk.decision("document", "view")).check(facts_of(order)):
        files = await read_files(desk.transaction, order.id)
        invoices = [replace(one, files=files.get(one.id, ())) for one in invoices]
    return PapersView(shipments=shipments, invoices=invoices, payments=bills.payments)


async def show_course(desk: Desk, order: Order) -> Sequence[EventRow]:
    """Tell what happened to an order the actor has read, oldest first."""
    return await read(desk.transaction, COURSES, ask_about(await desk.decision("order", "view"), order))
