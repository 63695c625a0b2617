"""VAT rates by the day of supply."""

from datetime import date
from decimal import Decimal

import pytest

from app.kernel.vat import vat_percent


@pytest.mark.parametrize(
    ("country", "day", "percent"),
    [
        ("KZ", date(2025, 12, 31), "12"),
        ("KZ", date(2026, 1, 1), "16"),
        ("TJ", date(2026, 12, 30), "14"),
        ("TJ", date(2027, 1, 3), "13"),
        ("RU", date(2025, 12, 31), "20"),
        ("RU", date(2026, 1, 1), "22"),
        ("UZ", date(2026, 6, 1), "12"),
        ("KG", date(2026, 6, 1), "12"),
        ("CN", date(2026, 6, 1), "13"),
        ("MN", date(2026, 6, 1), "10"),
        ("TM", date(2026, 6, 1), "15"),
    ],
)
def test_the_rate_is_that_of_the_day_of_supply(country: str, day: date, percent: str) -> None:
    assert vat_percent(country, "domestic", day) == Decimal(percent)


@pytest.mark.parametrize("regime", ["export", "eaeu"])
def test_goods_that_leave_the_country_bear_none(regime: str) -> None:
    assert vat_percent("KZ", regime, date(2026, 6, 1)) == Decimal(0)


def test_an_unknown_country_is_never_guessed() -> None:
    with pytest.raises(KeyError):
        vat_percent("XX", "domestic", date(2026, 6, 1))
