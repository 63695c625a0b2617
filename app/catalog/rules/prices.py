"""Prices as a buyer is charged them, and quantities as they are packed. Pure: no clock, no database.

Source: rule R18 and surface H of the ERP, which checks every figure of an order by the same formulas:
sum = round(quantity x price) - round(that x discount / 100); VAT = round(sum x rate / 100); half up.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Final, Literal

from msgspec import Struct

from app.kernel.money import round_money, round_quantity

Unit = Literal["piece", "t"]
StockState = Literal["plenty", "few", "none", "unknown"]

HUNDRED: Final = Decimal(100)
KG_PER_TONNE: Final = Decimal(1000)
# Fewer than this many of what one usually takes, and the page says how many are left.
_FEW_PACKS: Final = Decimal(10)


class LinePrice(Struct, frozen=True):
    """What one line costs; ``net`` is after discount and without VAT, ``gross`` is what is paid."""

    base: Decimal  # quantity x list price
    discount: Decimal
    net: Decimal
    vat: Decimal
    gross: Decimal


class Totals(Struct, frozen=True):
    """Sums of lines; every surface adds the same rounded figures (R18)."""

    net: Decimal
    vat: Decimal
    gross: Decimal


class Fill(Struct, frozen=True):
    """What one order unit of a product holds; ``density`` is kg per litre."""

    unit: Unit
    volume_l: Decimal  # 0 where the product is sold by mass
    net_kg: Decimal
    density: Decimal | None


class UnitPrice(Struct, frozen=True):
    """The contract price of one order unit and what it means per litre and per kg, for comparing packages."""

    net: Decimal
    gross: Decimal
    per_litre: Decimal | None  # without VAT; None where nobody sells this by the litre
    per_kg: Decimal | None  # without VAT


class ComparedPrice(Struct, frozen=True):
    """A price without VAT of one litre or one kg."""

    amount: Decimal
    unit: Literal["l", "kg"]


def price_line(quantity: Decimal, price: Decimal, discount_pct: Decimal, vat_pct: Decimal, currency: str) -> LinePrice:
    """Price a line: ``price`` is the list price of one order unit without VAT, percents are 0 to 100."""
    base = round_money(quantity * price, currency)
    discount = round_money(base * discount_pct / HUNDRED, currency)
    net = base - discount
    vat = round_money(net * vat_pct / HUNDRED, currency)
    return LinePrice(base=base, discount=discount, net=net, vat=vat, gross=net + vat)


def add_up(lines: Sequence[LinePrice]) -> Totals:
    """Add rounded lines; totals are never rounded again."""
    return Totals(
        net=sum((line.net for line in lines), Decimal(0)),
        vat=sum((line.vat for line in lines), Decimal(0)),
        gross=sum((line.gross for line in lines), Decimal(0)),
    )


def price_unit(price: Decimal, discount_pct: Decimal, vat_pct: Decimal, currency: str, fill: Fill) -> UnitPrice:
    """Give the contract price of one unit; figures per litre and kg come from the rounded price a buyer sees."""
    line = price_line(Decimal(1), price, discount_pct, vat_pct, currency)
    litres = litres_of(Decimal(1), fill)
    kg = kg_of(Decimal(1), fill)
    return UnitPrice(
        net=line.net,
        gross=line.gross,
        per_litre=round_money(line.net / litres, currency) if litres else None,
        per_kg=round_money(line.net / kg, currency) if kg else None,
    )


def net_price(price: Decimal, discount_pct: Decimal, currency: str) -> Decimal:
    """Give the contract price of one order unit without VAT, as ``price_line`` charges it."""
    base = round_money(price, currency)
    return base - round_money(base * discount_pct / HUNDRED, currency) if discount_pct else base


def compared_price(net: Decimal, currency: str, fill: Fill) -> ComparedPrice | None:
    """Give the price packages are compared by: a litre where volume tells, else a kg; bulk by the kg it is sold in."""
    litres = None if fill.unit == "t" else litres_of(Decimal(1), fill)
    if litres:
        return ComparedPrice(round_money(net / litres, currency), "l")
    kg = kg_of(Decimal(1), fill)
    return ComparedPrice(round_money(net / kg, currency), "kg") if kg else None


def kg_of(quantity: Decimal, fill: Fill) -> Decimal:
    """Give the net mass of a quantity of order units, rounded to 3 decimals before anybody prices it."""
    return round_quantity(quantity * (KG_PER_TONNE if fill.unit == "t" else fill.net_kg))


def litres_of(quantity: Decimal, fill: Fill) -> Decimal | None:
    """Give the volume of a quantity of order units; None where neither label nor density tells it.

    Bulk is sold by mass, so its litres come from the density; a grease has none.
    """
    if fill.volume_l:
        return round_quantity(quantity * fill.volume_l)
    if fill.density:
        return round_quantity(kg_of(quantity, fill) / fill.density)
    return None


def is_whole_packs(quantity: Decimal, multiple: Decimal) -> bool:
    """Whether a quantity is made of whole packs (R4)."""
    return quantity > 0 and quantity % multiple == 0


def nearest_whole_packs(quantity: Decimal, multiple: Decimal) -> Decimal:
    """Round up to whole packs: the one-click fix for a quantity that is not."""
    packs = (quantity / multiple).to_integral_value(ROUND_CEILING)
    return max(packs, Decimal(1)) * multiple


def stock_state(free: Decimal | None, pack_multiple: Decimal, per_pallet: int) -> StockState:
    """Say how a stock figure reads to a buyer; an ERP's negative figure is simply none."""
    if free is None:
        return "unknown"
    if free < pack_multiple:
        return "none"
    few = max(Decimal(per_pallet), _FEW_PACKS * pack_multiple)
    return "few" if free < few else "plenty"
