"""`$metadata` and the service document, as clients of real publications read them."""

from xml.etree import ElementTree as ET

import msgspec
import pytest

from erp_peer.odata.model import SETS
from erp_peer.streams import STREAMS
from tests.erp_peer.odata.client import Interface, Many

EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"


@pytest.fixture(scope="module")
def schema(odata: Interface) -> ET.Element:
    response = odata.send("GET", "$metadata")
    assert response.headers["content-type"].startswith("application/xml")
    found = ET.fromstring(response.content).find(f".//{EDM}Schema")  # noqa: S314 - our own answer
    assert found is not None
    return found


def test_the_schema_has_the_names_clients_look_for(schema: ET.Element) -> None:
    assert schema.get("Namespace") == "StandardODATA"
    entity = schema.find(f"{EDM}EntityType[@Name='Document_ЗаказКлиента']")
    assert entity is not None
    assert [key.get("Name") for key in entity.iter(f"{EDM}PropertyRef")] == ["Ref_Key"]
    kinds = {found.get("Name"): found.get("Type") for found in entity.iter(f"{EDM}Property")}
    assert kinds["Ref_Key"] == "Edm.Guid"
    assert kinds["Date"] == "Edm.DateTime"
    assert kinds["СуммаДокумента"] == "Edm.Double"
    assert kinds["Posted"] == "Edm.Boolean"
    assert kinds["Товары"] == "Collection(StandardODATA.Document_ЗаказКлиента_Товары_RowType)"


def test_a_section_is_an_entity_type_with_a_key_of_two(schema: ET.Element) -> None:
    entity = schema.find(f"{EDM}EntityType[@Name='Document_ЗаказКлиента_Товары']")
    assert entity is not None
    assert [key.get("Name") for key in entity.iter(f"{EDM}PropertyRef")] == ["Ref_Key", "LineNumber"]


def test_every_link_leads_through_an_association_to_a_set(schema: ET.Element) -> None:
    ends = {
        str(found.get("Name")): {str(end.get("Role")): str(end.get("Type")) for end in found.iter(f"{EDM}End")}
        for found in schema.iter(f"{EDM}Association")
    }
    links = list(schema.iter(f"{EDM}NavigationProperty"))
    assert links
    for link in links:
        name = str(link.get("Relationship")).removeprefix("StandardODATA.")
        target = ends[name][str(link.get("ToRole"))].removeprefix("StandardODATA.")
        assert target in SETS


def test_slices_and_balances_are_bindable_functions(schema: ET.Element) -> None:
    found = {
        (str(own.get("Name")), str(own[0].get("Type")).removeprefix("StandardODATA.")): own
        for own in schema.iter(f"{EDM}FunctionImport")
        if own.get("IsBindable") == "true"
    }
    slice_last = found["SliceLast", "InformationRegister_ЦеныНоменклатуры"]
    assert slice_last.get("IsSideEffecting") == "false"
    assert slice_last.get("ReturnType") == "Collection(StandardODATA.InformationRegister_ЦеныНоменклатуры_RecordType)"
    assert [own.get("Name") for own in slice_last] == ["bindingParameter", "Period", "Condition"]
    assert ("Balance", "AccumulationRegister_ЗапасыИПотребности") in found
    assert ("Post", "Document_ЗаказКлиента") in found


def test_types_of_functions_are_declared(schema: ET.Element) -> None:
    declared = {str(own.get("Name")) for kind in ("EntityType", "ComplexType") for own in schema.iter(f"{EDM}{kind}")}
    for own in schema.iter(f"{EDM}FunctionImport"):
        returned = own.get("ReturnType")
        if returned:
            assert returned.removeprefix("Collection(StandardODATA.").removesuffix(")") in declared


def test_the_service_document_lists_every_set(odata: Interface) -> None:
    response = odata.send("GET", "?$format=json")
    found = msgspec.json.decode(response.content, type=Many)
    assert found.metadata == f"{odata.root}/$metadata"
    assert [row["name"] for row in found.value] == list(SETS)
    assert found.value[0]["url"] == found.value[0]["name"]
    assert response.headers["dataserviceversion"] == "3.0"


def test_every_stream_has_its_set() -> None:
    assert {stream.set_name for stream in STREAMS} <= set(SETS)
