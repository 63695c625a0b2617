"""`$filter` against the data: each answer is worked out again from the portal's rows."""

from collections.abc import Callable

import pytest

from tests.erp_peer.odata.client import Interface, rows, text
from tests.erp_peer.portal import Portal, Row

PRODUCTS = "Catalog_Номенклатура"
ORDERS = "Document_ЗаказКлиента"


def is_keeping(row: Row) -> bool:
    return int(row["СрокГодностиМес"]) >= 36


CASES: list[tuple[str, Callable[[Row], bool]]] = [
    ("IsFolder eq false", lambda row: row["IsFolder"] == "false"),
    ("not (IsFolder eq false)", lambda row: row["IsFolder"] == "true"),
    ("DeletionMark", lambda row: row["DeletionMark"] == "true"),
    ("СрокГодностиМес gt 36", lambda row: int(row["СрокГодностиМес"]) > 36),
    ("СрокГодностиМес ge 36 and IsFolder ne true", lambda row: is_keeping(row) and row["IsFolder"] == "false"),
    ("Марка eq ''", lambda row: row["Марка"] == ""),
    ("startswith(Code, '00') or endswith(Code, '7')", lambda r: r["Code"][:2] == "00" or r["Code"][-1:] == "7"),
    ("like(Description, 'x\\')", lambda _: False),
    ("substringof('W', КлассВязкости)", lambda row: "W" in row["КлассВязкости"]),
    ("like(КлассВязкости, '5W%')", lambda row: row["КлассВязкости"].startswith("5W")),
    ("length(Code) eq 11", lambda row: len(row["Code"]) == 11),
    ("substring(Code, 0, 2) eq '00'", lambda row: row["Code"][:2] == "00"),
    ("substring(Code, 3) eq ''", lambda row: row["Code"][3:] == ""),
    ("concat(СтранаПроисхождения, '!') eq 'KZ!'", lambda row: row["СтранаПроисхождения"] == "KZ"),
    ("toupper(ВидТовара) eq 'OIL'", lambda row: row["ВидТовара"] == "oil"),
    ("tolower('OIL') eq ВидТовара", lambda row: row["ВидТовара"] == "oil"),
    ("Ref_Key eq null", lambda _: False),
    ("cast(СрокГодностиМес,'Edm.String') eq '36'", lambda row: row["СрокГодностиМес"] == "36"),
    ("isof(Code,'Edm.String') and not isof(Code,'Edm.Guid')", lambda _: True),
    ("Parent_Key ne guid'00000000-0000-0000-0000-000000000000'", lambda r: not r["Parent_Key"].startswith("00000000")),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "holds"), CASES, ids=[condition for condition, _ in CASES])
def test_conditions(odata: Interface, portal: Portal, condition: str, holds: Callable[[Row], bool]) -> None:
    expected = sorted(row["Ref_Key"] for row in portal.rows("products") if holds(row))
    found = odata.many(PRODUCTS, filter=condition, select="Ref_Key", orderby="Ref_Key")
    assert sorted(text(row, "Ref_Key") for row in found) == expected
    assert odata.send("GET", f"{PRODUCTS}/$count?$filter={condition}").text == str(len(expected))


def test_paths_reach_through_links(odata: Interface, portal: Portal) -> None:
    partner = portal.rows("partners")[0]
    expected = {row["Ref_Key"] for row in portal.rows("contracts") if row["Партнер_Key"] == partner["Ref_Key"]}
    name = partner["Description"].replace("'", "''")
    found = odata.many("Catalog_ДоговорыКонтрагентов", filter=f"Партнер/Description eq '{name}'", select="Ref_Key")
    assert {text(row, "Ref_Key") for row in found} >= expected
    condition = "Партнер/БизнесРегион/Code eq 'KZ-75'"
    deep = odata.many("Catalog_ДоговорыКонтрагентов", filter=condition, select="Партнер_Key")
    regions = {row["Ref_Key"]: row["Code"] for row in portal.rows("regions")}
    homes = {row["Ref_Key"]: regions[row["БизнесРегион_Key"]] for row in portal.rows("partners")}
    assert {homes[text(row, "Партнер_Key")] for row in deep} <= {"KZ-75"}


