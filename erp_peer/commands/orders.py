"""`order.put`, `order.cancel` and `order.line_cancel`."""

import datetime as dt
from decimal import Decimal

import msgspec

from erp_peer.commands import effects
from erp_peer.commands.facts import (
    Held,
    OrderRow,
    Place,
    find_agreements,
    find_contract,
    find_goods,
    find_place,
    held,
)
from erp_peer.commands.outcomes import InvalidError, RefusedError, refuse
from erp_peer.commands.shapes import LineData, LineDoc, OrderData
from erp_peer.data.figures import BY_IB
from erp_peer.rules.life import State, Status, state_after_posting
from erp_peer.rules.money import ZERO
from erp_peer.rules.posting import Facts, LineAsk, OrderAsk, Sum, find_problems, sums
from erp_peer.rules.problems import Code, Problem, in_order
from erp_peer.store.db import value
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write
from erp_peer.streams.spec import ZERO_LINK

_USUAL_DAYS = dt.timedelta(days=3)
_LARGEST = Decimal(10) ** 12


def _check_numbers(data: OrderData) -> None:
    """Numbers must be finite and fit; codes of lines must differ.

    Raises:
        InvalidError: naming the field.
    """
    for line in data.lines:
        for number in (line.quantity, line.price, line.discount, line.amount, line.rate, line.vat):
            if number is not None and (not number.is_finite() or abs(number) >= _LARGEST):
                raise InvalidError("bad_field", "Число вне допустимых пределов.", "Товары")
    if len({line.code for line in data.lines}) != len(data.lines):
        raise InvalidError("bad_field", "Коды строк повторяются.", "Товары.КодСтроки")


def _asked_line(line: LineData, agreement: str) -> LineAsk:
    return LineAsk(
        code=line.code,
        agreement=agreement,
        item=str(line.item),
        quantity=line.quantity,
        price=line.price,
        discount=line.discount,
        basis=line.basis,
        amount=line.amount,
        rate=line.rate,
        vat=line.vat,
    )


def _place_problems(data: OrderData, places: list[Place]) -> list[Problem]:
    partner = str(data.partner)
    is_foreign = any(place.deleted or place.partner != partner for place in places)
    return [Problem(Code.CONSIGNEE_MISMATCH)] if is_foreign else []


async def _facts(write: Write, data: OrderData, own: list[Held]) -> tuple[OrderAsk, Facts]:
    """Ask the database everything the rules need, and fill in what the caller left out."""
    contract = await find_contract(write, str(data.contract), own)
    head = str(data.agreement)
    named = [str(line.agreement) if line.agreement else head for line in data.lines]
    agreements = await find_agreements(write, list(dict.fromkeys(named or [head])))
    items = [str(line.item) for line in data.lines]
    warehouses = [agreements[ref].warehouse for ref in named]
    goods = await find_goods(write, items, named, warehouses, own)
    ask = OrderAsk(
        partner=str(data.partner),
        counterparty=str(data.counterparty) if data.counterparty else contract.counterparty,
        currency=data.currency or contract.currency,
        warehouse=str(data.warehouse) if data.warehouse else "",
        ship_on=data.ship_on or write.today + _USUAL_DAYS,
        lines=[_asked_line(line, ref) for line, ref in zip(data.lines, named, strict=True)],
    )
    return ask, Facts(write.today, contract, agreements, goods)


def _docs(ask: OrderAsk, facts: Facts, own: list[Sum]) -> list[LineDoc]:
    """Lines as the document keeps them."""
    return [
        LineDoc(
            code=line.code,
            product=goods.product,
            item=line.item,
            agreement=line.agreement,
            warehouse=facts.agreements[line.agreement].warehouse,
            price_type=facts.agreements[line.agreement].price_type,
            quantity=f"{line.quantity:.3f}",
            unit=goods.unit,
            price=f"{line.price:.4f}",
            discount=f"{total.discount:.2f}",
            basis=line.basis,
            amount=f"{total.amount:.2f}",
            rate=f"{total.rate:f}",
            vat=f"{total.vat:.2f}",
        )
        for line, goods, total in zip(ask.lines, facts.goods, own, strict=True)
    ]


async def put(write: Write, ref: str, data: OrderData, before: OrderRow | None, *, post: bool) -> None:
    """Create or replace an order; with `post` take stock and limit, all or nothing.

    Raises:
        InvalidError: something named does not exist or a number is out of range.
        RefusedError: a rule forbids posting; nothing was written.
    """
    _check_numbers(data)
    if before is not None and not before.is_movable:
        raise refuse(Code.WRONG_STATE, {"Статус": before.status})
    own = await held(write, ref) if before is not None else []
    ask, facts = await _facts(write, data, own)
    places = await find_place(write, data)
    if post and (problems := in_order([*find_problems(ask, facts), *_place_problems(data, places)])):
        raise RefusedError(problems)
    if before is not None:
        await effects.release(write, ref, before.contract)
    totals = sums(ask, facts)
    await _write_order(write, ref, data, before, post=post, ask=ask, facts=facts, totals=totals, places=places)
    if post:
        lines = [
            Held(line.code, line.item, facts.agreements[line.agreement].warehouse, line.quantity, total.whole)
            for line, total in zip(ask.lines, totals, strict=True)
        ]
        await effects.take(write, ref, facts.contract.ref, lines)


