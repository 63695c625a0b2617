"""What befalls the data is seen over both surfaces."""

from collections.abc import Iterator

import msgspec
import pytest
from msgspec import Raw

from tests.erp_peer.odata.client import Interface
from tests.erp_peer.portal import Portal

ZERO = "00000000-0000-0000-0000-000000000000"
STOCK, PRICES = "AccumulationRegister_ЗапасыИПотребности", "InformationRegister_ЦеныНоменклатуры"
ITEMS, PRODUCTS, PARTNERS = "Catalog_ХарактеристикиНоменклатуры", "Catalog_Номенклатура", "Catalog_Партнеры"


@pytest.fixture
def odata(portal: Portal) -> Iterator[Interface]:
    found = Interface(portal.url)
    yield found
    found.close()
    portal.steering.delete("/faults").raise_for_status()


def befall(portal: Portal, fault: str, **rule: object) -> None:
    """Let a mishap happen to the first infobase before its next call, and call."""
    match = {"path~": "^/erp/.*/ping$"}
    portal.steer("/faults", {"rules": [{"fault": fault, "match": match, **rule}]}, dict[str, list[object]])
    assert portal.http.get("/ping").status_code == 200


def changed(portal: Portal, node: str) -> dict[str, list[str]]:
    """References of the node's changes by set."""
    found: dict[str, list[str]] = {}
    for entry in portal.drain(node):
        found.setdefault(entry.set, []).append(entry.ref)
    return found


def test_balances_go_below_zero(portal: Portal, odata: Interface, node: str) -> None:
    befall(portal, "negative_stock", rows=3)
    refs = changed(portal, node)[STOCK]
    rows = [portal.one("stock", Ref_Key=ref) for ref in refs]
    assert [float(row["ВНаличииОстаток"]) < 0 for row in rows] == [True] * 3
    item = rows[0]["Характеристика_Key"]
    balances = odata.many(f"{STOCK}/Balance(Condition='Характеристика_Key eq guid'{item}'')")
    assert min(float(str(row["ВНаличииBalance"])) for row in balances) < 0


def test_an_item_is_renamed_under_its_reference(portal: Portal, odata: Interface, node: str) -> None:
    before = {row["Ref_Key"]: row for row in portal.rows("characteristics")}
    befall(portal, "sku_rename")
    news = changed(portal, node)
    (ref,), (product,) = news[ITEMS], news[PRODUCTS]
    row = portal.one("characteristics", Ref_Key=ref)
    assert row["Артикул"] != before[ref]["Артикул"]
    assert before[ref]["Артикул"] in row["СтарыеАртикулы"]
    assert odata.one(f"{ITEMS}(guid'{ref}')")["Артикул"] == row["Артикул"]
    assert str(odata.one(f"{PRODUCTS}(guid'{product}')")["Description"]).endswith("(новое)")


def test_a_partner_appears_twice_and_is_merged(portal: Portal, odata: Interface, node: str) -> None:
    befall(portal, "duplicate_guid", times=2)
    (twin,) = changed(portal, node)[PARTNERS]
    row = portal.one("partners", Ref_Key=twin)
    same = [one for one in portal.rows("partners") if one["Code"] == row["Code"]]
    assert (len(same), row["DeletionMark"]) == (2, "false")
    assert portal.http.get("/ping").status_code == 200
    original = next(one["Ref_Key"] for one in same if one["Ref_Key"] != twin)
    merged = portal.one("partners", Ref_Key=twin)
    assert (merged["DeletionMark"], merged["ОбъединенС_Key"]) == ("true", original)
    assert odata.one(f"{PARTNERS}(guid'{twin}')")["DeletionMark"] is True
    assert changed(portal, node)[PARTNERS] == [twin]


def test_a_price_changes_in_the_past(portal: Portal, odata: Interface, node: str) -> None:
    befall(portal, "price_backdate", rows=2, days=10)
    refs = changed(portal, node)[PRICES]
    row = portal.one("prices", Ref_Key=refs[0])
    later = [
        one
        for one in portal.rows("prices")
        if (one["ВидЦены_Key"], one["Характеристика_Key"]) == (row["ВидЦены_Key"], row["Характеристика_Key"])
        and one["Период"] > row["Период"]
    ]
    assert (len(refs), bool(later)) == (2, True)
    moment = f"datetime'{row['Период']}T00:00:00'"
    condition = f"Характеристика_Key eq guid'{row['Характеристика_Key']}' and ВидЦены_Key eq guid'{row['ВидЦены_Key']}'"
    (slice_,) = odata.many(f"{PRICES}/SliceLast(Period={moment},Condition='{condition}')")
    assert float(str(slice_["Цена"])) == float(row["Цена"])


