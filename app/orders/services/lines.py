"""Step 2: lines of a draft, from the catalogue or by hand."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from app.catalog.services import current_offers, product_cards
from app.kernel.errors import NotFoundError, Problem, RejectedError
from app.kernel.ids import new_id
from app.orders.models import Order, OrderLine
from app.orders.queries.parts import read_line_models
from app.orders.rules.pasting import MAX_LINES
from app.orders.rules.quantities import MAX_QUANTITY
from app.orders.schemas.inputs import NewLine
from app.orders.services.desk import Desk
from app.orders.services.drafts import keep, lock_draft
from app.orders.services.sheet import Sheet


async def add_lines(desk: Desk, order_id: UUID, wanted: Sequence[NewLine], version: int | None) -> Sheet:
    """Add products of the order's contract; more of one already there raises its quantity.

    Raises:
        RejectedError: no contract chosen yet, or a product nobody may order under it: nothing is added.
        ChangedMeanwhileError: someone saved the draft since ``version``.
    """
    order = await lock_draft(desk, order_id, version)
    await put_lines(desk, order, wanted)
    return await keep(desk, order)


async def change_line(desk: Desk, order_id: UUID, line_id: UUID, quantity: Decimal, version: int | None) -> Sheet:
    """Set the quantity of a line; whether it may be ordered is told by the check, not refused here (R8)."""
    return await change_lines(desk, order_id, {line_id: quantity}, version)


async def change_lines(desk: Desk, order_id: UUID, quantities: dict[UUID, Decimal], version: int | None) -> Sheet:
    """Set several quantities at once, as the page posts them.

    Raises:
        NotFoundError: one of them is no line of this order; nothing is changed.
    """
    order = await lock_draft(desk, order_id, version)
    lines = {line.id: line for line in await read_line_models(desk.transaction, order)}
    if not quantities.keys() <= lines.keys():
        raise NotFoundError
    for line_id, quantity in quantities.items():
        lines[line_id].quantity = quantity
    return await keep(desk, order)


async def remove_line(desk: Desk, order_id: UUID, line_id: UUID, version: int | None) -> Sheet:
    """Take a line out.

    Raises:
        NotFoundError: no such line in this order.
    """
    order = await lock_draft(desk, order_id, version)
    line = next((one for one in await read_line_models(desk.transaction, order) if one.id == line_id), None)
    if line is None:
        raise NotFoundError
    await desk.transaction.session.delete(line)
    return await keep(desk, order)


async def put_lines(desk: Desk, order: Order, wanted: Sequence[NewLine]) -> None:
    """Add lines to a locked draft without saving its sums yet.

    Raises:
        RejectedError: with every line that cannot be added.
    """
    if order.contract_id is None:
        raise RejectedError([Problem("contract_missing", "contract_id")])
    products = list({one.product_id for one in wanted})
    decision = await desk.decision("offer", "order")
    offers = await current_offers(desk.transaction, decision, products, order.contract_id, desk.today)
    cards = await product_cards(desk.transaction, list(offers))
    lines = await read_line_models(desk.transaction, order)
    problems: list[Problem] = []
    for index, one in enumerate(wanted):
        choices = [offer for offer in offers.get(one.product_id, ()) if one.agreement_id in {None, offer.agreement_id}]
        if not choices:
            # One word for what does not exist and for what is not theirs.
            problems.append(Problem("product_unknown", f"lines[{index}].product_id"))
            continue
        chosen = choices[0].agreement_id if one.agreement_id is None else one.agreement_id
        same = next((line for line in lines if line.product_id == one.product_id and line.agreement_id == chosen), None)
        if same is not None:
            same.quantity += one.quantity
            if same.quantity > MAX_QUANTITY:
                problems.append(Problem("quantity_too_large", f"lines[{index}].quantity"))
            continue
        line = OrderLine(
            tenant_id=order.tenant_id,
            id=new_id(),
            order_id=order.id,
            partner_id=order.partner_id,
            place=max((line.place for line in lines), default=0) + 1,
            product_id=one.product_id,
            agreement_id=chosen,
            quantity=one.quantity,
            unit=cards[one.product_id].unit,
        )
        lines.append(line)
        desk.transaction.session.add(line)
    if len(lines) > MAX_LINES:
        problems.append(Problem("too_many_lines", "lines", {"maximum": str(MAX_LINES)}))
    if problems:
        raise RejectedError(problems)
