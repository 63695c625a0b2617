"""Claims, bonus balances, attached files and the vehicles of self-pickup."""

import datetime as dt
from collections.abc import Iterator
from hashlib import sha256

from msgspec import Struct

from erp_peer.data.sales import invoice_ref, moment, shipment_ref
from erp_peer.data.scans import PDF, PNG, TEXT, content_of
from erp_peer.data.world import Row, Sale, World, fixed, ref
from erp_peer.streams.spec import EMPTY_DATE, ZERO_LINK

_PICKUP = "Самовывоз"
_VEHICLES = 40  # of the newest collected sales
_INVOICES_WITH_FILES = 60
_OPEN_IN = 5  # the newest fifth of the claims is not decided yet


class _Complaint(Struct, frozen=True):
    """What clients complain about."""

    kind: str
    title: str
    details: str
    cause: str


_COMPLAINTS = (
    _Complaint(
        "Количество", "Недостача при приёмке", "По ТТН больше, чем принято на склад; акт приложен.", "Ошибка погрузки"
    ),
    _Complaint("Качество", "Мутность масла", "В двух бочках осадок & помутнение, пробы отобраны.", ""),
    _Complaint("Доставка", "Опоздание машины", "Машина пришла через сутки после срока  ", "Простой на границе"),
    _Complaint("Количество", "Расхождение по массе налива", "Весы грузополучателя показали меньше.", "Разные весы"),
    _Complaint("Качество", "Повреждена тара", "Вмятины на канистрах, пробка 'сорвана'.", "Погрузка навалом"),
)
_GRANTED, _REFUSED = "Удовлетворена", "НеУдовлетворена"
_PROGRAMMES = {
    "distributor": ("VOLUME", "Бонус за объём", "Көлем бонусы", "Volume bonus"),
    "direct_buyer": ("LOYAL", "Бонус за постоянство", "Тұрақтылық бонусы", "Loyalty bonus"),
}
_DRIVERS = ("Омаров Ерлан", "Ким Виктор", "Сейтов Нурлан", "Петренко Олег", "Ахметов Дамир")
_CLAIM_FILES = (("Акт 'приёмки' & осмотра.pdf", PDF), ("Фото повреждений.png", PNG), ("Протокол замера.txt", TEXT))
_MODELS = ("КАМАЗ 65206", "MAN TGX 18.470", "Volvo FH 460", "Scania R450")


def transport(world: World) -> Iterator[Row]:
    """Vehicles of the newest orders that their buyers fetched."""
    collected = [sale for sale in world.sales if sale.mode == _PICKUP][-_VEHICLES:]
    for place, sale in enumerate(collected, start=1):
        yield Row(
            ref(world, "transport", place),
            (
                f"ТР00-{place:06d}",
                sale.order,
                "Закрыто" if sale.is_paid else "Отправлено",
                _DRIVERS[place % len(_DRIVERS)],
                "KZ" if place % 4 else "",
                f"{100_000 + place * 37}",
                f"+7 701 {place:03d} 00 {place % 100:02d}",
                f"{place:03d} AB {place % 17 + 1:02d}",
                _MODELS[place % len(_MODELS)],
                "Прицеп" if place % 3 else "",
                f"{place:02d}KZ{place % 17 + 1:02d}" if place % 3 else "",
                f"№ {place} от {sale.shipped_at:%d.%m.%Y}",
                sale.shipped_at.date().isoformat(),
            ),
        )


def claims(world: World) -> Iterator[Row]:
    """Spread evenly over the sales; the newest are still open."""
    count = world.profile.claims
    paid = [sale for sale in world.sales if sale.is_paid]
    for place in range(1, count + 1):
        sale = paid[place * len(paid) // count - 1]
        status = _claim_status(place, count)
        yield _claim(world, sale, place, status)


def _claim_status(place: int, count: int) -> str:
    if place > count - max(1, count // _OPEN_IN):
        return "Зарегистрирована" if place % 2 else "Обрабатывается"
    return _GRANTED if place % 3 else _REFUSED


def _claim(world: World, sale: Sale, place: int, status: str) -> Row:
    complaint = _COMPLAINTS[place % len(_COMPLAINTS)]
    contract = sale.agreement.contract
    line = sale.lines[0]
    filed = min(
        sale.shipped_at + dt.timedelta(days=1 + place % 4, hours=3),
        dt.datetime.combine(world.today, dt.time(1), dt.UTC),
    )
    is_open = status not in {_GRANTED, _REFUSED}
    outcome = {_GRANTED: "Оформлена корректировка на сумму претензии", _REFUSED: "Расхождение в пределах нормы"}
    key = ref(world, "claim", place)
    world.claims.append(key)
    return Row(
        key,
        (
            f"П-{place:06d}",
            complaint.title,
            moment(filed),
            contract.partner.ref,
            contract.counterparty,
            contract.ref,
            sale.order,
            shipment_ref(world, sale),
            world.items[line.item].ref if complaint.kind != "Доставка" else ZERO_LINK,
            complaint.kind,
            complaint.details,
            complaint.cause,
            fixed((line.amount + line.vat) // (10 + place % 7), 2) if place % 6 else "0.00",
            contract.currency,
            status,
            contract.partner.manager if status != "Зарегистрирована" else ZERO_LINK,
            outcome.get(status, ""),
            EMPTY_DATE if is_open else min(filed.date() + dt.timedelta(days=3), world.today).isoformat(),
        ),
    )


def bonus(world: World) -> Iterator[Row]:
    """The balance of every buyer in the programme of its kind; one in nine owes points after a return."""
    rng = world.rng("bonus")
    for place, partner in enumerate(world.partners):
        programme = _PROGRAMMES.get(partner.kind)
        if programme is None:
            continue
        accrued = rng.randrange(0, 900_000)
        yield Row(
            ref(world, "bonus", f"{programme[0]}/{partner.ref}"),
            (
                *programme,
                partner.ref,
                fixed(-accrued // 10 if place % 9 == 8 else accrued, 2),  # noqa: PLR2004
                fixed(accrued // 20, 2),
                fixed(accrued // 10 if place % 3 == 0 else 0, 2),
                world.day(90) if place % 4 else EMPTY_DATE,
            ),
        )


def files(world: World) -> Iterator[Row]:
    """A scan of each contract, what goes with each claim, the newest invoices."""
    owners = [("Catalog_ДоговорыКонтрагентов", contract.ref, "Договор.pdf", PDF) for contract in world.contracts]
    owners += [
        ("Catalog_Претензии", key, *_CLAIM_FILES[place % len(_CLAIM_FILES)]) for place, key in enumerate(world.claims)
    ]
    newest = world.sales[-_INVOICES_WITH_FILES:]
    owners += [("Document_СчетНаОплатуКлиенту", invoice_ref(world, sale), "Счёт на оплату.pdf", PDF) for sale in newest]
    for set_name, owner, name, media_type in owners:
        key = ref(world, "file", owner)
        content = content_of(key, media_type)
        digest = sha256(content).hexdigest()
        made = f"{world.day(-1)}T08:00:00+00:00"
        yield Row(key, (set_name, owner, name, media_type, str(len(content)), digest, made))
