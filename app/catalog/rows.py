"""Rows and facets as the pages draw them: every figure with its unit, nothing the reader may not see."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.catalog.asked import Pairs, address, chosen
from app.catalog.labels import facet_label, package_label, value_label
from app.catalog.rules.prices import StockState, UnitPrice, price_unit, stock_state
from app.catalog.schemas import FACETS, Counts, FacetName, FacetValue, Filters, Offer, ProductCard, Row
from app.infra.pages.views import Chip, Facet, FacetOption
from app.kernel.vat import vat_percent

# Facets people use most stand open; the long tails wait behind their titles.
_OPEN: Final[frozenset[FacetName]] = frozenset({"contract", "kind", "package"})


class PriceView(Struct, frozen=True):
    """What one order unit costs; ``vat`` is in per cent, None where no rate of the country is known."""

    unit: UnitPrice
    currency: str
    discount_pct: Decimal
    vat: Decimal | None


class OfferView(Struct, frozen=True):
    """One offer; ``price`` is None where the reader may not see money."""

    offer: Offer
    price: PriceView | None
    stock: StockState
    free: Decimal | None
    as_of: datetime | None


class RowView(Struct, frozen=True, kw_only=True):
    """One product in a list, with its best offer."""

    id: UUID
    name: str
    sku: str
    package: str
    viscosity: str
    card: ProductCard
    best: OfferView
    contracts: int  # how many contracts offer it
    quantity: Decimal | None  # in the order at hand
    step: str  # of the quantity, as a browser writes numbers


def to_offer_view(card: ProductCard, offer: Offer, on: date) -> OfferView:
    """Price and stock of one offer."""
    free = None if offer.stock is None else offer.stock.free
    return OfferView(
        offer,
        _price(card, offer, on),
        stock_state(free, card.pack_multiple, card.per_pallet),
        free if free is None or free > 0 else Decimal(0),
        None if offer.stock is None else offer.stock.as_of,
    )


def to_row(row: Row, on: date, locale: str, quantities: Mapping[UUID, Decimal]) -> RowView:
    """One row of the list."""
    card = row.card
    return RowView(
        id=card.id,
        name=card.names[locale],
        sku=card.sku,
        package=package_label(card.package, locale),
        viscosity=card.viscosity,
        card=card,
        best=to_offer_view(card, row.offers[0], on),
        contracts=len({one.contract_id for one in row.offers}),
        quantity=quantities.get(card.id),
        step=plain(card.pack_multiple),
    )


def plain(number: Decimal) -> str:
    """Write a number as an attribute needs it: no exponent, no idle zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_facets(counts: Counts, filters: Filters, locale: str) -> list[Facet]:
    """The seven groups, each value with its exact count; a chosen value stays even with nothing behind it."""
    picked = chosen(filters)
    facets: list[Facet] = []
    for name in FACETS:
        options = [
            FacetOption(
                value.key, value_label(name, value.key, value.label, locale), value.count, value.key in picked[name]
            )
            for value in counts.facets[name]
        ]
        known = {value.key for value in counts.facets[name]}
        options += [FacetOption(key, key, 0, is_chosen=True) for key in sorted(picked[name] - known)]
        options.sort(key=lambda one: (one.count == 0 and not one.is_chosen, one.label.casefold()))
        if options:
            facets.append(Facet(name, facet_label(name, locale), options, is_open=name in _OPEN))
    return facets


def to_chips(counts: Counts, filters: Filters, pairs: Pairs, locale: str) -> list[Chip]:
    """The chosen values; following one takes it away."""
    labels = _labels(counts.facets, locale)
    picked = chosen(filters)
    chips: list[Chip] = []
    for name, value in pairs:
        rest = address([pair for pair in pairs if pair != (name, value)])
        if name == "q":
            chips.append(Chip(f"«{value}»", rest))
        elif any(name == facet and value in picked[facet] for facet in FACETS):
            chips.append(Chip(labels.get((name, value), value), rest))
    return chips


def _labels(facets: Mapping[FacetName, Sequence[FacetValue]], locale: str) -> dict[tuple[str, str], str]:
    return {
        (name, value.key): value_label(name, value.key, value.label, locale)
        for name, values in facets.items()
        for value in values
    }


def _price(card: ProductCard, offer: Offer, on: date) -> PriceView | None:
    if offer.price is None:
        return None
    try:
        vat = vat_percent(offer.vat_country, offer.vat_regime, on)
    except KeyError:
        vat = None
    unit = price_unit(offer.price, offer.discount_pct, vat or Decimal(0), offer.currency, card.fill)
    return PriceView(unit, offer.currency, offer.discount_pct, vat)
