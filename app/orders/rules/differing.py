"""What 1C:ERP has of an order against what the portal has: to the last digit (ERP-EXCHANGE 4.9, R18).

Lines that 1C cancelled, or shipped in part, are no difference: whoever calls has taken those over. Of bulk goods the
measured mass is the quantity once they have left, so that alone is none either.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

Figure = Literal["line", "product", "quantity", "price", "discount_pct", "vat_pct", "net", "vat", "gross", "currency"]

WHOLE: Final = 0  # the place of what differs in the order as a whole
_FIGURES: Final[tuple[Figure, ...]] = ("quantity", "price", "discount_pct", "vat_pct", "net", "vat")
# Whoever may not see what the order costs may still see what of it is to be moved.
OF_GOODS: Final[frozenset[Figure]] = frozenset({"line", "product", "quantity"})
_BULK: Final = "t"


class Line(Struct, frozen=True, kw_only=True):
    """One line on either side. Sums in the order's currency, per cents as 16, not 0.16."""

    place: int  # КодСтроки
    product_id: UUID
    quantity: Decimal
    price: Decimal  # of the list, per unit, without VAT
    discount_pct: Decimal
    vat_pct: Decimal
    net: Decimal
    vat: Decimal
    unit: str = "piece"  # or t
    shipped: Decimal = Decimal(0)
    is_cancelled: bool = False
    agreement_id: UUID | None = None
    price_list_id: UUID | None = None
    warehouse_id: UUID | None = None


class Version(Struct, frozen=True, kw_only=True):
    """An order on one side; ``gross`` and ``vat`` are of the lines that are not cancelled."""

    currency: str
    gross: Decimal
    vat: Decimal
    lines: tuple[Line, ...]

    @property
    def standing(self) -> dict[int, Line]:
        """Lines that are not cancelled, by place."""
        return {line.place: line for line in self.lines if not line.is_cancelled}


class Difference(Struct, frozen=True):
    """One figure that is another one there; an empty text is a line, or a product, that one side does not have."""

    place: int
    figure: Figure
    ours: str
    theirs: str


def find_differences(ours: Version, theirs: Version) -> list[Difference]:
    """List everything that differs, the order as a whole first, then line by line; an empty list means equal."""
    found = [
        Difference(WHOLE, "currency", ours.currency, theirs.currency),
        Difference(WHOLE, "vat", plain(ours.vat), plain(theirs.vat)),
        Difference(WHOLE, "gross", plain(ours.gross), plain(theirs.gross)),
    ]
    mine, other = ours.standing, theirs.standing
    for place in sorted(mine.keys() | other.keys()):
        found += _of_line(place, mine.get(place), other.get(place))
    return [one for one in found if one.ours != one.theirs]


def _of_line(place: int, ours: Line | None, theirs: Line | None) -> Sequence[Difference]:
    if ours is None or theirs is None:
        return [Difference(place, "line", _quantity(ours), _quantity(theirs))]
    return [
        Difference(place, "product", str(ours.product_id), str(theirs.product_id)),
        *(Difference(place, name, plain(_figure(ours, name)), plain(_figure(theirs, name))) for name in _FIGURES),
    ]


def is_measured(ours: Line, theirs: Line) -> bool:
    """Whether 1C made the mass that was measured while loading the quantity of a bulk line, on the terms agreed."""
    return (
        ours.unit == _BULK
        and theirs.quantity == theirs.shipped > 0
        and (ours.product_id, ours.price, ours.discount_pct, ours.vat_pct)
        == (theirs.product_id, theirs.price, theirs.discount_pct, theirs.vat_pct)
    )


def adds_up(version: Version) -> bool:
    """Whether the total is the sum of the lines; what does not add up cannot be taken over."""
    lines = version.standing.values()
    vat = sum((line.vat for line in lines), start=Decimal(0))
    return version.vat == vat and version.gross == vat + sum((line.net for line in lines), start=Decimal(0))


def plain(number: Decimal) -> str:
    """Write equal numbers alike: 16.00 as 16, 0.00 as 0."""
    return "0" if not number else f"{number.normalize():f}"


def _quantity(line: Line | None) -> str:
    return "" if line is None else plain(line.quantity)


def _figure(line: Line, name: Figure) -> Decimal:
    match name:
        case "quantity":
            return line.quantity
        case "price":
            return line.price
        case "discount_pct":
            return line.discount_pct
        case "vat_pct":
            return line.vat_pct
        case "net":
            return line.net
        case _:
            return line.vat
