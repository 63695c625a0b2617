"""Virtual tables: slices, balances, turnovers, worked out again from the portal's rows."""

from decimal import Decimal

import pytest

from tests.erp_peer.odata.client import Interface, number, text
from tests.erp_peer.portal import Portal
from tests.erp_peer.shop import Shop

PRICES = "InformationRegister_ЦеныНоменклатуры"
STOCK = "AccumulationRegister_ЗапасыИПотребности"
LIMITS = "AccumulationRegister_РасчетыСКлиентамиПоСрокам"
PLANS = "AccumulationRegister_ПланыПродаж"
ORDER_TYPE = "StandardODATA.Document_ЗаказКлиента"


def test_the_last_slice_has_the_newest_price_of_everything(odata: Interface, portal: Portal) -> None:
    newest: dict[tuple[str, str], tuple[str, str]] = {}
    for row in portal.rows("prices"):
        key, price = (row["ВидЦены_Key"], row["Характеристика_Key"]), (row["Период"], row["Цена"])
        if row["DeletionMark"] == "false":
            newest[key] = max(newest.get(key, price), price)
    found = {
        (text(row, "ВидЦены_Key"), text(row, "Характеристика_Key")): number(row, "Цена")
        for row in odata.many(f"{PRICES}/SliceLast()")
    }
    assert found == {key: float(price) for key, (_, price) in newest.items()}


def test_a_slice_has_a_moment_and_a_condition_with_bare_quotes(odata: Interface, portal: Portal) -> None:
    row = portal.rows("prices")[0]
    condition = f"Характеристика_Key eq guid'{row['Характеристика_Key']}' and ВидЦены_Key eq guid'{row['ВидЦены_Key']}'"
    moment = f"{row['Период']}T23:59:59"
    found = odata.many(f"{PRICES}/SliceLast(Period=datetime'{moment}',Condition='{condition}')")
    assert [one["Period"] for one in found] == [f"{row['Период']}T00:00:00"]
    assert odata.many(f"{PRICES}/SliceLast", Period=f"datetime'{moment}'", Condition=condition) == found
    early = f"{PRICES}/SliceLast(Period=datetime'2001-01-01T00:00:00',Condition='{condition}')"
    assert odata.many(early) == []
    first = odata.many(f"{PRICES}/SliceFirst(Condition='{condition}')")
    assert len(first) == 1


def test_a_slice_ignores_skip_and_obeys_top(odata: Interface) -> None:
    every = odata.many(f"{PRICES}/SliceLast()")
    assert len(odata.many(f"{PRICES}/SliceLast()", skip="5")) == len(every)
    assert len(odata.many(f"{PRICES}/SliceLast()", top="5")) == 5


def test_balances_of_stock_are_those_of_surface_h(odata: Interface, portal: Portal) -> None:
    expected = {
        (row["Характеристика_Key"], row["Склад_Key"]): (Decimal(row["ВНаличииОстаток"]), Decimal(row["РезервОстаток"]))
        for row in portal.rows("stock")
        if row["DeletionMark"] == "false" and (Decimal(row["ВНаличииОстаток"]) or Decimal(row["РезервОстаток"]))
    }
    found = {
        (text(row, "Характеристика_Key"), text(row, "Склад")): (
            Decimal(str(row["ВНаличииBalance"])),
            Decimal(str(row["РезервироватьНаСкладеBalance"])),
        )
        for row in odata.many(f"{STOCK}/Balance(Dimensions='Характеристика,Склад')")
    }
    assert found == expected
    assert any(on_hand < 0 for on_hand, _ in found.values())


def test_a_balance_with_the_order_shows_who_holds_what(shop: Shop, odata: Interface) -> None:
    item = shop.items[0]
    order = shop.order(shop.line(item))
    assert shop.portal.run(order)[0].status == "ok"
    condition = f"Склад eq cast(guid'{shop.warehouse['Ref_Key']}','Catalog_Склады')"
    own = f"Характеристика_Key eq guid'{item['Ref_Key']}'"
    dimensions = "Номенклатура,Характеристика,Склад,Заказ"
    rows = odata.many(f"{STOCK}/Balance(Condition='{condition} and {own}',Dimensions='{dimensions}')")
    held = [row for row in rows if row["Заказ"] == order["ref"]]
    assert [row["РезервироватьНаСкладеBalance"] for row in held] == [float(shop.line(item)["Количество"])]
    assert held[0]["Заказ_Type"] == ORDER_TYPE
    assert held[0]["ВНаличииBalance"] == 0
    free = [row for row in rows if row["Заказ"] == ""]
    assert [row["Заказ_Type"] for row in free] == ["StandardODATA.Undefined"]


def test_balances_of_limits_split_debt_and_prepayment(odata: Interface, portal: Portal) -> None:
    found = {text(row, "Договор_Key"): row for row in odata.many(f"{LIMITS}/Balance()")}
    for row in portal.rows("limits"):
        debt = float(row["Долг"])
        if debt or float(row["ЗарезервированоЗаказами"]):
            own = found[row["Договор_Key"]]
            assert number(own, "ДолгBalance") == max(debt, 0)
            assert number(own, "ПредоплатаBalance") == max(-debt, 0)
            assert number(own, "ЗарезервированоЗаказамиBalance") == float(row["ЗарезервированоЗаказами"])


def test_turnovers_add_up_a_span_of_months(odata: Interface, portal: Portal) -> None:
    months = sorted({row["Месяц"] for row in portal.rows("plans")})
    first, last = months[1], months[-2]
    expected: dict[str, Decimal] = {}
    for row in portal.rows("plans"):
        if first <= row["Месяц"] <= last:
            partner = row["Партнер_Key"]
            expected[partner] = expected.get(partner, Decimal(0)) + Decimal(row["ПланКг"])
    span = f"StartPeriod=datetime'{first}T00:00:00',EndPeriod=datetime'{last}T23:59:59'"
    found = odata.many(f"{PLANS}/Turnovers({span},Dimensions='Партнер')")
    assert {text(row, "Партнер_Key"): Decimal(str(row["ПланКгTurnover"])) for row in found} == {
        partner: plan for partner, plan in expected.items() if plan
    }


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{STOCK}/Balance(Dimensions='Нет')", 400, "10"),
        (f"{STOCK}/Balance(Condition='Нет eq 1')", 400, "10"),
        (f"{STOCK}/Balance(Condition='Склад eq')", 400, "14"),
        (f"{STOCK}/Balance(Periods=1)", 400, "1"),
        (f"{STOCK}/Balance(StartPeriod=datetime'2026-01-01T00:00:00')", 400, "1"),
        (f"{PRICES}/SliceLast(Period='2026-01-01')", 400, "1"),
        (f"{STOCK}/Turnovers()", 400, "11"),
        ("Catalog_Партнеры/SliceLast()", 400, "11"),
    ],
)
def test_wrong_calls_have_their_codes(odata: Interface, path: str, status: int, code: str) -> None:
    assert odata.failure(path, status).code == code
