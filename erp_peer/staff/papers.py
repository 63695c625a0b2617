"""The papers of a moving order: a shipment with its invoice when goods leave, a payment when it is closed."""

import datetime as dt
from decimal import Decimal

import msgspec
from msgspec import Struct

from erp_peer.commands import effects
from erp_peer.commands.facts import Held
from erp_peer.commands.shapes import LineDoc
from erp_peer.data.sales import paper_number
from erp_peer.rules.life import Shipped
from erp_peer.rules.money import ZERO, cents
from erp_peer.staff.references import derived_ref
from erp_peer.store.db import Argument, column, many, value
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write
from erp_peer.streams.spec import ZERO_LINK

_UNPAID, _PARTLY, _PAID = "НеОплачен", "ОплаченЧастично", "Оплачен"
_BY_ROAD = "ДоКлиента"
_LOADED_AT = Decimal("17.5")  # degrees, of every tank: the stand-in has no weather


class Left(Struct, frozen=True):
    """One line that has just left: what the order says of it, what waited, what went."""

    doc: LineDoc
    held: Held
    done: Shipped


class _Head(Struct, frozen=True):
    """What the papers copy from the order and its contract."""

    number: str
    partner: str
    counterparty: str
    contract: str
    warehouse: str
    consignee: str
    address_text: str
    mode: str
    currency: str
    pay_days: int
    carrier: str


class _Goods(Struct, frozen=True):
    """What a shipment says of an item beside its quantity."""

    item: str
    product: str
    is_bulk: bool
    unit: str
    net_kg: Decimal
    density: Decimal | None
    batch: str


class _Due(Struct, frozen=True):
    """An invoice that is not paid in full."""

    ref: str
    order_ref: str
    contract: str
    partner: str
    counterparty: str
    currency: str
    amount: Decimal
    paid: Decimal


async def ship(write: Write, order: str, lines: list[Left]) -> None:
    """Write the shipment of what has just left, and the invoice of the same sum."""
    head = await _head(write, order)
    goods = await _goods(write, [line.held.item for line in lines])
    vats = [_vat(line) for line in lines]
    number = await _next(write)
    shipment = derived_ref(order, f"shipment/{number}")
    docs = [_line(line, goods[line.held.item], vat, number) for line, vat in zip(lines, vats, strict=True)]
    sums: dict[str, Argument] = {
        "currency": head.currency,
        "amount": sum((line.done.debt for line in lines), ZERO),
        "vat": sum(vats, ZERO),
    }
    client: dict[str, Argument] = {
        "partner": head.partner,
        "counterparty": head.counterparty,
        "contract": head.contract,
        "order_ref": order,
        "is_posted": True,
    }
    await upsert(
        write,
        "shipments",
        shipment,
        {
            "number": paper_number("РТ", number),
            "shipped_at": write.now,
            **client,
            "warehouse": head.warehouse,
            "consignee": head.consignee,
            "address_text": head.address_text,
            "mode": head.mode,
            "carrier": head.carrier if head.mode == _BY_ROAD else ZERO_LINK,
            "status": "ВПути",
            "waybill": f"ТТН-{number:07d}",
            **sums,
            "lines": msgspec.json.encode(docs).decode(),
        },
    )
    await upsert(
        write,
        "invoices",
        derived_ref(order, f"invoice/{number}"),
        {
            "number": paper_number("СЧ", number),
            "issued_at": write.now,
            **client,
            "shipment": shipment,
            **sums,
            "due_on": write.today + dt.timedelta(days=head.pay_days),
            "status": _UNPAID,
            "purpose": f"Оплата за ГСМ по заказу {head.number}",
        },
    )


async def settle_order(write: Write, order: str) -> None:
    """Everything shipped has arrived, and what is owed for it is paid at once."""
    refs = await column(
        write.conn,
        str,
        "UPDATE peer.shipments SET status = 'Отгружено', ver = $3 WHERE ib = $1 AND order_ref = $2 AND status = 'ВПути'"
        " RETURNING ref",
        write.ib,
        order,
        write.tick,
    )
    write.touch("shipments", *refs)
    due = await many(write.conn, _Due, f"{_DUE} AND order_ref = $2 ORDER BY number", write.ib, order)
    if due:
        await pay(write, {invoice.ref: invoice.amount - invoice.paid for invoice in due}, due)


async def pay_invoice(write: Write, number: str, amount: Decimal | None) -> bool:
    """Pay an invoice, named by its number, in full or a part of it; whether there was anything to pay."""
    due = await many(write.conn, _Due, f"{_DUE} AND number = $2", write.ib, number)
    if not due:
        return False
    left = due[0].amount - due[0].paid
    await pay(write, {due[0].ref: left if amount is None else min(left, amount)}, due)
    await _note_paid(write, due[0].order_ref)
    return True


