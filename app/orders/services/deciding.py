"""After submit: an order given back to its buyer, an order no longer wanted, the archive."""

from uuid import UUID

from app.credit import services as credit
from app.infra import outbox
from app.kernel.errors import Problem, RejectedError
from app.orders import events
from app.orders.models import Order
from app.orders.queries.parts import unfreeze_lines
from app.orders.queries.writing import add_event
from app.orders.rules.states import ENDED, State, cancelled_state
from app.orders.services.approving import insist_on_waiting
from app.orders.services.desk import Desk
from app.orders.services.noting import note, standing
from app.orders.services.telling import tell_people, tell_state
from app.stock import services as stock


async def return_to_buyer(desk: Desk, order_id: UUID, reason: str) -> Order:
    """Give an order back as a draft, with a word of explanation; its prices are today's again."""
    order = await desk.lock(order_id, "return")
    insist_on_waiting(order)
    await _unfreeze(desk, order)
    order.decision_text = reason  # the ERP's own words stay in the timeline of the manufacturer's people
    # The draft remembers why it came back until it is submitted again.
    order.decision_code = order.decision_code or "returned"
    await _move(desk, order, "draft", kind="returned", reason=reason)
    await tell_people(desk.transaction, order, "order.returned")
    return order


async def cancel(desk: Desk, order_id: UUID, reason: str) -> Order:
    """Cancel what has not left the warehouse: here, or in the ERP first where it has the order.

    Raises:
        RejectedError: loading has begun.
    """
    order = await desk.lock(order_id, "cancel")
    if order.state in {"cancelled", "cancelling"}:
        return order
    after = cancelled_state(order.state, is_in_erp=order.erp_number != "")
    if after is None:
        raise RejectedError([Problem("too_late_to_cancel")])
    if after == "cancelling":
        body = events.OrderCancel(order_id=order.id, reason=reason)
        await outbox.enqueue(desk.transaction, "erp", events.aggregate(order.id), events.ORDER_CANCEL, body)
    else:
        await credit.release(desk.transaction, order.id)
        await stock.release(desk.transaction, order.id)
    await _move(desk, order, after, kind="cancel_asked" if after == "cancelling" else "cancelled", reason=reason)
    await tell_state(desk.transaction, order)
    return order


async def archive(desk: Desk, order_id: UUID) -> Order:
    """Put an order out of sight; nothing is deleted, and restoring is one click (R9).

    Raises:
        RejectedError: the order is under way and would be missed, or its figures still differ from the ERP's.
    """
    order = await desk.lock(order_id, "archive")
    if order.held_at is not None:
        raise RejectedError([Problem("still_held")])
    if order.state not in ENDED | {"draft"}:
        raise RejectedError([Problem("still_under_way")])
    return await _set_archived(desk, order, archived=True)


async def restore(desk: Desk, order_id: UUID) -> Order:
    """Bring an order back from the archive."""
    return await _set_archived(desk, await desk.lock(order_id, "archive"), archived=False)


async def _set_archived(desk: Desk, order: Order, *, archived: bool) -> Order:
    if (order.archived_at is not None) != archived:
        before, kind = standing(order), "archived" if archived else "restored"
        order.archived_at = desk.now if archived else None
        await desk.transaction.session.flush()
        await add_event(desk.transaction, order, kind, desk.actor)
        await note(desk, order, kind, before)
    return order


async def _move(desk: Desk, order: Order, state: State, *, kind: str, reason: str) -> None:
    before = standing(order)
    order.state = state
    order.version += 1
    order.updated_at = desk.now
    await desk.transaction.session.flush()
    await add_event(desk.transaction, order, kind, desk.actor, {"reason": reason} if reason else None)
    await note(desk, order, kind, before, {"reason": reason})


async def _unfreeze(desk: Desk, order: Order) -> None:
    await unfreeze_lines(desk.transaction, order)
    order.submitted_at = order.submitted_by = None
