"""Submitting an order: one transaction in which price, credit, stock and the intent to tell the ERP agree."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from app.credit import services as credit
from app.infra import outbox
from app.infra.waypoints import pass_by
from app.kernel.errors import Problem, RejectedError
from app.orders import events
from app.orders.models import Order
from app.orders.queries.access import facts_of
from app.orders.queries.writing import FrozenLine, freeze
from app.orders.rules.figures import plain
from app.orders.rules.quantities import fit_into
from app.orders.rules.states import State
from app.orders.schemas.inputs import Submission
from app.orders.services.checking import examine, without_figures
from app.orders.services.desk import Desk, insist_on_version
from app.orders.services.noting import note, standing
from app.orders.services.sheet import Sheet, read_sheet
from app.orders.services.sight import sees_money
from app.orders.services.telling import tell_decision_needed, tell_state
from app.orders.services.terms import freeze_offers, order_put
from app.orders.wording import readable
from app.stock import services as stock
from app.stock.rules import Shortage, Want


async def submit(desk: Desk, order_id: UUID, submission: Submission, version: int | None = None) -> Order:
    """Turn a draft into a submitted order, hold its credit and stock, and queue it for the ERP.

    Submitting twice is harmless: the second call returns the order as it is. With ``ask_approval`` an order
    that only credit stands against goes to the manager instead, holding nothing.

    Raises:
        NotFoundError: no such order within the actor's rights.
        NotAllowedError: the actor may see it but not submit it.
        ChangedMeanwhileError: the draft has another version now.
        RejectedError: with every obstacle, or because credit or stock went to somebody else meanwhile.
    """
    order = await desk.lock(order_id, "submit")
    if order.state != "draft":
        return order
    insist_on_version(order, version)
    sheet = await read_sheet(desk, order)
    check = await examine(desk, sheet)
    repriced = _repriced(sheet, submission.expected_gross, with_sums=await sees_money(desk, facts_of(order)))
    obstacles = [*check.problems, *repriced]
    if obstacles or (check.approvals and not submission.ask_approval):
        raise RejectedError(readable([*obstacles, *check.approvals], desk.actor.locale))
    lines = freeze_offers(sheet)
    if not check.approvals:
        return await place(desk, sheet, lines, kind="submitted")
    before = standing(order)
    order.decision_code = check.approvals[0].code
    await _freeze(desk, sheet, lines, kind="asked", state="needs_decision")
    await note(desk, order, "asked", before, {"code": order.decision_code})
    await tell_decision_needed(desk.transaction, order)
    return order


async def place(desk: Desk, sheet: Sheet, lines: Sequence[FrozenLine], *, kind: str) -> Order:
    """Take credit, then stock, write the terms and queue the order; all or nothing.

    Raises:
        RejectedError: credit or stock went to somebody else between the check and now.
    """
    order = sheet.order
    before = standing(order)
    await _take_holds(desk, sheet, lines)
    pass_by("out.held")
    order.decision_code = ""
    await _freeze(desk, sheet, lines, kind=kind, state="submitted")
    await note(desk, order, kind, before)
    body = order_put(sheet, order, lines)
    await outbox.enqueue(desk.transaction, "erp", events.aggregate(order.id), events.ORDER_PUT, body)
    pass_by("out.enqueued")
    await tell_state(desk.transaction, order)
    return order


async def _take_holds(desk: Desk, sheet: Sheet, lines: Sequence[FrozenLine]) -> None:
    # Credit, then stock by product: the fixed order in which everybody locks.
    order = sheet.order
    gross = sum((line.gross for line in lines), start=Decimal(0))
    contract_id = order.contract_id
    if sheet.context.has_account and contract_id is not None:
        fits = await credit.take(desk.transaction, order.id, contract_id, gross)
        if not fits:
            raise RejectedError([Problem("over_credit_plain")])
    wants = [
        Want(line.row.id, line.row.product_id, frozen.warehouse_id, line.row.quantity)
        for line, frozen in zip(sheet.lines, lines, strict=True)
    ]
    if shortages := await stock.take(desk.transaction, order.id, order.partner_id, wants):
        # The transaction will be given up; until then its page shows figures without this order.
        await credit.release(desk.transaction, order.id)
        await stock.release(desk.transaction, order.id)
        raise RejectedError(readable(list(_shortage_problems(sheet, lines, shortages)), desk.actor.locale))


async def _freeze(desk: Desk, sheet: Sheet, lines: Sequence[FrozenLine], *, kind: str, state: State) -> None:
    order = sheet.order
    # From here on the row is written by one statement; the session must not write it again.
    desk.transaction.session.expunge(order)
    order.state = state
    order.net = sum((line.net for line in lines), start=Decimal(0))
    order.vat = sum((line.vat for line in lines), start=Decimal(0))
    order.gross = sum((line.gross for line in lines), start=Decimal(0))
    order.kg = sum((line.kg for line in lines), start=Decimal(0))
    order.currency = sheet.context.currency or order.currency
    order.address_text = sheet.context.address_text
    order.mode = sheet.facts.mode
    order.decision_text = ""
    order.updated_at = desk.now
    # Whoever decides later did not submit it; who did may not approve it (R13).
    if order.submitted_by is None:
        order.submitted_at, order.submitted_by = desk.now, desk.actor.person_id
    order.archived_at = None  # nothing under way stays out of sight
    order.version = await freeze(desk.transaction, order, lines, kind=kind, actor=desk.actor, at=desk.now)


def _repriced(sheet: Sheet, expected: Decimal | None, *, with_sums: bool) -> Iterator[Problem]:
    # The person agreed to one sum; a price that moved meanwhile is shown before it is charged (R6).
    gross = sheet.totals.gross
    if expected is None or expected == gross:
        return
    currency = sheet.context.currency or ""
    told = Problem("price_changed", "", {"before": plain(expected), "after": plain(gross), "currency": currency})
    yield told if with_sums else without_figures(told)


def _shortage_problems(sheet: Sheet, lines: Sequence[FrozenLine], shortages: Sequence[Shortage]) -> Iterator[Problem]:
    short = {(one.product_id, one.warehouse_id): one.free for one in shortages}
    for index, (line, frozen) in enumerate(zip(sheet.lines, lines, strict=True)):
        free = short.get((line.row.product_id, frozen.warehouse_id))
        if free is None:
            continue
        fits = fit_into(free, line.facts.lot)
        params = {
            "sku": line.facts.sku,
            "free": plain(free),
            "asked": plain(line.row.quantity),
            "fits": "" if fits is None else plain(fits),
        }
        yield Problem("no_stock", f"lines[{index}].quantity", params)
