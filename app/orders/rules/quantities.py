"""What quantities may be ordered (R4): whole packs of packaged goods, whole compartments of bulk.

Source: sales agreement, sections on packs and on bulk loading. Packaged goods are counted in pieces,
bulk in tonnes to three decimals.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Final, Literal

from msgspec import Struct

from app.kernel.money import round_quantity

Mode = Literal["packaged", "tank_truck", "rail_tank"]

# More than any plant fills in a year; keeps every sum of an order inside numeric(18,2).
MAX_QUANTITY: Final = Decimal(100_000)
_STEP: Final = Decimal("0.001")


class Lot(Struct, frozen=True):
    """How a product may be cut: in multiples, or by the compartments of one vehicle (tonnes each)."""

    multiple: Decimal = Decimal(1)
    compartments: tuple[Decimal, ...] = ()


class Neighbours(Struct, frozen=True):
    """The nearest quantities that may be ordered; ``below`` is None where there is none above zero."""

    below: Decimal | None
    above: Decimal


def mode_of_package(package: str) -> Mode:
    """Tell how goods of a package travel: drums, pails and the like are packaged."""
    match package:
        case "tank_truck" | "rail_tank":
            return package
        case _:
            return "packaged"


def compartment_tonnes(litres: Sequence[Decimal], density: Decimal | None) -> tuple[Decimal, ...]:
    """Turn compartments in litres into tonnes; unknown without a density (kg per litre)."""
    if density is None:
        return ()
    return tuple(round_quantity(one * density / 1000) for one in litres if one > 0)


def is_whole(quantity: Decimal, lot: Lot) -> bool:
    """Tell whether a quantity may be ordered as it stands."""
    around = neighbours(quantity, lot)
    return quantity in {around.below, around.above}


def neighbours(quantity: Decimal, lot: Lot) -> Neighbours:
    """Find the nearest allowed quantities around a positive one; both are it, if it is allowed."""
    if not lot.compartments:
        return _by_multiple(quantity, lot.multiple)
    return _by_compartment(quantity, lot.compartments)


def fit_into(free: Decimal, lot: Lot) -> Decimal | None:
    """Find the largest allowed quantity that free stock still covers; None where none is."""
    return None if free < _STEP else neighbours(free, lot).below


def _by_multiple(quantity: Decimal, multiple: Decimal) -> Neighbours:
    times = (quantity / multiple).to_integral_value(ROUND_FLOOR)
    below = times * multiple
    above = below if below == quantity else below + multiple
    return Neighbours(below if below > 0 else None, above)


def _by_compartment(quantity: Decimal, compartments: Sequence[Decimal]) -> Neighbours:
    # Whole vehicles first, then any set of compartments of one more vehicle.
    vehicle = sum(compartments, start=Decimal(0))
    whole = (quantity / vehicle).to_integral_value(ROUND_FLOOR) * vehicle
    loads = {whole}
    for one in compartments:
        loads |= {load + one for load in loads}
    below = max((load for load in loads if 0 < load <= quantity), default=None)
    return Neighbours(below, min(load for load in loads if load >= quantity and load > 0))
