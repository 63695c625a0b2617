"""Pasted lines: good ones become lines of the order, each bad one keeps its text, a reason and a way out."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from app.catalog.schemas import Match, ProductCard
from app.catalog.services import match_codes
from app.kernel.errors import NotFoundError, Problem, RejectedError
from app.kernel.ids import new_id
from app.orders.models import BadLine, Order
from app.orders.queries.lines import read_compartments
from app.orders.queries.parts import read_bad_line
from app.orders.rules.pasting import MAX_LINE_LENGTH, MAX_LINES, PastedLine, Reading, read_lines
from app.orders.rules.quantities import MAX_QUANTITY, Lot, is_whole, neighbours
from app.orders.rules.units import in_order_units
from app.orders.schemas.inputs import NewLine
from app.orders.services.desk import Desk
from app.orders.services.drafts import keep, lock_draft
from app.orders.services.lines import put_lines
from app.orders.services.sheet import Sheet, lot_of


class Imported(Struct, frozen=True):
    """What became of pasted text."""

    sheet: Sheet
    added: int
    bad: int


class _Bad(Struct, frozen=True):
    """Why a line cannot be taken as it is, and what one click would make of it."""

    text: str
    problem: Problem
    product_id: UUID | None = None
    quantity: Decimal | None = None


async def paste(desk: Desk, order_id: UUID, text: str, version: int | None) -> Imported:
    """Read pasted text into a draft.

    Raises:
        RejectedError: no contract chosen yet, or more lines than an order may have.
        ChangedMeanwhileError: someone saved the draft since ``version``.
    """
    order = await lock_draft(desk, order_id, version)
    good, bad = await _read(desk, order, text)
    if good:
        await put_lines(desk, order, good)
    await _keep_bad(desk, order, bad)
    return Imported(await keep(desk, order), len(good), len(bad))


async def fix_bad_line(desk: Desk, order_id: UUID, bad_id: UUID, version: int | None) -> Sheet:
    """Take the suggestion of a bad line.

    Raises:
        NotFoundError: no such line, or nothing is suggested for it.
    """
    order = await lock_draft(desk, order_id, version)
    row = await _bad_row(desk, order, bad_id)
    if row.suggested_product_id is None or row.suggested_quantity is None:
        raise NotFoundError
    await put_lines(desk, order, [NewLine(product_id=row.suggested_product_id, quantity=row.suggested_quantity)])
    await desk.transaction.session.delete(row)
    return await keep(desk, order)


async def retry_bad_line(desk: Desk, order_id: UUID, bad_id: UUID, text: str, version: int | None) -> Imported:
    """Read a bad line anew after a person corrected its text; still bad, it keeps the new text."""
    order = await lock_draft(desk, order_id, version)
    row = await _bad_row(desk, order, bad_id)
    good, bad = await _read(desk, order, text)
    await desk.transaction.session.delete(row)
    if good:
        await put_lines(desk, order, good)
    await _keep_bad(desk, order, bad)
    return Imported(await keep(desk, order), len(good), len(bad))


async def drop_bad_line(desk: Desk, order_id: UUID, bad_id: UUID, version: int | None) -> Sheet:
    """Forget a bad line."""
    order = await lock_draft(desk, order_id, version)
    await desk.transaction.session.delete(await _bad_row(desk, order, bad_id))
    return await keep(desk, order)


async def _read(desk: Desk, order: Order, text: str) -> tuple[list[NewLine], list[_Bad]]:
    if order.contract_id is None:
        raise RejectedError([Problem("contract_missing", "contract_id")])
    lines = read_lines(text)
    if len(lines) > MAX_LINES:
        raise RejectedError([Problem("too_many_lines", "text", {"maximum": str(MAX_LINES)})])
    codes = {reading.code for line in lines for reading in line.readings if len(line.text) <= MAX_LINE_LENGTH}
    decision = await desk.decision("offer", "order")
    found = await match_codes(desk.transaction, decision, sorted(codes), order.contract_id, desk.today)
    matches = {match.text: match for match in found}
    lots = await _lots(desk, matches.values())
    good: list[NewLine] = []
    bad: list[_Bad] = []
    for line in lines:
        taken = _take(line, matches, lots)
        if isinstance(taken, _Bad):
            bad.append(taken)
        else:
            good.append(taken)
    return good, bad


def _take(line: PastedLine, matches: Mapping[str, Match], lots: Mapping[UUID, Lot]) -> NewLine | _Bad:
    if len(line.text) > MAX_LINE_LENGTH:
        return _Bad(line.text[:MAX_LINE_LENGTH], Problem("line_too_long"))
    if not line.readings:
        return _Bad(line.text, Problem("line_without_quantity"))
    for reading in line.readings:
        match = matches.get(reading.code)
        if match is not None and match.kind != "none" and match.card is not None and match.offers:
            return _quantity(line, reading, match.card, lots[match.card.id])
    return _unknown(line, matches, lots)


def _unknown(line: PastedLine, matches: Mapping[str, Match], lots: Mapping[UUID, Lot]) -> _Bad:
    # The likeliest reading speaks for the line; the nearest product of the contract is offered instead.
    reading = line.readings[0]
    problem = Problem("code_unknown", "", {"code": reading.code})
    match = matches.get(reading.code)
    if match is None or match.card is None or not match.offers or reading.quantity <= 0:
        return _Bad(line.text, problem)
    quantity = min(neighbours(reading.quantity, lots[match.card.id]).above, MAX_QUANTITY)
    return _Bad(line.text, problem, match.card.id, quantity)


def _quantity(line: PastedLine, reading: Reading, card: ProductCard, lot: Lot) -> NewLine | _Bad:
    params = {"sku": card.sku}
    if reading.quantity <= 0:
        return _Bad(line.text, Problem("quantity_not_positive"))
    quantity = in_order_units(reading.quantity, reading.unit, card.unit, card.net_kg, card.volume_l)
    if quantity is None or quantity <= 0:
        return _Bad(line.text, Problem("wrong_unit", "", params))
    if quantity > MAX_QUANTITY:
        return _Bad(line.text, Problem("quantity_too_large", "", {"maximum": str(MAX_QUANTITY)}))
    whole = neighbours(quantity, lot).above
    if reading.unit not in {"", card.unit}:
        return _Bad(line.text, Problem("wrong_unit", "", params), card.id, whole)
    if not is_whole(quantity, lot):
        code = "not_whole_compartments" if lot.compartments else "not_whole_packs"
        figures = {"multiple": f"{lot.multiple.normalize():f}", "above": f"{whole.normalize():f}"}
        return _Bad(line.text, Problem(code, "", {**params, **figures}), card.id, whole)
    return NewLine(product_id=card.id, quantity=quantity)


async def _lots(desk: Desk, matches: Iterable[Match]) -> dict[UUID, Lot]:
    cards = {match.card.id: match.card for match in matches if match.card is not None}
    bulk = [card.id for card in cards.values() if card.is_bulk]
    litres = await read_compartments(desk.transaction, bulk) if bulk else {}
    return {card.id: lot_of(card, litres.get(card.id, ())) for card in cards.values()}


async def _keep_bad(desk: Desk, order: Order, bad: Sequence[_Bad]) -> None:
    desk.transaction.session.add_all(
        BadLine(
            tenant_id=order.tenant_id,
            id=new_id(),
            order_id=order.id,
            partner_id=order.partner_id,
            place=place,
            text=one.text,
            reason=one.problem.code,
            params=dict(one.problem.params),
            suggested_product_id=one.product_id,
            suggested_quantity=one.quantity,
        )
        for place, one in enumerate(bad)
    )


async def _bad_row(desk: Desk, order: Order, bad_id: UUID) -> BadLine:
    row = await read_bad_line(desk.transaction, order, bad_id)
    if row is None:
        raise NotFoundError
    return row
