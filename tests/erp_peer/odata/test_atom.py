"""Atom, the representation of whoever does not ask for JSON."""

from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.erp_peer.odata.client import Interface, Row, rows, text

ATOM = "{http://www.w3.org/2005/Atom}"
D = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
M = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
ORDERS = "Document_ЗаказКлиента"
RELATED = "http://schemas.microsoft.com/ado/2007/08/dataservices/related/"


def tree(response: httpx.Response, status: int = 200) -> ET.Element:
    assert response.status_code == status, response.text
    return ET.fromstring(response.content)  # noqa: S314 - our own answer


@pytest.fixture(scope="module")
def order(odata: Interface) -> Row:
    return odata.many(ORDERS, top="1")[0]


def test_atom_is_what_comes_unasked(odata: Interface) -> None:
    response = odata.send("GET", "Catalog_Партнеры?$top=2&$inlinecount=allpages")
    assert response.headers["content-type"] == "application/atom+xml;type=feed;charset=utf-8"
    feed = tree(response)
    assert feed.tag == f"{ATOM}feed"
    assert len(feed.findall(f"{ATOM}entry")) == 2
    assert feed.findtext(f"{M}count") == odata.send("GET", "Catalog_Партнеры/$count").text


def test_an_entry_says_the_same_as_json(odata: Interface, order: Row) -> None:
    response = odata.send("GET", f"{ORDERS}(guid'{order['Ref_Key']}')")
    assert response.headers["content-type"] == "application/atom+xml;type=entry;charset=utf-8"
    entry = tree(response)
    category = entry.find(f"{ATOM}category")
    assert category is not None
    assert category.get("term") == f"StandardODATA.{ORDERS}"
    properties = entry.find(f"{ATOM}content/{M}properties")
    assert properties is not None
    for name, value in order.items():
        if "@" not in name and not isinstance(value, list):
            shown = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else value
            told = properties.findtext(f"{D}{name}") or ""
            assert told == shown or float(told) == shown, name


def test_sections_are_collections_of_elements(odata: Interface, order: Row) -> None:
    entry = tree(odata.send("GET", f"{ORDERS}(guid'{order['Ref_Key']}')"))
    section = entry.find(f".//{D}Товары")
    assert section is not None
    assert section.get(f"{M}type") == f"Collection(StandardODATA.{ORDERS}_Товары_RowType)"
    lines = section.findall(f"{D}element")
    assert [line.findtext(f"{D}КодСтроки") for line in lines] == [line["КодСтроки"] for line in rows(order, "Товары")]


def test_an_empty_section_is_an_empty_element_with_its_type(odata: Interface) -> None:
    product = next(row for row in odata.many("Catalog_Номенклатура") if row["СтарыеАртикулы"] == [])
    entry = tree(odata.send("GET", f"Catalog_Номенклатура(guid'{product['Ref_Key']}')"))
    section = entry.find(f".//{D}СтарыеАртикулы")
    assert section is not None
    assert len(section) == 0
    assert str(section.get(f"{M}type")).startswith("Collection(")


def test_links_lead_to_objects_and_may_carry_them(odata: Interface, order: Row) -> None:
    path = f"{ORDERS}(guid'{order['Ref_Key']}')"
    links = {link.get("rel"): link for link in tree(odata.send("GET", path)).findall(f"{ATOM}link")}
    assert links[f"{RELATED}Партнер"].get("href") == text(order, "Партнер@navigationLinkUrl")
    expanded = tree(odata.send("GET", f"{path}?$expand=Партнер"))
    inner = expanded.find(f"{ATOM}link/{M}inline/{ATOM}entry/{ATOM}content/{M}properties/{D}Ref_Key")
    assert inner is not None
    assert inner.text == order["Партнер_Key"]


def test_failures_are_told_in_the_asked_form(odata: Interface) -> None:
    failure = tree(odata.send("GET", "Catalog_Нет"), 404)
    assert failure.tag == f"{M}error"
    assert failure.findtext(f"{M}code") == "8"
    message = failure.find(f"{M}message")
    assert message is not None
    assert message.get("{http://www.w3.org/XML/1998/namespace}lang") == "ru"


def test_the_accept_header_asks_for_json_too(odata: Interface) -> None:
    response = odata.send("GET", "Catalog_Партнеры?$top=1", Accept="application/json;odata=nometadata")
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    assert response.text.startswith('{"value":[')


def test_the_service_document_lists_sets(odata: Interface) -> None:
    found = tree(odata.send("GET", ""))
    assert "Catalog_Партнеры" in {own.get("href") for own in found.iter("{http://www.w3.org/2007/app}collection")}


UGLY = ("Catalog_Контрагенты", "Catalog_Номенклатура", f"{ORDERS}_Товары", "ExchangePlan_ПорталB2B")


@pytest.mark.parametrize("path", UGLY)
def test_ugly_texts_survive(odata: Interface, path: str) -> None:
    feed = tree(odata.send("GET", path))
    names = [own.text or "" for own in feed.iter(f"{D}Description")]
    assert names == [row["Description"] for row in odata.many(path) if "Description" in row]
