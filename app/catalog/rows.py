"""Rows and facets as the pages draw them: every figure with its unit, nothing the reader may not see.

A page has fifty rows: their texts are written here, once, so that the template only puts them in their places.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import Struct, json

from app.catalog.asked import Pairs, address, chosen
from app.catalog.labels import facet_label, value_label, value_place
from app.catalog.rules import StockState, UnitPrice, compared_price, net_price, price_unit, stock_state
from app.catalog.rules.sorting import Key, natural_key
from app.catalog.schemas import FACETS, Counts, FacetName, FacetValue, Filters, Offer, ProductCard, Row
from app.catalog.texts import StockWords, compared_words, package_words, packing_words, price_words, stock_words
from app.infra.i18n.numbers import numbers
from app.infra.pages.views import Chip, Facet, FacetOption
from app.kernel.vat import vat_percent

_TAGS: Final = 3
_MARK_LENGTH: Final = 12
_NUMBERED: Final[frozenset[FacetName]] = frozenset({"plant", "line", "standard"})
# Facets people use most stand open; the long tails wait behind their titles.
_OPEN: Final[frozenset[FacetName]] = frozenset({"contract", "kind", "package"})


class PriceView(Struct, frozen=True):
    """What one order unit costs; ``vat`` is in per cent, None where no rate of the country is known."""

    unit: UnitPrice
    vat: Decimal | None


class OfferView(Struct, frozen=True):
    """One offer in words; prices are empty where the reader may not see money, stock where not stock."""

    offer: Offer
    price: str  # of one order unit, without VAT
    compared: str  # of one litre or kg
    gross: str  # with VAT; empty where no rate of the country is known
    vat: Decimal | None  # per cent
    state: StockState
    stock: StockWords
    as_of: datetime | None


class RowView(Struct, frozen=True, kw_only=True):
    """One product in a list, with its best offer; whatever a row says is a text already."""

    number: int
    contract_id: str
    name: str
    sku: str
    package: str
    packed: str
    packing: str
    viscosity: str
    standards: Sequence[str]
    more: int  # standards that found no place
    price: str
    compared: str
    contract: str  # only where several contracts offer it
    stock: StockWords
    quantity: str  # in the order at hand
    step: str  # of the quantity, as a browser writes numbers; empty: one


class Reading(Struct, frozen=True):
    """What all rows of a page have in common."""

    locale: str
    standards: Mapping[UUID, str]
    quantities: Mapping[UUID, Decimal]
    at_hand: UUID | None  # the contract of the order one is making
    names_contracts: bool


def at_hand_first(offers: Sequence[Offer], contract_id: UUID | None) -> Sequence[Offer]:
    """Put what fits into the order at hand before the rest; otherwise offers keep their ranks."""
    if contract_id is None:
        return offers
    return sorted(offers, key=lambda one: one.contract_id != contract_id)


def to_row(row: Row, reading: Reading) -> RowView:
    """One row of the list."""
    card, locale = row.card, reading.locale
    best = at_hand_first(row.offers, reading.at_hand)[0]
    tags = [reading.standards[one] for one in card.standards if one in reading.standards]
    net = None if best.price is None else net_price(best.price, best.discount_pct, best.currency)
    quantity = reading.quantities.get(card.id)
    step = plain(card.pack_multiple)
    several = reading.names_contracts and any(one.contract_id != best.contract_id for one in row.offers)
    return RowView(
        number=card.number,
        contract_id=str(best.contract_id),
        name=card.names[locale],
        sku=card.sku,
        package=card.package,
        packed=package_words(locale, card.package, card.volume_l),
        packing=packing_words(locale, card.pack_multiple, card.per_pallet, is_bulk=card.is_bulk),
        viscosity=card.viscosity,
        standards=tags[:_TAGS],
        more=max(0, len(card.standards) - _TAGS),
        price="" if net is None else price_words(locale, net, best.currency, card.unit),
        compared="" if net is None else _compared(locale, net, best.currency, card),
        contract=best.contract_number if several else "",
        stock=_stock(locale, card, best)[1],
        quantity=numbers(locale).number(quantity) if quantity else "",
        step="" if step == "1" else step,
    )


def to_offer_view(card: ProductCard, offer: Offer, on: date, locale: str) -> OfferView:
    """Price and stock of one offer."""
    price = price_of(card, offer, on)
    state, words = _stock(locale, card, offer)
    return OfferView(
        offer,
        price="" if price is None else price_words(locale, price.unit.net, offer.currency, card.unit),
        compared="" if price is None else _compared(locale, price.unit.net, offer.currency, card),
        gross=""
        if price is None or price.vat is None
        else price_words(locale, price.unit.gross, offer.currency, card.unit),
        vat=None if price is None else price.vat,
        state=state,
        stock=words,
        as_of=None if offer.stock is None else offer.stock.as_of,
    )


def _compared(locale: str, net: Decimal, currency: str, card: ProductCard) -> str:
    return compared_words(locale, compared_price(net, currency, card.fill), currency)


def _stock(locale: str, card: ProductCard, offer: Offer) -> tuple[StockState, StockWords]:
    free = None if offer.stock is None else max(offer.stock.free, Decimal(0))
    state = stock_state(free, card.pack_multiple, card.per_pallet)
    return state, stock_words(locale, state, free if state == "few" else None, card.unit)


def plain(number: Decimal) -> str:
    """Write a number as an attribute needs it: no exponent, no idle zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_facets(counts: Counts, filters: Filters, locale: str) -> list[Facet]:
    """The seven groups, each value with its exact count; a chosen value stays even with nothing behind it.

    Values keep their places whatever is chosen and however many products are behind them.
    """
    picked = chosen(filters)
    facets: list[Facet] = []
    for name in FACETS:
        options = [
            FacetOption(
                short_key(name, one),
                value_label(name, one.key, one.label, locale),
                one.count,
                is_chosen=bool(picked[name] & {one.key, short_key(name, one)}),
            )
            for one in counts.facets[name]
        ]
        known = {key for one in counts.facets[name] for key in (one.key, short_key(name, one))}
        options += [FacetOption(key, key, 0, is_chosen=True) for key in sorted(picked[name] - known)]
        places: dict[str, tuple[int, Key]] = {
            one.value: (value_place(name, one.value), natural_key(one.label)) for one in options
        }
        options.sort(key=lambda one, places=places: places[one.value])
        if options:
            facets.append(Facet(name, facet_label(name, locale), options, is_open=name in _OPEN))
    return facets