def test_a_restored_backup_takes_versions_and_numbers_back(portal: Portal, odata: Interface, node: str) -> None:
    ref = portal.rows("partners")[0]["Ref_Key"]
    for _ in range(30):
        portal.edit(edit="touch", set=PARTNERS, ref=ref)
    portal.drain(node)
    label, tick = portal.one("partners", Ref_Key=ref)["DataVersion"], portal.changes(node).as_of_batch
    befall(portal, "datavers_reset", back=20)
    after = portal.changes(node)
    assert (after.batch, tick - 20 <= after.as_of_batch < tick) == (None, True)
    restored = portal.one("partners", Ref_Key=ref)["DataVersion"]
    assert restored != label
    assert odata.one(f"{PARTNERS}(guid'{ref}')")["DataVersion"] == restored
    state = portal.steering.get("/state").content
    nodes = msgspec.json.decode(state, type=_State).infobases["erp"].nodes
    assert next(one.sent for one in nodes if one.node == node) <= after.as_of_batch


def test_everything_is_registered_at_once(portal: Portal, odata: Interface, node: str) -> None:
    created = odata.send("POST", "ExchangePlan_ПорталB2B?$format=json", {"Code": "bomb"})
    ref = msgspec.json.decode(created.content, type=dict[str, Raw])["Ref_Key"]
    before = portal.one("partners", Ref_Key=portal.rows("partners")[0]["Ref_Key"])["DataVersion"]
    befall(portal, "packet_bomb", n=1500)
    assert sum(map(len, changed(portal, node).values())) == 1500
    assert portal.one("partners", Ref_Key=portal.rows("partners")[0]["Ref_Key"])["DataVersion"] == before
    point = f"{odata.root}/ExchangePlan_ПорталB2B(guid'{msgspec.json.decode(ref, type=str)}')"
    packet = odata.send("POST", f"SelectChanges?$format=json&DataExchangePoint='{point}'&MessageNo=1")
    assert packet.status_code == 200
    assert len(msgspec.json.decode(packet.content, type=_Packet).value) > 200


@pytest.mark.parametrize(
    ("change", "wire", "shown"),
    [
        ("remove", "Code", None),
        ("add", "НовыйРеквизит", ""),
        ("retype", "БизнесРегион_Key", "тип изменён: "),
    ],
)
def test_an_attribute_drifts(portal: Portal, odata: Interface, change: str, wire: str, shown: str | None) -> None:
    ref = portal.rows("partners")[0]["Ref_Key"]
    rule = {"fault": "schema_drift", "set": PARTNERS, "field": wire, "change": change}
    portal.steer("/faults", {"rules": [rule]}, dict[str, list[object]])
    described = odata.send("GET", "$metadata").text.partition(f'<EntityType Name="{PARTNERS}"')[2]
    own = described.partition("</EntityType>")[0]
    row, entity = portal.one("partners", Ref_Key=ref), odata.one(f"{PARTNERS}(guid'{ref}')")
    found = portal.get(f"/objects/{PARTNERS}/{ref}", dict[str, Raw])
    data = msgspec.json.decode(found["data"], type=dict[str, str])
    if shown is None:
        assert (wire in row, wire in entity, wire in data, f'Name="{wire}"' in own) == (False,) * 4
        assert odata.failure(PARTNERS, 400, select=wire).code == "10"
    else:
        assert row[wire] == entity[wire] == data[wire]
        assert row[wire].startswith(shown)
        assert f'<Property Name="{wire}" Type="Edm.String"' in own
    portal.steering.delete("/faults").raise_for_status()
    assert "Code" in portal.one("partners", Ref_Key=ref)
    assert "НовыйРеквизит" not in odata.send("GET", "$metadata").text


class _Node(msgspec.Struct):
    node: str
    sent: int


class _Base(msgspec.Struct):
    nodes: list[_Node]


class _State(msgspec.Struct):
    infobases: dict[str, _Base]


class _Packet(msgspec.Struct):
    value: list[Raw]
