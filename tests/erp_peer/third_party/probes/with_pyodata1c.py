"""PyOData1C (requests): all, get, create, filters. Its login must be given as UTF-8 bytes, as the Cyrillic one needs."""

import sys
from uuid import UUID

from pydantic import Field
from PyOData1C.http import Connection, auth
from PyOData1C.models import ODataModel
from PyOData1C.odata import OData

HOST = sys.argv[1].removeprefix("http://")


class Partner(ODataModel):
    uid: UUID = Field(alias="Ref_Key", exclude=True)
    name: str = Field(alias="Description")


class Partners(OData):
    database = "erp"
    entity_model = Partner
    entity_name = "Catalog_Партнеры"


with Connection(HOST, "http", auth.HTTPBasicAuth("Портал".encode(), b"karavan-erp")) as connection:
    assert len(Partners.manager(connection).top(3).all()) == 3
    made = Partners.manager(connection).create({"Description": "Создан вторым клиентом"})
    found = Partners.manager(connection).filter(name__in=["Создан вторым клиентом", "Никто"]).all()
    assert [one.name for one in found] == ["Создан вторым клиентом"]
    assert Partners.manager(connection).get(str(found[0].uid)).name == "Создан вторым клиентом"
