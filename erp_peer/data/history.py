"""Past orders. The last few are still open and hold stock and limit.

Written for speed: the full profile makes 365,000 of them in seconds, so sums are whole numbers here
(milli-units, ten-thousandths, cents) and the JSON of a line is one format string.
"""

import datetime as dt
from collections.abc import Iterator
from random import Random

from msgspec import Struct

from erp_peer.data.world import Agreement, Item, Reserve, Row, Sale, Sold, World, fixed, ref, wire
from erp_peer.rules.money import vat_rate

_OPEN_SHARE = 50  # one order in fifty is open
_OPEN_LEAST = 8
_DEMO_SHARE = 0.25  # of all orders belong to the demo buyers
_MAX_UNITS = 12
_BULK_SHARE = 0.15
_MORNING = dt.time(7)


class _Life(Struct, frozen=True):
    """Where a historical order stands."""

    status: str
    state: str
    is_posted: bool = True
    is_cancelled: bool = False
    shipped: int = 100  # percent
    paid: int = 100


_CLOSED = _Life("Закрыт", "Закрыт")
_CANCELLED = _Life("Закрыт", "Закрыт", is_posted=False, is_cancelled=True, shipped=0, paid=0)
_OPEN = (
    _Life("КОбеспечению", "ОжидаетсяОбеспечение", shipped=0, paid=0),
    _Life("КОтгрузке", "ГотовКОтгрузке", shipped=0, paid=0),
    _Life("КОтгрузке", "ВПроцессеОтгрузки", shipped=50, paid=0),
    _Life("НеСогласован", "ОжидаетсяСогласование", is_posted=False, shipped=0, paid=0),
)

_LINE = (
    '{{"КодСтроки":"{}","Номенклатура_Key":"{}","Характеристика_Key":"{}","Соглашение_Key":"{}",'
    '"Склад_Key":"{}","ВидЦены_Key":"{}","Количество":"{}","ЕдиницаЗаказа":"{}","Цена":"{}",'
    '"СкидкаПроцент":"{}",'
    '"ОснованиеСкидки":"","Сумма":"{}","СтавкаНДС":"{}","СуммаНДС":"{}","Отгружено":"{}",'
    '"Отменено":"{}","ПричинаОтмены":"{}"}}'
)


class _Made(Struct, frozen=True):
    """One line in wire text with its sums in cents and what it still holds in milli-units."""

    json: str
    amount: int
    vat: int
    item: Item
    asked: int
    left: int

    def sold(self, code: int, number: int) -> Sold:
        """What has left; the sums of what still waits are no part of it."""
        gross, waits = self.amount + self.vat, (self.amount + self.vat) * self.left // self.asked
        vat = self.vat - self.vat * self.left // self.asked
        return Sold(code, number, self.asked - self.left, gross - waits - vat, vat)


class _Shelves:
    """Draws what an agreement sells without listing it: lists of all agreements would cost more than the orders."""

    def __init__(self, world: World, rng: Random) -> None:
        """Part each segment into packaged and bulk once."""
        self._world = world
        self._rng = rng
        self._stocked = [frozenset(numbers) for numbers in world.stocked]
        self._parts = [
            tuple([n for n in members if world.items[n].is_bulk is is_bulk] for is_bulk in (False, True))
            for _, members in world.segments
        ]

    def draw(self, agreement: Agreement, count: int, *, is_bulk: bool) -> list[int]:
        """Up to `count` different items that have a price and lie in the warehouse, in order of numbers."""
        members = self._parts[agreement.segment][is_bulk]
        prices = self._world.prices[agreement.price_list]
        stocked = self._stocked[agreement.warehouse]
        if not members:
            return []
        drawn = {members[int(self._rng.random() * len(members))] for _ in range(count)}
        return sorted(n for n in drawn if prices[n] and n in stocked and self._world.items[n].is_orderable)


def _is_cancelled(number: int) -> bool:
    """Whether a closed order was cancelled: one in thirty-three."""
    return number % 33 == 0


def _shipped_percent(made: list[_Made]) -> int:
    """Share of the ordered units that have left, over all lines."""
    asked = sum(line.asked for line in made)
    return (asked - sum(line.left for line in made)) * 100 // asked


