"""odata1c-client (requests): all, get, metadata."""

import sys
from uuid import UUID

from OData1C.connection import Connection
from OData1C.models import ODataModel
from OData1C.odata.entity_manager import EntityManager
from OData1C.odata.metadata_manager import MetadataManager
from pydantic import Field
from requests.auth import HTTPBasicAuth


class Partner(ODataModel):
    uid: UUID = Field(alias="Ref_Key", exclude=True)
    name: str = Field(alias="Description", max_length=200)


host = sys.argv[1].removeprefix("http://")
with Connection(host, "http", HTTPBasicAuth("Портал".encode(), b"karavan-erp")) as connection:
    partners = EntityManager(connection, "erp", "Catalog_Партнеры", Partner)
    found = list(partners.top(3).all())
    assert len(found) == 3
    assert partners.get(str(found[0].uid)).name == found[0].name
    metadata = MetadataManager(connection, "erp")
    assert "Catalog_Партнеры" in metadata.get_entity_sets()
    names = {str(one.get("name", one)) for one in metadata.get_properties("Catalog_Партнеры")}
    assert any("Description" in name for name in names), names
