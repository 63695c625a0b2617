"""Moving one order to its next state, with everything that moves along."""

import hashlib
from decimal import Decimal

import msgspec
from msgspec import Struct

from erp_peer.commands import effects
from erp_peer.commands.dispatch import audit
from erp_peer.commands.facts import Held, OrderRow, find_order, held
from erp_peer.commands.orders import note_move
from erp_peer.commands.outcomes import refuse
from erp_peer.commands.shapes import LineDoc
from erp_peer.rules.life import Left, State, Status, Step, next_step, ship
from erp_peer.rules.problems import Code
from erp_peer.staff import papers
from erp_peer.store.db import column, many
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write

# Smallest and largest relative difference between ordered and measured mass of bulk: no scale shows the exact order.
_LEAST, _MOST = Decimal("0.0005"), Decimal("0.003")
WHOLE = Decimal(1)


class Pack(Struct, frozen=True):
    """How an item may be shipped."""

    item: str
    is_bulk: bool
    multiple: int


class Moved(Struct, frozen=True):
    """Where an order stands after a step; `step` is empty when its life was over."""

    ref: str
    number: str
    step: str
    status: str
    state: str
    shipped_percent: int
    batch: int


async def advance(write: Write, ref: str, part: Decimal = WHOLE) -> Moved:
    """Take the next step of an order; `part` is how much of what waits a shipment takes.

    Raises:
        RefusedError: no such order, or it is an unposted one, which only a command can post.
    """
    order = await find_order(write, ref)
    if order is None:
        raise refuse(Code.ORDER_MISSING)
    step = next_step(order.status, order.shipped_percent)
    if step is Step.POST:
        raise refuse(Code.WRONG_STATE, {"Статус": order.status})
    if step is Step.PICK:
        await upsert(write, "orders", ref, {"status": Status.SHIPPING, "state": State.READY_TO_SHIP})
        await _move_vehicles(write, ref, "Формируется", "КПогрузке")
    elif step is Step.SHIP:
        await _ship(write, order, part)
        await _move_vehicles(write, ref, "КПогрузке", "Отправлено")
    elif step is Step.CLOSE:
        await _close(write, order)
        await _move_vehicles(write, ref, "Отправлено", "Закрыто")
    if step is not None:
        await note_move(write, ref)
        await audit(write, f"staff.{step}", "orders", ref, order.number)
    return await _moved(write, ref, step)


async def _moved(write: Write, ref: str, step: Step | None) -> Moved:
    sql = (
        "SELECT ref, number, $3 AS step, status, state, shipped_percent, $4::bigint AS batch"
        " FROM peer.orders WHERE ib = $1 AND ref = $2"
    )
    return (await many(write.conn, Moved, sql, write.ib, ref, step or "", write.tick))[0]


async def _move_vehicles(write: Write, order: str, before: str, after: str) -> None:
    """Vehicles named for the order go along."""
    refs = await column(
        write.conn,
        str,
        "UPDATE peer.transport SET status = $4, ver = $5 WHERE ib = $1 AND order_ref = $2 AND status = $3"
        " RETURNING ref",
        write.ib,
        order,
        before,
        after,
        write.tick,
    )
    write.touch("transport", *refs)


def _deviation(ref: str, line: str) -> Decimal:
    """Measured against ordered mass: different for every line, always the same for one."""
    number = int(hashlib.sha256(f"{ref}/{line}".encode()).hexdigest()[:4], 16)
    size = _LEAST + (_MOST - _LEAST) * (number >> 1) / 0x7FFF
    return size if number & 1 else -size


async def _ship(write: Write, order: OrderRow, part: Decimal) -> None:
    docs = {doc.code: doc for doc in order.line_docs()}
    waiting = await held(write, order.ref)
    sql = "SELECT ref AS item, is_bulk, multiple FROM peer.characteristics WHERE ib = $1 AND ref = ANY($2::uuid[])"
    packs = {p.item: p for p in await many(write.conn, Pack, sql, write.ib, [w.item for w in waiting])}
    gone: list[papers.Left] = []
    for line in waiting:
        pack = packs[line.item]
        deviation = _deviation(order.ref, line.line) if pack.is_bulk else None
        done = ship(Left(line.quantity, line.amount), part, pack.multiple, deviation)
        await effects.ship_line(write, order.ref, order.contract, line, done)
        await effects.add_to_plan(write, order.partner, line.item, done.measured)
        doc = docs[line.line]
        doc.shipped = f"{Decimal(doc.shipped) + done.measured:.3f}"
        gone.append(papers.Left(doc, line, done))
    if gone:
        await papers.ship(write, order.ref, gone)
    still = await held(write, order.ref)
    percent = _percent(list(docs.values()), still)
    await upsert(
        write,
        "orders",
        order.ref,
        {
            "lines": msgspec.json.encode(list(docs.values())).decode(),
            "shipped_percent": percent,
            "state": State.SHIPPING if still else State.AWAITS_PAYMENT,
        },
    )


def _percent(docs: list[LineDoc], still: list[Held]) -> int:
    """Share of the ordered sum that no longer waits; 100 only when nothing waits."""
    if not still:
        return 100
    whole = sum((Decimal(d.amount) + Decimal(d.vat) for d in docs if d.is_cancelled == "false"), Decimal(0))
    waits = sum((line.amount for line in still), Decimal(0))
    return min(99, int((whole - waits) * 100 / whole)) if whole else 0


async def _close(write: Write, order: OrderRow) -> None:
    """The order is paid and closed."""
    await papers.settle_order(write, order.ref)
    closed: dict[str, object] = {"status": Status.CLOSED, "state": State.CLOSED, "paid_percent": 100}
    await upsert(write, "orders", order.ref, closed)
