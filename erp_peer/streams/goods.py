"""Product lines, standards, packages, products, sellable items, segments."""

from erp_peer.streams.spec import Stream, dec, doc, flag, link, named, text, whole
from erp_peer.streams.spec import day as date

LINES = Stream(
    "lines",
    "Catalog_ТоварныеКатегории",
    "Product lines, one level.",
    (
        text("code", "Code"),
        *named(),
        text("kind", "ВидТовара", "oil, grease, fluid, base_oil, service"),
        whole("position", "Порядок", "order of display"),
    ),
)
STANDARDS = Stream(
    "standards",
    "Catalog_СтандартыКачества",
    "Classes and approvals a product may claim.",
    (
        text("code", "Code", "`API SP`, `ACEA C3`, `DIN 51524-2 HLP`"),
        text("name_ru", "Description", "same text in every language"),
        text("family", "Система", "API, ACEA, ILSAC, JASO, DIN, ISO, ГОСТ, OEM ..."),
        date("valid_from", "ДействуетС"),
        date("valid_to", "ДействуетПо", "empty date: still in force"),
        link("supersedes", "Заменяет_Key", "the older class this one also covers"),
    ),
)
PACKAGES = Stream(
    "packages",
    "Catalog_УпаковкиЕдиницыИзмерения",
    "Container classes shared by all products. Never compute a price or a mass from the name.",
    (
        text("code", "Code"),
        *named(),
        text(
            "kind",
            "ВидУпаковки",
            "bottle, canister, jerrycan, pail, keg, drum, ibc, tank_truck, rail_tank, cartridge, bag",
        ),
        flag("is_bulk", "Налив"),
        dec("litres", "ОбъемЛ", 3, "nominal litres; null where sold by mass", is_optional=True),
        dec("tare_kg", "МассаТарыКг", 3),
        whole("multiple", "Кратность", "pieces in a transport pack; 1 for bulk"),
        whole("per_layer", "ВСлое", "pieces in a pallet layer; 0 for bulk"),
        whole("per_pallet", "НаПаллете", "pieces on a pallet; 0 for bulk"),
        whole("per_truck", "ВМашине", "pieces in a full truck; 0 for bulk"),
        doc("compartments", "ОтсекиЛ", 'litres of each compartment, `["6000","6000"]`; `[]` if not bulk'),
    ),
)
PRODUCTS = Stream(
    "products",
    "Catalog_Номенклатура",
    "Products without their fill. Rows with IsFolder=true are groups, not goods.",
    (
        link("parent", "Parent_Key", "the group"),
        flag("is_folder", "IsFolder"),
        text("code", "Code", "11 characters, may change"),
        text("sku", "Артикул", "article of the product, may change"),
        *named("Russian name; may end with a space"),
        text("text_ru", "Описание", "longer Russian text"),
        text("text_kk", "Описание_kk", "longer Kazakh text"),
        text("text_en", "Описание_en", "longer English text"),
        text("kind", "ВидТовара", "as of the line"),
        link("line", "ТоварнаяКатегория_Key", "product line"),
        link("plant", "Завод_Key", "where blended"),
        text("brand", "Марка"),
        text("class_system", "СистемаВязкости", "SAE J300, SAE J306, ISO VG, NLGI or empty"),
        text("class_value", "КлассВязкости", "`5W-40`, `75W-90`, `46`, `2` or empty"),
        doc("standards", "Стандарты", "references of standards met"),
        doc("approvals", "Допуски", "approval texts of machine makers (invented makers)"),
        dec("density", "Плотность", 4, "kg per litre at 20 °C; null for greases", is_optional=True),
        text("country", "СтранаПроисхождения", "ISO alpha-2"),
        doc("old_skus", "СтарыеАртикулы"),
        whole("shelf_months", "СрокГодностиМес", "shelf life in months"),
        doc("properties", "Свойства", '`{"Код","Значение","Единица","Метод"}`, typical test figures'),
    ),
    ("CREATE UNIQUE INDEX ON peer.products (ib, code) WHERE code <> ''",),
)
CHARACTERISTICS = Stream(
    "characteristics",
    "Catalog_ХарактеристикиНоменклатуры",
    "Sellable items: product x fill.",
    (
        link("product", "Номенклатура_Key"),
        link("package", "Упаковка_Key"),
        text("sku", "Артикул", "unique; may change"),
        *named("Russian name of the fill"),
        doc("old_skus", "СтарыеАртикулы"),
        text("barcode", "Штрихкод", "EAN-13; empty for bulk"),
        text("package_kind", "ВидУпаковки", "as of the package"),
        flag("is_bulk", "Налив"),
        text("unit", "ЕдиницаЗаказа", "`piece` or `t`"),
        dec("litres", "ОбъемЛ", 3, "net litres of one piece; null by mass or bulk", is_optional=True),
        dec("net_kg", "НеттоКг", 3, "net kg of one order unit; 1000.000 for bulk"),
        dec("gross_kg", "БруттоКг", 3, "gross kg of one order unit"),
        whole("multiple", "Кратность", "order multiple in order units; 1 for bulk"),
        whole("per_layer", "ВСлое"),
        whole("per_pallet", "НаПаллете"),
        flag("is_blocked", "Заблокирован", "may not be ordered"),
        link("substitute", "Замена_Key", "another sellable item or zero GUID"),
    ),
    ("CREATE UNIQUE INDEX ON peer.characteristics (ib, sku)",),
)
SEGMENTS = Stream(
    "segments",
    "Catalog_СегментыНоменклатуры",
    "Named assortments that agreements point to.",
    (text("code", "Code"), *named()),
)
SEGMENT_ITEMS = Stream(
    "segment_items",
    "InformationRegister_НоменклатураСегмента",
    "Membership, always by sellable item. DeletionMark=true: taken out of the segment.",
    (
        link("segment", "Сегмент_Key"),
        link("product", "Номенклатура_Key"),
        link("item", "Характеристика_Key"),
    ),
    ("CREATE UNIQUE INDEX ON peer.segment_items (ib, segment, item)",),
)
