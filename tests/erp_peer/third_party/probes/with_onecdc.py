"""onecdc (requests, Atom): metadata, a full load into PostgreSQL, changes saved and acknowledged."""

import sys

import requests
from onecdc import MetadataReader, Replicator
from sqlalchemy import create_engine, text

ROOT, DATABASE = f"{sys.argv[1]}/erp/odata/standard.odata", sys.argv[2]
LOGIN = ("Портал", "karavan-erp")
BYTES = tuple(word.encode() for word in LOGIN)


def create(path: str, body: dict[str, str]) -> str:
    answer = requests.post(f"{ROOT}/{path}?$format=json", json=body, auth=BYTES, timeout=30)
    answer.raise_for_status()
    return answer.json()["Ref_Key"]


metadata = MetadataReader(ROOT, LOGIN)
metadata.get_metadata()
balances = metadata["AccumulationRegister_ЗапасыИПотребности"]
assert "Склад" in balances.dimensions
assert "ВНаличии" in balances.resources

engine = create_engine(DATABASE)
node = create("ExchangePlan_ПорталB2B", {"Code": "onecdc"})
replicator = Replicator(
    ROOT, LOGIN, engine, exchange_name="ПорталB2B", queue_guid=node, db_schema="cdc", automatic_full_load=False
)


def rows(sql: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


replicator.full_load("Catalog_Номенклатура", batch_size=500)
loaded = rows('SELECT count(*) FROM cdc."Catalog_Nomenklatura"')[0][0]
counted = requests.get(f"{ROOT}/Catalog_Номенклатура/$count", auth=BYTES, timeout=30).text
assert int(counted) == loaded >= 150, (counted, loaded)

partner = create("Catalog_Партнеры", {"Description": "Изменение для onecdc"})
replicator.run_once()
saved = rows('SELECT "Description" FROM cdc."Catalog_Partnery" WHERE "Ref_Key" = \'' + partner.replace("-", "") + "'")
assert saved == [("Изменение для onecdc",)], saved
plan = requests.get(f"{ROOT}/ExchangePlan_ПорталB2B(guid'{node}')?$format=json", auth=BYTES, timeout=30).json()
assert plan["ReceivedNo"] == plan["SentNo"] != "0", plan
replicator.close()
