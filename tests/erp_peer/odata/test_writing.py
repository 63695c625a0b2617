"""Writing and posting: the rules are those of surface H, the shapes those of a real base."""

from uuid import uuid4

import msgspec
import pytest

from tests.erp_peer.odata.client import Failed, Interface, Row, rows, text
from tests.erp_peer.shop import Shop

ORDERS = "Document_ЗаказКлиента"
PARTNERS = "Catalog_Партнеры"
STOCK = "AccumulationRegister_ЗапасыИПотребности"
JSON = "?$format=json"

NOBODY = "0f0f0f0f-0000-4000-8000-000000000000"  # no object has it; the same in every process of a run


def order_body(shop: Shop, quantity: str = "", **more: object) -> dict[str, object]:
    """An order as a client of the open interface would write it."""
    sent = shop.line(shop.items[0], quantity)
    line = {"LineNumber": "1", "КодСтроки": "1", "Характеристика_Key": sent["Характеристика_Key"]}
    line |= {"Количество": float(sent["Количество"]), "Цена": float(sent["Цена"])}
    head = shop.data()
    return head | {"Ref_Key": str(uuid4()), "Date": "2026-11-22T10:00:00", "Товары": [line]} | more


def created(odata: Interface, body: object, path: str = ORDERS) -> Row:
    response = odata.send("POST", path + JSON, body)
    assert response.status_code == 201, response.text
    return msgspec.json.decode(response.content, type=Row)