class History:
    """Makes the orders of one infobase."""

    def __init__(self, world: World) -> None:
        """Choose among live agreements that still have something to sell."""
        self._world = world
        self._rng: Random = world.rng("orders")
        self._shelves = _Shelves(world, self._rng)
        live = [a for a in world.agreements if a.is_live]
        demo = {p.ref for p in world.partners[:4]}
        self._demo = [a for a in live if a.contract.partner.ref in demo]
        self._live = live
        self._rates: dict[tuple[str, str, dt.date], int] = {}
        profile = world.profile
        self._first_open = profile.orders - max(_OPEN_LEAST, profile.orders // _OPEN_SHARE)
        self._first_sold = self._count_back(profile.sales)
        self._start = dt.datetime.combine(world.today, dt.time(6), dt.UTC) - dt.timedelta(days=profile.order_days)
        self._step = dt.timedelta(days=profile.order_days - 1) / profile.orders

    def _count_back(self, sales: int) -> int:
        """The number from which so many closed orders were not cancelled."""
        number = self._first_open + 1
        while sales and number > 1:
            number -= 1
            sales -= not _is_cancelled(number)
        return number

    def rows(self) -> Iterator[Row]:
        """Orders by date; open ones add to world.reserves, what left to world.sales."""
        for number in range(1, self._world.profile.orders + 1):
            yield self._order(number)

    def _pick(self) -> tuple[Agreement, list[int]]:
        """An agreement and some of what is sold under it, packaged or bulk."""
        while True:
            pool = self._demo if self._rng.random() < _DEMO_SHARE else self._live
            agreement = pool[int(self._rng.random() * len(pool))]
            count = 1 + int(self._rng.random() * self._world.profile.order_lines)
            if goods := self._shelves.draw(agreement, count, is_bulk=self._rng.random() < _BULK_SHARE):
                return agreement, goods

    def _life(self, number: int) -> _Life:
        if number > self._first_open:
            return _OPEN[number % len(_OPEN)]
        return _CANCELLED if _is_cancelled(number) else _CLOSED

    def _rate(self, agreement: Agreement, day: dt.date) -> int:
        """VAT in percent; asked of the rules once per country and day."""
        contract = agreement.contract
        key = (contract.vat_country, contract.vat_regime, day)
        rate = self._rates.get(key)
        if rate is None:
            rate = self._rates[key] = int(vat_rate(*key))
        return rate

    def _quantity(self, item: Item) -> int:
        """Milli-units: whole packs, or tonnes of a partly or wholly filled tank."""
        if item.is_bulk:
            return 4800 + int(self._rng.random() * 160) * 100
        return item.multiple * (1 + int(self._rng.random() * _MAX_UNITS)) * 1000

    def _line(self, code: int, number: int, agreement: Agreement, life: _Life, rate: int) -> _Made:
        item = self._world.items[number]
        price = self._world.prices[agreement.price_list][number]
        quantity = self._quantity(item)
        gross = (quantity * price + 50_000) // 100_000
        amount = gross - (gross * agreement.discount + 5_000) // 10_000
        vat = (amount * rate + 50) // 100
        shipped = quantity * life.shipped // 100
        if not item.is_bulk:
            shipped -= shipped % 1000
        text = _LINE.format(
            code,
            item.product.ref,
            item.ref,
            agreement.ref,
            self._world.warehouses[agreement.warehouse].ref,
            self._world.price_lists[agreement.price_list].ref,
            fixed(quantity, 3),
            item.unit,
            fixed(price, 4),
            fixed(agreement.discount, 2),
            fixed(amount, 2),
            rate,
            fixed(vat, 2),
            fixed(shipped, 3),
            wire(life.is_cancelled),
            "Отказ клиента" if life.is_cancelled else "",
        )
        return _Made(text, amount, vat, item, quantity, quantity - shipped)

    def _hold(self, order: str, agreement: Agreement, made: list[_Made]) -> None:
        """Remember what an open order still holds of stock and limit."""
        warehouse = self._world.warehouses[agreement.warehouse].ref
        for code, line in enumerate(made, start=1):
            if line.left:
                # A partly shipped line holds the rest of its sum, by quantity.
                amount = (line.amount + line.vat) * line.left // line.asked
                self._world.reserves.append(
                    Reserve(order, str(code), line.item.ref, warehouse, agreement.contract.ref, line.left, amount)
                )

    def _left_at(self, placed: dt.datetime, ship_on: dt.date) -> dt.datetime:
        """The morning of the planned day, or the last before the seeding day; never before the order."""
        planned = dt.datetime.combine(min(ship_on, self._world.today - dt.timedelta(days=1)), _MORNING, dt.UTC)
        return max(planned, placed + dt.timedelta(hours=1))

    def _order(self, number: int) -> Row:
        world = self._world
        agreement, goods = self._pick()
        contract, partner = agreement.contract, agreement.contract.partner
        placed = self._start + self._step * number
        ship_on = placed.date() + dt.timedelta(days=3)
        life = self._life(number)
        rate = self._rate(agreement, ship_on)
        made = [self._line(code, item, agreement, life, rate) for code, item in enumerate(goods, start=1)]
        key = ref(world, "order", number)
        if life.is_posted and life.status != "Закрыт":
            self._hold(key, agreement, made)
        amount = 0 if life.is_cancelled else sum(line.amount + line.vat for line in made)
        vat = 0 if life.is_cancelled else sum(line.vat for line in made)
        address, consignee, text = partner.addresses[number % len(partner.addresses)]
        mode = "ЖелезнаяДорога" if text.startswith("Станция") else "Самовывоз" if number % 3 == 0 else "ДоКлиента"
        if number >= self._first_sold:
            gone = [line.sold(code, item) for code, (line, item) in enumerate(zip(made, goods, strict=True), start=1)]
            lines = tuple(line for line in gone if line.quantity)
            if lines:
                left_at = self._left_at(placed, ship_on)
                is_paid = life is _CLOSED
                world.sales.append(Sale(key, number, agreement, left_at, consignee, text, mode, is_paid, lines))
        return Row(
            key,
            (
                f"{world.maker.number_prefix}-{number:06d}",
                f"{placed:%Y-%m-%dT%H:%M:%S}+00:00",
                wire(life.is_posted),
                partner.ref,
                contract.counterparty,
                contract.ref,
                agreement.ref,
                contract.currency,
                world.warehouses[agreement.warehouse].ref,
                partner.manager,
                life.status,
                life.state,
                wire(life.is_cancelled),
                f"З-{number % 1000:03d}/{placed:%y}" if number % 4 else "",
                consignee,
                address,
                text,
                mode,
                ship_on.isoformat(),
                "",
                fixed(amount, 2),
                fixed(vat, 2),
                str(life.paid),
                str(_shipped_percent(made)),
                "0",
                "false",
                f"[{','.join(line.json for line in made)}]",
            ),
        )
