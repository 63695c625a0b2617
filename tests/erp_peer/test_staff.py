"""What the ERP's own people do: moving orders on, accountants' edits."""

from decimal import Decimal

import msgspec

from tests.erp_peer.portal import ErrorAnswer, Ping
from tests.erp_peer.shop import Shop


def test_an_order_lives_until_it_is_closed(shop: Shop, node: str) -> None:
    portal, item = shop.portal, max(shop.items, key=lambda row: int(row["Кратность"]))
    pack = int(item["Кратность"])
    before, free = shop.limits(), shop.free(item)
    order = portal.run(shop.order(shop.line(item, f"{pack * 4}.000")))[0]
    total = Decimal(portal.one("orders", Ref_Key=order.ref)["СуммаДокумента"])
    portal.drain(node)
    picked = portal.advance(order.ref)
    assert (picked.step, picked.status, picked.state) == ("pick", "КОтгрузке", "ГотовКОтгрузке")
    assert {e.set for e in portal.drain(node)} == {"Document_ЗаказКлиента"}
    half = portal.advance(order.ref, "0.5")
    assert (half.step, half.state, half.shipped_percent) == ("ship", "ВПроцессеОтгрузки", 50)
    stock = portal.one("stock", Характеристика_Key=item["Ref_Key"], Склад_Key=shop.warehouse["Ref_Key"])
    assert Decimal(stock["СвободныйОстаток"]) == free - pack * 4
    assert Decimal(stock["ВНаличииОстаток"]) - Decimal(stock["РезервОстаток"]) == Decimal(stock["СвободныйОстаток"])
    rest = portal.advance(order.ref)
    assert (rest.state, rest.shipped_percent) == ("ОжидаетсяОплатаПослеОтгрузки", 100)
    after = shop.limits()
    assert Decimal(after["Долг"]) - Decimal(before["Долг"]) == total
    assert after["ЗарезервированоЗаказами"] == before["ЗарезервированоЗаказами"]
    assert order.ref not in after["Заказы"]
    closed = portal.advance(order.ref)
    assert (closed.step, closed.status) == ("close", "Закрыт")
    assert shop.limits()["Долг"] == before["Долг"]
    assert portal.advance(order.ref).step == ""
    assert [item.type for item in portal.audit(order.ref)] == [
        "order.put", "staff.pick", "staff.ship", "staff.ship", "staff.close",
    ]  # fmt: skip


def test_bulk_is_shipped_as_measured(shop: Shop) -> None:
    item = shop.bulk[0]
    shop.portal.edit(edit="credit_limit", contract=shop.contract["Номер"], amount="900000000")
    order = shop.portal.run(shop.order(shop.line(item)))[0]
    assert order.status == "ok", order
    shop.portal.advance(order.ref)
    shop.portal.advance(order.ref)
    lines = shop.portal.one("orders", Ref_Key=order.ref)["Товары"]
    shipped = Decimal(msgspec.json.decode(lines, type=list[dict[str, str]])[0]["Отгружено"])
    assert shipped != 10
    assert abs(shipped - 10) <= Decimal("0.03")


def test_a_draft_cannot_be_moved_by_hand(shop: Shop) -> None:
    draft = shop.portal.run(shop.order(shop.line(shop.items[0])) | {"post": False})[0]
    answer = shop.portal.steer("/advance", {"ib": "erp", "ref": draft.ref}, ErrorAnswer, 409)
    assert answer.error.code == "wrong_state"
    missing = shop.portal.steer("/advance", {"ib": "erp", "number": "нет"}, ErrorAnswer, 404)
    assert missing.error.code == "not_found"


def test_a_new_price_begins_today_and_the_old_one_stays(shop: Shop, node: str) -> None:
    item, portal = shop.items[5], shop.portal
    portal.edit(edit="price", sku=item["Артикул"], price_type=shop.price_type["Code"], amount="77.5")
    own = {"ВидЦены_Key": shop.price_type["Ref_Key"], "Характеристика_Key": item["Ref_Key"]}
    today = portal.get("/ping", Ping).now[:10]
    fresh = portal.one("prices", Период=today, **own)
    assert (fresh["Цена"], fresh["ЕдиницаЦены"], fresh["ДействуетПо"]) == ("77.5000", "piece", "0001-01-01")
    assert [entry.ref for entry in portal.drain(node)] == [fresh["Ref_Key"]]
    assert len([r for r in portal.rows("prices") if own.items() <= r.items()]) == 2
    line = shop.line(item)
    assert portal.run(shop.order(line))[0].codes == ["price_mismatch"]
    assert portal.run(shop.order(line | {"Цена": "77.5"}))[0].status == "ok"
    portal.edit(edit="price", sku=item["Артикул"], price_type=shop.price_type["Code"], amount="80")
    assert portal.one("prices", Период=today, **own)["Цена"] == "80.0000"