def failed(odata: Interface, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
    response = odata.send(method, path + JSON, body, **headers)
    return response.status_code, msgspec.json.decode(response.content, type=Failed).error.code


def held(odata: Interface, ref: str) -> float:
    """What an order holds, as the balance with the order shows it."""
    found = odata.many(f"{STOCK}/Balance(Dimensions='Заказ',Condition='Заказ eq cast(guid'{ref}','{ORDERS}')')")
    return sum(float(str(row["РезервироватьНаСкладеBalance"])) for row in found)


def test_an_order_is_created_under_the_callers_reference_and_not_posted(shop: Shop, odata: Interface) -> None:
    body = order_body(shop, НомерПоДаннымКлиента="P-1")
    found = created(odata, body)
    assert found["Ref_Key"] == body["Ref_Key"]
    assert found["odata.metadata"] == f"{odata.root}/$metadata#{ORDERS}/@Element"
    assert found["Posted"] is False
    assert found["Date"] == "2026-11-22T10:00:00"
    assert text(found, "Number").startswith("АЛ00-")
    assert found["НомерПоДаннымКлиента"] == "P-1"
    assert rows(found, "Товары")[0]["LineNumber"] == "1"
    assert held(odata, str(body["Ref_Key"])) == 0
    assert [item.type for item in shop.portal.audit(str(body["Ref_Key"]))] == ["odata.create"]


def test_the_same_reference_twice_is_code_15(shop: Shop, odata: Interface) -> None:
    body = order_body(shop)
    created(odata, body)
    assert failed(odata, "POST", ORDERS, body) == (400, "15")
    assert len(shop.portal.audit(str(body["Ref_Key"]))) == 1


def test_posting_is_a_step_of_its_own_that_takes_stock(shop: Shop, odata: Interface) -> None:
    body = order_body(shop)
    ref = text(created(odata, body), "Ref_Key")
    path = f"{ORDERS}(guid'{ref}')"
    before = odata.one(path)
    response = odata.send("POST", f"{path}/Post?PostingModeOperational=false")
    assert (response.status_code, response.content) == (200, b"")
    posted = odata.one(path)
    assert posted["Posted"] is True
    assert posted["Статус"] == "КОбеспечению"
    assert posted["DataVersion"] != before["DataVersion"]
    assert held(odata, ref) == float(shop.line(shop.items[0])["Количество"])
    assert odata.send("POST", f"{path}/Post").status_code == 200
    again = odata.one(path)
    assert again["DataVersion"] != posted["DataVersion"]
    assert held(odata, ref) == float(shop.line(shop.items[0])["Количество"])
    assert odata.send("POST", f"{path}/Unpost").status_code == 200
    assert odata.one(path)["Posted"] is False
    assert held(odata, ref) == 0


def test_a_rule_that_forbids_posting_is_an_internal_error_and_changes_nothing(shop: Shop, odata: Interface) -> None:
    ref = text(created(odata, order_body(shop, "99999996.000")), "Ref_Key")
    path = f"{ORDERS}(guid'{ref}')"
    before = odata.one(path)
    assert failed(odata, "POST", f"{path}/Post") == (500, "-1")
    assert odata.one(path) == before
    assert held(odata, ref) == 0


def test_a_posted_order_that_is_changed_is_posted_again(shop: Shop, odata: Interface) -> None:
    body = order_body(shop)
    ref = text(created(odata, body), "Ref_Key")
    path = f"{ORDERS}(guid'{ref}')"
    assert odata.send("POST", f"{path}/Post").status_code == 200
    line = shop.line(shop.items[0])
    more = int(float(line["Количество"])) * 2
    sent = {"LineNumber": "1", "Характеристика_Key": line["Характеристика_Key"], "Цена": float(line["Цена"])}
    response = odata.send("PATCH", path + JSON, {"Товары": [sent | {"Количество": more}]})
    assert response.status_code == 200, response.text
    assert msgspec.json.decode(response.content, type=Row)["Posted"] is True
    assert held(odata, ref) == more
    assert odata.send("PATCH", path + JSON, {"DeletionMark": True}).status_code == 200
    marked = odata.one(path)
    assert (marked["DeletionMark"], marked["Posted"], held(odata, ref)) == (True, False, 0)


def test_if_match_lets_only_the_present_version_be_changed(odata: Interface) -> None:
    partner = odata.many(PARTNERS, top="1")[0]
    path = f"{PARTNERS}(guid'{partner['Ref_Key']}')"
    for label in (f'"{partner["DataVersion"]}"', text(partner, "DataVersion")):
        fresh = odata.one(path)
        own = label.replace(text(partner, "DataVersion"), text(fresh, "DataVersion"))
        response = odata.send("PATCH", path + JSON, {"НаименованиеПолное": "ТОО «Проба»"}, **{"If-Match": own})
        assert response.status_code == 200
        found = msgspec.json.decode(response.content, type=Row)
        assert found["НаименованиеПолное"] == "ТОО «Проба»"
        assert found["Description"] == partner["Description"]
        assert found["DataVersion"] != fresh["DataVersion"]
        assert failed(odata, "PATCH", path, {"Code": "1"}, **{"If-Match": own})[0] == 412
        assert failed(odata, "DELETE", path, **{"If-Match": own})[0] == 412
    assert odata.one(path)["Code"] == partner["Code"]


def test_put_empties_what_is_not_said_and_delete_is_for_good(odata: Interface) -> None:
    found = created(
        odata, {"Description": "Временный", "Code": "Т-1", "БизнесРегион@odata.bind": region(odata)}, PARTNERS
    )
    path = f"{PARTNERS}(guid'{found['Ref_Key']}')"
    assert odata.one(f"{path}/БизнесРегион")["Ref_Key"] == found["БизнесРегион_Key"]
    assert odata.send("PUT", path + JSON, {"Description": "Другой"}).status_code == 200
    replaced = odata.one(path)
    assert (replaced["Description"], replaced["Code"]) == ("Другой", "")
    response = odata.send("DELETE", path)
    assert (response.status_code, response.content) == (204, b"")
    assert odata.failure(path, 404).code == "9"


def region(odata: Interface) -> str:
    return f"Catalog_БизнесРегионы(guid'{odata.many('Catalog_БизнесРегионы', top='1')[0]['Ref_Key']}')"


def test_atom_writes_like_json(odata: Interface) -> None:
    names = 'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"'
    names += ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
    body = (
        f'<entry xmlns="http://www.w3.org/2005/Atom" {names}><content type="application/xml"><m:properties>'
        "<d:Description>Кофе &amp; Ко</d:Description><d:DeletionMark>false</d:DeletionMark>"
        "</m:properties></content></entry>"
    )
    response = odata.http.post(
        f"{odata.root}/{PARTNERS}", content=body.encode(), headers={"Content-Type": "application/atom+xml"}
    )
    assert response.status_code == 201, response.text
    assert "<d:Description>Кофе &amp; Ко</d:Description>" in response.text
    assert response.headers["location"].startswith("http://")


def test_a_load_goes_past_the_rules_and_is_no_change_for_anybody(odata: Interface, shop: Shop, node: str) -> None:
    sections = odata.many("Catalog_Номенклатура", filter="Стандарты/any(d: d/LineNumber gt 1)", top="1")[0]
    path = f"Catalog_Номенклатура(guid'{sections['Ref_Key']}')"
    load = {"1C_OData-DataLoadMode": "true"}
    assert odata.send("PATCH", path + JSON, {"Описание": "загружено"}, **load).status_code == 200
    assert shop.portal.changes(node).batch is None
    found = odata.one(path)
    assert found["Описание"] == "загружено"
    assert found["Стандарты"] == sections["Стандарты"]
    assert odata.send("PATCH", path + JSON, {"Описание": "записано"}).status_code == 200
    assert [entry.ref for entry in shop.portal.drain(node)] == [sections["Ref_Key"]]
    assert failed(odata, "PATCH", path, {}, **{"1C_OData-DataLoadMode": "some"}) == (400, "17")


def test_a_removed_object_does_not_stop_the_portals_batches(odata: Interface, shop: Shop, node: str) -> None:
    path = f"{PARTNERS}(guid'{created(odata, {'Description': 'Временный'}, PARTNERS)['Ref_Key']}')"
    assert odata.send("DELETE", path).status_code == 204
    assert shop.portal.drain(node) == []


def test_a_vehicle_is_named_by_the_rules_of_the_portal(odata: Interface, shop: Shop) -> None:
    ref = text(created(odata, order_body(shop, СпособДоставки="Самовывоз")), "Ref_Key")
    body = {"Заказ_Key": ref, "ВодительФИО": "Ахметов Б.", "АвтомобильГосударственныйНомер": "123ABC02"}
    found = created(odata, body, "Document_ЗаданиеНаПеревозку")
    assert found["Статус"] == "Формируется"
    other = text(created(odata, order_body(shop)), "Ref_Key")
    assert failed(odata, "POST", "Document_ЗаданиеНаПеревозку", body | {"Заказ_Key": other}) == (500, "-1")


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", ORDERS, {"Нет": 1}, (400, "10")),
        ("POST", ORDERS, {"Товары": [{"КодСтроки": "1"}]}, (400, "5")),
        ("POST", ORDERS, {"Товары": [{"LineNumber": "1", "Нет": 1}]}, (400, "10")),
        ("POST", ORDERS, {"Date": "вчера"}, (400, "4")),
        ("POST", ORDERS, {"СуммаДокумента": "NaN"}, (400, "4")),
        ("POST", ORDERS, {"Партнер_Key": "x"}, (400, "4")),
        ("POST", ORDERS, {"Партнер@odata.bind": "Catalog_Склады(guid'" + NOBODY + "')"}, (400, "4")),
        ("POST", ORDERS, {"Комментарий": None}, (400, "4")),
        ("POST", ORDERS, [], (400, "1")),
        ("POST", f"{ORDERS}_Товары", {"LineNumber": "1"}, (400, "13")),
        ("POST", "InformationRegister_НоменклатураСегмента", {}, (501, "0")),
        ("POST", "Catalog_Нет", {}, (404, "8")),
        ("POST", f"{ORDERS}(guid'{NOBODY}')/Post", None, (404, "9")),
        ("POST", f"{ORDERS}(guid'{NOBODY}')/Approve", None, (400, "11")),
        ("POST", f"{PARTNERS}(guid'{NOBODY}')/Post", None, (400, "11")),
        ("PATCH", f"{PARTNERS}(guid'{NOBODY}')", {}, (404, "9")),
        ("PATCH", PARTNERS, {}, (405, "19")),
        ("DELETE", PARTNERS, None, (405, "19")),
        ("POST", f"{PARTNERS}(guid'{NOBODY}')", {}, (405, "19")),
    ],
)
def test_wrong_writes_have_their_codes(
    odata: Interface, method: str, path: str, body: object, expected: tuple[int, str]
) -> None:
    assert failed(odata, method, path, body) == expected
