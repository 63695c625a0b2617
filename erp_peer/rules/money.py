"""Rounding of money and the VAT of a day."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
ZERO = Decimal(0)

# country -> (first day, percent), newest first
_VAT: dict[str, tuple[tuple[dt.date, Decimal], ...]] = {
    "KZ": ((dt.date(2026, 1, 1), Decimal(16)), (dt.date.min, Decimal(12))),
    "TJ": ((dt.date(2027, 1, 1), Decimal(13)), (dt.date.min, Decimal(14))),
    "RU": ((dt.date(2026, 1, 1), Decimal(22)), (dt.date.min, Decimal(20))),
    "UZ": ((dt.date.min, Decimal(12)),),
    "KG": ((dt.date.min, Decimal(12)),),
    "CN": ((dt.date.min, Decimal(13)),),
    "MN": ((dt.date.min, Decimal(10)),),
    "TM": ((dt.date.min, Decimal(15)),),
}


def cents(value: Decimal) -> Decimal:
    """Round half up to two decimals; all our currencies have two."""
    return value.quantize(CENT, ROUND_HALF_UP)


def percent_of(value: Decimal, percent: Decimal) -> Decimal:
    """Rounded share of a sum."""
    return cents(value * percent / HUNDRED)


def vat_rate(country: str, regime: str, day: dt.date) -> Decimal:
    """Percent at the supply date; export and supplies inside the customs union are zero-rated."""
    if regime != "domestic":
        return ZERO
    return next(rate for start, rate in _VAT[country] if day >= start)


def line_sums(quantity: Decimal, price: Decimal, discount: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Sum of a line without VAT and its VAT: each step rounded by itself, as on paper."""
    gross = cents(quantity * price)
    amount = gross - percent_of(gross, discount)
    return amount, percent_of(amount, rate)