def mark_facets(facets: Sequence[Facet]) -> str:
    """Name the values a panel offers, whatever is chosen and counted: equal marks, equal panels but for the figures."""
    said = [[group.name, group.label, *((one.value, one.label) for one in group.options)] for group in facets]
    return sha256(json.encode(said)).hexdigest()[:_MARK_LENGTH]


def write_counts(facets: Sequence[Facet], locale: str) -> str:
    """Write what changes in a panel a browser has: the counts in the order of the values, a star before a chosen one.

    Figures of the three languages are grouped by anything but a plain blank.
    """
    write = numbers(locale).number
    return " ".join(f"{'*' * one.is_chosen}{write(one.count)}" for group in facets for one in group.options)


def to_chips(counts: Counts, filters: Filters, pairs: Pairs, locale: str) -> list[Chip]:
    """The chosen values; following one takes it away."""
    picked = chosen(filters)
    labels = _labels(counts.facets, picked, locale)
    chips: list[Chip] = []
    for name, value in pairs:
        rest = address([pair for pair in pairs if pair != (name, value)])
        if name == "q":
            chips.append(Chip(f"«{value}»", rest))
        elif any(name == facet and value in picked[facet] for facet in FACETS):
            chips.append(Chip(labels.get((name, value), value), rest))
    return chips


def short_key(facet: FacetName, value: FacetValue) -> str:
    """What a page asks for a value by: the number of one that has an id, for a page has hundreds of them."""
    return str(value.number) if facet in _NUMBERED else value.key


def _labels(
    facets: Mapping[FacetName, Sequence[FacetValue]], picked: Mapping[FacetName, frozenset[str]], locale: str
) -> dict[tuple[str, str], str]:
    """Name the chosen values by what they are asked for."""
    return {
        (name, key): value_label(name, one.key, one.label, locale)
        for name, keys in picked.items()
        if keys
        for one in facets[name]
        for key in {one.key, short_key(name, one)} & keys
    }


def price_of(card: ProductCard, offer: Offer, on: date) -> PriceView | None:
    """Price one offer; None where the reader may not see money."""
    if offer.price is None:
        return None
    try:
        vat = vat_percent(offer.vat_country, offer.vat_regime, on)
    except KeyError:
        vat = None
    unit = price_unit(offer.price, offer.discount_pct, vat or Decimal(0), offer.currency, card.fill)
    return PriceView(unit, vat)
