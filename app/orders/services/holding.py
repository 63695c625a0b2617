"""Orders whose figures are others in 1C:ERP: held until both sides are equal, or until a manager settles it.

Held is a fact beside the state: what stands in 1C goes on there, and the portal says so. It begins and ends in the
transaction that brought the version it is about.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.kernel.clock import utc_now
from app.kernel.money import MINOR_DIGITS
from app.orders.models import Order, OrderLine
from app.orders.queries.differences import Theirs, forget_theirs, keep_theirs, read_theirs
from app.orders.queries.writing import add_event
from app.orders.rules.amounts import Price, line_amounts
from app.orders.rules.differing import Difference, Line, Version, find_differences, is_measured, plain
from app.orders.rules.states import State
from app.orders.services.telling import tell_people

_ZERO: Final = Decimal(0)
# What the buyer may still change has nothing in the ERP to be compared with.
_NOT_COMPARED: Final[frozenset[State]] = frozenset({"draft", "needs_decision", "cancelled"})


class Compared(Struct, frozen=True):
    """An order that differed: what it said on either side, in words for the report."""

    id: UUID
    number: str
    ours: str
    theirs: str
    is_healed: bool


def version_of(order: Order, lines: Sequence[OrderLine]) -> Version:
    """Describe an order as the portal has it."""
    return Version(
        currency=order.currency,
        gross=order.gross,
        vat=order.vat,
        lines=tuple(_line(one) for one in lines),
    )


def take_course(order: Order, lines: Sequence[OrderLine], theirs: Version, *, is_cancelled: bool) -> Decimal:
    """Take over what only the ERP knows of lines: shipped, cancelled, measured; gives what was shipped in all."""
    known = {line.place: line for line in lines}
    is_moved = False
    for one in theirs.lines:
        line = known.get(one.place)
        if line is None:
            continue
        is_moved |= line.cancelled != one.is_cancelled or _measure(order, line, one)
        line.shipped, line.cancelled = one.shipped, one.is_cancelled
    # Of a cancelled order everything is, and its total stays what it was.
    if is_moved and not is_cancelled:
        add_up(order, lines)
    return sum((one.shipped for one in theirs.lines), start=_ZERO)


def stray_course(order: Order, lines: Sequence[OrderLine], theirs: Version, stage: str) -> list[tuple[str, str, str]]:
    """List what only the ERP says of an order and the portal has otherwise: name, ours, theirs."""
    known = {line.place: line for line in lines}
    found = [("state", order.erp_state, stage)]
    for one in theirs.lines:
        if (line := known.get(one.place)) is not None:
            found.append((f"{one.place}.shipped", plain(line.shipped), plain(one.shipped)))
            found.append((f"{one.place}.cancelled", str(line.cancelled).lower(), str(one.is_cancelled).lower()))
    return [(name, ours, their) for name, ours, their in found if ours != their]


def add_up(order: Order, lines: Sequence[OrderLine]) -> None:
    """Make the sums of an order those of its lines that are not cancelled."""
    standing = [line for line in lines if not line.cancelled]
    order.net = sum((line.net or _ZERO for line in standing), start=_ZERO)
    order.vat = sum((line.vat or _ZERO for line in standing), start=_ZERO)
    order.gross = order.net + order.vat
    order.kg = sum((line.kg or _ZERO for line in standing), start=_ZERO)


async def hold_or_lift(
    transaction: Transaction, order: Order, lines: Sequence[OrderLine], theirs: Version, *, is_cancelled: bool
) -> Sequence[Difference]:
    """Hold an order that differs, lift the hold of one that does not any more; gives what differs."""
    if is_cancelled or order.state in _NOT_COMPARED:
        await lift(transaction, order)
        return ()
    found = find_differences(version_of(order, lines), theirs)
    if not found:
        if order.held_at is not None:
            await add_event(transaction, order, "agreed", None)
            await tell_people(transaction, order, "order.agreed")
        await lift(transaction, order)
        return ()
    is_new = order.held_at is None
    if is_new or await _is_another(transaction, order, theirs):
        order.held_at = order.held_at or utc_now()
        await _touch(transaction, order)
        await keep_theirs(transaction, order, Theirs(order.erp_label, theirs))
        await add_event(transaction, order, "held" if is_new else "held_anew", None)
    if is_new:
        await tell_people(transaction, order, "order.held")
    return found


async def lift(transaction: Transaction, order: Order) -> None:
    """End a hold; what it was about is forgotten, the timeline remembers that it was."""
    if order.held_at is None:
        return
    order.held_at = None
    await _touch(transaction, order)
    await forget_theirs(transaction, order)


async def _is_another(transaction: Transaction, order: Order, theirs: Version) -> bool:
    """Whether 1C has changed it once more since the hold began."""
    kept = await read_theirs(transaction, order)
    return kept is None or bool(find_differences(kept.version, theirs))


async def _touch(transaction: Transaction, order: Order) -> None:
    order.version += 1
    order.updated_at = utc_now()
    await transaction.session.flush()


def _measure(order: Order, line: OrderLine, theirs: Line) -> bool:
    """Take over the measured mass of a bulk line with the sums that follow from it; sums that do not are left alone."""
    ours = _line(line)
    if ours.quantity == theirs.quantity or not is_measured(ours, theirs) or order.currency not in MINOR_DIGITS:
        return False
    price = Price(ours.price, ours.discount_pct, ours.vat_pct, order.currency)
    amounts = line_amounts(theirs.quantity, (line.kg or _ZERO) / line.quantity, price)
    if (amounts.net, amounts.vat) != (theirs.net, theirs.vat):
        return False
    line.quantity, line.kg = theirs.quantity, amounts.kg
    line.net, line.vat, line.gross = amounts.net, amounts.vat, amounts.gross
    return True


def _line(line: OrderLine) -> Line:
    return Line(
        place=line.place,
        product_id=line.product_id,
        quantity=line.quantity,
        price=line.price or _ZERO,
        discount_pct=line.discount_pct or _ZERO,
        vat_pct=line.vat_pct or _ZERO,
        net=line.net or _ZERO,
        vat=line.vat or _ZERO,
        unit=line.unit,
        shipped=line.shipped,
        is_cancelled=line.cancelled,
        agreement_id=line.agreement_id,
        price_list_id=line.price_list_id,
        warehouse_id=line.warehouse_id,
    )
