"""Regions, plants, warehouses."""

from erp_peer.streams.spec import Stream, doc, flag, link, named, text

REGIONS = Stream(
    "regions",
    "Catalog_БизнесРегионы",
    "Seven countries (IsFolder) with their regions.",
    (
        link("parent", "Parent_Key", "the country; zero GUID for a country"),
        flag("is_folder", "IsFolder", "true for a country"),
        text("code", "Code", "ISO 3166: `KZ`, `KZ-75`"),
        text("country", "КодСтраны", "ISO 3166 alpha-2"),
        *named(),
    ),
)
PLANTS = Stream(
    "plants",
    "Catalog_СтруктураПредприятия",
    "Blending plants of the manufacturer.",
    (
        text("code", "Code"),
        *named(),
        text("city", "Город"),
        link("region", "Регион_Key", "region of the plant"),
    ),
)
WAREHOUSES = Stream(
    "warehouses",
    "Catalog_Склады",
    "Places that goods leave from.",
    (
        text("code", "Code"),
        *named(),
        link("plant", "Завод_Key", "zero GUID for a remote warehouse"),
        link("region", "Регион_Key"),
        text("address", "Адрес"),
        text("station", "ЖДСтанция", "rail station, may be empty"),
        text("station_code", "ЖДКод", "6 digits, may be empty"),
        flag("loads_bulk", "ОтгружаетНалив", "can fill tank trucks and rail tank cars"),
        doc("modes", "СпособыОтгрузки", "of `Самовывоз`, `ДоКлиента`, `ЖелезнаяДорога`"),
    ),
)
