"""Papers that the ERP's people write: shipments and invoices as goods leave, payments, claims, carriers, points."""

from decimal import Decimal

import msgspec

from tests.erp_peer.portal import ErrorAnswer, Portal, Row
from tests.erp_peer.shop import Shop


def lines(row: Row, column: str = "Товары") -> list[dict[str, str]]:
    return msgspec.json.decode(row[column], type=list[dict[str, str]])


def of_order(portal: Portal, stream: str, order: str) -> list[Row]:
    found = [row for row in portal.rows(stream) if row["ЗаказКлиента_Key"] == order]
    return sorted(found, key=lambda row: row["Number"])


def owed(portal: Portal, contract: str) -> Decimal:
    invoices = [row for row in portal.rows("invoices") if row["Договор_Key"] == contract]
    payments = [row for row in portal.rows("payments") if row["Договор_Key"] == contract]
    live = [row for row in (*invoices, *payments) if row["DeletionMark"] == "false"]
    return sum((Decimal(row["СуммаДокумента"]) * (1 if row in invoices else -1) for row in live), Decimal(0))


def test_two_shipments_two_invoices_and_one_payment(shop: Shop, node: str) -> None:
    portal, item = shop.portal, max(shop.items, key=lambda row: int(row["Кратность"]))
    order = portal.run(shop.order(shop.line(item, f"{int(item['Кратность']) * 4}.000")))[0]
    total = Decimal(portal.one("orders", Ref_Key=order.ref)["СуммаДокумента"])
    portal.advance(order.ref)
    portal.drain(node)
    portal.advance(order.ref, "0.5")
    sets = {entry.set for entry in portal.drain(node)}
    assert {"Document_РеализацияТоваровУслуг", "Document_СчетНаОплатуКлиенту"} <= sets
    portal.advance(order.ref)
    shipments, invoices = of_order(portal, "shipments", order.ref), of_order(portal, "invoices", order.ref)
    assert [row["Статус"] for row in shipments] == ["ВПути", "ВПути"]
    assert sum(Decimal(row["СуммаДокумента"]) for row in shipments) == total
    assert [row["Реализация_Key"] for row in invoices] == [row["Ref_Key"] for row in shipments]
    assert [row["СуммаДокумента"] for row in invoices] == [row["СуммаДокумента"] for row in shipments]
    assert {row["Статус"] for row in invoices} == {"НеОплачен"}
    for row in shipments:
        (line,) = lines(row)
        assert line["Количество"] == f"{int(item['Кратность']) * 2}.000"
        assert Decimal(line["Сумма"]) + Decimal(line["СуммаНДС"]) == Decimal(row["СуммаДокумента"])
        assert portal.one("batches", Ref_Key=line["Серия_Key"])["Номенклатура_Key"] == item["Номенклатура_Key"]
    assert owed(portal, shop.contract["Ref_Key"]) == Decimal(shop.limits()["Долг"])
    portal.advance(order.ref)
    assert {row["Статус"] for row in of_order(portal, "shipments", order.ref)} == {"Отгружено"}
    assert {row["Статус"] for row in of_order(portal, "invoices", order.ref)} == {"Оплачен"}
    paid = {row["Ref_Key"]: row["СуммаДокумента"] for row in invoices}
    (payment,) = [row for row in portal.rows("payments") if invoices[0]["Ref_Key"] in row["РасшифровкаПлатежа"]]
    assert Decimal(payment["СуммаДокумента"]) == total
    assert {part["Счет_Key"]: part["Сумма"] for part in lines(payment, "РасшифровкаПлатежа")} == paid
    assert owed(portal, shop.contract["Ref_Key"]) == Decimal(shop.limits()["Долг"])


def test_a_tank_is_invoiced_and_paid_as_measured(shop: Shop) -> None:
    portal, item = shop.portal, shop.bulk[0]
    portal.edit(edit="credit_limit", contract=shop.contract["Номер"], amount="900000000")
    before = shop.limits()["Долг"]
    order = portal.run(shop.order(shop.line(item)))[0]
    for _ in range(2):
        portal.advance(order.ref)
    (shipment,) = of_order(portal, "shipments", order.ref)
    (line,) = lines(shipment)
    assert Decimal(line["МассаКг"]) == Decimal(line["Количество"]) * 1000
    assert Decimal(line["Плотность"]) > 0
    assert line["Пломбы"] != ""
    assert Decimal(shop.limits()["Долг"]) - Decimal(before) == Decimal(shipment["СуммаДокумента"])
    portal.advance(order.ref)
    assert shop.limits()["Долг"] == before, "what was measured is what is paid, not what was ordered"


