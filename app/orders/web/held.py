"""The panel of a held order: what differs, line by line, in the reader's words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import NC_, gettext
from app.orders.rules.differing import WHOLE, Figure
from app.orders.schemas.outputs import HeldFigure, HeldView
from app.orders.web.texts import quantity_words

_FIGURES: Final[Mapping[Figure, str]] = {
    "line": NC_("difference", "The line itself"),
    "product": NC_("difference", "Product"),
    "quantity": NC_("difference", "Quantity"),
    "price": NC_("difference", "Price per unit"),
    "discount_pct": NC_("difference", "Discount"),
    "vat_pct": NC_("difference", "VAT rate"),
    "net": NC_("difference", "Sum without VAT"),
    "vat": NC_("difference", "VAT"),
    "gross": NC_("difference", "Total with VAT"),
    "currency": NC_("difference", "Currency"),
}
_MONEY: Final[frozenset[Figure]] = frozenset({"price", "net", "vat", "gross"})
_SHARES: Final[frozenset[Figure]] = frozenset({"discount_pct", "vat_pct"})
_GOODS: Final[frozenset[Figure]] = frozenset({"line", "quantity"})
_NONE: Final = "—"


class HeldRow(Struct, frozen=True):
    """One figure, written as the reader's language does."""

    label: str
    ours: str
    theirs: str
    difference: str
    is_total: bool


class HeldGroup(Struct, frozen=True):
    """What differs in one line, or in the order as a whole (no place)."""

    place: int
    sku: str
    name: str
    rows: Sequence[HeldRow]


class HeldPart(Struct, frozen=True):
    """The whole panel."""

    view: HeldView
    groups: Sequence[HeldGroup]


def held_part(view: HeldView, names: Mapping[int, str], locale: str) -> HeldPart:
    """Put a difference into words, lines first, the order as a whole last, as sums stand on paper.

    ``names`` are those of our lines by place.
    """
    groups: dict[int, list[HeldFigure]] = {}
    for one in view.figures:
        groups.setdefault(one.place, []).append(one)
    places = sorted(groups, key=lambda place: (place == WHOLE, place))
    return HeldPart(
        view,
        [
            HeldGroup(
                place,
                groups[place][0].sku,
                names.get(place, ""),
                [_row(one, view.currency, locale) for one in groups[place]],
            )
            for place in places
        ],
    )


def _row(one: HeldFigure, currency: str, locale: str) -> HeldRow:
    change = None if one.difference is None else Decimal(one.difference)
    return HeldRow(
        label=gettext(locale, _FIGURES[one.figure]),
        ours=_written(one, one.ours, currency, locale),
        theirs=_written(one, one.theirs, currency, locale),
        difference=_NONE if change is None else _signed(one, change, currency, locale),
        is_total=one.figure == "gross",
    )


def _signed(one: HeldFigure, change: Decimal, currency: str, locale: str) -> str:
    sign = "+" if change > 0 else "−"
    return sign + _written(one, f"{abs(change):f}", currency, locale)


def _written(one: HeldFigure, value: str, currency: str, locale: str) -> str:
    if not value:
        return _NONE
    if one.figure in _MONEY:
        return numbers(locale).exact(Decimal(value), currency)
    if one.figure in _SHARES:
        share = Decimal(value) / 100
        return numbers(locale).percent(share, 0 if share == round(share, 2) else 2)
    return quantity_words(Decimal(value), one.unit, locale) if one.figure in _GOODS else value
