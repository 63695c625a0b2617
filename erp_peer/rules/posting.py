"""Whether an order may be posted, and what its lines come to.

Explains only: stock and limit are taken by the caller, under the infobase's lock.
Source: protocol section 12 and docs/erp-surface-h.md section 6.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from erp_peer.rules.money import ZERO, cents, line_sums, vat_rate
from erp_peer.rules.problems import Code, Problem, in_order

_THOUSANDTHS = Decimal("0.001")
LIVE_CONTRACT = "Действует"
LIVE_AGREEMENT = "Действует"


class ContractFact(Struct, frozen=True):
    """A contract with its credit figures; the order's own reservation is not inside `reserved`."""

    ref: str
    partner: str
    counterparty: str
    deleted: bool
    status: str
    valid_from: dt.date
    valid_to: dt.date
    currency: str
    is_limited: bool
    credit_limit: Decimal
    forbids_overdue: bool
    vat_country: str
    vat_regime: str
    manager: str
    pay_days: int
    debt: Decimal
    overdue: Decimal
    overdue_days: int
    reserved: Decimal


class AgreementFact(Struct, frozen=True):
    """An agreement with its price list and warehouse."""

    ref: str
    contract: str
    deleted: bool
    status: str
    valid_from: dt.date
    valid_to: dt.date
    discount: Decimal
    min_amount: Decimal
    price_type: str
    currency: str
    warehouse: str
    loads_bulk: bool


class GoodsFact(Struct, frozen=True):
    """An item as one line's agreement sees it; the order's own reservation counts as free."""

    item: str
    product: str
    is_barred: bool  # item or product blocked or deleted
    is_bulk: bool
    unit: str
    multiple: int
    in_segment: bool
    price: Decimal | None  # list price of today; None: there is none
    free: Decimal


class LineAsk(Struct, frozen=True):
    """One line as asked; what is None is filled in by the rules."""

    code: str
    agreement: str
    item: str
    quantity: Decimal
    price: Decimal
    discount: Decimal | None
    basis: str  # ground of a discount above the agreement's
    amount: Decimal | None
    rate: Decimal | None
    vat: Decimal | None


class OrderAsk(Struct, frozen=True):
    """The head of the order."""

    partner: str
    counterparty: str
    currency: str
    warehouse: str  # empty: not said
    ship_on: dt.date
    lines: Sequence[LineAsk]


class Sum(Struct, frozen=True):
    """What a line comes to."""

    discount: Decimal
    amount: Decimal
    rate: Decimal
    vat: Decimal

    @property
    def whole(self) -> Decimal:
        """With VAT."""
        return self.amount + self.vat


class Facts(Struct, frozen=True):
    """Everything the rules look at; `goods` runs beside the lines."""

    today: dt.date
    contract: ContractFact
    agreements: dict[str, AgreementFact]
    goods: Sequence[GoodsFact]


def sums(ask: OrderAsk, facts: Facts) -> list[Sum]:
    """Discount, sum and VAT of every line, computed from quantity and price."""
    rate = vat_rate(facts.contract.vat_country, facts.contract.vat_regime, ask.ship_on)
    found: list[Sum] = []
    for line in ask.lines:
        discount = facts.agreements[line.agreement].discount if line.discount is None else line.discount
        amount, vat = line_sums(line.quantity, line.price, discount, rate)
        found.append(Sum(discount, amount, rate, vat))
    return found


def find_problems(ask: OrderAsk, facts: Facts) -> list[Problem]:
    """List every obstacle to posting; an empty list means none."""
    own = sums(ask, facts)
    return in_order(
        [
            *_contract_problems(ask, facts),
            *_agreement_problems(ask, facts),
            *_line_problems(ask, facts, own),
            *_sum_problems(ask, facts, own),
            *_stock_problems(ask, facts),
        ]
    )


def _is_within(day: dt.date, start: dt.date, end: dt.date) -> bool:
    """An empty end means open."""
    return start <= day and (end == dt.date.min or day <= end)


def _contract_problems(ask: OrderAsk, facts: Facts) -> Iterator[Problem]:
    contract = facts.contract
    is_in_time = all(_is_within(day, contract.valid_from, contract.valid_to) for day in (facts.today, ask.ship_on))
    if contract.deleted or contract.status != LIVE_CONTRACT or not is_in_time:
        figures = {"Договор_Key": contract.ref, "Статус": contract.status}
        yield Problem(Code.CONTRACT_CLOSED, figures)
    if ask.partner != contract.partner or ask.counterparty != contract.counterparty:
        yield Problem(Code.CONTRACT_MISMATCH, {"Договор_Key": contract.ref})
    currencies = {ask.currency, *(a.currency for a in facts.agreements.values())}
    for currency in sorted(currencies - {contract.currency}):
        yield Problem(Code.CURRENCY_MISMATCH, {"Валюта": currency, "expected": contract.currency})


