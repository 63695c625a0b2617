"""Commands: done once, refused by rule, never half."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest

from tests.erp_peer.portal import ErrorAnswer, Outcome, Portal, command
from tests.erp_peer.shop import Shop, open_shop

ZERO = "00000000-0000-0000-0000-000000000000"


def test_an_order_takes_stock_and_limit_and_gets_a_number(shop: Shop) -> None:
    first, second = shop.items[:2]
    free = [shop.free(first), shop.free(second)]
    reserved = Decimal(shop.limits()["ЗарезервированоЗаказами"])
    lines = [shop.line(first), shop.line(second, code="2")]
    done = shop.portal.run(shop.order(*lines, НомерПоДаннымКлиента="P-2026-4829131"))[0]
    assert (done.status, done.posted, done.state) == ("ok", True, "ОжидаетсяОбеспечение")
    assert done.number.startswith("АЛ00-")
    assert [shop.free(first), shop.free(second)] == [
        was - Decimal(line["Количество"]) for was, line in zip(free, lines, strict=True)
    ]
    row = shop.portal.one("orders", Ref_Key=done.ref)
    assert (row["Number"], row["Posted"], row["СозданПорталом"]) == (done.number, "true", "true")
    assert (row["Статус"], row["НомерПоДаннымКлиента"]) == ("КОбеспечению", "P-2026-4829131")
    assert row["ПакетПроведения"] == str(done.posted_batch)
    assert row["АдресДоставки"] == shop.address["Представление"]
    net = sum(Decimal(line["Количество"]) * Decimal(line["Цена"]) * Decimal("0.97") for line in lines)
    assert abs(Decimal(row["СуммаДокумента"]) - net * Decimal("1.16")) < Decimal("0.05")
    limits = shop.limits()
    assert Decimal(limits["ЗарезервированоЗаказами"]) - reserved == Decimal(row["СуммаДокумента"])
    assert done.ref in limits["Заказы"]
    assert [item.type for item in shop.portal.audit(done.ref)] == ["order.put"]


def test_numbers_grow_by_one(shop: Shop) -> None:
    done = shop.portal.run(*(shop.order(shop.line(shop.items[0])) for _ in range(3)))
    numbers = [int(outcome.number.removeprefix("АЛ00-")) for outcome in done]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


def sent(shop: Shop, order: dict[str, object]) -> str:
    """The results of one command as they stand on the wire."""
    body = msgspec.json.encode({"commands": [order]})
    return shop.portal.http.post("/commands", content=body).text.partition(',"as_of_batch"')[0]


def test_a_repeat_is_answered_verbatim_and_does_nothing(shop: Shop) -> None:
    order = shop.order(shop.line(shop.items[0]))
    first = sent(shop, order)
    free = shop.free(shop.items[0])
    assert '"replayed":false' in first
    assert sent(shop, order) == first.replace('"replayed":false', '"replayed":true')
    assert shop.free(shop.items[0]) == free
    assert len(shop.portal.audit(str(order["ref"]))) == 1


def test_a_refusal_is_repeated_too(shop: Shop) -> None:
    order = shop.order(shop.line(shop.items[0], "99999996.000"))
    first, second = shop.portal.run(order)[0], shop.portal.run(order)[0]
    assert (first.status, first.replayed, second.replayed) == ("refused", False, True)
    assert second.codes == first.codes == ["limit_exceeded", "no_stock"]
    assert second.batch == first.batch


def test_an_id_with_another_body_stops_the_whole_request(shop: Shop) -> None:
    order = shop.order(shop.line(shop.items[0]))
    shop.portal.run(order)
    other = order | {"data": shop.data(shop.line(shop.items[0]), Комментарий="другое")}
    fresh = shop.order(shop.line(shop.items[0]))
    answer = shop.portal.post("/commands", {"commands": [fresh, other]}, ErrorAnswer, 409)
    assert (answer.error.code, answer.error.id) == ("id_reuse", order["id"])
    assert shop.portal.audit(str(fresh["ref"])) == []
    twins = shop.portal.post("/commands", {"commands": [fresh, fresh | {"post": False}]}, ErrorAnswer, 409)
    assert twins.error.code == "id_reuse"


def test_one_refused_does_not_stop_the_next(shop: Shop) -> None:
    done = shop.portal.run(shop.order(shop.line(shop.items[0])), shop.order(), shop.order(shop.line(shop.items[0])))
    assert [outcome.status for outcome in done] == ["ok", "refused", "ok"]
    assert done[1].codes == ["empty_order"]


def refused(shop: Shop, *lines: dict[str, str], **more: str) -> list[str]:
    """Codes of a refusal that left no trace."""
    order = shop.order(*lines, **more)
    done = shop.portal.run(order)[0]
    assert done.status == "refused", done
    assert done.message
    assert shop.portal.audit(str(order["ref"])) == []
    return done.codes


def test_every_line_rule_refuses(shop: Shop) -> None:
    item = next(row for row in shop.items if int(row["Кратность"]) > 1)
    half = f"{int(item['Кратность']) + 1}.000"
    assert refused(shop, shop.line(item, half)) == ["bad_quantity"]
    assert refused(shop, shop.line(item, "-4.000")) == ["bad_quantity", "min_amount"]
    assert refused(shop, shop.line(item, Цена="0.0100")) == ["price_mismatch"]
    assert refused(shop, shop.line(item, СкидкаПроцент="3.01")) == ["price_mismatch"]
    assert refused(shop, shop.line(item, Сумма="1.00")) == ["price_mismatch"]
    assert refused(shop, shop.line(item, СтавкаНДС="12")) == ["vat_mismatch"]
    assert refused(shop, shop.line(item, СуммаНДС="0.01")) == ["vat_mismatch"]
    assert "not_in_segment" in refused(shop, shop.line(shop.outside[0]))


def test_a_better_discount_needs_a_ground(shop: Shop) -> None:
    line = shop.line(shop.items[0], СкидкаПроцент="9.00", ОснованиеСкидки="Заявка 17 от 20.11.2026")
    assert shop.portal.run(shop.order(line))[0].status == "ok"


def test_every_head_rule_refuses(shop: Shop) -> None:
    line = shop.line(shop.items[0])
    other = open_shop(shop.portal, buyer=2)
    assert refused(shop, line, Валюта="USD") == ["currency_mismatch"]
    assert refused(shop, line, Контрагент_Key=other.contract["Контрагент_Key"]) == ["contract_mismatch"]
    assert refused(shop, line, Партнер_Key=other.partner["Ref_Key"]) == ["contract_mismatch", "consignee_mismatch"]
    assert refused(shop, line, АдресДоставки_Key=other.address["Ref_Key"]) == ["consignee_mismatch"]
    assert refused(shop, line, Склад_Key=str(uuid4())) == ["warehouse_mismatch"]
    assert refused(shop, line, ДатаОтгрузки="2099-01-01") == ["contract_closed"]
    assert "agreement_mismatch" in refused(shop, line, Соглашение_Key=other.agreement["Ref_Key"])


def test_an_ended_agreement_and_a_tight_limit_refuse(portal: Portal) -> None:
    ended = open_shop(portal, agreement=3)
    assert "agreement_closed" in refused(ended, ended.line(ended.items[0]))
    tight = open_shop(portal, agreement=2)
    dear = max(tight.items, key=lambda row: Decimal(tight.prices[row["Ref_Key"]]))
    assert refused(tight, tight.line(dear, f"{int(dear['Кратность']) * 60}.000")) == ["limit_exceeded"]
    assert portal.run(tight.order(tight.line(tight.items[0])))[0].status == "ok"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"Партнер": ""}, "unknown_field", ""),
        ({"Договор_Key": "x"}, "bad_field", "Договор_Key"),
        ({"Договор_Key": ZERO}, "unknown_reference", "Договор_Key"),
        ({"Соглашение_Key": ZERO}, "unknown_reference", "Соглашение_Key"),
        ({"АдресДоставки_Key": ZERO}, "unknown_reference", "АдресДоставки_Key"),
        ({"СпособДоставки": "Дрон"}, "bad_field", "СпособДоставки"),
        ({"Комментарий": "a\x00b"}, "bad_field", "data"),
        ({"Комментарий": "я" * 1001}, "bad_field", "Комментарий"),
    ],
)
def test_what_cannot_be_understood_is_invalid(shop: Shop, change: dict[str, str], code: str, field: str) -> None:
    done = shop.portal.run(shop.order(shop.line(shop.items[0]), **change))[0]
    assert (done.status, done.code, done.details) == ("invalid", code, {"field": field})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e30", "", "двенадцать"])
def test_numbers_that_are_none_are_invalid(shop: Shop, number: str) -> None:
    line = shop.line(shop.items[0]) | {"Количество": number}
    done = shop.portal.run(shop.order(line))[0]
    assert (done.status, done.code) == ("invalid", "bad_field")


def test_unknown_items_types_and_double_codes_are_invalid(shop: Shop) -> None:
    line = shop.line(shop.items[0])
    assert shop.portal.run(shop.order(line | {"Характеристика_Key": ZERO}))[0].code == "unknown_reference"
    assert shop.portal.run(shop.order(line, line))[0].code == "bad_field"
    assert shop.portal.run(command("order.eat", str(uuid4()), {}))[0].code == "unknown_type"


def test_a_draft_reserves_nothing_and_may_be_posted_later(shop: Shop) -> None:
    item = shop.items[0]
    free = shop.free(item)
    order = shop.order(shop.line(item)) | {"post": False}
    draft = shop.portal.run(order)[0]
    assert (draft.posted, draft.state, draft.posted_batch) == (False, "ОжидаетсяСогласование", 0)
    assert shop.free(item) == free
    posted = shop.portal.run(shop.order(shop.line(item), ref=draft.ref))[0]
    assert (posted.posted, posted.number) == (True, draft.number)
    assert shop.free(item) < free


def test_replacing_gives_back_first_what_the_order_held(shop: Shop) -> None:
    item = max(shop.items, key=lambda row: int(row["Кратность"]))
    free = shop.free(item)
    pack = int(item["Кратность"])
    order = shop.order(shop.line(item, f"{pack * 5}.000"))
    first = shop.portal.run(order)[0]
    second = shop.portal.run(shop.order(shop.line(item, f"{pack}.000"), ref=first.ref))[0]
    assert second.number == first.number
    assert second.label != first.label
    assert shop.free(item) == free - pack
    reserved = Decimal(shop.limits()["ЗарезервированоЗаказами"])
    cancelled = shop.portal.run(command("order.cancel", first.ref, {"Причина": "Передумали"}))[0]
    assert (cancelled.status, cancelled.state) == ("ok", "Закрыт")
    assert shop.free(item) == free
    row = shop.portal.one("orders", Ref_Key=first.ref)
    assert (row["Отменен"], row["Posted"], row["СуммаДокумента"]) == ("true", "false", "0.00")
    assert Decimal(shop.limits()["ЗарезервированоЗаказами"]) < reserved
    assert shop.portal.run(command("order.cancel", first.ref, {}))[0].status == "ok"
    assert shop.portal.run(shop.order(shop.line(item), ref=first.ref))[0].codes == ["wrong_state"]


def test_a_label_that_is_no_longer_true_is_a_conflict(shop: Shop) -> None:
    item = shop.items[0]
    first = shop.portal.run(shop.order(shop.line(item)))[0]
    same = shop.order(shop.line(item), ref=first.ref)
    second = shop.portal.run(same | {"if_label": first.label})[0]
    assert second.status == "ok"
    stale = shop.portal.run(same | {"id": str(uuid4()), "if_label": first.label})[0]
    assert (stale.status, stale.label) == ("conflict", second.label)
    missing = shop.portal.run(shop.order(shop.line(item)) | {"if_label": first.label})[0]
    assert (missing.status, missing.label) == ("conflict", "")


def test_lines_are_cancelled_one_by_one(shop: Shop) -> None:
    first, second = shop.items[:2]
    free = shop.free(first), shop.free(second)
    order = shop.portal.run(shop.order(shop.line(first), shop.line(second, code="2")))[0]
    assert shop.portal.run(command("order.line_cancel", order.ref, {"КодСтроки": ["9"]}))[0].codes == ["line_missing"]
    assert shop.portal.run(command("order.line_cancel", order.ref, {"КодСтроки": ["1"]}))[0].status == "ok"
    assert shop.free(first) == free[0]
    assert shop.free(second) < free[1]
    row = shop.portal.one("orders", Ref_Key=order.ref)
    assert (row["Статус"], row["Отменен"]) == ("КОбеспечению", "false")
    last = shop.portal.run(command("order.line_cancel", order.ref, {"КодСтроки": ["2"]}))[0]
    assert last.state == "Закрыт"
    assert (shop.free(first), shop.free(second)) == free


def test_a_vehicle_goes_along_with_a_self_pickup_order(shop: Shop) -> None:
    portal = shop.portal
    vehicle = {"ВодительФИО": "Абенов Серик", "АвтомобильГосударственныйНомер": "123 AB 02"}
    delivered = portal.run(shop.order(shop.line(shop.items[0])))[0]
    body = vehicle | {"Заказ_Key": delivered.ref}
    assert portal.run(command("vehicle.put", str(uuid4()), body))[0].codes == ["wrong_mode"]
    assert portal.run(command("vehicle.put", str(uuid4()), body | {"Заказ_Key": ZERO}))[0].codes == ["order_missing"]
    pickup = portal.run(shop.order(shop.line(shop.items[0]), СпособДоставки="Самовывоз"))[0]
    body |= {"Заказ_Key": pickup.ref}
    named = portal.run(command("vehicle.put", ref := str(uuid4()), body))[0]
    assert (named.status, named.state) == ("ok", "Формируется")
    changed = portal.run(command("vehicle.put", ref, body | {"Прицеп": "Полуприцеп"}))[0]
    assert changed.number == named.number
    too_long = body | {"АвтомобильГосударственныйНомер": "1" * 16}
    assert portal.run(command("vehicle.put", ref, too_long))[0].code == "bad_field"
    for _ in range(3):
        portal.advance(pickup.ref)
    assert portal.one("transport", Ref_Key=ref)["Статус"] == "Закрыто"
    assert portal.run(command("vehicle.put", ref, body))[0].codes == ["wrong_state"]


def test_sixteen_buyers_never_get_more_than_there_is(shop: Shop) -> None:
    item = next(row for row in shop.items[3:] if row["Кратность"] == "1")
    shop.portal.edit(edit="stock", sku=item["Артикул"], warehouse=shop.warehouse["Code"], on_hand="10")
    orders = [shop.order(shop.line(item, "1.000")) for _ in range(16)]

    def buy(order: dict[str, object]) -> Outcome:
        with Portal(shop.portal.url) as own:
            return own.run(order)[0]

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(buy, orders))
    reserved = Decimal(shop.portal.available(item["Ref_Key"], shop.warehouse["Ref_Key"]).items[0].reserved)
    sold = [outcome for outcome in done if outcome.status == "ok"]
    assert len(sold) == 10 - (reserved - len(sold))
    assert {code for outcome in done if outcome.status == "refused" for code in outcome.codes} == {"no_stock"}
    assert shop.free(item) == 0


def test_one_command_sent_eight_times_at_once_is_done_once(shop: Shop) -> None:
    order = shop.order(shop.line(shop.items[0]))

    def send(_: int) -> Outcome:
        with Portal(shop.portal.url) as own:
            return own.run(order)[0]

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(send, range(8)))
    assert sorted(outcome.replayed for outcome in done) == [False] + [True] * 7
    assert len({outcome.number for outcome in done}) == 1
    assert len(shop.portal.audit(str(order["ref"]))) == 1