def test_any_and_all_look_into_sections(odata: Interface) -> None:
    every = {
        text(row, "Ref_Key"): [number_of(line) for line in rows(row, "Товары")]
        for row in odata.many(ORDERS, select="Ref_Key,Товары")
    }
    some = odata.many(ORDERS, filter="Товары/any(d: d/Количество gt 100)", select="Ref_Key")
    assert {text(row, "Ref_Key") for row in some} == {ref for ref, of in every.items() if max(of, default=0) > 100}
    whole = odata.many(ORDERS, filter="Товары/all(d: d/Количество gt 100)", select="Ref_Key")
    assert {text(row, "Ref_Key") for row in whole} == {ref for ref, of in every.items() if min(of, default=999) > 100}
    assert 0 < len(whole) < len(some) < len(every)


def number_of(line: dict[str, str | float | bool]) -> float:
    return float(line["Количество"])


def test_dates_are_compared_without_a_zone(odata: Interface) -> None:
    dates = sorted(text(row, "Date") for row in odata.many(ORDERS, select="Date"))
    middle = dates[len(dates) // 2]
    found = odata.many(ORDERS, filter=f"Date ge datetime'{middle}'", select="Date")
    assert sorted(text(row, "Date") for row in found) == [date for date in dates if date >= middle]
    year, month = middle[:4], int(middle[5:7])
    found = odata.many(ORDERS, filter=f"year(Date) eq {year} and month(Date) eq {month}", select="Date")
    assert sorted(text(row, "Date") for row in found) == [date for date in dates if date[:7] == middle[:7]]


def test_cast_names_the_type_of_a_reference(odata: Interface) -> None:
    order = odata.many(ORDERS, top="1")[0]
    own = f"cast(guid'{order['Грузополучатель_Key']}','Catalog_Контрагенты')"
    assert odata.many(ORDERS, filter=f"Грузополучатель_Key eq {own}", top="1")
    other = own.replace("Контрагенты", "Партнеры")
    assert odata.many(ORDERS, filter=f"Грузополучатель_Key eq {other}", top="1") == []
    path = "AccumulationRegister_ЗапасыИПотребности_RecordType"
    record = odata.many(path, top="1")[0]
    found = odata.many(path, filter=f"Заказ eq cast(guid'{record['Заказ']}','{ORDERS}') and isof(Заказ,'{ORDERS}')")
    assert record in found


@pytest.mark.parametrize(
    ("condition", "status", "code"),
    [
        ("DeletionMark+eq+false", 400, "14"),
        ("Нет eq 1", 400, "10"),
        ("Марка/Description eq 'x'", 400, "10"),
        ("Description eq 1", 400, "14"),
        ("Description", 400, "14"),
        ("nothing(Description)", 400, "14"),
        ("length(Description, 1) eq 1", 400, "14"),
        ("length(IsFolder) eq 1", 400, "14"),
        ("Нет/any(d: d/x eq 1)", 400, "10"),
        ("Стандарты/any(d: d/Нет eq 1)", 400, "10"),
        ("Ref_Key gt guid'00000000-0000-0000-0000-000000000000'", 500, "-1"),
        ("Description lt null", 400, "14"),
        ("cast(Ref_Key,'Catalog_Нет') eq Ref_Key", 404, "8"),
        ("cast(Code,'Edm.Нет') eq 1", 400, "14"),
        ("cast(Description,'Edm.Double') eq 1", 400, "14"),
        ("substring(Description, 99999999999) eq 'x'", 400, "14"),
    ],
)
def test_wrong_conditions_have_their_codes(odata: Interface, condition: str, status: int, code: str) -> None:
    assert odata.failure(PRODUCTS, status, filter=condition).code == code


def test_a_long_list_of_keys_is_a_filter_like_any_other(odata: Interface) -> None:
    keys = [text(row, "Ref_Key") for row in odata.many(PRODUCTS, select="Ref_Key")][:200]
    condition = " or ".join(f"Ref_Key eq guid'{key}'" for key in keys)
    found = odata.many(PRODUCTS, filter=condition, select="Ref_Key,DataVersion")
    assert {text(row, "Ref_Key") for row in found} == set(keys)
