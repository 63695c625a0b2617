"""The exchange plan over the open interface: nothing that changed is lost, whatever is repeated."""

from uuid import uuid4

import msgspec
import pytest

from tests.erp_peer.odata.client import Failed, Interface, Many, Row, rows, text
from tests.erp_peer.shop import Shop

PLAN = "ExchangePlan_ПорталB2B"
PARTNERS = "Catalog_Партнеры"
ORDER_TYPE = "StandardODATA.Document_ЗаказКлиента"
STOCK_TYPE = "StandardODATA.AccumulationRegister_ЗапасыИПотребности"
PRICE_TYPE = "StandardODATA.InformationRegister_ЦеныНоменклатуры"
NOBODY = "0f0f0f0f-0000-4000-8000-000000000000"  # no object has it; the same in every process of a run


class Node:
    """A node of the plan and its correspondent."""

    def __init__(self, odata: Interface) -> None:
        response = odata.send("POST", f"{PLAN}?$format=json", {"Code": uuid4().hex[:8], "Description": "Проба"})
        assert response.status_code == 201, response.text
        self.odata = odata
        self.ref = text(msgspec.json.decode(response.content, type=Row), "Ref_Key")

    def call(self, name: str, number: int, form: str = "&$format=json") -> bytes:
        point = f"DataExchangePoint='{self.odata.root}/{PLAN}(guid'{self.ref}')'"
        response = self.odata.send("POST", f"{name}?{point}&MessageNo={number}{form}")
        assert response.status_code == 200, response.text
        return response.content

    def select(self, number: int) -> list[Row]:
        return msgspec.json.decode(self.call("SelectChanges", number), type=Many).value

    def notify(self, number: int) -> None:
        assert self.call("NotifyChangesReceived", number) == b""

    def numbers(self) -> tuple[str, str]:
        found = self.odata.one(f"{PLAN}(guid'{self.ref}')")
        return text(found, "SentNo"), text(found, "ReceivedNo")


@pytest.fixture
def node(odata: Interface) -> Node:
    return Node(odata)


def touch(odata: Interface, name: str) -> str:
    """Write a partner of one's own and return the reference."""
    response = odata.send("POST", f"{PARTNERS}?$format=json", {"Description": name})
    return text(msgspec.json.decode(response.content, type=Row), "Ref_Key")


def rename(odata: Interface, ref: str, name: str) -> None:
    assert odata.send("PATCH", f"{PARTNERS}(guid'{ref}')", {"Description": name}).status_code == 200


def test_a_node_counts_messages_and_one_is_the_base_itself(node: Node, odata: Interface) -> None:
    assert node.numbers() == ("0", "0")
    found = odata.many(PLAN)
    assert [row["ThisNode"] for row in found].count(True) == 1
    assert node.ref in {text(row, "Ref_Key") for row in found}


def test_changes_come_until_they_are_confirmed(node: Node, odata: Interface) -> None:
    ref = touch(odata, "Первый")
    for _ in range(2):
        assert [(row["Ref_Key"], row["Description"]) for row in node.select(1)] == [(ref, "Первый")]
    assert node.numbers() == ("1", "0")
    node.notify(1)
    assert node.numbers() == ("1", "1")
    assert node.select(2) == []


def test_a_change_made_after_the_packet_survives_its_confirmation(node: Node, odata: Interface) -> None:
    ref = touch(odata, "Первый")
    node.select(1)
    rename(odata, ref, "Второй")
    node.notify(1)
    assert [row["Description"] for row in node.select(2)] == ["Второй"]


def test_the_same_number_again_may_bring_newer_states(node: Node, odata: Interface) -> None:
    ref = touch(odata, "Первый")
    node.select(1)
    rename(odata, ref, "Второй")
    other = touch(odata, "Другой")
    found = node.select(1)
    assert {row["Ref_Key"]: row["Description"] for row in found} == {ref: "Второй", other: "Другой"}
    assert len(found) == 2
    node.notify(1)
    assert node.select(2) == []


def test_a_lost_packet_comes_with_the_next(node: Node, odata: Interface) -> None:
    first = touch(odata, "Первый")
    node.select(1)
    second = touch(odata, "Второй")
    assert [row["Ref_Key"] for row in node.select(2)] == [first, second]
    node.notify(1)
    assert [row["Ref_Key"] for row in node.select(3)] == [second]