async def _write_order(  # noqa: PLR0913 - everything that was found out about one order
    write: Write,
    ref: str,
    data: OrderData,
    before: OrderRow | None,
    *,
    post: bool,
    ask: OrderAsk,
    facts: Facts,
    totals: list[Sum],
    places: list[Place],
) -> None:
    contract = facts.contract
    docs = _docs(ask, facts, totals)
    address = data.address_text or (places[-1].text if data.address and places else "")
    await upsert(
        write,
        "orders",
        ref,
        {
            "number": before.number if before else await new_number(write),
            "placed_at": before.placed_at if before else write.now,
            "is_posted": post,
            "partner": ask.partner,
            "counterparty": ask.counterparty,
            "contract": contract.ref,
            "agreement": str(data.agreement),
            "currency": ask.currency,
            "warehouse": ask.warehouse or next(a.warehouse for a in facts.agreements.values()),
            "manager": contract.manager,
            "status": Status.SUPPLY if post else Status.DRAFT,
            "state": state_after_posting(contract.pay_days) if post else State.AWAITS_APPROVAL,
            "client_number": data.client_number,
            "consignee": str(data.consignee or ZERO_LINK),
            "address": str(data.address or ZERO_LINK),
            "address_text": address,
            "mode": data.mode,
            "ship_on": ask.ship_on,
            "comment": data.comment,
            "amount": sum((total.whole for total in totals), ZERO),
            "vat": sum((total.vat for total in totals), ZERO),
            "posted_batch": write.tick if post else 0,
            "from_portal": True,
            "lines": msgspec.json.encode(docs).decode(),
        },
    )
    await note_move(write, ref)


async def new_number(write: Write) -> str:
    """The infobase's next order number; its lock is held, so there are no gaps and no twins."""
    sql = "UPDATE peer.infobases SET last_number = last_number + 1 WHERE ib = $1 RETURNING last_number"
    number = await value(write.conn, int, sql, write.ib)
    return f"{BY_IB[write.ib].number_prefix}-{number:06d}"


async def note_move(write: Write, ref: str) -> None:
    """Remember when the order last changed its state."""
    await write.conn.execute(
        "INSERT INTO peer.moves (ib, order_ref, moved_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (ib, order_ref) DO UPDATE SET moved_at = excluded.moved_at",
        write.ib,
        ref,
        write.now,
    )


async def cancel(write: Write, order: OrderRow, reason: str) -> None:
    """Cancel an order of which nothing has left; a cancelled one stays as it is.

    Raises:
        RefusedError: something was shipped, or it is closed.
    """
    if order.is_cancelled:
        return
    if not order.is_movable:
        raise refuse(Code.WRONG_STATE, {"Статус": order.status})
    await _cancel_lines(write, order, [doc.code for doc in order.line_docs()], reason)


async def cancel_lines(write: Write, order: OrderRow, codes: list[str], reason: str) -> None:
    """Cancel some lines; the last live line takes the order with it.

    Raises:
        RefusedError: the order may not be changed, or has no such line.
    """
    if not order.is_movable:
        raise refuse(Code.WRONG_STATE, {"Статус": order.status})
    present = {doc.code for doc in order.line_docs()}
    missing = [Problem(Code.LINE_MISSING, {}, code) for code in codes if code not in present]
    if missing:
        raise RefusedError(missing)
    await _cancel_lines(write, order, codes, reason)


async def _cancel_lines(write: Write, order: OrderRow, codes: list[str], reason: str) -> None:
    await effects.release(write, order.ref, order.contract, codes)
    docs = order.line_docs()
    for doc in docs:
        if doc.code in codes and doc.is_cancelled == "false":
            doc.is_cancelled, doc.cancel_reason = "true", reason
    live = [doc for doc in docs if doc.is_cancelled == "false"]
    values: dict[str, object] = {
        "lines": msgspec.json.encode(docs).decode(),
        "amount": sum((Decimal(d.amount) + Decimal(d.vat) for d in live), ZERO),
        "vat": sum((Decimal(d.vat) for d in live), ZERO),
    }
    if not live:
        values |= {"is_cancelled": True, "is_posted": False, "status": Status.CLOSED, "state": State.CLOSED}
    await upsert(write, "orders", order.ref, values)
    await note_move(write, order.ref)
