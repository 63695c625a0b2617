"""What the exchange with the ERP tells about an order. Called by the worker, for nobody in particular.

Every function may be called twice and in any order the wire allows; holds are given back exactly once,
because only the change of the order's state, made under its row lock, gives them back.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.credit import services as credit
from app.infra import outbox
from app.infra.db.transaction import Transaction
from app.kernel.clock import utc_now
from app.orders import events
from app.orders.models import NOBODY, Order, OrderLine
from app.orders.queries.access import lock_all, lock_any
from app.orders.queries.parts import read_lines_of, read_pickup
from app.orders.queries.writing import add_event, forget_source_versions
from app.orders.rules.differing import Difference, Version
from app.orders.rules.states import State, state_of_erp
from app.orders.services.holding import Compared, hold_or_lift, stray_course, take_course
from app.orders.services.telling import tell_decision_needed, tell_people, tell_state
from app.stock import services as stock

# Steps the ERP takes by itself; before them the portal waits for an answer.
_TAKEN: Final[frozenset[State]] = frozenset({"accepted", "in_work", "loading", "shipped", "delivered", "closed"})


class ErpOrder(Struct, frozen=True):
    """An order of the portal as the ERP has it now. ``posted_batch`` is 0 while it is not posted."""

    id: UUID
    number: str
    label: str
    stage: str  # Состояние
    is_cancelled: bool
    posted_batch: int
    version: int  # source version: which news is newer
    terms: Version


async def record_sent(transaction: Transaction, order_id: UUID) -> None:
    """Note that the order is on its way to the ERP."""
    order = await lock_any(transaction, order_id)
    if order is not None and order.state == "submitted":
        await add_event(transaction, order, "sent", None)
        await tell_state(transaction, order)


async def mark_posted(transaction: Transaction, posted: Mapping[UUID, int]) -> None:
    """Note the ERP batch that posted each order; figures contain them from then on. The orders must be locked."""
    await credit.mark_posted(transaction, posted)
    await stock.mark_posted(transaction, posted)


async def record_accepted(transaction: Transaction, order_id: UUID, erp_number: str, label: str) -> None:
    """Note the ERP's number of an order it has taken."""
    order = await lock_any(transaction, order_id)
    if order is None:
        return
    await _take_number(transaction, order, erp_number, label)
    if order.state == "submitted":
        await _accept(transaction, order)
    await transaction.session.flush()


async def record_refused(transaction: Transaction, order_id: UUID, code: str, text: str) -> None:
    """Note that the ERP refused what it was asked about an order.

    A refused order waits for a decision and holds nothing any more. A refused cancellation leaves the order
    in the ERP's work. A refusal that comes late (of a vehicle, or twice) only stands in the timeline.
    """
    order = await lock_any(transaction, order_id)
    if order is None:
        return
    if order.state == "submitted":
        await _release(transaction, order)
        order.decision_code, order.decision_text = code, text
        await _move(transaction, order, "needs_decision", "refused", code=code, text=text)
        await tell_decision_needed(transaction, order)
    elif order.state == "cancelling" and not order.erp_number:
        # It never got there, so there is nothing to cancel.
        await _release(transaction, order)
        await _move(transaction, order, "cancelled", "cancelled")
        await tell_state(transaction, order)
    elif order.state == "cancelling":
        await _move(transaction, order, state_of_erp(order.erp_state, is_cancelled=False), "cancel_refused", text=text)
        await tell_people(transaction, order, "order.cancel_refused")
    elif order.state in _TAKEN:
        await add_event(transaction, order, "refused_part", None, {"code": code, "text": text})


async def apply_erp_states(transaction: Transaction, found: Sequence[ErpOrder]) -> None:
    """Take over state, shipped quantities and cancelled lines of orders of the portal.

    Older news than what is known, and orders that were not born here, are left alone.
    """
    known = await lock_all(transaction, [one.id for one in found])
    news = [(order, one) for one in found if (order := known.get(one.id)) is not None and _is_news(order, one)]
    await mark_posted(transaction, {order.id: one.posted_batch for order, one in news if one.posted_batch})
    lines = await read_lines_of(transaction, [order.id for order, _ in news])
    for order, one in news:
        await _apply(transaction, order, one, lines.get(order.id, []))


def _is_news(order: Order, found: ErpOrder) -> bool:
    return order.author_id != NOBODY and found.version > order.src_version


