"""The papers of the invented past: as many as promised, and equal to the last digit with orders and debts."""

from collections import Counter
from decimal import Decimal
from hashlib import sha256
from typing import cast

import pytest

from erp_peer.data.scans import PDF, PNG, TEXT, content_of
from erp_peer.streams.spec import EMPTY_DATE, ZERO_LINK
from tests.erp_peer.portal import Row
from tests.erp_peer.worlds import TODAY, Made, docs, made

CENT = Decimal("0.01")


@pytest.fixture(params=["tiny", "demo"])
def world(request: pytest.FixtureRequest) -> Made:
    return made(cast("str", request.param))


def live(world: Made, stream: str) -> list[Row]:
    return [row for row in world.streams[stream] if row["DeletionMark"] == "false"]


@pytest.mark.parametrize(("profile", "sales", "claims"), [("tiny", 40, 5), ("demo", 4_000, 200)])
def test_so_many_as_the_profile_promises(profile: str, sales: int, claims: int) -> None:
    world = made(profile)
    closed = {row["Ref_Key"] for row in world.streams["orders"] if row["Статус"] == "Закрыт"}
    assert sum(row["ЗаказКлиента_Key"] in closed for row in live(world, "shipments")) == sales
    assert sum(row["РасшифровкаПлатежа"] != "[]" for row in world.streams["payments"]) == sales
    assert len(world.streams["claims"]) == claims


def test_a_shipment_says_what_its_order_says(world: Made) -> None:
    orders = world.by_ref("orders")
    for row in live(world, "shipments"):
        order = orders[row["ЗаказКлиента_Key"]]
        lines = docs(row["Товары"])
        wanted = {line["КодСтроки"]: line for line in docs(order["Товары"])}
        for line in lines:
            own = wanted[line["КодСтроки"]]
            assert Decimal(line["Количество"]) == Decimal(own["Отгружено"])
            assert line["Характеристика_Key"] == own["Характеристика_Key"]
        assert Decimal(row["СуммаНДС"]) == sum(Decimal(line["СуммаНДС"]) for line in lines)
        total = sum(Decimal(line["Сумма"]) + Decimal(line["СуммаНДС"]) for line in lines)
        assert Decimal(row["СуммаДокумента"]) == total
        if order["Статус"] == "Закрыт":
            assert Decimal(row["СуммаДокумента"]) == Decimal(order["СуммаДокумента"])
        assert lines
        assert order["Date"] < row["Date"] < TODAY.isoformat()


def test_every_shipment_has_one_invoice_of_its_sum(world: Made) -> None:
    shipments = {row["Ref_Key"]: row for row in live(world, "shipments")}
    invoices = [row for row in world.streams["invoices"] if row["Реализация_Key"] != ZERO_LINK]
    assert sorted(row["Реализация_Key"] for row in invoices) == sorted(shipments)
    for row in invoices:
        shipment = shipments[row["Реализация_Key"]]
        same = ("СуммаДокумента", "СуммаНДС", "ЗаказКлиента_Key", "Договор_Key", "Валюта")
        assert [row[name] for name in same] == [shipment[name] for name in same]


def test_invoices_less_payments_are_the_debt(world: Made) -> None:
    owed: Counter[str] = Counter()
    overdue: Counter[str] = Counter()
    for row in live(world, "invoices"):
        cents = int(Decimal(row["СуммаДокумента"]) * 100)
        owed[row["Договор_Key"]] += cents
        if row["СрокОплаты"] < TODAY.isoformat():
            overdue[row["Договор_Key"]] += cents - int(Decimal(row["СуммаОплаты"]) * 100)
    for row in live(world, "payments"):
        owed[row["Договор_Key"]] -= int(Decimal(row["СуммаДокумента"]) * 100)
    assert owed.pop(ZERO_LINK) == -100_000, "money that nobody knows the contract of"
    for row in world.streams["limits"]:
        assert Decimal(owed[row["Договор_Key"]]) / 100 == Decimal(row["Долг"])
        assert Decimal(overdue[row["Договор_Key"]]) / 100 == Decimal(row["Просрочено"])


def test_a_payment_settles_its_invoice(world: Made) -> None:
    invoices = world.by_ref("invoices")
    settled: Counter[str] = Counter()
    for row in world.streams["payments"]:
        for part in docs(row["РасшифровкаПлатежа"]):
            settled[part["Счет_Key"]] += int(Decimal(part["Сумма"]) * 100)
            assert part["ЗаказКлиента_Key"] == invoices[part["Счет_Key"]]["ЗаказКлиента_Key"]
    for ref, row in invoices.items():
        assert Decimal(settled[ref]) / 100 == Decimal(row["СуммаОплаты"])
        assert row["Статус"] == ("Оплачен" if row["СуммаОплаты"] == row["СуммаДокумента"] else "НеОплачен")


