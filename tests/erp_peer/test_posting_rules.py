"""Posting rules: each says no to its own fault and to nothing else."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from erp_peer.rules.money import line_sums, percent_of, vat_rate
from erp_peer.rules.posting import (
    AgreementFact,
    ContractFact,
    Facts,
    GoodsFact,
    LineAsk,
    OrderAsk,
    find_problems,
    sums,
)

TODAY = dt.date(2026, 11, 22)
CONTRACT = ContractFact(
    ref="contract",
    partner="partner",
    counterparty="firm",
    deleted=False,
    status="Действует",
    valid_from=dt.date(2026, 1, 1),
    valid_to=dt.date(2026, 12, 31),
    currency="KZT",
    is_limited=True,
    credit_limit=Decimal(10_000),
    forbids_overdue=True,
    vat_country="KZ",
    vat_regime="domestic",
    manager="manager",
    pay_days=30,
    debt=Decimal(1_000),
    overdue=Decimal(0),
    overdue_days=0,
    reserved=Decimal(500),
)
AGREEMENT = AgreementFact(
    ref="agreement",
    contract="contract",
    deleted=False,
    status="Действует",
    valid_from=dt.date(2026, 1, 1),
    valid_to=dt.date.min,
    discount=Decimal(5),
    min_amount=Decimal(100),
    price_type="list",
    currency="KZT",
    warehouse="warehouse",
    loads_bulk=False,
)
GOODS = GoodsFact(
    item="item",
    product="product",
    is_barred=False,
    is_bulk=False,
    unit="piece",
    multiple=4,
    in_segment=True,
    price=Decimal("100.0000"),
    free=Decimal(20),
)
LINE = LineAsk(
    code="1",
    agreement="agreement",
    item="item",
    quantity=Decimal(8),
    price=Decimal(100),
    discount=None,
    basis="",
    amount=None,
    rate=None,
    vat=None,
)


class Case(Struct, frozen=True):
    """What differs from an order that may be posted."""

    contract: dict[str, object] = {}
    agreement: dict[str, object] = {}
    goods: dict[str, object] = {}
    line: dict[str, object] = {}
    order: dict[str, object] = {}


def codes(case: Case) -> list[str]:
    """Codes of the problems of one case."""
    replace = msgspec.structs.replace
    line = replace(LINE, **case.line)
    ask = OrderAsk("partner", "firm", "KZT", "", dt.date(2026, 11, 25), [line])
    facts = Facts(
        TODAY,
        replace(CONTRACT, **case.contract),
        {"agreement": replace(AGREEMENT, **case.agreement)},
        [replace(GOODS, **case.goods)],
    )
    return [str(problem.code) for problem in find_problems(replace(ask, **case.order), facts)]


def test_a_good_order_has_no_problems() -> None:
    assert codes(Case()) == []


@pytest.mark.parametrize(
    ("code", "case"),
    [
        ("contract_closed", Case(contract={"status": "Закрыт"})),
        ("contract_closed", Case(contract={"deleted": True})),
        ("contract_closed", Case(contract={"valid_to": dt.date(2026, 11, 24)})),
        ("contract_closed", Case(contract={"valid_from": dt.date(2026, 11, 23)})),
        ("contract_mismatch", Case(order={"partner": "other"})),
        ("contract_mismatch", Case(order={"counterparty": "other"})),
        ("currency_mismatch", Case(order={"currency": "USD"})),
        ("currency_mismatch", Case(agreement={"currency": "USD"})),
        ("agreement_closed", Case(agreement={"status": "НеСогласовано"})),
        ("agreement_closed", Case(agreement={"deleted": True})),
        ("agreement_closed", Case(agreement={"valid_to": dt.date(2026, 11, 21)})),
        ("agreement_closed", Case(agreement={"valid_from": dt.date(2026, 11, 23)})),
        ("agreement_mismatch", Case(agreement={"contract": "other"})),
        ("warehouse_mismatch", Case(order={"warehouse": "other"})),
        ("bad_quantity", Case(line={"quantity": Decimal(6)})),
        ("bad_quantity", Case(goods={"unit": "t"}, line={"quantity": Decimal("8.0001")})),
        ("item_blocked", Case(goods={"is_barred": True})),
        ("not_in_segment", Case(goods={"in_segment": False})),
        ("warehouse_mismatch", Case(goods={"is_bulk": True})),
        ("price_mismatch", Case(line={"price": Decimal("100.01")})),
        ("price_mismatch", Case(goods={"price": None})),
        ("price_mismatch", Case(goods={"price": Decimal(0)})),
        ("price_mismatch", Case(line={"discount": Decimal("5.01")})),
        ("price_mismatch", Case(line={"amount": Decimal("760.01")})),
        ("vat_mismatch", Case(line={"rate": Decimal(12)})),
        ("vat_mismatch", Case(line={"vat": Decimal("121.61")})),
        ("min_amount", Case(agreement={"min_amount": Decimal("760.01")})),
        ("overdue", Case(contract={"overdue": Decimal("0.01")})),
        ("limit_exceeded", Case(contract={"credit_limit": Decimal("2381.59")})),
        ("no_stock", Case(goods={"free": Decimal("7.999")})),
    ],
)
def test_one_fault_is_one_problem(code: str, case: Case) -> None:
    assert codes(case) == [code]


@pytest.mark.parametrize(
    "case",
    [
        Case(contract={"valid_to": dt.date(2026, 11, 25)}),
        Case(contract={"valid_to": dt.date.min}),
        Case(agreement={"valid_to": dt.date(2026, 11, 22)}),
        Case(order={"warehouse": "warehouse"}),
        Case(goods={"unit": "t"}, line={"quantity": Decimal("8.001")}),
        Case(goods={"is_bulk": True}, agreement={"loads_bulk": True}),
        Case(line={"discount": Decimal(0)}),
        Case(line={"discount": Decimal(40), "basis": "заявка 7"}),
        Case(line={"amount": Decimal("760.00"), "rate": Decimal(16), "vat": Decimal("121.60")}),
        Case(agreement={"min_amount": Decimal("760.00")}),
        Case(contract={"overdue": Decimal(5), "forbids_overdue": False}),
        Case(contract={"credit_limit": Decimal("2381.60")}),
        Case(contract={"credit_limit": Decimal(0), "is_limited": False}),
        Case(goods={"free": Decimal(8)}),
    ],
)
def test_the_edge_of_what_is_allowed(case: Case) -> None:
    assert codes(case) == []


def test_all_problems_are_told_in_the_order_of_the_page() -> None:
    case = Case(
        contract={"status": "Закрыт", "overdue": Decimal(1), "credit_limit": Decimal(1)},
        agreement={"status": "Закрыто"},
        goods={"is_barred": True, "in_segment": False, "free": Decimal(0)},
        line={"price": Decimal(1), "quantity": Decimal(5)},
    )
    assert codes(case) == [
        "contract_closed",
        "agreement_closed",
        "bad_quantity",
        "item_blocked",
        "not_in_segment",
        "price_mismatch",
        "min_amount",
        "overdue",
        "limit_exceeded",
        "no_stock",
    ]


def test_an_order_without_lines_is_empty() -> None:
    ask = OrderAsk("partner", "firm", "KZT", "", dt.date(2026, 11, 25), [])
    problems = find_problems(ask, Facts(TODAY, CONTRACT, {"agreement": AGREEMENT}, []))
    assert [str(problem.code) for problem in problems] == ["empty_order", "min_amount"]


def test_lines_of_one_item_share_what_is_free() -> None:
    twice = [LINE, msgspec.structs.replace(LINE, code="2", quantity=Decimal(16))]
    ask = OrderAsk("partner", "firm", "KZT", "", dt.date(2026, 11, 25), twice)
    problems = find_problems(ask, Facts(TODAY, CONTRACT, {"agreement": AGREEMENT}, [GOODS, GOODS]))
    assert [(p.code, p.line, p.figures["free"]) for p in problems] == [("no_stock", "2", "12")]


def test_sums_are_rounded_step_by_step() -> None:
    line = msgspec.structs.replace(LINE, quantity=Decimal(4), price=Decimal("10.3375"))
    ask = OrderAsk("partner", "firm", "KZT", "", dt.date(2026, 11, 25), [line])
    total = sums(ask, Facts(TODAY, CONTRACT, {"agreement": AGREEMENT}, [GOODS]))[0]
    # 41.35 - 2.07 (5 % is 2.0675) = 39.28; 16 % of it is 6.2848.
    assert (total.amount, total.vat, total.whole) == (Decimal("39.28"), Decimal("6.28"), Decimal("45.56"))


@pytest.mark.parametrize(
    ("country", "regime", "day", "rate"),
    [
        ("KZ", "domestic", dt.date(2025, 12, 31), 12),
        ("KZ", "domestic", dt.date(2026, 1, 1), 16),
        ("TJ", "domestic", dt.date(2026, 12, 30), 14),
        ("TJ", "domestic", dt.date(2027, 1, 3), 13),
        ("KG", "eaeu", dt.date(2026, 11, 22), 0),
        ("UZ", "export", dt.date(2026, 11, 22), 0),
    ],
)
def test_vat_is_that_of_the_supply_day(country: str, regime: str, day: dt.date, rate: int) -> None:
    assert vat_rate(country, regime, day) == rate


def test_half_a_cent_goes_up() -> None:
    assert percent_of(Decimal("0.50"), Decimal(1)) == Decimal("0.01")
    assert line_sums(Decimal(1), Decimal("0.005"), Decimal(0), Decimal(0))[0] == Decimal("0.01")


@given(
    st.decimals("0.001", "99999", places=3),
    st.decimals("0.0001", "9999999", places=4),
    st.decimals("0", "100", places=2),
)
def test_a_line_never_costs_more_than_its_gross(quantity: Decimal, price: Decimal, discount: Decimal) -> None:
    amount, vat = line_sums(quantity, price, discount, Decimal(16))
    assert 0 <= amount <= quantity * price + Decimal("0.005")
    assert abs(vat - amount * Decimal("0.16")) <= Decimal("0.005")
