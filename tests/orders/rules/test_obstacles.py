"""Every obstacle by itself, in its place, and all of them at once."""

import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from app.kernel.errors import Problem
from app.orders.rules.amounts import Amounts
from app.orders.rules.facts import (
    AddressFacts,
    ContractFacts,
    CreditFacts,
    LineFacts,
    OfferFacts,
    OrderFacts,
    PickupFacts,
)
from app.orders.rules.obstacles import NEEDS_APPROVAL, find_problems
from app.orders.rules.quantities import Lot
from app.orders.wording import WORDING

TODAY = date(2026, 3, 1)
SOON = date(2026, 3, 10)
BUYER, CONSIGNEE, CITY, COUNTRY, ELSEWHERE = (UUID(int=place) for place in range(1, 6))
CONTRACT = ContractFacts(
    id=UUID(int=10),
    number="KZ-1",
    counterparty_id=BUYER,
    currency="KZT",
    is_live=True,
    has_rate=True,
    valid_from=date(2026, 1, 1),
    valid_to=date(2026, 12, 31),
)
ADDRESS = AddressFacts(UUID(int=20), CONSIGNEE, is_rail=False, regions=frozenset({CITY, COUNTRY}))
OFFER = OfferFacts(
    agreement_id=UUID(int=30),
    agreement_number="A-1",
    region_id=None,
    warehouse_id=UUID(int=31),
    price_list_id=UUID(int=32),
    price=Decimal(100),
    price_version=7,
    discount_pct=Decimal(0),
    min_amount=Decimal(0),
)
LINE = LineFacts(
    id=UUID(int=40),
    place=1,
    product_id=UUID(int=41),
    sku="AL-1",
    mode="packaged",
    quantity=Decimal(4),
    lot=Lot(Decimal(4)),
    offer=OFFER,
    refusal=None,
    free=Decimal(100),
    amounts=Amounts(net=Decimal(400), vat=Decimal(64), gross=Decimal(464), kg=Decimal(10)),
)
CREDIT = CreditFacts(left=Decimal(1000), limit=Decimal(5000), used=Decimal(4000), overdue_days=0, forbids_overdue=True)
PICKUP = PickupFacts(
    plate="123 ABC 02",
    driver_name="Driver",
    driver_document="012345678",
    proxy_number="5",
    proxy_date=TODAY,
    proxy_valid_to=SOON,
)
ORDER = OrderFacts(
    contract=CONTRACT,
    counterparty_id=BUYER,
    address=ADDRESS,
    delivery="delivery",
    ship_on=SOON,
    lines=(LINE,),
    credit=CREDIT,
    pickup=None,
)
BULK = Lot(Decimal("0.001"), (Decimal("5.220"), Decimal("5.220"), Decimal("6.960")))


def with_line(**changes: object) -> OrderFacts:
    """Change the one line."""
    return replace(ORDER, lines=(replace(LINE, **changes),))


def with_offer(**changes: object) -> OrderFacts:
    """Change the offer of the one line."""
    return with_line(offer=replace(OFFER, **changes))


def with_contract(**changes: object) -> OrderFacts:
    """Change the contract."""
    return replace(ORDER, contract=replace(CONTRACT, **changes))


def with_credit(**changes: object) -> OrderFacts:
    """Change the credit."""
    return replace(ORDER, credit=replace(CREDIT, **changes))


def picked_up(**changes: object) -> OrderFacts:
    """Come for the goods oneself."""
    return replace(ORDER, delivery="pickup", address=None, pickup=replace(PICKUP, **changes))


def with_rail(order: OrderFacts) -> OrderFacts:
    """Send it to a station."""
    return replace(order, address=replace(ADDRESS, is_rail=True))


def test_a_sound_order_has_no_problem() -> None:
    assert find_problems(ORDER, TODAY) == []
    assert find_problems(picked_up(), TODAY) == []


