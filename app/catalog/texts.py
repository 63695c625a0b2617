"""Packages, stock and prices in the reader's words. A page says the same few of them fifty times: they are kept."""

from decimal import Decimal
from functools import lru_cache
from typing import Final

from msgspec import Struct

from app.catalog.labels import package_label
from app.catalog.rules import ComparedPrice, StockState
from app.infra.i18n.numbers import NBSP, numbers
from app.infra.i18n.wording import gettext
from app.infra.pages.filters import UNITS
from app.infra.pages.shell import Tone

_PIECES: Final = "pcs"


class StockWords(Struct, frozen=True):
    """Availability as a badge."""

    text: str
    tone: Tone | None


def measured(locale: str, amount: Decimal, unit: str) -> str:
    """Write an amount with its unit, or in pieces: 205 l, 9.5 t, 40 pcs."""
    return f"{numbers(locale).number(amount)}{NBSP}{gettext(locale, UNITS.get(unit, UNITS[_PIECES]))}"


@lru_cache(2048)
def package_words(locale: str, package: str, volume_l: Decimal) -> str:
    """Name a package with what it holds: Drum, 205 l."""
    label = package_label(package, locale)
    return f"{label}, {measured(locale, volume_l, 'l')}" if volume_l else label


@lru_cache(2048)
def packing_words(locale: str, pack_multiple: Decimal, per_pallet: int, *, is_bulk: bool) -> str:
    """Say how it is packed and stacked; empty where it is sold one by one and never stacked."""
    if is_bulk:
        return gettext(locale, "by the full vehicle")
    words = [gettext(locale, "pallet of %(count)s", count=per_pallet)] if per_pallet > 1 else []
    if pack_multiple > 1:
        words.append(gettext(locale, "packs of %(count)s", count=pack_multiple))
    return ", ".join(words)


@lru_cache(4096)
def stock_words(locale: str, state: StockState, free: Decimal | None, unit: str) -> StockWords:
    """Say what can be had; how many are left only where that may not be enough."""
    if state == "plenty":
        return StockWords(gettext(locale, "In stock"), "ok")
    if state == "few" and free is not None:
        return StockWords(gettext(locale, "%(amount)s left", amount=measured(locale, free, unit)), "warn")
    if state == "none":
        return StockWords(gettext(locale, "To order"), "info")
    return StockWords(gettext(locale, "Ask your manager"), None)


def price_words(locale: str, amount: Decimal, currency: str, unit: str) -> str:
    """Write what an order unit costs; a piece goes without saying, a tonne does not: 464,610.60 ₸ / t."""
    price = numbers(locale).money(amount, currency)
    return f"{price}{NBSP}/{NBSP}{gettext(locale, UNITS['t'])}" if unit == "t" else price


def compared_words(locale: str, price: ComparedPrice | None, currency: str) -> str:
    """Write what a litre or a kg costs: 1,424.00 ₸ / l."""
    if price is None:
        return ""
    return f"{numbers(locale).money(price.amount, currency)} / {gettext(locale, UNITS[price.unit])}"