async def _apply(
    transaction: Transaction, order: Order, found: ErpOrder, lines: Sequence[OrderLine]
) -> Sequence[Difference]:
    order.src_version = max(order.src_version, found.version)
    order.erp_synced_at = utc_now()
    await _take_number(transaction, order, found.number, found.label)
    shipped = take_course(order, lines, found.terms, is_cancelled=found.is_cancelled)
    order.erp_state = found.stage
    await _take_state(transaction, order, state_of_erp(found.stage, is_cancelled=found.is_cancelled), shipped)
    await transaction.session.flush()
    return await hold_or_lift(transaction, order, lines, found.terms, is_cancelled=found.is_cancelled)


async def compare(transaction: Transaction, found: Sequence[ErpOrder]) -> Sequence[Compared]:
    """Compare orders of the portal with what the ERP has of them all, and hold those that differ; gives what did.

    What only the ERP says of an order, its step, what was shipped, what was cancelled, is put right at once. Nothing
    in ``found`` may be older than what the feed has brought.
    """
    known = await lock_all(transaction, [one.id for one in found])
    lines = await read_lines_of(transaction, list(known))
    told: list[Compared] = []
    for one in found:
        order = known.get(one.id)
        if order is None or order.author_id == NOBODY:
            continue
        own, number = lines.get(order.id, []), order.erp_number or order.number
        if stray := stray_course(order, own, one.terms, one.stage):
            told.append(Compared(order.id, number, *_words(stray), is_healed=True))
        if differing := await _apply(transaction, order, one, own):
            named = [(f"{each.place}.{each.figure}" if each.place else each.figure, each.ours, each.theirs)
                     for each in differing]  # fmt: skip
            told.append(Compared(order.id, number, *_words(named), is_healed=False))
    return told


def _words(named: Sequence[tuple[str, str, str]]) -> tuple[str, str]:
    ours = ", ".join(f"{name} {one or '—'}" for name, one, _ in named)
    return ours, ", ".join(f"{name} {one or '—'}" for name, _, one in named)


async def forget_versions(transaction: Transaction) -> None:
    """Let the next news of every order born here be taken, whatever its number: the ERP is counted differently."""
    await forget_source_versions(transaction)


async def _take_state(transaction: Transaction, order: Order, state: State, shipped: Decimal) -> None:
    if state == order.state or order.state in {"draft", "needs_decision"}:
        return  # a draft given back is the buyer's again, whatever the ERP still says of its former self
    if order.state == "cancelling" and state not in {"cancelled", "shipped", "delivered", "closed"}:
        return  # the ERP has not come to the cancellation yet
    if order.state == "submitted":
        await _accept(transaction, order)
        if state == "accepted":
            return
    if state == "cancelled" and shipped == 0:
        # Had something left, the figures must first catch up, or it could be promised twice.
        await _release(transaction, order)
    before = order.state
    await _move(transaction, order, state, "state", before=before)
    if state == "cancelled" and before != "cancelling":
        await tell_people(transaction, order, "order.cancelled")
    else:
        await tell_state(transaction, order)


async def _accept(transaction: Transaction, order: Order) -> None:
    await _move(transaction, order, "accepted", "accepted", erp_number=order.erp_number)
    await _send_vehicle(transaction, order)
    await tell_people(transaction, order, "order.accepted", erp_number=order.erp_number)


async def _take_number(transaction: Transaction, order: Order, number: str, label: str) -> None:
    changes_number = bool(number) and number != order.erp_number
    order.erp_number, order.erp_label = number or order.erp_number, label or order.erp_label
    if changes_number and order.state != "submitted":
        await transaction.session.flush()
        await tell_state(transaction, order)


async def _send_vehicle(transaction: Transaction, order: Order) -> None:
    if order.delivery != "pickup" or order.ship_on is None:
        return
    pickup = await read_pickup(transaction, order)
    if pickup is None:
        return
    since = f" {pickup.proxy_date:%d.%m.%Y}" if pickup.proxy_date else ""
    body = events.VehiclePut(
        id=events.vehicle_id(order.id),
        order_id=order.id,
        driver_name=pickup.driver_name,
        driver_document=pickup.driver_document,
        driver_phone=pickup.driver_phone,
        plate=pickup.plate,
        vehicle_model=pickup.vehicle_model,
        trailer=pickup.trailer,
        proxy=f"{pickup.proxy_number}{since}",
        arrive_on=order.ship_on,
    )
    await outbox.enqueue(transaction, "erp", events.aggregate(order.id), events.VEHICLE_PUT, body)


async def _release(transaction: Transaction, order: Order) -> None:
    await credit.release(transaction, order.id)
    await stock.release(transaction, order.id)


async def _move(transaction: Transaction, order: Order, state: State, kind: str, **data: str) -> None:
    order.state = state
    order.version += 1
    order.updated_at = utc_now()
    await transaction.session.flush()
    await add_event(transaction, order, kind, None, {**data, "state": state})