PLENTY = Decimal(10**6)
WAGON = with_line(mode="rail_tank")
ELSEWHERE_COLLECTED = replace(with_offer(region_id=ELSEWHERE), delivery="pickup", pickup=PICKUP)
ONE_OF_NONE = with_line(quantity=Decimal(1), free=Decimal(-3), lot=Lot())
CASES: list[tuple[str, OrderFacts, list[tuple[str, str]]]] = [
    ("no contract", replace(ORDER, contract=None), [("contract_missing", "contract_id")]),
    ("contract closed", with_contract(is_live=False), [("contract_closed", "contract_id")]),
    ("no rate", with_contract(has_rate=False), [("contract_without_rate", "contract_id")]),
    ("no buyer", replace(ORDER, counterparty_id=None), [("counterparty_missing", "counterparty_id")]),
    ("another buyer", replace(ORDER, counterparty_id=CONSIGNEE), [("counterparty_mismatch", "counterparty_id")]),
    ("no address", replace(ORDER, address=None), [("address_missing", "address_id")]),
    ("no date", replace(ORDER, ship_on=None), [("ship_date_missing", "ship_on")]),
    ("yesterday", replace(ORDER, ship_on=TODAY - timedelta(1)), [("ship_date_past", "ship_on")]),
    ("today", replace(ORDER, ship_on=TODAY), []),
    ("the contract's last day", with_contract(valid_to=SOON), []),
    ("a day beyond", with_contract(valid_to=SOON - timedelta(1)), [("ship_date_beyond_contract", "ship_on")]),
    ("the contract's first day", with_contract(valid_from=SOON), []),
    ("a day before", with_contract(valid_from=SOON + timedelta(1)), [("ship_date_before_contract", "ship_on")]),
    ("an open contract", with_contract(valid_from=None, valid_to=None), []),
    ("nothing in it", replace(ORDER, lines=()), [("no_lines", "lines")]),
    ("pasted lines wait", replace(ORDER, unread_lines=2), [("unread_lines", "lines")]),
    ("blocked", with_line(offer=None, refusal="product_blocked"), [("product_blocked", "lines[0].product_id")]),
    ("no price", with_line(offer=None, refusal="no_price"), [("no_price", "lines[0].product_id")]),
    ("unknown why", with_line(offer=None), [("not_in_contract", "lines[0].product_id")]),
    ("delivers to the city", with_offer(region_id=CITY), []),
    ("delivers to the country", with_offer(region_id=COUNTRY), []),
    ("delivers elsewhere", with_offer(region_id=ELSEWHERE), [("region_not_allowed", "lines[0].product_id")]),
    ("zero", with_line(quantity=Decimal(0)), [("quantity_not_positive", "lines[0].quantity")]),
    ("negative", with_line(quantity=Decimal(-4)), [("quantity_not_positive", "lines[0].quantity")]),
    ("too many", with_line(quantity=Decimal(100_004), free=PLENTY), [("quantity_too_large", "lines[0].quantity")]),
    ("the most", with_line(quantity=Decimal(100_000), free=PLENTY), []),
    ("half a pack", with_line(quantity=Decimal(6)), [("not_whole_packs", "lines[0].quantity")]),
    ("all there is", with_line(free=Decimal(4)), []),
    ("not enough", with_line(free=Decimal("3.999")), [("no_stock", "lines[0].quantity")]),
    ("less than nothing", with_line(free=Decimal(-5)), [("no_stock", "lines[0].quantity")]),
    ("just the minimum", with_offer(min_amount=Decimal(400)), []),
    ("below the minimum", with_offer(min_amount=Decimal("400.01")), [("below_minimum", "lines")]),
    ("all the credit", with_credit(left=Decimal(464)), []),
    ("a tiyn over", with_credit(left=Decimal("463.99")), [("over_credit", "")]),
    ("no limit", with_credit(left=None), []),
    ("no word of credit", replace(ORDER, credit=None), [("credit_unknown", "")]),
    ("overdue", with_credit(overdue_days=1), [("overdue", "")]),
    ("overdue is allowed", with_credit(overdue_days=9, forbids_overdue=False), []),
    ("no plate", picked_up(plate=""), [("plate_missing", "pickup.plate")]),
    ("no driver", picked_up(driver_name=""), [("driver_missing", "pickup.driver_name")]),
    ("no document", picked_up(driver_document=""), [("driver_document_missing", "pickup.driver_document")]),
    ("no proxy", picked_up(proxy_number=""), [("proxy_missing", "pickup.proxy_number")]),
    ("an endless proxy", picked_up(proxy_valid_to=None), [("proxy_end_missing", "pickup.proxy_valid_to")]),
    ("the proxy's last day", picked_up(proxy_valid_to=SOON), []),
    ("a dead proxy", picked_up(proxy_valid_to=SOON - timedelta(1)), [("proxy_ends_early", "pickup.proxy_valid_to")]),
    ("a proxy of that day", picked_up(proxy_date=SOON), []),
    ("a proxy to come", picked_up(proxy_date=SOON + timedelta(1)), [("proxy_starts_late", "pickup.proxy_date")]),
    ("an undated proxy", picked_up(proxy_date=None), []),
    ("an undated shipping", replace(picked_up(), ship_on=None), [("ship_date_missing", "ship_on")]),
    ("wagons by road", with_line(mode="rail_tank"), [("address_needs_rail", "address_id")]),
    ("wagons by rail", with_rail(with_line(mode="rail_tank")), []),
    ("wagons collected", replace(WAGON, delivery="pickup", pickup=PICKUP), [("rail_needs_delivery", "delivery")]),
    ("a tank truck by rail", with_rail(with_line(mode="tank_truck")), [("address_needs_road", "address_id")]),
    ("a tank truck by road", with_line(mode="tank_truck"), []),
    ("packages by rail", with_rail(ORDER), []),
    ("collected, so delivery regions do not matter", ELSEWHERE_COLLECTED, []),
    ("half a tonne", with_line(quantity=Decimal("0.5"), lot=Lot(Decimal("0.001"))), []),
    ("one, and none there", ONE_OF_NONE, [("no_stock", "lines[0].quantity")]),
    ("nothing asked of nothing", with_line(quantity=Decimal(0), free=Decimal(-1)),
     [("quantity_not_positive", "lines[0].quantity")]),
    ("no contract, so no credit", replace(ORDER, contract=None, credit=None), [("contract_missing", "contract_id")]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "order", "expected"), CASES, ids=[case for case, _, _ in CASES])
