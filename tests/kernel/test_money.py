"""Rule R18: money is rounded half up to the currency's minor unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.money import MINOR_DIGITS, round_money, round_quantity


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "KZT", "0.01"),
        ("0.015", "KZT", "0.02"),  # half-even would say 0.02 too
        ("0.025", "KZT", "0.03"),  # half-even would say 0.02
        ("-0.005", "USD", "-0.01"),
        ("2.675", "RUB", "2.68"),  # a float would say 2.67
        ("10.505", "UZS", "10.51"),
        ("10.4949", "MNT", "10.49"),
    ],
)
def test_halves_go_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert round_money(Decimal(amount), currency) == Decimal(rounded)


def test_a_currency_we_do_not_trade_is_refused() -> None:
    with pytest.raises(KeyError):
        round_money(Decimal(1), "EUR")


def test_every_traded_currency_has_its_minor_unit() -> None:
    assert set(MINOR_DIGITS) == {"KZT", "KGS", "TJS", "CNY", "UZS", "MNT", "TMT", "RUB", "USD"}


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6), st.sampled_from(sorted(MINOR_DIGITS)))
def test_rounding_moves_at_most_half_a_unit_and_is_stable(amount: Decimal, currency: str) -> None:
    rounded = round_money(amount, currency)
    assert abs(rounded - amount) <= Decimal(1).scaleb(-MINOR_DIGITS[currency]) / 2
    assert round_money(rounded, currency) == rounded
    assert round_money(-amount, currency) == -rounded


def test_a_converted_quantity_keeps_three_decimals() -> None:
    assert round_quantity(Decimal("17.39952")) == Decimal("17.400")
    assert round_quantity(Decimal("0.0005")) == Decimal("0.001")
