"""What followed the orders of the past: batches, shipments, invoices and payments, equal to the last cent.

For every contract the invoices less the payments are the debt of the credit figures: what the kept history does
not explain stands in opening invoices (the overdue part by itself), or in an advance where less is owed.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from erp_peer.data.world import Contract, Row, Sale, Sold, World, fixed, ref
from erp_peer.streams.spec import EMPTY_DATE, ZERO_LINK

_HALF_YEAR = 182
_LEAST_AGE, _AGES = 7, 50  # days between blending and the half-year it is sold in
_SHELF = dt.timedelta(days=5 * 365)
_BY_ROAD = "ДоКлиента"
_NO_CARRIER = 10  # one delivery in ten goes with somebody who is not in the books
_LINE = (
    '{{"КодСтроки":"{}","Номенклатура_Key":"{}","Характеристика_Key":"{}","Серия_Key":"{}","Количество":"{}",'
    '"ЕдиницаЗаказа":"{}","Сумма":"{}","СуммаНДС":"{}","МассаКг":"{}","ОбъемЛ":"{}","Плотность":"{}",'
    '"Температура":"{}","Пломбы":"{}"}}'
)
_PART = '[{{"Счет_Key":"{}","ЗаказКлиента_Key":"{}","Сумма":"{}"}}]'
_UNPAID, _PAID = "НеОплачен", "Оплачен"


def moment(at: dt.datetime) -> str:
    """Wire text of a point in time."""
    return f"{at:%Y-%m-%dT%H:%M:%S}+00:00"


def paper_number(kind: str, number: int) -> str:
    """The number of a document: РТ00 shipments, СЧ00 invoices, ПП00 payments."""
    return f"{kind}00-{number:06d}"


def batches(world: World) -> Iterator[Row]:
    """One batch of a product for each half-year in which it left, and that of the present one."""
    wanted = {(product.ref, 0): None for product in world.products}
    for sale in world.sales:
        for line in sale.lines:
            wanted[world.items[line.item].product.ref, _half_year(world, sale)] = None
    plants = [plant for own in world.plants.values() for plant in own]
    for place, (product, half) in enumerate(wanted):
        made_on = world.today - dt.timedelta(days=_HALF_YEAR * (half + 1) + _LEAST_AGE + place % _AGES)
        key = world.batches[product, half] = ref(world, "batch", f"{product}/{half}")
        yield Row(
            key,
            (
                product,
                f"{made_on:%y%m}-{place + 1:05d}",
                made_on.isoformat(),
                EMPTY_DATE if place % 17 == 0 else (made_on + _SHELF).isoformat(),
                plants[place % len(plants)] if place % 29 else ZERO_LINK,
                f"ПК-{place + 1:06d}" if place % 23 else "",
                (made_on + dt.timedelta(days=2)).isoformat(),
            ),
        )


def _half_year(world: World, sale: Sale) -> int:
    return max(0, (world.today - sale.shipped_at.date()).days // _HALF_YEAR)


def shipments(world: World) -> Iterator[Row]:
    """One of each sale, and one that was marked for deletion."""
    carriers = [partner.ref for partner in world.partners if partner.kind == "logistics"]
    for place, sale in enumerate(world.sales, start=1):
        yield _shipment(world, sale, place, carriers)
    wrong = _shipment(world, world.sales[0], len(world.sales) + 1, carriers)
    yield Row(ref(world, "shipment", "wrong"), (*wrong.values[:2], "false", *wrong.values[3:]), deleted=True)


def _shipment(world: World, sale: Sale, place: int, carriers: list[str]) -> Row:
    agreement = sale.agreement
    contract = agreement.contract
    has_carrier = sale.mode == _BY_ROAD and sale.number % _NO_CARRIER
    lines = ",".join(_line(world, sale, line) for line in sale.lines)
    return Row(
        shipment_ref(world, sale),
        (
            paper_number("РТ", place),
            moment(sale.shipped_at),
            "true",
            sale.order,
            contract.partner.ref,
            contract.counterparty,
            contract.ref,
            world.warehouses[agreement.warehouse].ref,
            sale.consignee,
            sale.address,
            sale.mode,
            carriers[sale.number % len(carriers)] if has_carrier else ZERO_LINK,
            "Отгружено" if sale.is_paid else "ВПути",
            f"ТТН-{place:07d}" if sale.number % 7 else "",
            contract.currency,
            fixed(sale.amount, 2),
            fixed(sale.vat, 2),
            f"[{lines}]",
        ),
    )


def shipment_ref(world: World, sale: Sale) -> str:
    """Reference of the shipment of a sale."""
    return ref(world, "shipment", sale.number)


def invoice_ref(world: World, sale: Sale) -> str:
    """Reference of the invoice of a sale."""
    return ref(world, "invoice", sale.number)


def _line(world: World, sale: Sale, line: Sold) -> str:
    item = world.items[line.item]
    grams = round(line.quantity * item.net_kg)
    density = item.product.density
    measured = item.is_bulk and density is not None
    return _LINE.format(
        line.code,
        item.product.ref,
        item.ref,
        world.batches[item.product.ref, _half_year(world, sale)],
        fixed(line.quantity, 3),
        item.unit,
        fixed(line.amount, 2),
        fixed(line.vat, 2),
        fixed(grams, 3),
        fixed(round(grams / density), 3) if measured and density else "0.000",
        f"{density:.4f}" if measured else "0.0000",
        fixed(150 + sale.number % 100, 1) if measured else "0.0",
        f"П{sale.number:06d}-{line.code}1, П{sale.number:06d}-{line.code}2" if item.is_bulk else "",
    )


def invoices(world: World) -> Iterator[Row]:
    """One for each shipment, then what was owed before."""
    number = 0
    owed: Counter[str] = Counter()
    for number, sale in enumerate(world.sales, start=1):
        if not sale.is_paid:
            owed[sale.agreement.contract.ref] += sale.amount
        yield _invoice(world, sale, number)
    for contract in world.contracts:
        before = contract.debt - contract.overdue - owed[contract.ref]
        for kind, amount in (("overdue", contract.overdue), ("opening", before)):
            if amount > 0:
                number += 1
                yield _opening(world, contract, number, kind=kind, amount=amount)
            elif amount < 0:
                world.advances.append((contract, -amount))


def _invoice(world: World, sale: Sale, number: int) -> Row:
    contract = sale.agreement.contract
    due_on = sale.shipped_at.date() + dt.timedelta(days=contract.pay_days)
    # What is overdue stands in the opening invoices, so that it is the sum of the credit figures.
    due_on = due_on if sale.is_paid else max(due_on, world.today)
    amount = fixed(sale.amount, 2)
    return Row(
        invoice_ref(world, sale),
        (
            paper_number("СЧ", number),
            moment(sale.shipped_at),
            "true",
            contract.partner.ref,
            contract.counterparty,
            contract.ref,
            sale.order,
            shipment_ref(world, sale),
            contract.currency,
            amount,
            fixed(sale.vat, 2),
            amount if sale.is_paid else "0.00",
            due_on.isoformat(),
            _PAID if sale.is_paid else _UNPAID,
            f"Оплата за ГСМ по заказу {world.maker.number_prefix}-{sale.number:06d}",
        ),
    )


def _opening(world: World, contract: Contract, number: int, *, kind: str, amount: int) -> Row:
    issued = min(
        world.today - dt.timedelta(days=world.profile.order_days + 1),
        world.today - dt.timedelta(days=contract.overdue_days),
    )
    due_in = -contract.overdue_days if kind == "overdue" else 15
    return Row(
        ref(world, "invoice", f"{kind}/{contract.ref}"),
        (
            paper_number("СЧ", number),
            f"{issued.isoformat()}T06:00:00+00:00",
            "true",
            contract.partner.ref,
            contract.counterparty,
            contract.ref,
            ZERO_LINK,
            ZERO_LINK,
            contract.currency,
            fixed(amount, 2),
            "0.00",
            "0.00",
            world.day(due_in),
            _UNPAID,
            "Остаток расчётов на начало учёта",
        ),
    )


def payments(world: World) -> Iterator[Row]:
    """One for each paid invoice, then the advances, one of nobody's contract and one marked for deletion."""
    number = 0
    for sale in world.sales:
        if sale.is_paid:
            number += 1
            paid_on = sale.shipped_at.date() + dt.timedelta(days=1 + sale.number % 3)
            parts = _PART.format(invoice_ref(world, sale), sale.order, fixed(sale.amount, 2))
            yield _payment(world, sale.agreement.contract, (str(sale.number), number, sale.amount, paid_on), parts)
    for contract, amount in world.advances:
        number += 1
        paid_on = world.today - dt.timedelta(days=2)
        yield _payment(world, contract, (f"advance/{contract.ref}", number, amount, paid_on), "[]")
    some = world.contracts[0]
    for key in ("unknown", "wrong"):
        number += 1
        row = _payment(world, some, (key, number, 100_000, world.today), "[]")
        yield Row(row.ref, (*row.values[:4], *([ZERO_LINK] * 2), *row.values[6:]), deleted=key == "wrong")


def _payment(world: World, contract: Contract, own: tuple[str, int, int, dt.date], parts: str) -> Row:
    key, number, amount, day = own
    return Row(
        ref(world, "payment", key),
        (
            paper_number("ПП", number),
            f"{day.isoformat()}T05:30:00+00:00",
            "true",
            contract.partner.ref,
            contract.counterparty,
            contract.ref,
            contract.currency,
            fixed(amount, 2),
            str(100 + number % 900),
            day.isoformat(),
            "Оплата по договору, в т.ч. НДС" if number % 11 else "Оплата ТОО 'Астам & К'  ",
            parts,
        ),
    )