def test_each_obstacle_in_its_place(case: str, order: OrderFacts, expected: list[tuple[str, str]]) -> None:
    assert [(one.code, one.field) for one in find_problems(order, TODAY)] == expected, case


@pytest.mark.parametrize(("case", "order", "expected"), CASES, ids=[case for case, _, _ in CASES])
def test_every_sentence_gets_its_figures(case: str, order: OrderFacts, expected: list[tuple[str, str]]) -> None:
    assert len(expected) <= 1, case
    for problem in find_problems(order, TODAY):
        wanted = {one[1] for one in re.finditer(r"%\((\w+)\)", WORDING[problem.code])}
        assert wanted <= problem.params.keys(), problem
        assert "None" not in problem.params.values(), problem
        assert all(problem.params[name] for name in wanted), problem


def test_a_missing_vehicle_lists_everything_that_is_missing() -> None:
    order = replace(ORDER, delivery="pickup", address=None)
    assert [one.code for one in find_problems(order, TODAY)] == [
        "plate_missing", "driver_missing", "driver_document_missing", "proxy_missing",
    ]  # fmt: skip


def test_an_empty_draft_lists_everything_at_once() -> None:
    empty = OrderFacts(
        contract=None, counterparty_id=None, address=None, delivery="delivery", ship_on=None, lines=(), credit=None,
        pickup=None,
    )  # fmt: skip
    assert [one.code for one in find_problems(empty, TODAY)] == [
        "contract_missing", "address_missing", "ship_date_missing", "no_lines",
    ]  # fmt: skip


def test_everything_wrong_at_once_is_told_in_the_order_of_the_steps() -> None:
    bad = replace(LINE, quantity=Decimal(6), free=Decimal(1), offer=replace(OFFER, min_amount=Decimal(9999)))
    order = replace(
        ORDER, counterparty_id=None, address=None, ship_on=TODAY - timedelta(1), lines=(bad,), unread_lines=1,
        credit=replace(CREDIT, left=Decimal(1), overdue_days=3),
    )  # fmt: skip
    assert [one.code for one in find_problems(order, TODAY)] == [
        "counterparty_missing", "address_missing", "ship_date_past", "unread_lines", "not_whole_packs", "no_stock",
        "below_minimum", "overdue", "over_credit",
    ]  # fmt: skip


def test_a_closed_contract_is_not_told_again_at_every_line() -> None:
    order = replace(with_line(offer=None, refusal="agreement_closed"), contract=replace(CONTRACT, is_live=False))
    assert [one.code for one in find_problems(order, TODAY)] == ["contract_closed"]


