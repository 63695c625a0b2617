"""Reading sets and objects as JSON: shapes recorded from real bases, paging and its traps."""

import re

import msgspec
import pytest
from msgspec import Struct

from tests.erp_peer.odata.client import Interface, Many, Row, number, rows, text
from tests.erp_peer.portal import PASSWORD, Portal

PRODUCTS = "Catalog_Номенклатура"
ORDERS = "Document_ЗаказКлиента"
ZERO = "00000000-0000-0000-0000-000000000000"


class Inner(Struct, frozen=True, rename={"region": "БизнесРегион"}):
    """A partner with its region inside."""

    region: Row


class Deep(Struct, frozen=True, rename={"partner": "Партнер", "contract": "Договор"}):
    """An order with what it refers to inside."""

    partner: Inner
    contract: Row


@pytest.fixture(scope="module")
def product(odata: Interface) -> Row:
    return odata.many(PRODUCTS, top="1", filter="IsFolder eq false")[0]


@pytest.fixture(scope="module")
def order(odata: Interface) -> Row:
    return odata.many(ORDERS, top="1", filter="Posted eq true")[0]


def test_a_page_has_the_recorded_shape(odata: Interface) -> None:
    select = "Ref_Key,DataVersion,Description,Артикул"
    response = odata.send("GET", f"{PRODUCTS}?$format=json&$top=1&$select={select}&$filter=DeletionMark eq false")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    assert "etag" not in response.headers
    found = msgspec.json.decode(response.content, type=Many)
    assert found.metadata == f"{odata.root}/$metadata#{PRODUCTS}"
    assert set(found.value[0]) == set(select.split(","))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text(found.value[0], "Ref_Key"))
    assert re.fullmatch(r"[A-Za-z0-9+/]{11}=", text(found.value[0], "DataVersion"))


def test_a_single_object_names_itself_an_element(odata: Interface, product: Row) -> None:
    found = odata.one(f"{PRODUCTS}(guid'{product['Ref_Key']}')")
    assert found["odata.metadata"] == f"{odata.root}/$metadata#{PRODUCTS}/@Element"
    assert {name: found[name] for name in product} == product


def test_values_are_written_as_a_real_base_writes_them(order: Row, product: Row) -> None:
    line = rows(order, "Товары")[0]
    assert line["LineNumber"] == "1"
    assert isinstance(line["Количество"], int | float)
    assert line["Отменено"] in {True, False}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text(order, "Date"))
    assert isinstance(product["СрокГодностиМес"], str)
    assert product["Predefined"] is False


def test_empty_values_are_never_null(odata: Interface) -> None:
    empty = "0001-01-01T00:00:00"
    found = odata.many("Catalog_СтандартыКачества", filter=f"ДействуетПо eq datetime'{empty}'")
    assert found
    assert all(row["ДействуетПо"] == empty for row in found)
    folder = odata.many(PRODUCTS, filter="IsFolder eq true", top="1")[0]
    assert folder["Завод_Key"] == ZERO
    assert "Завод@navigationLinkUrl" not in folder
    assert folder["Плотность"] == 0


def test_a_reference_that_is_not_empty_says_where_it_leads(odata: Interface, order: Row) -> None:
    address = text(order, "Партнер@navigationLinkUrl")
    assert address == f"{ORDERS}(guid'{order['Ref_Key']}')/Партнер"
    assert odata.one(address)["Ref_Key"] == order["Партнер_Key"]


def test_links_sections_and_properties_are_followed(odata: Interface, order: Row) -> None:
    path = f"{ORDERS}(guid'{order['Ref_Key']}')"
    region = odata.one(f"{path}/Партнер/БизнесРегион")
    partner = odata.one(f"{path}/Партнер")
    assert region["Ref_Key"] == partner["БизнесРегион_Key"]
    assert odata.many(f"{path}/Товары")[0]["LineNumber"] == "1"
    assert odata.one(f"{ORDERS}_Товары(Ref_Key=guid'{order['Ref_Key']}',LineNumber=1)")["LineNumber"] == "1"


def test_count_and_inlinecount_agree_with_the_portal(odata: Interface, portal: Portal) -> None:
    every = len(portal.rows("products"))
    assert odata.send("GET", f"{PRODUCTS}/$count").text == str(every)
    page = odata.read(PRODUCTS, Many, top="0", inlinecount="allpages")
    assert (page.count, page.value) == (str(every), [])


def test_pages_by_skip_cover_everything_once(odata: Interface, portal: Portal) -> None:
    seen: list[str] = []
    while page := odata.many(PRODUCTS, orderby="Ref_Key", top="64", skip=str(len(seen)), select="Ref_Key"):
        seen += [text(row, "Ref_Key") for row in page]
    assert sorted(seen) == sorted(row["Ref_Key"] for row in portal.rows("products"))