def _agreement_problems(ask: OrderAsk, facts: Facts) -> Iterator[Problem]:
    for agreement in facts.agreements.values():
        is_in_time = _is_within(facts.today, agreement.valid_from, agreement.valid_to)
        if agreement.deleted or agreement.status != LIVE_AGREEMENT or not is_in_time:
            figures = {"Соглашение_Key": agreement.ref, "Статус": agreement.status}
            yield Problem(Code.AGREEMENT_CLOSED, figures)
        if agreement.contract != facts.contract.ref:
            yield Problem(Code.AGREEMENT_MISMATCH, {"Соглашение_Key": agreement.ref})
    if ask.warehouse and ask.warehouse not in {a.warehouse for a in facts.agreements.values()}:
        yield Problem(Code.WAREHOUSE_MISMATCH, {"Склад_Key": ask.warehouse})


def _line_problems(ask: OrderAsk, facts: Facts, own: Sequence[Sum]) -> Iterator[Problem]:
    if not ask.lines:
        yield Problem(Code.EMPTY_ORDER)
    for line, goods, total in zip(ask.lines, facts.goods, own, strict=True):
        agreement = facts.agreements[line.agreement]
        if not _is_orderable_quantity(line.quantity, goods):
            figures = {"Количество": str(line.quantity), "multiple": str(goods.multiple)}
            yield Problem(Code.BAD_QUANTITY, figures, line.code)
        if goods.is_barred:
            yield Problem(Code.ITEM_BLOCKED, {}, line.code)
        if not goods.in_segment:
            yield Problem(Code.NOT_IN_SEGMENT, {}, line.code)
        if goods.is_bulk and not agreement.loads_bulk:
            yield Problem(Code.WAREHOUSE_MISMATCH, {"Склад_Key": agreement.warehouse}, line.code)
        yield from _price_problems(line, goods, agreement, total)


def _is_orderable_quantity(quantity: Decimal, goods: GoodsFact) -> bool:
    """Pieces by whole packs, tonnes to the kilogram."""
    if quantity <= 0:
        return False
    if goods.unit == "t":
        return quantity % _THOUSANDTHS == 0
    return quantity % goods.multiple == 0


def _price_problems(line: LineAsk, goods: GoodsFact, agreement: AgreementFact, total: Sum) -> Iterator[Problem]:
    """The list price of today and the agreement's discount, or a ground for a better one."""
    if not goods.price:
        yield Problem(Code.PRICE_MISMATCH, {"Цена": str(line.price), "expected": ""}, line.code)
    elif line.price != goods.price:
        figures = {"Цена": str(line.price), "expected": str(goods.price)}
        yield Problem(Code.PRICE_MISMATCH, figures, line.code)
    if total.discount > agreement.discount and not line.basis:
        figures = {"СкидкаПроцент": str(total.discount), "expected": str(agreement.discount)}
        yield Problem(Code.PRICE_MISMATCH, figures, line.code)
    if line.amount is not None and line.amount != total.amount:
        figures = {"Сумма": str(line.amount), "expected": str(total.amount)}
        yield Problem(Code.PRICE_MISMATCH, figures, line.code)
    if line.rate is not None and line.rate != total.rate:
        figures = {"СтавкаНДС": str(line.rate), "expected": str(total.rate)}
        yield Problem(Code.VAT_MISMATCH, figures, line.code)
    if line.vat is not None and line.vat != total.vat:
        figures = {"СуммаНДС": str(line.vat), "expected": str(total.vat)}
        yield Problem(Code.VAT_MISMATCH, figures, line.code)


def _sum_problems(ask: OrderAsk, facts: Facts, own: Sequence[Sum]) -> Iterator[Problem]:
    """Least sum of each agreement; the credit limit of the contract."""
    by_agreement = dict.fromkeys(facts.agreements, ZERO)
    for line, total in zip(ask.lines, own, strict=True):
        by_agreement[line.agreement] += total.amount
    for ref, amount in by_agreement.items():
        minimum = facts.agreements[ref].min_amount
        if amount < minimum:
            figures = {"Соглашение_Key": ref, "amount": str(amount), "minimum": str(minimum)}
            yield Problem(Code.MIN_AMOUNT, figures)
    contract = facts.contract
    if contract.forbids_overdue and contract.overdue > 0:
        figures = {"Просрочено": str(contract.overdue), "ДнейПросрочки": str(contract.overdue_days)}
        yield Problem(Code.OVERDUE, figures)
    order = cents(sum((total.whole for total in own), ZERO))
    over = contract.debt + contract.reserved + order - contract.credit_limit
    if contract.is_limited and over > 0:
        figures = {
            "limit": str(contract.credit_limit),
            "debt": str(contract.debt),
            "reserved": str(contract.reserved),
            "order": str(order),
            "over": str(over),
        }
        yield Problem(Code.LIMIT_EXCEEDED, figures)


def _stock_problems(ask: OrderAsk, facts: Facts) -> Iterator[Problem]:
    """Lines of one item from one warehouse share what is free there."""
    left: dict[tuple[str, str], Decimal] = {}
    for line, goods in zip(ask.lines, facts.goods, strict=True):
        place = (line.item, facts.agreements[line.agreement].warehouse)
        free = left.get(place, goods.free)
        if line.quantity > free:
            figures = {"free": str(free), "asked": str(line.quantity), "Склад_Key": place[1]}
            yield Problem(Code.NO_STOCK, figures, line.code)
        left[place] = free - line.quantity
