"""Whole packs, whole compartments, and what lies nearest to anything else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orders.rules.quantities import Lot, compartment_tonnes, fit_into, is_whole, mode_of_package, neighbours
from app.orders.rules.units import in_order_units

QUANTITIES = st.decimals(min_value="0.001", max_value="100000", places=3)
MULTIPLES = st.decimals(min_value="0.001", max_value="5000", places=3)
TANKS = st.lists(st.decimals(min_value="0.5", max_value="70", places=3), min_size=1, max_size=6)


def D(text: str) -> Decimal:  # noqa: N802 - short on purpose in tables
    return Decimal(text)


@pytest.mark.parametrize(
    ("quantity", "multiple", "below", "above"),
    [
        ("12", "4", "12", "12"), ("13", "4", "12", "16"), ("3", "4", None, "4"), ("4", "4", "4", "4"),
        ("0.5", "0.5", "0.5", "0.5"), ("0.7", "0.5", "0.5", "1"), ("1", "1", "1", "1"), ("1.5", "1", "1", "2"),
    ],
)  # fmt: skip
def test_packs(quantity: str, multiple: str, below: str | None, above: str) -> None:
    found = neighbours(D(quantity), Lot(D(multiple)))
    assert (found.below, found.above) == (D(below) if below else None, D(above))


@pytest.mark.parametrize(
    ("quantity", "below", "above"),
    [
        ("5.220", "5.220", "5.220"), ("5.221", "5.220", "6.960"), ("1", None, "5.220"), ("10.440", "10.440", "10.440"),
        ("12", "10.440", "12.180"), ("17.400", "17.400", "17.400"), ("17.401", "17.400", "22.620"),
        ("34.800", "34.800", "34.800"), ("40.020", "40.020", "40.020"),
    ],
)  # fmt: skip
def test_compartments_of_one_vehicle_after_whole_vehicles(quantity: str, below: str | None, above: str) -> None:
    found = neighbours(D(quantity), Lot(D("0.001"), (D("5.220"), D("5.220"), D("6.960"))))
    assert (found.below, found.above) == (D(below) if below else None, D(above))


@given(QUANTITIES, MULTIPLES)
def test_neighbours_of_packs_are_whole_and_close(quantity: Decimal, multiple: Decimal) -> None:
    lot = Lot(multiple)
    around = neighbours(quantity, lot)
    assert around.above % multiple == 0
    assert quantity <= around.above < quantity + multiple
    assert around.below is None or (around.below % multiple == 0 and quantity - multiple < around.below <= quantity)
    assert is_whole(quantity, lot) == (quantity % multiple == 0)
    assert is_whole(around.above, lot)


@given(QUANTITIES, TANKS)
def test_neighbours_of_bulk_are_whole_and_enclose(quantity: Decimal, tanks: list[Decimal]) -> None:
    lot = Lot(D("0.001"), tuple(tanks))
    around = neighbours(quantity, lot)
    assert around.above >= quantity
    assert around.below is None or 0 < around.below <= quantity
    assert is_whole(around.above, lot)
    assert around.below is None or is_whole(around.below, lot)
    assert around.above - quantity < sum(tanks), "a whole vehicle more is never needed"


@given(QUANTITIES, TANKS)
def test_what_fits_into_the_stock_is_whole_and_not_more(free: Decimal, tanks: list[Decimal]) -> None:
    fits = fit_into(free, Lot(D("0.001"), tuple(tanks)))
    assert fits is None or (fits <= free and is_whole(fits, Lot(D("0.001"), tuple(tanks))))
    assert (fits is None) == (free < min(tanks))


def test_nothing_fits_into_nothing() -> None:
    assert [fit_into(D(free), Lot(D("1"))) for free in ("0", "-5", "0.0009", "0.999", "1")] == [
        None,
        None,
        None,
        None,
        D("1"),
    ]
    assert fit_into(D("0.001"), Lot(D("0.001"))) == D("0.001")
    assert fit_into(D("-5"), Lot(D("0.001"), (D("5.220"), D("6.960")))) is None


def test_compartments_weigh_what_they_hold() -> None:
    assert compartment_tonnes((D("6000"), D("0"), D("6000.5")), D("0.8700")) == (D("5.220"), D("5.220"))
    assert compartment_tonnes((D("6000"),), None) == ()
    assert compartment_tonnes((D("1"),), D("1")) == (D("0.001"),)


@pytest.mark.parametrize(
    ("package", "mode"),
    [
        ("tank_truck", "tank_truck"),
        ("rail_tank", "rail_tank"),
        ("drum", "packaged"),
        ("ibc", "packaged"),
        ("", "packaged"),
    ],
)
def test_goods_travel_as_they_are_packed(package: str, mode: str) -> None:
    assert mode_of_package(package) == mode


@pytest.mark.parametrize(
    ("quantity", "unit", "wanted", "found"),
    [
        ("12", "", "piece", "12"), ("12", "piece", "piece", "12"), ("20", "t", "t", "20"), ("20000", "kg", "t", "20"),
        ("100", "kg", "piece", "6"), ("1", "t", "piece", "58"), ("205", "l", "piece", "11"), ("5", "piece", "t", None),
        ("5", "l", "t", None), ("17.4", "kg", "piece", "1"),
    ],
)  # fmt: skip
def test_other_units_become_the_orders_own(quantity: str, unit: str, wanted: str, found: str | None) -> None:
    converted = in_order_units(D(quantity), unit, wanted, net_kg=D("17.4"), volume_l=D("20"))
    assert converted == (None if found is None else D(found))


def test_a_unit_nothing_tells_of_is_not_guessed() -> None:
    assert in_order_units(D("5"), "l", "piece", net_kg=D("180"), volume_l=D("0")) is None
    assert in_order_units(D("5"), "kg", "piece", net_kg=D("0"), volume_l=D("20")) is None
    assert in_order_units(D("5"), "kg", "piece", net_kg=D("0.5"), volume_l=D("0")) == 10
    assert in_order_units(D("5"), "l", "piece", net_kg=D("0"), volume_l=D("0.5")) == 10