def test_goods_leave_from_a_batch_that_was_made_before(world: Made) -> None:
    batches = world.by_ref("batches")
    for row in live(world, "shipments"):
        for line in docs(row["Товары"]):
            batch = batches[line["Серия_Key"]]
            assert batch["Номенклатура_Key"] == line["Номенклатура_Key"]
            assert batch["ДатаПроизводства"] < row["Date"][:10]
    made_by = Counter((row["Номенклатура_Key"], row["Номер"]) for row in batches.values())
    assert max(made_by.values()) == 1


def test_bulk_is_measured_and_sealed(world: Made) -> None:
    bulk = {row["Ref_Key"] for row in world.streams["characteristics"] if row["Налив"] == "true"}
    lines = [line for row in world.streams["shipments"] for line in docs(row["Товары"])]
    measured = [line for line in lines if line["Характеристика_Key"] in bulk]
    assert measured
    for line in measured:
        assert line["Пломбы"].startswith("П")
        assert Decimal(line["МассаКг"]) == Decimal(line["Количество"]) * 1000
        litres = Decimal(line["МассаКг"]) / Decimal(line["Плотность"])
        assert abs(Decimal(line["ОбъемЛ"]) - litres) < Decimal("0.01")
    assert {line["Плотность"] for line in lines if line["Характеристика_Key"] not in bulk} == {"0.0000"}


def test_carriers_are_logistics_companies(world: Made) -> None:
    kinds = {row["Ref_Key"]: row["ВидПартнера"] for row in world.streams["partners"]}
    carriers = {row["ПеревозчикПартнер_Key"] for row in world.streams["shipments"]}
    assert {kinds[ref] for ref in carriers - {ZERO_LINK}} == {"logistics"}
    assert all(
        row["ПеревозчикПартнер_Key"] == ZERO_LINK
        for row in world.streams["shipments"]
        if row["СпособДоставки"] != "ДоКлиента"
    )


def test_claims_lean_on_a_shipment_and_the_newest_are_open(world: Made) -> None:
    shipments = world.by_ref("shipments")
    rows = world.streams["claims"]
    for row in rows:
        shipment = shipments[row["Основание_Key"]]
        assert row["Партнер_Key"] == shipment["Партнер_Key"]
        assert row["ДатаРегистрации"] > shipment["Date"]
        assert (row["ДатаЗакрытия"] == EMPTY_DATE) == (row["Статус"] in {"Зарегистрирована", "Обрабатывается"})
    first_open = next(place for place, row in enumerate(rows) if row["ДатаЗакрытия"] == EMPTY_DATE)
    assert {row["ДатаЗакрытия"] for row in rows[first_open:]} == {EMPTY_DATE}
    assert 0 < first_open < len(rows)


def test_a_file_has_the_digest_of_its_content(world: Made) -> None:
    owners = {
        "Catalog_ДоговорыКонтрагентов": world.by_ref("contracts"),
        "Catalog_Претензии": world.by_ref("claims"),
        "Document_СчетНаОплатуКлиенту": world.by_ref("invoices"),
    }
    starts = {PDF: b"%PDF-", PNG: b"\x89PNG", TEXT: "Протокол".encode()}
    rows = world.streams["files"]
    assert {row["ВладелецФайла_Type"] for row in rows} == set(owners)
    for row in rows:
        assert row["ВладелецФайла_Key"] in owners[row["ВладелецФайла_Type"]]
        content = content_of(row["Ref_Key"], row["ТипСодержимого"])
        assert (row["Размер"], row["ХешСумма"]) == (str(len(content)), sha256(content).hexdigest())
        assert content.startswith(starts[row["ТипСодержимого"]])
    assert {row["ТипСодержимого"] for row in rows} == set(starts)


def test_ugly_papers_are_there(world: Made) -> None:
    streams = world.streams
    assert [row["Posted"] for row in streams["shipments"] if row["DeletionMark"] == "true"] == ["false"]
    assert sum(row["DeletionMark"] == "true" for row in streams["payments"]) == 1
    assert any(
        row["НазначениеПлатежа"].endswith("  ") and "&" in row["НазначениеПлатежа"] for row in streams["payments"]
    )
    assert any(row["ЗаказКлиента_Key"] == ZERO_LINK for row in streams["invoices"])
    assert any(row["НомерПаспорта"] == "" for row in streams["batches"])
    assert any(row["ГоденДо"] == EMPTY_DATE for row in streams["batches"])
    assert any(row["Начислено"].startswith("-") for row in streams["bonus"])
