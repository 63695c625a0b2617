"""Product lines, standards, grades, products and the segments agreements point to."""

from typing import Final

from app.erp.mappings.places import KEY
from app.erp.mappings.spec import (
    NAME_COLUMNS,
    StreamMap,
    Target,
    day,
    lines,
    link,
    links,
    names,
    numbers,
    raw,
    text,
    texts,
)

LINES: Final = StreamMap(
    name="lines",
    set_name="Catalog_ТоварныеКатегории",
    columns=NAME_COLUMNS,
    targets=(Target(table="product_lines", keys=KEY, values=names()),),
)
STANDARDS: Final = StreamMap(
    name="standards",
    set_name="Catalog_СтандартыКачества",
    columns={
        "Code": "text",
        "Система": "text",
        "ДействуетС": "date",
        "ДействуетПо": "date",
        "Заменяет_Key": "uuid",
    },
    targets=(
        Target(
            table="standards",
            keys=KEY,
            values={
                "code": text("Code", 100),
                "body": text("Система", 100),
                "valid_from": day("ДействуетС"),
                "valid_to": day("ДействуетПо"),
            },
        ),
    ),
    # The ERP says "this one replaces that one"; a page wants to say "replaced by".
    after=(
        """UPDATE standards t SET superseded_by = s."Ref_Key" FROM erp_stage_standards s
           WHERE t.tenant_id = $1 AND t.id = s."Заменяет_Key" AND t.superseded_by IS DISTINCT FROM s."Ref_Key" """,
    ),
)

# 'SAE J300' + '5W-40' is read as "SAE 5W-40"; the other systems keep their name before the class.
_VISCOSITY = (
    f"btrim(CASE WHEN s.\"СистемаВязкости\" LIKE 'SAE%' THEN 'SAE' ELSE {text('СистемаВязкости', 20)} END"
    f" || ' ' || {text('КлассВязкости', 20)})"
)
GRADES: Final = StreamMap(
    name="products",
    set_name="Catalog_Номенклатура",
    columns={
        "IsFolder": "boolean",
        "Code": "text",
        "Артикул": "text",
        **NAME_COLUMNS,
        "Описание": "text",
        "Описание_kk": "text",
        "Описание_en": "text",
        "ВидТовара": "text",
        "ТоварнаяКатегория_Key": "uuid",
        "Завод_Key": "uuid",
        "СистемаВязкости": "text",
        "КлассВязкости": "text",
        "Стандарты": "jsonb",
        "Плотность": "numeric",
    },
    targets=(
        Target(
            table="grades",
            keys=KEY,
            where='NOT s."IsFolder"',
            values={
                "code": f"coalesce(nullif({text('Артикул', 50)}, ''), {text('Code', 50)})",
                **names(),
                "text_ru": lines("Описание"),
                "text_kk": lines("Описание_kk"),
                "text_en": lines("Описание_en"),
                "line_id": link("ТоварнаяКатегория_Key"),
                "plant_id": link("Завод_Key"),
                "kind": text("ВидТовара", 30),
                "viscosity": f"CASE WHEN s.\"КлассВязкости\" = '' THEN '' ELSE {_VISCOSITY} END",
                "standards": links("Стандарты"),
                "density": 'CASE WHEN s."Плотность" BETWEEN 0.0001 AND 99 THEN s."Плотность" END',
            },
        ),
    ),
    # The name of a product begins with its grade's.
    after=(
        """UPDATE products p SET name_ru = concat_ws(', ', g.name_ru, nullif(p.fill_ru, '')),
               name_kk = concat_ws(', ', g.name_kk, nullif(p.fill_kk, '')),
               name_en = concat_ws(', ', g.name_en, nullif(p.fill_en, ''))
           FROM grades g JOIN erp_stage_products s ON s."Ref_Key" = g.id
           WHERE p.tenant_id = $1 AND g.tenant_id = $1 AND p.grade_id = g.id
             AND (p.name_ru, p.name_kk, p.name_en) IS DISTINCT FROM (
                 concat_ws(', ', g.name_ru, nullif(p.fill_ru, '')),
                 concat_ws(', ', g.name_kk, nullif(p.fill_kk, '')),
                 concat_ws(', ', g.name_en, nullif(p.fill_en, '')))""",
    ),
)