def test_lines_of_one_product_share_its_stock() -> None:
    second = replace(LINE, id=UUID(int=50), place=2, quantity=Decimal(8))
    order = replace(ORDER, lines=(replace(LINE, free=Decimal(10)), replace(second, free=Decimal(10))))
    assert find_problems(order, TODAY) == [
        Problem("no_stock", "lines[1].quantity", {"sku": "AL-1", "free": "6", "asked": "8", "fits": "4"})
    ]


def test_stock_of_another_warehouse_is_another_stock() -> None:
    second = replace(LINE, id=UUID(int=50), offer=replace(OFFER, warehouse_id=UUID(int=99)), free=Decimal(4))
    order = replace(ORDER, lines=(replace(LINE, free=Decimal(4)), second))
    assert find_problems(order, TODAY) == []


def test_goods_that_travel_otherwise_are_named_by_their_line() -> None:
    wagon = replace(LINE, id=UUID(int=50), mode="rail_tank", sku="AL-W")
    assert find_problems(replace(ORDER, lines=(LINE, wagon)), TODAY) == [
        Problem("mixed_modes", "lines[1].product_id", {"sku": "AL-W"})
    ]


def test_a_problem_says_the_figures_a_fix_needs() -> None:
    [packs] = find_problems(with_line(quantity=Decimal(6)), TODAY)
    assert packs.params == {"sku": "AL-1", "multiple": "4", "below": "4", "above": "8"}
    [negative] = find_problems(with_line(quantity=Decimal(-1)), TODAY)
    assert negative.params == {"sku": "AL-1"}
    [large] = find_problems(with_line(quantity=Decimal(100_001), free=PLENTY), TODAY)
    assert large.params == {"sku": "AL-1", "maximum": "100000"}
    [first] = find_problems(with_line(quantity=Decimal(3)), TODAY)
    assert (first.params["below"], first.params["above"]) == ("", "4")
    [bulk] = find_problems(with_line(quantity=Decimal(11), lot=BULK), TODAY)
    assert (bulk.code, bulk.params["below"], bulk.params["above"]) == ("not_whole_compartments", "10.44", "12.18")
    [stock] = find_problems(with_line(quantity=Decimal(12), free=Decimal(11)), TODAY)
    assert stock.params == {"sku": "AL-1", "free": "11", "asked": "12", "fits": "8"}
    [none] = find_problems(with_line(free=Decimal(3)), TODAY)
    assert none.params["fits"] == ""
    [nothing] = find_problems(ONE_OF_NONE, TODAY)
    assert (nothing.params["free"], nothing.params["asked"]) == ("0", "1")
    [minimum] = find_problems(with_offer(min_amount=Decimal(500)), TODAY)
    assert minimum.params == {"number": "A-1", "amount": "400", "minimum": "500", "currency": "KZT"}
    [over] = find_problems(with_credit(left=Decimal(400)), TODAY)
    assert over.params == {"over": "64", "left": "400", "limit": "5000", "currency": "KZT"}
    unknown = find_problems(replace(with_offer(min_amount=Decimal(500)), contract=None), TODAY)
    assert [one.params.get("currency") for one in unknown] == [None, ""]
    [beyond] = find_problems(with_contract(valid_to=SOON - timedelta(1)), TODAY)
    assert beyond.params == {"number": "KZ-1", "date": "2026-03-09"}


def test_each_agreement_has_its_minimum_of_its_own_lines_as_the_erp_counts_it() -> None:
    offer = replace(OFFER, agreement_id=UUID(int=33), agreement_number="A-2", min_amount=Decimal(401))
    other = replace(LINE, id=UUID(int=50), product_id=UUID(int=51), offer=offer)
    order = replace(ORDER, lines=(LINE, other), credit=replace(CREDIT, left=None))
    [below] = find_problems(order, TODAY)
    assert (below.code, below.params["number"], below.params["amount"]) == ("below_minimum", "A-2", "400")
    more = replace(other, id=UUID(int=52), product_id=UUID(int=53))
    assert find_problems(replace(order, lines=(LINE, other, more)), TODAY) == []


def test_only_credit_may_be_waved_through() -> None:
    assert {"over_credit", "overdue", "credit_unknown"} == NEEDS_APPROVAL