def test_an_accountant_books_a_part_and_then_the_rest(shop: Shop) -> None:
    portal = shop.portal
    order = portal.run(shop.order(shop.line(shop.items[0])))[0]
    for _ in range(2):
        portal.advance(order.ref)
    (invoice,) = of_order(portal, "invoices", order.ref)
    debt = Decimal(shop.limits()["Долг"])
    portal.edit(edit="payment", invoice=invoice["Number"], amount="1.50")
    partly = portal.one("invoices", Ref_Key=invoice["Ref_Key"])
    assert (partly["Статус"], partly["СуммаОплаты"]) == ("ОплаченЧастично", "1.50")
    assert Decimal(shop.limits()["Долг"]) == debt - Decimal("1.50")
    assert portal.one("orders", Ref_Key=order.ref)["ПроцентОплаты"] == "0"
    portal.edit(edit="payment", invoice=invoice["Number"])
    assert portal.one("invoices", Ref_Key=invoice["Ref_Key"])["Статус"] == "Оплачен"
    assert Decimal(shop.limits()["Долг"]) == debt - Decimal(invoice["СуммаДокумента"])
    assert portal.one("orders", Ref_Key=order.ref)["ПроцентОплаты"] == "100"
    again = {"ib": "erp", "edit": "payment", "invoice": invoice["Number"]}
    assert portal.steer("/erp-edit", again, ErrorAnswer, 404).error.code == "not_found"
    portal.advance(order.ref)
    assert Decimal(shop.limits()["Долг"]) == debt - Decimal(invoice["СуммаДокумента"]), "nobody pays twice"


def test_claims_carriers_and_points_are_edited(shop: Shop) -> None:
    portal = shop.portal
    claim = next(row for row in portal.rows("claims") if row["Статус"] == "Зарегистрирована")
    portal.edit(edit="claim", claim=claim["Code"], status="Удовлетворена", outcome="Оформлен возврат")
    decided = portal.one("claims", Ref_Key=claim["Ref_Key"])
    assert (decided["Статус"], decided["РезультатыОтработки"]) == ("Удовлетворена", "Оформлен возврат")
    assert decided["ДатаЗакрытия"] > decided["ДатаРегистрации"][:10]
    carrier = next(row for row in portal.rows("partners") if row["ВидПартнера"] == "logistics")
    shipment = portal.rows("shipments")[0]
    portal.edit(edit="carrier", shipment=shipment["Number"], partner=carrier["Code"])
    assert portal.one("shipments", Ref_Key=shipment["Ref_Key"])["ПеревозчикПартнер_Key"] == carrier["Ref_Key"]
    nobody = {"ib": "erp", "edit": "carrier", "shipment": shipment["Number"], "partner": "нет"}
    assert portal.steer("/erp-edit", nobody, ErrorAnswer, 404).error.code == "not_found"
    points = portal.rows("bonus")[0]
    partner = portal.one("partners", Ref_Key=points["Партнер_Key"])
    portal.edit(edit="bonus", partner=partner["Code"], programme=points["БонуснаяПрограмма"], accrued="77.5")
    assert portal.one("bonus", Ref_Key=points["Ref_Key"])["Начислено"] == "77.50"


def test_a_line_of_an_order_is_revised_with_its_sums_and_what_it_holds(shop: Shop) -> None:
    portal = shop.portal
    order = portal.run(shop.order(shop.line(shop.items[0])))[0]
    before = portal.one("orders", Ref_Key=order.ref)
    line = lines(before)[0]
    limits = shop.limits()
    portal.edit(edit="order_line", order=before["Number"], line=line["КодСтроки"], price="1.50")
    after = portal.one("orders", Ref_Key=order.ref)
    revised = lines(after)[0]
    amount = Decimal(line["Количество"]) * Decimal("1.50")
    assert (revised["Цена"], revised["Количество"]) == ("1.5000", line["Количество"])
    assert Decimal(revised["Сумма"]) < amount or Decimal(line["СкидкаПроцент"]) == 0
    assert Decimal(after["СуммаДокумента"]) == Decimal(revised["Сумма"]) + Decimal(revised["СуммаНДС"])
    held = Decimal(shop.limits()["ЗарезервированоЗаказами"]) - Decimal(limits["ЗарезервированоЗаказами"])
    assert held == Decimal(after["СуммаДокумента"]) - Decimal(before["СуммаДокумента"])
    nothing = {"ib": "erp", "edit": "order_line", "order": before["Number"], "line": "77"}
    assert portal.steer("/erp-edit", nothing, ErrorAnswer, 404).error.code == "not_found"