def _product_names() -> dict[str, str]:
    named: dict[str, str] = {}
    for column, fill in names(150).items():
        language = column.removeprefix("name_")
        named[f"fill_{language}"] = fill
        named[column] = f"concat_ws(', ', nullif(g.{column}, ''), nullif({fill}, ''))"
    return named


CHARACTERISTICS: Final = StreamMap(
    name="characteristics",
    set_name="Catalog_ХарактеристикиНоменклатуры",
    columns={
        "Номенклатура_Key": "uuid",
        "Упаковка_Key": "uuid",
        "Артикул": "text",
        **NAME_COLUMNS,
        "СтарыеАртикулы": "jsonb",
        "ВидУпаковки": "text",
        "Налив": "boolean",
        "ЕдиницаЗаказа": "text",
        "ОбъемЛ": "numeric",
        "НеттоКг": "numeric",
        "БруттоКг": "numeric",
        "Кратность": "bigint",
        "ВСлое": "bigint",
        "НаПаллете": "bigint",
        "Заблокирован": "boolean",
        "Замена_Key": "uuid",
    },
    targets=(
        Target(
            table="products",
            keys=KEY,
            joins='LEFT JOIN grades g ON g.tenant_id = $1 AND g.id = s."Номенклатура_Key"'
            ' LEFT JOIN packages k ON k.tenant_id = $1 AND k.id = s."Упаковка_Key"',
            values={
                "grade_id": raw("Номенклатура_Key"),
                "sku": text("Артикул", 50),
                "old_skus": texts("СтарыеАртикулы", 50),
                **_product_names(),
                "package": text("ВидУпаковки", 30),
                "package_id": link("Упаковка_Key"),
                "per_truck": "coalesce(k.per_truck, 0)",
                "compartments_l": "coalesce(k.compartments_l, '{}')",
                "volume_l": 'greatest(coalesce(s."ОбъемЛ", 0), 0)',
                "net_kg": raw("НеттоКг"),
                "gross_kg": raw("БруттоКг"),
                "pack_multiple": 'greatest(s."Кратность", 1)',
                "per_layer": 'greatest(s."ВСлое", 0)::int',
                "per_pallet": 'greatest(s."НаПаллете", 0)::int',
                "unit": "CASE s.\"ЕдиницаЗаказа\" WHEN 't' THEN 't' ELSE 'piece' END",
                "is_bulk": raw("Налив"),
                "is_blocked": raw("Заблокирован"),
                "substitute_id": link("Замена_Key"),
            },
            # The place of a product in the bitmaps: dense, given once, never used again (CATALOGUE, section 2).
            on_insert={
                "pos": "coalesce((SELECT max(p.pos) FROM products p WHERE p.tenant_id = $1), -1)"
                " + row_number() OVER (ORDER BY i.id)",
            },
        ),
    ),
)
PACKAGES: Final = StreamMap(
    name="packages",
    set_name="Catalog_УпаковкиЕдиницыИзмерения",
    columns={"ВМашине": "bigint", "ОтсекиЛ": "jsonb"},
    targets=(
        Target(
            table="packages",
            keys=KEY,
            values={"per_truck": 'greatest(s."ВМашине", 0)::int', "compartments_l": numbers("ОтсекиЛ")},
        ),
    ),
    after=(
        """UPDATE products t SET per_truck = k.per_truck, compartments_l = k.compartments_l
           FROM packages k JOIN erp_stage_packages s ON s."Ref_Key" = k.id
           WHERE t.tenant_id = $1 AND k.tenant_id = $1 AND t.package_id = k.id
             AND (t.per_truck, t.compartments_l) IS DISTINCT FROM (k.per_truck, k.compartments_l)""",
    ),
)
SEGMENTS: Final = StreamMap(
    name="segments",
    set_name="Catalog_СегментыНоменклатуры",
    columns=NAME_COLUMNS,
    targets=(Target(table="segments", keys=KEY, values=names()),),
)
SEGMENT_ITEMS: Final = StreamMap(
    name="segment_items",
    set_name="InformationRegister_НоменклатураСегмента",
    columns={"Сегмент_Key": "uuid", "Характеристика_Key": "uuid"},
    targets=(
        Target(
            table="segment_items",
            keys={"segment_id": raw("Сегмент_Key"), "product_id": raw("Характеристика_Key")},
            values={},
            label="",
            stamps={},
            gone="delete",
        ),
    ),
)