def test_ordering_by_a_reference_goes_by_how_it_reads(odata: Interface) -> None:
    found = odata.many(PRODUCTS, orderby="Ref_Key", select="Ref_Key,Description", top="50")
    names = [text(row, "Description") for row in found]
    keys = [text(row, "Ref_Key") for row in found]
    assert keys != sorted(keys)
    assert odata.many(PRODUCTS, orderby="Description", select="Ref_Key,Description", top="50") == found
    down = odata.many(PRODUCTS, orderby="Description desc", select="Description", top="1")
    assert text(down[0], "Description") != names[0]


def test_expand_puts_the_object_in_place_of_its_address(odata: Interface, order: Row) -> None:
    found = odata.one(f"{ORDERS}(guid'{order['Ref_Key']}')", expand="Партнер", select="Number")
    partner = found["Партнер"]
    assert isinstance(partner, dict)
    assert partner["Ref_Key"] == order["Партнер_Key"]
    assert "Партнер@navigationLinkUrl" not in found


def test_expand_goes_on_from_what_it_expanded(odata: Interface, order: Row) -> None:
    path = f"{ORDERS}(guid'{order['Ref_Key']}')"
    region = odata.one(f"{path}/Партнер/БизнесРегион", format="application/json;odata=nometadata")
    options = "$format=application/json;odata=nometadata&$expand=Партнер/БизнесРегион,Договор"
    response = odata.send("GET", f"{path}?{options}")
    found = msgspec.json.decode(response.content, type=Deep)
    assert found.partner.region == region
    assert found.contract["Партнер_Key"] == order["Партнер_Key"]


def test_presentations_and_columns_of_sections_can_be_selected(odata: Interface, order: Row) -> None:
    path = f"{ORDERS}(guid'{order['Ref_Key']}')"
    found = odata.one(path, select="Number,Партнер____Presentation,Товары/Цена")
    assert set(found) == {"odata.metadata", "Number", "Партнер____Presentation", "Товары"}
    assert found["Партнер____Presentation"] == odata.one(f"{path}/Партнер")["Description"]
    assert set(rows(found, "Товары")[0]) == {"Цена"}


def test_rows_of_all_sections_are_a_set(odata: Interface, order: Row) -> None:
    found = odata.many(f"{ORDERS}_Товары", filter=f"Ref_Key eq guid'{order['Ref_Key']}'")
    assert [row["КодСтроки"] for row in found] == [row["КодСтроки"] for row in rows(order, "Товары")]


def test_recorders_come_with_their_records_and_ignore_the_order_asked(odata: Interface, portal: Portal) -> None:
    path = "InformationRegister_ЦеныНоменклатуры"
    every = odata.many(path, orderby="Recorder_Key desc")
    assert [row["Recorder_Key"] for row in every] == sorted(text(row, "Recorder_Key") for row in every)
    live = [row for row in portal.rows("prices") if row["DeletionMark"] == "false"]
    assert sum(len(rows(row, "RecordSet")) for row in every) == len(live)
    assert rows(every[0], "RecordSet")[0]["LineNumber"] == "1"
    flat = odata.many(f"{path}_RecordType", filter=f"Recorder_Key eq guid'{every[0]['Recorder_Key']}'")
    assert [row["Цена"] for row in flat] == [row["Цена"] for row in rows(every[0], "RecordSet")]


def test_records_of_orders_name_the_type_of_their_recorder(odata: Interface) -> None:
    found = odata.many("AccumulationRegister_ЗапасыИПотребности", top="1")[0]
    assert found["Recorder_Type"] == "StandardODATA.Document_ЗаказКлиента"
    record = rows(found, "RecordSet")[0]
    assert record["Заказ"] == found["Recorder"]
    assert record["RecordType"] == "Receipt"
    assert record["Period"] == odata.one(f"{ORDERS}(guid'{found['Recorder']}')")["Date"]
    assert record["Склад_Type"] == "StandardODATA.Catalog_Склады"


def test_independent_registers_are_flat_and_hold_only_what_is_in_them(odata: Interface, portal: Portal) -> None:
    found = odata.send("GET", "InformationRegister_НоменклатураСегмента/$count").text
    assert int(found) == sum(row["DeletionMark"] == "false" for row in portal.rows("segment_items"))
    row = odata.many("InformationRegister_НоменклатураСегмента", top="1")[0]
    assert "DataVersion" not in row
    keys = ",".join(f"{name}=guid'{row[name]}'" for name in ("Сегмент_Key", "Номенклатура_Key", "Характеристика_Key"))
    assert odata.one(f"InformationRegister_НоменклатураСегмента({keys})")["Сегмент_Key"] == row["Сегмент_Key"]


