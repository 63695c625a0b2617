"""Sums, meters, states, plates and searches."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.orders.rules.amounts import Amounts, Price, line_amounts, total
from app.orders.rules.figures import plain
from app.orders.rules.meters import TRUCK_KG, PlanMeter, credit_meter, load_meter, plan_meter
from app.orders.rules.plates import is_known_shape, plate_key
from app.orders.rules.search import read_query
from app.orders.rules.states import CANCELLABLE, STATES_OF_VIEW, TURN, State, cancelled_state, state_of_erp
from tests.orders.rules.test_obstacles import BULK, CREDIT, LINE, ORDER, TODAY

KZT = Price(Decimal("12500.0000"), Decimal("3.00"), Decimal(16), "KZT")


def test_a_line_costs_what_the_erp_says_it_costs() -> None:
    """The example of surface H: 24 at 12,500 less 3 %, VAT 16 %."""
    assert line_amounts(Decimal(24), Decimal("17.4"), KZT) == Amounts(
        listed=Decimal("300000.00"), discount=Decimal("9000.00"), net=Decimal("291000.00"), vat=Decimal("46560.00"),
        gross=Decimal("337560.00"), kg=Decimal("417.600"),
    )  # fmt: skip


@given(
    st.decimals(min_value="0.001", max_value="100000", places=3),
    st.decimals(min_value=0, max_value="10000000", places=4),
    st.decimals(min_value=0, max_value=100, places=2),
    st.sampled_from([Decimal(0), Decimal(12), Decimal(16)]),
    st.sampled_from(["KZT", "USD", "MNT"]),
)
def test_every_step_is_rounded_and_sums_add_up(
    quantity: Decimal, amount: Decimal, discount: Decimal, vat: Decimal, currency: str
) -> None:
    line = line_amounts(quantity, Decimal("17.4"), Price(amount, discount, vat, currency))
    assert line.listed - line.discount == line.net
    assert line.net + line.vat == line.gross
    assert all(one == round(one, 2) for one in (line.listed, line.discount, line.net, line.vat, line.gross))
    assert 0 <= line.net <= line.listed
    assert total([line, line, line]) == line + line + line
    assert total([]) == Amounts()


def test_sums_add_figure_by_figure() -> None:
    one = Amounts(Decimal(1), Decimal(2), Decimal(3), Decimal(4), Decimal(5), Decimal(6))
    assert total([one, one]) == Amounts(Decimal(2), Decimal(4), Decimal(6), Decimal(8), Decimal(10), Decimal(12))


def test_the_load_counts_vehicles_and_the_room_in_the_last() -> None:
    line = replace(LINE, quantity=Decimal(100))
    found = load_meter([line], {LINE.product_id: Decimal(250)})
    assert found is not None
    assert (found.kg, found.vehicles, found.capacity_kg, found.room_kg) == (25_000, 2, 2 * TRUCK_KG, 15_000)
    full = load_meter([line], {LINE.product_id: Decimal(200)})
    assert full is not None
    assert (full.vehicles, full.room_kg, full.share) == (1, 0, 1)
    assert load_meter([], {}) is None


def test_a_tank_is_as_large_as_its_compartments() -> None:
    line = replace(LINE, mode="tank_truck", quantity=Decimal("10.44"), lot=BULK)
    found = load_meter([line], {LINE.product_id: Decimal(1000)})
    assert found is not None
    assert (found.kg, found.capacity_kg, found.vehicles) == (Decimal(10_440), Decimal(17_400), 1)
    assert load_meter([replace(line, lot=LINE.lot)], {LINE.product_id: Decimal(1000)}) is None


def test_the_credit_counts_this_order() -> None:
    found = credit_meter(ORDER)
    assert found is not None
    assert (found.limit, found.used, found.after, found.share, found.currency) == (
        5000, 4000, Decimal(536), Decimal("0.8928"), "KZT",
    )  # fmt: skip
    over = credit_meter(replace(ORDER, credit=replace(CREDIT, left=Decimal(400))))
    assert over is not None
    assert over.after == -64
    assert credit_meter(replace(ORDER, credit=replace(CREDIT, left=None))) is None
    assert credit_meter(replace(ORDER, credit=None)) is None
    small = credit_meter(replace(ORDER, credit=replace(CREDIT, left=Decimal(1), limit=Decimal(1))))
    assert small is not None
    assert small.share == 464


@pytest.mark.parametrize(("left", "share"), [("0", 1), ("463.5", 1), ("464", 0), ("465", 0)])
def test_a_contract_without_any_credit_is_full_at_once(left: str, share: int) -> None:
    found = credit_meter(replace(ORDER, credit=replace(CREDIT, left=Decimal(left), limit=Decimal(0))))
    assert found is not None
    assert found.share == share


def test_the_plan_counts_the_lines_of_this_order() -> None:
    oil, grease = UUID(int=1), UUID(int=2)
    plan, fact = {oil: Decimal(1000), grease: Decimal(500)}, {oil: Decimal(250)}
    found = plan_meter(TODAY, plan, fact, {oil: Decimal(500)})
    assert found is not None
    assert found == PlanMeter(TODAY, Decimal(1000), Decimal(250), Decimal(500), Decimal("0.75"))
    least = plan_meter(TODAY, {oil: Decimal(1)}, {}, {})
    assert least is not None
    assert least.share == 0
    whole = plan_meter(TODAY, plan, fact, {})
    assert whole is not None
    assert whole.planned_kg == 1500
    assert plan_meter(TODAY, plan, fact, {UUID(int=9): Decimal(1)}) is None
    assert plan_meter(TODAY, {oil: Decimal(0)}, fact, {}) is None


@pytest.mark.parametrize(
    ("stage", "state"),
    [
        ("ОжидаетсяСогласование", "accepted"), ("ГотовКОбеспечению", "accepted"),
        ("ОжидаетсяАвансДоОбеспечения", "accepted"), ("ОжидаетсяОбеспечение", "in_work"),
        ("ОжидаетсяПредоплатаДоОтгрузки", "in_work"), ("ГотовКОтгрузке", "loading"), ("ВПроцессеОтгрузки", "shipped"),
        ("ОжидаетсяОплатаПослеОтгрузки", "delivered"), ("ГотовКЗакрытию", "delivered"), ("Закрыт", "closed"),
        ("НечтоНовое", "accepted"), ("", "accepted"),
    ],
)  # fmt: skip
def test_the_erps_stage_becomes_a_state(stage: str, state: str) -> None:
    assert state_of_erp(stage, is_cancelled=False) == state
    assert state_of_erp(stage, is_cancelled=True) == "cancelled"


@pytest.mark.parametrize(
    ("state", "is_in_erp", "after"),
    [
        ("draft", False, "cancelled"), ("submitted", False, "cancelling"), ("accepted", True, "cancelling"),
        ("accepted", False, "cancelling"), ("in_work", False, "cancelling"),
        ("in_work", True, "cancelling"), ("needs_decision", False, "cancelled"), ("needs_decision", True, "cancelling"),
        ("loading", True, None), ("shipped", True, None), ("delivered", True, None), ("closed", True, None),
        ("cancelled", True, None), ("cancelling", True, None),
    ],
)  # fmt: skip
def test_what_a_cancellation_leads_to(state: State, is_in_erp: bool, after: State | None) -> None:
    assert cancelled_state(state, is_in_erp=is_in_erp) == after
    assert (state in CANCELLABLE) == (after is not None)


def test_every_state_has_a_view_and_a_turn() -> None:
    viewed = [state for states in STATES_OF_VIEW.values() for state in states]
    assert sorted([*viewed, "needs_decision"]) == sorted(TURN), "needs_decision has a view of its own"


@pytest.mark.parametrize(
    "plate",
    [
        "123 ABC 02", "123 AB 02", "12 ABC 02", "01 123 ABC", "01 A 123 BC", "1234 AB", "1234 AB 01",
        "1234 УБА", "А123ВС 777", "АВ1234 77", "粤B12345", "AB 1234 AG", "123abc02", "123-ABC-02",
    ],
)  # fmt: skip
def test_plates_of_the_region_are_known(plate: str) -> None:
    assert is_known_shape(plate)


@pytest.mark.parametrize("plate", ["", "ABC", "123 ABC 21", "123 ABC 00", "hello world", "1", "12345678901"])
def test_odd_plates_are_only_odd(plate: str) -> None:
    assert not is_known_shape(plate)


def test_one_plate_has_one_key_however_it_is_typed() -> None:
    assert {plate_key(one) for one in ("123 ABC 02", "123abc02", "123-АВС-02", " 123.ABC/02 ")} == {"123ABC02"}


@pytest.mark.parametrize(
    ("typed", "upper", "tail", "words"),
    [
        ("P-2026-0829131", "P-2026-0829131", 829131, "p-2026-0829131"),
        ("000123", "123", 123, "000123"), ("7", "7", 7, ""),
        ("  al-5w30  ", "AL-5W30", 30, "al-5w30"), ("Alpha", "ALPHA", None, "alpha"), ("ab", "AB", None, ""),
        ("abc", "ABC", None, "abc"), ("Alpha  Site", "ALPHA SITE", None, "alpha site"),
        ("0", "0", 0, ""),
    ],
)  # fmt: skip
def test_a_search_is_taken_apart(typed: str, upper: str, tail: int | None, words: str) -> None:
    query = read_query(typed)
    assert query is not None
    assert (query.upper, query.tail, query.words) == (upper, tail, words)
    assert query.text == " ".join(typed.split())
    assert query.upper < query.beyond


def test_nothing_typed_is_no_search() -> None:
    assert read_query("   ") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12", "12"),
        ("12.000", "12"),
        ("12.500", "12.5"),
        ("1E+3", "1000"),
        ("0.001", "0.001"),
        ("100", "100"),
        ("0", "0"),
    ],
)
def test_figures_are_written_plainly(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text