def test_a_removed_object_comes_as_its_key_alone(node: Node, odata: Interface) -> None:
    ref = touch(odata, "Временный")
    node.select(1)
    node.notify(1)
    assert odata.send("DELETE", f"{PARTNERS}(guid'{ref}')").status_code == 204
    assert node.select(2) == [{"odata.type": f"StandardODATA.{PARTNERS}", "Ref_Key": ref}]


def test_an_order_brings_its_records_and_an_empty_set_when_it_holds_nothing(node: Node, shop: Shop) -> None:
    order = shop.order(shop.line(shop.items[0]))
    assert shop.portal.run(order)[0].status == "ok"
    found = {row["odata.type"]: row for row in node.select(1)}
    assert found[ORDER_TYPE]["Ref_Key"] == order["ref"]
    assert found[STOCK_TYPE]["Recorder"] == order["ref"]
    assert "StandardODATA.InformationRegister_СостоянияЗаказовКлиентов" not in found
    assert len(rows(found[STOCK_TYPE], "RecordSet")) == 1
    path = f"Document_ЗаказКлиента(guid'{order['ref']}')/Unpost"
    assert node.odata.send("POST", path).status_code == 200
    freed = next(row for row in node.select(2) if row["odata.type"] == STOCK_TYPE)
    assert freed["Recorder_Type"] == ORDER_TYPE
    assert freed["RecordSet"] == []


def test_a_price_comes_as_the_records_of_its_document(node: Node, shop: Shop) -> None:
    item, kind = shop.items[0], shop.price_type
    shop.portal.edit(edit="price", sku=item["Артикул"], price_type=kind["Code"], amount="777.0000")
    found = [row for row in node.select(1) if row["odata.type"] == PRICE_TYPE]
    prices = [row for one in found for row in rows(one, "RecordSet") if row["Характеристика_Key"] == item["Ref_Key"]]
    assert 777 in [row["Цена"] for row in prices]
    flat = "InformationRegister_ЦеныНоменклатуры_RecordType"
    whole = node.odata.many(flat, filter=f"Recorder_Key eq guid'{found[0]['Recorder_Key']}'")
    assert len(rows(found[0], "RecordSet")) == len(whole)


def test_atom_packets_name_the_type_of_each_entry(node: Node, odata: Interface) -> None:
    ref = touch(odata, "Первый")
    body = node.call("SelectChanges", 1, "").decode()
    assert f'term="StandardODATA.{PARTNERS}"' in body
    assert f"<d:Ref_Key>{ref}</d:Ref_Key>" in body


def test_nodes_of_both_surfaces_do_not_meet(node: Node, odata: Interface, shop: Shop) -> None:
    name = f"n{uuid4().hex[:8]}"
    assert shop.portal.changes(name).batch is None
    ref = touch(odata, "Первый")
    node.select(1)
    node.notify(1)
    assert [entry.ref for entry in shop.portal.drain(name)] == [ref]
    assert name not in {text(row, "Code") for row in odata.many(PLAN)}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("SelectChanges?MessageNo=1", 400, "12"),
        (f"SelectChanges?DataExchangePoint='{PLAN}(guid'{NOBODY}')'", 400, "12"),
        (f"SelectChanges?DataExchangePoint='{PLAN}(guid'{NOBODY}')'&MessageNo=1", 404, "9"),
        (f"NotifyChangesReceived?DataExchangePoint='{PLAN}(guid'{NOBODY}')'&MessageNo=1", 404, "9"),
        ("SelectChanges?DataExchangePoint='elsewhere'&MessageNo=1", 400, "1"),
        (f"SelectChanges?DataExchangePoint='{PLAN}(guid'{NOBODY}')'&MessageNo=-1", 400, "1"),
    ],
)
def test_wrong_calls_have_their_codes(odata: Interface, path: str, status: int, code: str) -> None:
    response = odata.send("POST", f"{path}&$format=json")
    assert (response.status_code, msgspec.json.decode(response.content, type=Failed).error.code) == (status, code)


def test_a_node_is_made_once(node: Node, odata: Interface) -> None:
    code = odata.one(f"{PLAN}(guid'{node.ref}')")["Code"]
    assert odata.failure(PLAN, 400, "POST", {"Code": code}).code == "15"
    assert odata.failure(PLAN, 400, "POST", {"Description": "Без кода"}).code == "5"
    assert odata.failure(PLAN, 400, "POST", {"Code": "иной", "Ref_Key": str(uuid4())}).code == "4"
    assert "иной" not in {text(row, "Code") for row in odata.many(PLAN)}
