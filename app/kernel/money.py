"""Money as Decimal, rounded half up to the minor unit of its currency.

Source: rule R18 and ISO 4217; the ERP checks every figure of an order to the same digit. Pages write UZS and
MNT without minor digits, as people there do; that is a matter of showing, not of counting.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

MINOR_DIGITS: Final[dict[str, int]] = {
    "KZT": 2,
    "KGS": 2,
    "TJS": 2,
    "CNY": 2,
    "UZS": 2,
    "MNT": 2,
    "TMT": 2,
    "RUB": 2,
    "USD": 2,
}

# What people there write: a price in UZS or MNT without minor digits.
SHOWN_DIGITS: Final[dict[str, int]] = {**MINOR_DIGITS, "UZS": 0, "MNT": 0}

# What people of a country count in (ISO 3166 alpha-2); a price in another currency is a price from abroad.
HOME_CURRENCIES: Final[dict[str, str]] = {
    "KZ": "KZT",
    "KG": "KGS",
    "TJ": "TJS",
    "CN": "CNY",
    "UZ": "UZS",
    "MN": "MNT",
    "TM": "TMT",
    "RU": "RUB",
}


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's minor unit.

    Raises:
        KeyError: the currency is not traded here.
    """
    return amount.quantize(Decimal(1).scaleb(-MINOR_DIGITS[currency]), rounding=ROUND_HALF_UP)


def round_quantity(quantity: Decimal) -> Decimal:
    """Round a converted mass or volume half up to 3 decimals, as R18 asks before pricing it."""
    return quantity.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