def test_a_sheet_of_prices_and_a_stock_taking_are_one_write_each(shop: Shop, node: str) -> None:
    portal, items = shop.portal, shop.items[7:10]
    amounts = {item["Артикул"]: str(100 + place) for place, item in enumerate(items)}
    code, store = shop.price_type["Code"], shop.warehouse["Code"]
    priced = portal.edit(edit="prices", price_type=code, amounts=amounts)
    counted = portal.edit(edit="stocks", warehouse=store, on_hand=dict.fromkeys(amounts, "5000"))
    assert len(priced.touched) == len(counted.touched) == len(items)
    assert {entry.label for entry in portal.drain(node)} == {one["label"] for one in priced.touched + counted.touched}
    today = portal.get("/ping", Ping).now[:10]
    for item in items:
        of_list = {"ВидЦены_Key": shop.price_type["Ref_Key"], "Характеристика_Key": item["Ref_Key"]}
        assert portal.one("prices", Период=today, **of_list)["Цена"] == amounts[item["Артикул"]] + ".0000"
        stock = portal.one("stock", Характеристика_Key=item["Ref_Key"], Склад_Key=shop.warehouse["Ref_Key"])
        assert stock["ВНаличииОстаток"] == "5000.000"
        assert Decimal(stock["СвободныйОстаток"]) == 5000 - Decimal(stock["РезервОстаток"])
    for nobody in (
        {"edit": "prices", "price_type": code, "amounts": {**amounts, "нет": "1"}},
        {"edit": "stocks", "warehouse": store, "on_hand": {**amounts, "нет": "1"}},
        {"edit": "prices", "price_type": "нет", "amounts": amounts},
    ):
        answer = portal.steer("/erp-edit", {"ib": "erp", **nobody}, ErrorAnswer, 404)
        assert answer.error.code == "not_found"
    assert portal.drain(node) == [], "what names something that does not exist changes nothing"


def test_a_blocked_item_and_an_empty_shelf_refuse(shop: Shop) -> None:
    item, portal = shop.items[6], shop.portal
    portal.edit(edit="item_block", sku=item["Артикул"], blocked=True)
    assert portal.run(shop.order(shop.line(item)))[0].codes == ["item_blocked"]
    portal.edit(edit="item_block", sku=item["Артикул"], blocked=False)
    portal.edit(edit="stock", sku=item["Артикул"], warehouse=shop.warehouse["Code"], on_hand="-3")
    assert portal.run(shop.order(shop.line(item)))[0].codes == ["no_stock"]
    row = portal.one("stock", Характеристика_Key=item["Ref_Key"], Склад_Key=shop.warehouse["Ref_Key"])
    assert row["ВНаличииОстаток"] == "-3.000"


def test_debt_limit_and_end_of_agreement_refuse(shop: Shop) -> None:
    portal, line, contract = shop.portal, shop.line(shop.items[0]), shop.contract["Номер"]
    portal.edit(edit="credit_limit", contract=contract, amount="5")
    assert portal.one("contracts", Номер=contract)["ДопустимаяСуммаЗадолженности"] == "5.00"
    portal.edit(edit="debt", contract=contract, debt="100", overdue="50", overdue_days=12)
    assert (shop.limits()["Просрочено"], shop.limits()["ДнейПросрочки"]) == ("50.00", "12")
    assert portal.run(shop.order(line))[0].codes == ["overdue", "limit_exceeded"]
    portal.edit(edit="agreement_end", agreement=shop.agreement["Номер"], valid_to="2020-01-01")
    assert portal.run(shop.order(line))[0].codes == ["agreement_closed", "overdue", "limit_exceeded"]


def test_a_renamed_item_remembers_its_old_name(shop: Shop) -> None:
    item = shop.items[7]
    shop.portal.edit(edit="sku", sku=item["Артикул"], new_sku=f"{item['Артикул']}-N")
    renamed = shop.portal.one("characteristics", Ref_Key=item["Ref_Key"])
    assert renamed["Артикул"] == f"{item['Артикул']}-N"
    assert item["Артикул"] in msgspec.json.decode(renamed["СтарыеАртикулы"], type=list[str])
    again = {"ib": "erp", "edit": "sku", "sku": item["Артикул"], "new_sku": "x"}
    assert shop.portal.steer("/erp-edit", again, ErrorAnswer, 404).error.code == "not_found"
    assert shop.portal.steer("/erp-edit", {"ib": "erp", "edit": "fire"}, ErrorAnswer, 400).error.code == "bad_request"
