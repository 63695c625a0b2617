"""Shapes recorded from real bases (ERP-PROTOCOL, 3 to 9): names in any order, and the form of each value."""

import re
from typing import Final
from uuid import uuid4

import msgspec
import pytest

from tests.erp_peer.odata.client import Interface, Row
from tests.erp_peer.portal import Portal

GUID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
LABEL: Final = r"[A-Za-z0-9+/]{11}="
MOMENT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
TEXT, WHOLE_AS_TEXT, NUMBER, TRUTH = r".*", r"\d+", "number", "true or false"
ITEM: Final = {"Ref_Key": GUID, "DataVersion": LABEL, "Description": TEXT, "Артикул": TEXT}
ORDER: Final = {
    "Ref_Key": GUID,
    "DataVersion": LABEL,
    "DeletionMark": TRUTH,
    "Number": r".+-\d{6}",
    "Date": MOMENT,
    "Posted": TRUTH,
    "Партнер_Key": GUID,
    "Контрагент_Key": GUID,
    "Договор_Key": GUID,
    "Соглашение_Key": GUID,
    "Склад_Key": GUID,
    "Статус": r"НеСогласован|КОбеспечению|КОтгрузке|Закрыт",
}
LINE: Final = {
    "LineNumber": WHOLE_AS_TEXT,
    "КодСтроки": TEXT,
    "Номенклатура_Key": GUID,
    "Характеристика_Key": GUID,
    "Количество": NUMBER,
    "Цена": NUMBER,
    "Сумма": NUMBER,
}
BALANCE: Final = {
    "Номенклатура_Key": GUID,
    "Характеристика_Key": GUID,
    "Склад": GUID,
    "Склад_Type": "StandardODATA.Catalog_Склады",
    "Заказ": f"({GUID})?",
    "Заказ_Type": r"StandardODATA\.(Document_ЗаказКлиента|Undefined)",
    "ВНаличииBalance": NUMBER,
    "РезервироватьНаСкладеBalance": NUMBER,
}
NODE: Final = {
    "Ref_Key": GUID,
    "Code": TEXT,
    "Description": TEXT,
    "SentNo": WHOLE_AS_TEXT,
    "ReceivedNo": WHOLE_AS_TEXT,
    "ThisNode": TRUTH,
}


def assert_shape(row: dict[str, object] | Row, shape: dict[str, str]) -> None:
    """Every recorded name is there with a value of the recorded form."""
    for name, form in shape.items():
        value = row[name]
        if form == NUMBER:
            assert isinstance(value, int | float), (name, value)
            assert not isinstance(value, bool), (name, value)
        elif form == TRUTH:
            assert isinstance(value, bool), (name, value)
        else:
            assert isinstance(value, str), (name, value)
            assert re.fullmatch(form, value, re.DOTALL), (name, value)


def test_a_page_has_the_shape_of_the_record(odata: Interface) -> None:
    asked = "$format=json&$top=1&$select=Ref_Key,DataVersion,Description,Артикул&$filter=DeletionMark eq false"
    response = odata.send("GET", f"Catalog_Номенклатура?{asked}")
    page = msgspec.json.decode(response.content, type=dict[str, str | list[dict[str, object]]])
    assert set(page) == {"odata.metadata", "value"}
    assert str(page["odata.metadata"]).endswith("/standard.odata/$metadata#Catalog_Номенклатура")
    (row,) = page["value"]
    assert isinstance(row, dict)
    assert set(row) == set(ITEM)
    assert_shape(row, ITEM)
    assert response.headers["dataserviceversion"] == "3.0"
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    assert not {"etag", "last-modified"} & set(response.headers)


def test_an_order_has_the_shape_of_the_record(odata: Interface) -> None:
    (order,) = odata.many("Document_ЗаказКлиента", top="1", filter="Posted eq true")
    assert_shape(order, ORDER)
    lines = order["Товары"]
    assert isinstance(lines, list)
    for line in lines:
        assert_shape(dict(line), LINE)
    for name, text in order.items():
        if name.endswith("@navigationLinkUrl"):
            link = name.removesuffix("@navigationLinkUrl")
            assert text == f"Document_ЗаказКлиента(guid'{order['Ref_Key']}')/{link}"
    assert "Партнер@navigationLinkUrl" in order


def test_a_new_object_answers_201_with_the_whole_of_it(odata: Interface) -> None:
    ref = str(uuid4())
    response = odata.send("POST", "Catalog_Партнеры?$format=json", {"Ref_Key": ref, "Description": "Новый"})
    made = msgspec.json.decode(response.content, type=dict[str, object])
    assert (response.status_code, made["Ref_Key"], made["DeletionMark"]) == (201, ref, False)
    assert str(made["odata.metadata"]).endswith("$metadata#Catalog_Партнеры/@Element")
    assert_shape(made, {"Ref_Key": GUID, "DataVersion": LABEL, "Description": TEXT, "Code": TEXT})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "Catalog_Партнеры(guid'00000000-0000-0000-0000-000000000000')?$format=json", 404, "9"),
        ("GET", "Catalog_Нет?$format=json", 404, "8"),
        ("GET", "Catalog_Партнеры?$format=json&$select=Нет", 400, "10"),
        ("GET", "Catalog_Партнеры?$format=json&$filter=DeletionMark+eq+false", 400, "14"),
        ("POST", "$batch?$format=json", 501, "0"),
        ("POST", "Document_ЗаказКлиента_Товары?$format=json", 400, "13"),
    ],
)
def test_a_failure_has_the_shape_of_the_record(
    odata: Interface, method: str, path: str, status: int, code: str
) -> None:
    response = odata.send(method, path, {} if method == "POST" else None)
    told = msgspec.json.decode(response.content, type=dict[str, dict[str, str | dict[str, str]]])
    assert (response.status_code, set(told)) == (status, {"odata.error"})
    error = told["odata.error"]
    message = error["message"]
    assert (error["code"], isinstance(message, dict) and message["lang"]) == (code, "ru")


def test_balances_with_their_orders_have_the_shape_of_the_record(odata: Interface) -> None:
    rows = odata.many(
        "AccumulationRegister_ЗапасыИПотребности/Balance(Dimensions='Номенклатура,Характеристика,Склад,Заказ')"
    )
    assert len(rows) > 100
    for row in rows:
        assert_shape(row, BALANCE)
        assert set(row) == set(BALANCE)


def test_nodes_and_packets_of_the_exchange_have_the_shape_of_the_record(odata: Interface, portal: Portal) -> None:
    made = odata.send("POST", "ExchangePlan_ПорталB2B?$format=json", {"Code": "golden"})
    node = msgspec.json.decode(made.content, type=dict[str, object])
    assert_shape(node, NODE)
    ref = portal.rows("partners")[0]["Ref_Key"]
    portal.edit(edit="touch", set="Catalog_Партнеры", ref=ref)
    point = f"{odata.root}/ExchangePlan_ПорталB2B(guid'{node['Ref_Key']}')"
    packet = odata.send("POST", f"SelectChanges?DataExchangePoint='{point}'&MessageNo=1").text
    assert re.search(r'<feed [^>]*xmlns="http://www.w3.org/2005/Atom"', packet)
    assert re.search(r'<category term="StandardODATA.Catalog_Партнеры"', packet)
    assert f"<d:Ref_Key>{ref}</d:Ref_Key>" in packet
    done = odata.send("POST", f"NotifyChangesReceived?DataExchangePoint='{point}'&MessageNo=1")
    assert (done.status_code, done.content) == (200, b"")
