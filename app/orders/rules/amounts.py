"""Money and mass of lines and orders (R18): each step rounded, totals are sums of lines.

The ERP computes the same way and refuses an order that differs by one tiyn.
"""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from app.catalog.rules import price_line
from app.kernel.money import round_quantity

_ZERO = Decimal(0)


class Amounts(Struct, frozen=True):
    """What a line, or a whole order, costs and weighs. ``listed - discount = net``; ``net + vat = gross``."""

    listed: Decimal = _ZERO  # at the price list's price, without VAT
    discount: Decimal = _ZERO
    net: Decimal = _ZERO  # without VAT
    vat: Decimal = _ZERO
    gross: Decimal = _ZERO
    kg: Decimal = _ZERO  # net mass

    def __add__(self, other: "Amounts") -> "Amounts":
        """Add figure by figure; sums are never computed again from quantities."""
        return Amounts(
            self.listed + other.listed,
            self.discount + other.discount,
            self.net + other.net,
            self.vat + other.vat,
            self.gross + other.gross,
            self.kg + other.kg,
        )


class Price(Struct, frozen=True):
    """The terms one line is priced by: per order unit, without VAT; per cents as 16, not 0.16."""

    amount: Decimal
    discount_pct: Decimal
    vat_pct: Decimal
    currency: str


def line_amounts(quantity: Decimal, unit_kg: Decimal, price: Price) -> Amounts:
    """Price a quantity in order units; ``unit_kg`` is the net mass of one."""
    line = price_line(quantity, price.amount, price.discount_pct, price.vat_pct, price.currency)
    return Amounts(line.base, line.discount, line.net, line.vat, line.gross, round_quantity(quantity * unit_kg))


def total(lines: Iterable[Amounts]) -> Amounts:
    """Sum the lines of an order."""
    return sum(lines, start=Amounts())
