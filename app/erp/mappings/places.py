"""Regions, plants, warehouses."""

from typing import Final

from app.erp.mappings.spec import NAME_COLUMNS, StreamMap, Target, link, names, raw, text

KEY: Final = {"id": raw("Ref_Key")}

REGIONS: Final = StreamMap(
    name="regions",
    set_name="Catalog_БизнесРегионы",
    columns={"Parent_Key": "uuid", "КодСтраны": "text", **NAME_COLUMNS},
    targets=(
        Target(
            table="regions",
            keys=KEY,
            values={"parent_id": link("Parent_Key"), "country": text("КодСтраны", 2), **names()},
        ),
    ),
)
PLANTS: Final = StreamMap(
    name="plants",
    set_name="Catalog_СтруктураПредприятия",
    columns={"Регион_Key": "uuid", **NAME_COLUMNS},
    targets=(
        Target(
            table="plants",
            keys=KEY,
            values={**names(), "country": "coalesce(r.country, '')"},
            joins='LEFT JOIN regions r ON r.tenant_id = $1 AND r.id = s."Регион_Key"',
        ),
    ),
)
WAREHOUSES: Final = StreamMap(
    name="warehouses",
    set_name="Catalog_Склады",
    columns={"Завод_Key": "uuid", "Регион_Key": "uuid", **NAME_COLUMNS},
    targets=(
        Target(
            table="warehouses",
            keys=KEY,
            values={**names(), "plant_id": link("Завод_Key"), "region_id": link("Регион_Key")},
        ),
    ),
)
