"""Quantities people write in another unit than the one a product is ordered in."""

from decimal import ROUND_CEILING, Decimal
from typing import Final

_KG_PER_T: Final = Decimal(1000)


def in_order_units(quantity: Decimal, unit: str, wanted: str, net_kg: Decimal, volume_l: Decimal) -> Decimal | None:
    """Convert to order units (``piece`` or ``t``), whole pieces rounded up; None where nothing tells how.

    ``net_kg`` and ``volume_l`` are of one order unit; an empty ``unit`` means the order's own.
    """
    if unit in {"", wanted}:
        return quantity
    kg = quantity * _KG_PER_T if unit == "t" else quantity if unit == "kg" else None
    if wanted == "t":
        return None if kg is None else kg / _KG_PER_T
    if kg is not None and net_kg > 0:
        return (kg / net_kg).to_integral_value(ROUND_CEILING)
    if unit == "l" and volume_l > 0:
        return (quantity / volume_l).to_integral_value(ROUND_CEILING)
    return None