def test_states_of_orders_are_the_orders_seen_another_way(odata: Interface, order: Row) -> None:
    states = "InformationRegister_СостоянияЗаказовКлиентов"
    assert (
        odata.send("GET", f"{states}/$count").text
        == odata.send("GET", f"{ORDERS}/$count?$filter=not DeletionMark").text
    )
    same = f"Заказ eq cast(guid'{order['Ref_Key']}','{ORDERS}')"
    row = odata.many(states, filter=same)[0]
    told = ("Состояние", "ПроцентОплаты", "ПроцентОтгрузки")
    assert [row[name] for name in told] == [order[name] for name in told]
    assert (row["Заказ"], row["Заказ_Type"]) == (order["Ref_Key"], f"StandardODATA.{ORDERS}")
    assert odata.many(states, filter=f"{same} and Долг lt 0") == []
    assert odata.many(states, filter=f"Заказ eq cast(guid'{order['Ref_Key']}','Catalog_Партнеры')") == []
    key = f"Заказ='{order['Ref_Key']}',Заказ_Type='StandardODATA.{ORDERS}'"
    assert odata.one(f"{states}({key})")["Состояние"] == order["Состояние"]
    owed = odata.many(states, filter="Долг gt 0", top="1")[0]
    assert int(text(owed, "ПроцентОтгрузки")) > int(text(owed, "ПроцентОплаты"))


def test_labels_are_those_of_surface_h(odata: Interface, portal: Portal) -> None:
    known = {row["Ref_Key"]: row["DataVersion"] for row in portal.rows("partners")}
    found = odata.many("Catalog_Партнеры", select="Ref_Key,DataVersion")
    assert {text(row, "Ref_Key"): text(row, "DataVersion") for row in found} == known


def test_sums_are_numbers_without_empty_digits(odata: Interface, portal: Portal) -> None:
    row = portal.rows("contracts")[0]
    found = odata.one(f"Catalog_ДоговорыКонтрагентов(guid'{row['Ref_Key']}')")
    assert number(found, "ДопустимаяСуммаЗадолженности") == float(row["ДопустимаяСуммаЗадолженности"])


def test_annotations_follow_the_asked_amount_of_metadata(odata: Interface, order: Row) -> None:
    path = f"{ORDERS}(guid'{order['Ref_Key']}')"
    bare = odata.one(path, format="application/json;odata=nometadata")
    assert not [name for name in bare if "odata" in name or "@" in name]
    full = odata.one(path, format="application/json;odata=fullmetadata")
    assert full["odata.type"] == f"StandardODATA.{ORDERS}"
    assert full["odata.id"] == path


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Catalog_Нет", 404, "8"),
        (f"{PRODUCTS}(guid'{ZERO}')", 404, "9"),
        (f"{PRODUCTS}(guid'нет')", 400, "1"),
        (f"{PRODUCTS}()", 400, "7"),
        (f"{PRODUCTS}/Нет", 400, "11"),
        (f"{PRODUCTS}(guid'{ZERO}')/Нет", 400, "10"),
        ("$batch", 501, "0"),
        ("InformationRegister_НоменклатураСегмента(Сегмент_Key=guid'" + ZERO + "')", 400, "7"),
    ],
)
def test_wrong_addresses_have_their_codes(odata: Interface, path: str, status: int, code: str) -> None:
    failure = odata.failure(path, status)
    assert failure.code == code
    assert failure.message.lang == "ru"
    assert failure.message.value


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"select": "Нет"}, "10"),
        ({"expand": "Нет"}, "10"),
        ({"orderby": "Нет"}, "10"),
        ({"top": "-1"}, "14"),
        ({"skip": "x"}, "14"),
        ({"inlinecount": "some"}, "14"),
        ({"search": "x"}, "14"),
    ],
)
def test_wrong_options_have_their_codes(odata: Interface, options: dict[str, str], code: str) -> None:
    assert odata.failure(PRODUCTS, 400, **options).code == code


def test_a_representation_nobody_has_is_406(odata: Interface) -> None:
    assert odata.failure(PRODUCTS, 406, format="application/json;odata=verbose").code == "3"


def test_the_interface_asks_who_is_calling(odata: Interface) -> None:
    for user in (("", ""), ("Портал", "wrong"), ("Другой", PASSWORD)):
        name, password = (word.encode() for word in user)
        response = odata.http.get(f"{odata.root}/{PRODUCTS}", auth=(name, password))
        assert response.status_code == 401
        assert response.headers["content-type"].startswith("text/html")
