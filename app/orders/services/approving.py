"""Letting an order through that waits for a decision."""

from uuid import UUID

from app.kernel.errors import Problem, RejectedError
from app.orders.models import Order
from app.orders.queries.standing import read_standing
from app.orders.rules.standing import find_standing_problems
from app.orders.services.desk import Desk
from app.orders.services.placing import place
from app.orders.services.sheet import Sheet, read_sheet
from app.orders.services.telling import tell_people
from app.orders.services.terms import frozen_before


async def approve(desk: Desk, order_id: UUID) -> Order:
    """Let an order through that needed a decision: hold its credit and stock and send it anew.

    Its terms stay as the buyer agreed to them. Approving twice is harmless.

    Raises:
        RejectedError: with everything that forbids it; or credit or stock still does not suffice, or nothing
            waits for a decision.
    """
    order = await desk.lock(order_id, "approve")
    if order.state == "submitted":
        return order
    insist_on_waiting(order)
    sheet = await read_sheet(desk, order)
    if obstacles := await find_obstacles(desk, sheet):
        raise RejectedError(obstacles)
    order = await place(desk, sheet, frozen_before(sheet), kind="approved")
    await tell_people(desk.transaction, order, "order.approved")
    return order


async def find_obstacles(desk: Desk, sheet: Sheet) -> list[Problem]:
    """List what forbids the actor to approve an order that waits, whatever credit and stock would say.

    Nobody approves his own request (R13), neither standing in for a colleague nor through a colleague who stands in;
    and every line must still be one that may be ordered (R2).
    """
    order, facts = sheet.order, sheet.facts
    own = [Problem("own_request")] if order.submitted_by in {desk.actor.user_id, desk.actor.person_id} else []
    lines = await read_standing(desk.transaction, order.id, order.contract_id, desk.today)
    return [*own, *find_standing_problems(facts.contract, facts.address, facts.delivery, lines)]


def insist_on_waiting(order: Order) -> None:
    """Only what waits for a decision is decided about.

    Raises:
        RejectedError: nobody waits any more.
    """
    if order.state != "needs_decision":
        raise RejectedError([Problem("no_decision_waits")])