async def pay(write: Write, parts: dict[str, Decimal], due: list[_Due]) -> None:
    """Write one payment for invoices of one contract, settle them, and lower the debt by the same sum."""
    first = due[0]
    for invoice in due:
        paid = invoice.paid + parts[invoice.ref]
        status = _PAID if paid == invoice.amount else _PARTLY
        await upsert(write, "invoices", invoice.ref, {"paid": paid, "status": status})
    number = await _next(write)
    whole = sum(parts.values(), ZERO)
    rows = [
        {"Счет_Key": invoice.ref, "ЗаказКлиента_Key": invoice.order_ref, "Сумма": f"{parts[invoice.ref]:.2f}"}
        for invoice in due
    ]
    await upsert(
        write,
        "payments",
        derived_ref(first.ref, f"payment/{number}"),
        {
            "number": paper_number("ПП", number),
            "paid_at": write.now,
            "is_posted": True,
            "partner": first.partner,
            "counterparty": first.counterparty,
            "contract": first.contract,
            "currency": first.currency,
            "amount": whole,
            "bank_number": str(100 + number % 900),
            "bank_day": write.today,
            "purpose": "Оплата по счетам",
            "parts": msgspec.json.encode(rows).decode(),
        },
    )
    await effects.pay(write, first.contract, whole)


async def _note_paid(write: Write, order: str) -> None:
    """The order says how much of it is paid."""
    refs = await column(
        write.conn,
        str,
        "UPDATE peer.orders o SET ver = $3, paid_percent = least(100, floor(i.paid * 100 / o.amount)) FROM"
        " (SELECT sum(paid) AS paid FROM peer.invoices WHERE ib = $1 AND order_ref = $2 AND NOT deleted) AS i"
        " WHERE o.ib = $1 AND o.ref = $2 AND o.amount > 0 RETURNING o.ref",
        write.ib,
        order,
        write.tick,
    )
    write.touch("orders", *refs)


_DUE = (
    "SELECT ref, order_ref, contract, partner, counterparty, currency, amount, paid FROM peer.invoices"
    " WHERE ib = $1 AND NOT deleted AND is_posted AND paid < amount"
)


async def _head(write: Write, order: str) -> _Head:
    sql = (
        "SELECT o.number, o.partner, o.counterparty, o.contract, o.warehouse, o.consignee, o.address_text, o.mode,"
        " o.currency, coalesce(c.pay_days, 0) AS pay_days, coalesce((SELECT p.ref FROM peer.partners p"
        "  WHERE p.ib = $1 AND p.kind = 'logistics' AND NOT p.deleted ORDER BY md5(p.ref::text || o.ref::text)"
        f"  LIMIT 1), '{ZERO_LINK}') AS carrier"
        " FROM peer.orders o LEFT JOIN peer.contracts c ON c.ib = o.ib AND c.ref = o.contract"
        " WHERE o.ib = $1 AND o.ref = $2"
    )
    return (await many(write.conn, _Head, sql, write.ib, order))[0]


async def _goods(write: Write, items: list[str]) -> dict[str, _Goods]:
    """The newest batch of a product is the one that leaves."""
    sql = (
        "SELECT i.ref AS item, i.product, i.is_bulk, i.unit, i.net_kg, p.density,"
        " coalesce((SELECT b.ref FROM peer.batches b WHERE b.ib = $1 AND b.product = i.product AND NOT b.deleted"
        f"  ORDER BY b.made_on DESC LIMIT 1), '{ZERO_LINK}') AS batch"
        " FROM peer.characteristics i LEFT JOIN peer.products p ON p.ib = i.ib AND p.ref = i.product"
        " WHERE i.ib = $1 AND i.ref = ANY($2::uuid[])"
    )
    return {row.item: row for row in await many(write.conn, _Goods, sql, write.ib, items)}


def _vat(line: Left) -> Decimal:
    """The share of VAT in what became debt."""
    vat = Decimal(line.doc.vat)
    whole = Decimal(line.doc.amount) + vat
    return cents(line.done.debt * vat / whole) if whole else ZERO


def _line(line: Left, goods: _Goods, vat: Decimal, number: int) -> dict[str, str]:
    kg = line.done.measured * goods.net_kg
    density = goods.density if goods.is_bulk else None
    return {
        "КодСтроки": line.held.line,
        "Номенклатура_Key": goods.product,
        "Характеристика_Key": goods.item,
        "Серия_Key": goods.batch,
        "Количество": f"{line.done.measured:.3f}",
        "ЕдиницаЗаказа": goods.unit,
        "Сумма": f"{line.done.debt - vat:.2f}",
        "СуммаНДС": f"{vat:.2f}",
        "МассаКг": f"{kg:.3f}",
        "ОбъемЛ": f"{kg / density:.3f}" if density else "0.000",
        "Плотность": f"{density:.4f}" if density else "0.0000",
        "Температура": f"{_LOADED_AT}" if density else "0.0",
        "Пломбы": f"П{number:06d}-{line.held.line}" if goods.is_bulk else "",
    }


async def _next(write: Write) -> int:
    sql = "UPDATE peer.infobases SET last_paper = last_paper + 1 WHERE ib = $1 RETURNING last_paper"
    return await value(write.conn, int, sql, write.ib)
