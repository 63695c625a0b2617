"""Prices come out to the last digit as the ERP computes them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.rules import (
    ComparedPrice,
    Fill,
    add_up,
    compared_price,
    is_whole_packs,
    kg_of,
    litres_of,
    nearest_whole_packs,
    net_price,
    price_line,
    price_unit,
    stock_state,
)

D = Decimal
DRUM = Fill("piece", D(205), D("178.35"), D("0.8700"))
GREASE = Fill("piece", D(0), D("180"), None)
BULK = Fill("t", D(0), D(1000), D("0.8700"))


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "vat", "currency", "expected"),
    [
        # the example of surface H: 24 x 12500, 3 %, 16 %
        ("24.000", "12500.0000", "3.00", "16", "KZT", ("300000.00", "9000.00", "291000.00", "46560.00", "337560.00")),
        # halves go up: 0.125 -> 0.13, 1.005 -> 1.01
        ("1", "0.1250", "0", "0", "KZT", ("0.13", "0.00", "0.13", "0.00", "0.13")),
        ("1", "1.0050", "0", "0", "KZT", ("1.01", "0.00", "1.01", "0.00", "1.01")),
        # the discount is rounded by itself, not the sum after it
        ("3", "33.3350", "5", "12", "KZT", ("100.01", "5.00", "95.01", "11.40", "106.41")),
        ("22.125", "281400.5050", "2.50", "0", "KZT", ("6225986.17", "155649.65", "6070336.52", "0.00", "6070336.52")),
    ],
)
def test_a_line_costs(
    quantity: str, price: str, discount: str, vat: str, currency: str, expected: tuple[str, ...]
) -> None:
    line = price_line(D(quantity), D(price), D(discount), D(vat), currency)
    assert (line.base, line.discount, line.net, line.vat, line.gross) == tuple(D(one) for one in expected)


def test_totals_add_what_was_rounded() -> None:
    lines = [price_line(D(1), D("0.335"), D(0), D(16), "KZT") for _ in range(3)]
    assert [line.net for line in lines] == [D("0.34")] * 3
    totals = add_up(lines)
    assert (totals.net, totals.vat, totals.gross) == (D("1.02"), D("0.15"), D("1.17"))
    nothing = add_up([])
    assert [f"{one:f}" for one in (nothing.net, nothing.vat, nothing.gross)] == ["0"] * 3


@pytest.mark.parametrize(
    ("fill", "price", "per_litre", "per_kg"),
    [
        (DRUM, "291920", "1381.28", "1587.68"),
        (GREASE, "291920", None, "1573.12"),
        (BULK, "1376000", "1161.21", "1334.72"),
    ],
)
def test_a_price_compares_by_litre_and_by_kg(fill: Fill, price: str, per_litre: str | None, per_kg: str) -> None:
    unit = price_unit(D(price), D(3), D(16), "KZT", fill)
    assert unit.gross == unit.net + (unit.net * D("0.16")).quantize(D("0.01"))
    assert unit.per_litre == (None if per_litre is None else D(per_litre))
    assert unit.per_kg == D(per_kg)


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        (DRUM, ComparedPrice(D("1381.28"), "l")),
        (GREASE, ComparedPrice(D("1573.12"), "kg")),
        # litres by density are litres too; bulk is sold by mass, whatever its density
        (Fill("piece", D(0), D("178.35"), D("0.8700")), ComparedPrice(D("1381.28"), "l")),
        (BULK, ComparedPrice(D("283.16"), "kg")),
        (Fill("piece", D(0), D(0), None), None),
    ],
)
def test_packages_are_compared_by_the_litre_or_by_the_kg(fill: Fill, expected: ComparedPrice | None) -> None:
    assert compared_price(net_price(D(291920), D(3), "KZT"), "KZT", fill) == expected


def test_a_price_of_what_has_no_measure_compares_by_nothing() -> None:
    unit = price_unit(D(100), D(0), D(0), "KZT", Fill("piece", D(0), D(0), None))
    assert (unit.net, unit.per_litre, unit.per_kg) == (D(100), None, None)


MONEY = st.decimals(0, 10_000_000, places=4)


@given(MONEY, st.decimals(0, 100, places=2), st.sampled_from(["KZT", "USD", "UZS"]))
def test_the_price_of_one_is_what_a_line_of_one_costs(price: Decimal, discount: Decimal, currency: str) -> None:
    assert net_price(price, discount, currency) == price_line(D(1), price, discount, D(16), currency).net
    fill = Fill("piece", D(205), D("178.35"), None)
    unit, compared = price_unit(price, discount, D(0), currency, fill), ComparedPrice(D(0), "l")
    compared = compared_price(net_price(price, discount, currency), currency, fill) or compared
    assert (compared.amount, compared.unit) == (unit.per_litre, "l")


def test_converted_quantities_have_three_decimals() -> None:
    assert kg_of(D(7), DRUM) == D("1248.450")
    assert kg_of(D("22.1234"), BULK) == D("22123.400")
    assert kg_of(D(2), Fill("t", D(0), D(180), None)) == 2000, "a tonne is a tonne whatever a piece would weigh"
    assert litres_of(D(1), BULK) == D("1149.425")
    assert litres_of(D(2), DRUM) == D("410.000")
    assert litres_of(D(2), GREASE) is None


@pytest.mark.parametrize(
    ("quantity", "multiple", "whole", "nearest"),
    [
        ("8", "4", True, "8"),
        ("7", "4", False, "8"),
        ("0", "4", False, "4"),
        ("0.5", "1", False, "1"),
        ("5", "1", True, "5"),
        ("5", "4", False, "8"),
        ("0.5", "0.5", True, "0.5"),
    ],
)
def test_packs_stay_whole(quantity: str, multiple: str, whole: bool, nearest: str) -> None:
    assert is_whole_packs(D(quantity), D(multiple)) is whole
    assert nearest_whole_packs(D(quantity), D(multiple)) == D(nearest)


@pytest.mark.parametrize(
    ("free", "multiple", "per_pallet", "state"),
    [
        (None, "1", 4, "unknown"),
        ("-3", "1", 4, "none"),
        ("3", "4", 160, "none"),
        ("4", "4", 160, "few"),
        ("159", "4", 160, "few"),
        ("160", "4", 160, "plenty"),
        ("9", "1", 4, "few"),
        ("10", "1", 4, "plenty"),
        ("39", "4", 4, "few"),
        ("40", "4", 4, "plenty"),
    ],
)
def test_stock_reads(free: str | None, multiple: str, per_pallet: int, state: str) -> None:
    assert stock_state(None if free is None else D(free), D(multiple), per_pallet) == state
