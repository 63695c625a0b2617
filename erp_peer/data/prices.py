"""Price lists and their prices."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from erp_peer.data.catalogue.model import Names
from erp_peer.data.world import Item, PriceList, Row, World, fixed, names, ref, wire
from erp_peer.streams.spec import EMPTY_DATE


class _ListDef(Struct, frozen=True):
    """`rate` is KZT per unit of the currency; invented, near the truth of the year."""

    code: str
    names: Names
    currency: str
    factor: float
    rate: float
    has_vat: bool = False


_LISTS = (
    _ListDef("ДИСТ", Names("Дистрибьюторский", "Дистрибьюторлық", "Distributor"), "KZT", 1.00, 1),
    _ListDef("ПРЯМ", Names("Прямые покупатели", "Тікелей сатып алушылар", "Direct buyers"), "KZT", 1.12, 1),
    _ListDef("ЭКСП-USD", Names("Экспорт, доллары", "Экспорт, доллар", "Export, dollars"), "USD", 0.97, 520),
    _ListDef("ЭКСП-RUB", Names("Экспорт, рубли", "Экспорт, рубль", "Export, roubles"), "RUB", 0.98, 6.4),
    _ListDef("ЭКСП-CNY", Names("Экспорт, юани", "Экспорт, юань", "Export, yuan"), "CNY", 0.97, 73),
    _ListDef("РОЗН", Names("Розница с НДС", "ҚҚС-пен бөлшек баға", "Retail with VAT"), "KZT", 1.80, 1, has_vat=True),
    _ListDef("ЭКСП-KGS", Names("Экспорт, сомы", "Экспорт, сом", "Export, soms"), "KGS", 0.98, 5.95),
    _ListDef("ЭКСП-UZS", Names("Экспорт, сумы", "Экспорт, сум", "Export, sums"), "UZS", 0.98, 0.0433),
    _ListDef("ЭКСП-TJS", Names("Экспорт, сомони", "Экспорт, сомони", "Export, somoni"), "TJS", 0.98, 56),
    _ListDef("ЭКСП-MNT", Names("Экспорт, тугрики", "Экспорт, төгрік", "Export, tugriks"), "MNT", 0.98, 0.145),
)  # fmt: skip

# Ugly prices: number of the price row by 331, 211, 223.
_ZERO, _FUTURE, _ENDED = (331, 17), (211, 9), (223, 4)


def price_types(world: World) -> Iterator[Row]:
    """The first lists of the table, as many as the profile has."""
    for number, made in enumerate(_LISTS[: world.profile.price_lists], start=1):
        key = ref(world, "price type", number)
        world.price_lists.append(PriceList(key, made.currency, made.factor, made.rate, made.has_vat))
        yield Row(key, (made.code, *names(made.names), made.currency, wire(made.has_vat)))


def _amount(item: Item, prices: PriceList) -> int:
    """Price in ten-thousandths of the currency, with as many meaningful digits as people print."""
    plain = item.price * prices.factor / prices.rate
    step = 10 if plain >= 10_000 else 1 if plain >= 1_000 else 0.1 if plain >= 100 else 0.01  # noqa: PLR2004
    exact = Decimal(repr(plain / step)).quantize(Decimal(1), ROUND_HALF_UP) * Decimal(str(step))
    return max(int(exact * 10_000), 100)


def _is(number: int, ugly: tuple[int, int]) -> bool:
    every, rest = ugly
    return number % every == rest


def prices(world: World) -> Iterator[Row]:
    """One price of every item in every list; some are zero, some begin later, some have ended."""
    number = 0
    for position, own in enumerate(world.price_lists):
        amounts: list[int] = []
        start = world.day(-120 - position)
        for item in world.items:
            number += 1
            amount = 0 if _is(number, _ZERO) else _amount(item, own)
            begins = world.day(20) if _is(number, _FUTURE) else start
            ends = world.day(-10) if _is(number, _ENDED) else EMPTY_DATE
            amounts.append(amount if begins == start and ends == EMPTY_DATE else 0)
            yield Row(
                ref(world, own.ref, item.ref),
                (
                    own.ref,
                    item.product.ref,
                    item.ref,
                    begins,
                    ends,
                    fixed(amount, 4),
                    own.currency,
                    item.unit,
                ),
            )
        world.prices.append(amounts)
